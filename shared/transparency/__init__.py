"""What the public can see: what is kept, why, for how long, who gets it, and what was done."""
