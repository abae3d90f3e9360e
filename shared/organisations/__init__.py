"""Organisations, their sites, users, devices and the communities they form."""
