"""What the people whose data is kept may ask for, and by when they must be answered."""
