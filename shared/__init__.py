"""What the triggers call: the capabilities of Reeve and the ground they stand on."""
