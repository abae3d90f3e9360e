"""Nobody makes the app call what only its inside may reach: not by a URL, not by a name, not by a redirect."""

import asyncio
import contextlib
import ipaddress
import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from shared.delivery.destinations import GuardedResolver, RefusedAddressError, checked_url, is_public, session
from shared.errors import Invalid
from tests.support.receiver import receiver

INSIDE = [
    "10.0.0.1", "172.16.3.4", "192.168.1.1", "127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254", "100.64.0.9",
    "168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1",
    "::", "::1", "fe80::1", "fec0::1", "fd00::8", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
    "::127.0.0.1", "::ffff:0:10.0.0.1", "5f00::1", "3fff::1", "2001:20::1", "2a00:1450::5efe:10.0.0.1",
    "2a00:1450::200:5efe:169.254.169.254",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_not(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_inside_gains_nothing_by_hiding_in_another(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert is_public(mapped) == is_public(address)
    assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address)))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/a", "https_only"),
        ("ftp://hooks.example.com/a", "https_only"),
        ("file:///etc/passwd", "url"),
        ("https://", "url"),
        ("not a url", "url"),
        ("https://user:word@hooks.example.com/", "url"),
        ("https://hooks.example.com/#part", "url"),
        ("https://hooks.example.com/\nHost: x", "url"),
        ("https://hooks.example.com:99999/", "url"),
        ("https://hooks.example.com:0/", "private_address"),
        ("https://h\u00f6ks.example.com/", "url"),
        ("https://localhost/", "private_address"),
        ("https://127.0.0.1/", "private_address"),
        ("https://2130706433/", "private_address"),
        ("https://0x7f.1/", "private_address"),
        ("https://127.1/", "private_address"),
        ("https://[::1]/", "private_address"),
        ("https://[::ffff:169.254.169.254]/", "private_address"),
        ("https://169.254.169.254/metadata", "private_address"),
        ("https://vault.internal/", "private_address"),
        ("https://intranet/", "private_address"),
        ("https://printer.local./", "private_address"),
        ("https://[::127.0.0.1]/", "private_address"),
        ("https://[v1.a:b.example]/", "private_address"),
        ("https://127.0.0.1%2f.example.com/", "private_address"),
        ("https://hooks\\.example.com/", "private_address"),
        ("https://" + "a" * 500 + ".example.com/", "url"),
    ],
)
def test_urls_that_cannot_be_meant_are_refused(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_url(url, "/url", loopback=False)
    assert [each.code for each in refused.value.errors] == [code]


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com/x?token=1", "https://hooks.example.com:8443/", "https://1.1.1.1/"]
)
def test_public_urls_are_taken(url: str) -> None:
    assert checked_url(url, "/url", loopback=False) == url


def test_loopback_is_for_laptops_alone() -> None:
    assert checked_url("http://127.0.0.1:9000/hook", "/url", loopback=True)
    assert checked_url("http://localhost:9000/hook", "/url", loopback=True)
    for url in ("http://192.168.1.4/hook", "https://192.168.1.4/hook", "http://hooks.example.com/"):
        with pytest.raises(Invalid):
            checked_url(url, "/url", loopback=True)


@given(st.text(max_size=80))
def test_any_text_is_taken_or_refused_and_nothing_else(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert checked_url(f"https://{text}", "/url", loopback=False) == f"https://{text}"


class Names(AbstractResolver):
    """Names as an attacker's own server would answer for them; each answer once."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        found = self.answers.pop(0)
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in found
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["169.254.169.254"]])
async def test_a_name_that_leads_inside_is_not_called(addresses: list[str]) -> None:
    async with receiver() as inside:
        port = inside.url.rsplit(":", 1)[1].split("/")[0]
        resolver = GuardedResolver(loopback=False, inner=Names(addresses))
        async with session(loopback=False, seconds=5, resolver=resolver) as http:
            with pytest.raises(aiohttp.ClientConnectorDNSError) as refused:
                await http.post(f"http://hooks.example.com:{port}/hook", data=b"x", allow_redirects=False)
        assert isinstance(refused.value.os_error, RefusedAddressError)
        assert inside.received == []


async def test_the_address_that_was_looked_at_is_the_one_that_is_called() -> None:
    """A name that answers differently the second time is never asked a second time."""
    async with receiver() as public:
        port = public.url.rsplit(":", 1)[1].split("/")[0]
        names = Names(["127.0.0.1"], ["127.0.0.9"])
        guarded = GuardedResolver(loopback=True, inner=names)
        async with session(loopback=True, seconds=5, resolver=guarded) as http:
            answer = await http.post(f"http://hooks.example.com:{port}/hook", data=b"x", allow_redirects=False)
        assert answer.status == 204
        assert names.asked == 1


def test_what_a_system_resolver_makes_of_odd_numbers_is_looked_at_too() -> None:
    """``getaddrinfo`` reads 127.1 as 127.0.0.1: the guard stands behind it."""

    async def ask() -> None:
        await GuardedResolver(loopback=False).resolve("127.1", 443, socket.AF_INET)

    with pytest.raises(RefusedAddressError):
        asyncio.run(ask())
