"""Who saw or changed what, why, and under which policy; and the log that proves that nobody rewrote it."""
