"""Functions host."""
