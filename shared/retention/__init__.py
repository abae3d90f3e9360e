"""Forgetting on time."""
