"""Plate reads: any camera in, matched in memory, a person decides, everything else forgotten."""
