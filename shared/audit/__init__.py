"""Who saw or changed what, why, and under which policy."""
