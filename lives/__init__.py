"""Random lives of tickets through the public API of a running system, judged by rules of their own."""
