"""What `make demo` tells: both contracts' terms, and one with targets of seconds, through the public APIs."""
