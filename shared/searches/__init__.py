"""One search over everything that an organisation keeps, and searches that somebody keeps."""
