"""A Functions host: runs an unmodified Python v2 app through Microsoft's own worker library."""
