"""Lets services run inside the test process with the settings of a running stack."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp.connector
import pytest


@contextmanager
def settings_of(environment: Mapping[str, str]) -> Iterator[None]:
    """Sets the app's environment, and trusts the local vault's certificate as the environment says.

    aiohttp reads ``SSL_CERT_FILE`` once, when it is imported; a test process imports it before there is a vault.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(environment["SSL_CERT_FILE"])
        yield
