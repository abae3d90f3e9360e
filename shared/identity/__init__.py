"""Who is asking: tokens of an OpenID Connect issuer, device credentials, and the principal they stand for."""
