"""A small OpenID Connect issuer for a laptop: demo users to sign in as, and a managed identity for the app.

It proves nothing about anybody, as whoever opens its page may sign in as any user it lists. That is why it listens on
this machine only, returns to this machine only, and belongs to the local stack and not to the product.
"""

from local.identity.tokens import mint

__all__ = ["mint"]
