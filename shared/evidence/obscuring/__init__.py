"""Bystanders made unidentifiable: faces are suggested by a detector, decided on by a person, painted over for good."""
