"""The services of the stack: how each is started, and how it shows that it is ready."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.stack import environment
from local.stack.definitions import EMPTY_NAMESPACE, Definitions, SecondApp
from local.stack.directory import DataDirectory
from local.stack.health import Probe
from local.stack.ports import Ports

ROOT = Path(__file__).parents[2]
"""Where ``python -m local.…`` finds the stand-ins, and npm put Azurite."""


@dataclass(frozen=True)
class Service:
    name: str
    command: tuple[str, ...]
    ports: tuple[int, ...]
    probes: tuple[Probe, ...]
    environment: dict[str, str] = field(default_factory=dict, repr=False)


def backing(ports: Ports, data: DataDirectory, definitions: Definitions, users: Path, title: str) -> list[Service]:
    """Everything the app needs. None of them waits for another."""
    return [
        _azurite(ports, data),
        _identity(ports, data, users, title),
        _keyvault(ports, data),
        _cosmos(ports, data),
        _servicebus(ports, data, definitions),
        _telemetry(ports, data),
        _mail(ports, data),
    ]


def host(ports: Ports, app: Path, settings: dict[str, str]) -> Service:
    return Service(
        "host",
        _module("host", "--app", app, "--port", ports.host, "--blob-poll", 1),
        (ports.host,),
        (Probe(ports.host, "/admin/host/status"),),
        settings,
    )


def second_host(ports: Ports, app: Path, settings: dict[str, str], second: SecondApp) -> Service:
    """Beside the first: in Azure it is a function app of its own, so it serves another port and other triggers."""
    return Service(
        second.name,
        _module("host", "--app", app, "--port", ports.second_host),
        (ports.second_host,),
        (Probe(ports.second_host, "/admin/host/status"),),
        settings | {"PYTHON_SCRIPT_FILE_NAME": second.script} | second.settings,
    )


def provisioning(ports: Ports, app: Path) -> tuple[str, ...]:
    return _module("stack.provision", "--app", app, "--cosmos-port", ports.cosmos, "--blob-port", ports.azurite_blob)


def _azurite(ports: Ports, data: DataDirectory) -> Service:
    listening = {"blob": ports.azurite_blob, "queue": ports.azurite_queue, "table": ports.azurite_table}
    command = [str(ROOT / "node_modules" / ".bin" / "azurite"), "--location", str(data.of("azurite"))]
    command += ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--loose"]
    for kind, port in listening.items():
        command += [f"--{kind}Port", str(port)]
    numbers = tuple(listening.values())
    return Service("azurite", tuple(command), numbers, tuple(Probe(port) for port in numbers))


def _identity(ports: Ports, data: DataDirectory, users: Path, title: str) -> Service:
    command = _module(
        "identity", "--data", data.of("identity"), "--port", ports.identity, "--users", users, "--title", title
    )
    return Service("identity", command, (ports.identity,), (Probe(ports.identity, "/_health"),))


def _keyvault(ports: Ports, data: DataDirectory) -> Service:
    directory = data.of("keyvault")
    command = _module("keyvault", "--data", directory, "--port", ports.keyvault, "--issuer", environment.issuer(ports))
    probe = Probe(ports.keyvault, "/_health", authority=directory / "ca-bundle.pem")
    return Service("keyvault", command, (ports.keyvault,), (probe,))


def _cosmos(ports: Ports, data: DataDirectory) -> Service:
    command = _module("cosmos", "--data", data.of("cosmos"), "--port", ports.cosmos)
    return Service("cosmos", command, (ports.cosmos,), (Probe(ports.cosmos, "/_health"),))


def _servicebus(ports: Ports, data: DataDirectory, definitions: Definitions) -> Service:
    directory = data.of("servicebus")
    config = definitions.servicebus or _empty_namespace(directory)
    command = _module(
        "servicebus",
        *("--data", directory, "--config", config),
        *("--port", ports.servicebus, "--http-port", ports.servicebus_http),
    )
    probes = (Probe(ports.servicebus_http, "/health"), Probe(ports.servicebus))
    return Service("servicebus", command, (ports.servicebus, ports.servicebus_http), probes)


def _telemetry(ports: Ports, data: DataDirectory) -> Service:
    command = _module("telemetry", "--data", data.of("telemetry"), "--port", ports.telemetry)
    return Service("telemetry", command, (ports.telemetry,), (Probe(ports.telemetry, "/_health"),))


def _mail(ports: Ports, data: DataDirectory) -> Service:
    command = _module("mail", "--data", data.of("mail"), "--port", ports.mail_page, "--smtp-port", ports.mail)
    probes = (Probe(ports.mail_page, "/_health"), Probe(ports.mail))
    return Service("mail", command, (ports.mail, ports.mail_page), probes)


def _empty_namespace(directory: Path) -> Path:
    """For an app that has no queues."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / "empty-namespace.json"
    path.write_text(json.dumps(EMPTY_NAMESPACE))
    return path


def _module(name: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", f"local.{name}", *map(str, arguments))
