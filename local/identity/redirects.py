"""Which addresses a sign-in may return to: http on this machine, any port, and nothing else (RFC 8252 §7.3)."""

import ipaddress
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LOOPBACK_ORIGIN = r"https?://(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?"
"""The browser origins, as a regular expression, whose scripts may use the issuer."""
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
"""Without "#": a fragment is not allowed (RFC 6749 §3.1.2). Without "\\": browsers read it as "/"."""


def is_loopback(uri: str) -> bool:
    if not _URI_CHARACTERS.fullmatch(uri):
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port  # raises when it is out of range
    except ValueError:
        return False
    return parts.scheme == "http" and "@" not in parts.netloc and _is_loopback_host(parts.hostname or "")


def with_parameters(uri: str, **parameters: str | None) -> str:
    """Keeps the query that the client put there itself."""
    parts = urlsplit(uri)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [(name, value) for name, value in parameters.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
