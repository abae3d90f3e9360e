"""Accountability for access: the rules for everybody to read, and why somebody may or may not do something."""
