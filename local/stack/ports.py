"""Which port each part of the stack listens on, and whether it can have it."""

import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Self

LOOPBACK = "127.0.0.1"
AUTOMATIC_OFFSETS = range(10_000, 22_000)
"""Keeps every shifted port below 32768, where outgoing connections take theirs: a restart finds its port still free."""


@dataclass(frozen=True)
class Ports:
    host: int = 7071
    second_host: int = 7072
    identity: int = 8400
    keyvault: int = 8443
    cosmos: int = 8081
    servicebus: int = 5672
    servicebus_http: int = 5300
    azurite_blob: int = 10000
    azurite_queue: int = 10001
    azurite_table: int = 10002
    telemetry: int = 4318
    mail: int = 1025
    mail_page: int = 8025

    @classmethod
    def shifted(cls, offset: int) -> Self:
        return cls(**{name: port + offset for name, port in cls()})

    @classmethod
    def automatic(cls) -> Self:
        """Any free set. Random, so that two stacks that start at the same moment do not want the same one."""
        for offset in random.sample(AUTOMATIC_OFFSETS, 50):
            if not (ports := cls.shifted(offset)).taken():
                return ports
        raise PortTakenError("No free set of ports found in 50 tries. Give one with --port-offset.")

    def taken(self) -> dict[str, int]:
        return {name: port for name, port in self if not _free(port)}

    def claim(self) -> None:
        """Raises before anything starts, naming every port that is missing rather than the first."""
        if taken := self.taken():
            lines = [f"  {port} is taken, and {name.replace('_', ' ')} wants it" for name, port in taken.items()]
            raise PortTakenError(
                "\n".join(
                    [
                        "Some ports are in use:",
                        *lines,
                        "Stop what listens there, or shift all ports: --port-offset 1000",
                    ]
                )
            )

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return ((field.name, getattr(self, field.name)) for field in fields(self))


class PortTakenError(Exception):
    """Another program listens where a part of the stack must."""


def _free(port: int) -> bool:
    """As the stand-ins will bind it: reusing an address in TIME_WAIT is fine, sharing a listener is not."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((LOOPBACK, port))
            attempt.listen()
        except OSError:
            return False
    return True
