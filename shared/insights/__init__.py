"""What the past teaches, in numbers that tell nothing of anybody."""
