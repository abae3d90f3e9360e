"""Where the app may call out to: public addresses only, looked at after the name was resolved and used as looked at.

Whoever registers a webhook chooses an address that the app then calls from inside Azure. Without these rules it could
be made to call what only the inside may reach: the metadata service, a private endpoint, a neighbour (SSRF).
"""

import ipaddress
import re
import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from shared.errors import FieldError, Invalid

LONGEST_URL = 500
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNTRUE_FRIENDS = tuple(
    ipaddress.ip_network(each)
    for each in (
        "168.63.129.16/32",  # Azure's platform: DNS, health, agent; a public address that only the inside reaches
        "192.88.99.0/24",  # 6to4 relays
        "2002::/16",  # 6to4: an IPv4 address inside
        "2001::/32",  # Teredo: likewise
        "64:ff9b::/96",  # NAT64: likewise
        "64:ff9b:1::/48",
        "fec0::/10",  # site-local
        "3fff::/20",  # documentation
        "2001:20::/28",  # ORCHIDv2: names of hosts, which lead nowhere
    )
)
UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that the internet routes. Outside it lie forms that carry an IPv4 address, ``::a.b.c.d`` among them."""
ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""RFC 5214: the third quarter of an address whose last one is an IPv4 address."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+")
"""What a name server is asked for. Whatever else stands in a URL, ``[v1.a:b.example]`` say, the HTTP client may take
for an address, and not have it looked at."""


class RefusedAddressError(aiohttp.ClientError, OSError):
    """The name leads to an address that may not be called."""


def is_public(address: Address) -> bool:
    inner = getattr(address, "ipv4_mapped", None)
    if inner is not None:
        return is_public(inner)
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address not in UNICAST:
            return False
        if int(address) >> 32 & 0xFFFFFFFF in ISATAP:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return not any(address.version == each.version and address in each for each in UNTRUE_FRIENDS)


def may_call(address: Address, *, loopback: bool) -> bool:
    """``loopback``: on a laptop the receiver runs on the same machine."""
    return is_public(address) or (loopback and address.is_loopback)


def checked_url(url: str, at: str, *, loopback: bool) -> str:
    """The URL, if it is one that may be called as far as its text tells. Raises :class:`Invalid`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused(at, "url", "This is no URL.") from None
    host = parts.hostname or ""
    if len(url) > LONGEST_URL or not host or any(not "!" <= each <= "~" for each in url):
        raise _refused(at, "url", f"Give a URL of at most {LONGEST_URL} characters, without spaces or umlauts.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused(at, "url", "Leave out user name, password and fragment; every call is signed instead.")
    if parts.scheme != "https" and not (loopback and parts.scheme == "http" and _is_loopback(host)):
        raise _refused(at, "https_only", "Use an https:// URL.")
    if port == 0 or not _may_name(parts, loopback=loopback):
        raise _refused(at, "private_address", "Use a public host name; addresses inside a network cannot be called.")
    return url


def _refused(at: str, code: str, detail: str) -> Invalid:
    return Invalid("The address cannot be called.", [FieldError(at, code, detail)])


def _may_name(parts: SplitResult, *, loopback: bool) -> bool:
    host = (parts.hostname or "").rstrip(".")
    try:
        return may_call(ipaddress.ip_address(host), loopback=loopback)
    except ValueError:
        pass
    if _is_loopback(host):
        return loopback
    inside = (".internal", ".local", ".localhost", ".localdomain", ".home.arpa")
    # A name ends in a letter: "2130706433" and "0x7f.1" are addresses that resolvers understand.
    return NAME.fullmatch(host) is not None and host[-1].isalpha() and not host.endswith(inside)


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}


class GuardedResolver(AbstractResolver):
    """Resolves a name and hands over only if every address may be called; the connection then uses these very ones,
    so a name that changes its mind in between gains nothing."""

    def __init__(self, *, loopback: bool, inner: AbstractResolver | None = None) -> None:
        self._loopback, self._inner = loopback, inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for each in found:
            if not may_call(ipaddress.ip_address(each["host"].partition("%")[0]), loopback=self._loopback):
                raise RefusedAddressError("the name leads to an address that may not be called")
        return found

    async def close(self) -> None:
        await self._inner.close()


def session(*, loopback: bool, seconds: float, resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """For one call: without proxies, cookies or kept connections. Whoever uses it follows no redirects."""
    options: dict[str, Any] = {"resolver": resolver or GuardedResolver(loopback=loopback), "force_close": True}
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(use_dns_cache=False, **options),
        timeout=aiohttp.ClientTimeout(total=seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
