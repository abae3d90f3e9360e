"""What the app tells about its own working, and about nobody."""
