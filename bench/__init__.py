"""The benchmark: how long things take that people wait for, and how far from the floor intake is."""
