"""Breaches of personal data: who must be told of one, by when."""
