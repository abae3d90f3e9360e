"""Pages for everybody: plain HTML that works without script, in five languages, readable by eye and by ear."""
