"""What clients in tests trust, read once: to read all certificates that the machine trusts takes longer than a request,
and the tests make thousands of clients."""

import httpx

TRUSTED = httpx.create_ssl_context()
