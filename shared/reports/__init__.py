"""Event reports: what staff saw, when and where, what was taken, and how they know."""
