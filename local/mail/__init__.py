"""A mail server that keeps what it is sent and passes nothing on, with a page to read it."""
