"""A wire-compatible stand-in for Key Vault's secrets, for the unmodified SDK: HTTPS, challenge and signed tokens."""
