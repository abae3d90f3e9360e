"""Communities: closed groups of organisations that show each other chosen reports, by reference and never by copy."""
