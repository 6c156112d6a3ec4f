"""Planted bugs, one function each: it changes a class of the product in this process alone."""
