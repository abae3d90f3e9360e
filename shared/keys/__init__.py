"""Changing the keys of an organisation while it works on, and destroying them when it leaves."""
