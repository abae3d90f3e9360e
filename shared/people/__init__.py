"""Profiles of people and vehicles that keep coming back, opened by people, and links that people confirmed."""
