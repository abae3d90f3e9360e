"""The environment of the app: the same settings that it has in Azure, pointing at this machine.

The keys are the emulators' well-known public ones; they open nothing but what runs here.
"""

import os
from collections.abc import Iterable, Mapping

from local.stack.directory import DataDirectory
from local.stack.ports import LOOPBACK, Ports

COSMOS_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
STORAGE_ACCOUNT = "devstoreaccount1"
STORAGE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
IDENTITY_HEADER = "local"
MAIL_FROM = "Reeve <alerts@reeve.example>"
CONSOLE_URL = "http://localhost:5173"
"""Where the development server of a front end listens, as in the host's CORS settings."""


def of_app(
    ports: Ports, data: DataDirectory, *, audience: str, database: str | None, accounts: Iterable[str]
) -> dict[str, str]:
    bundle = str(data.of("keyvault") / "ca-bundle.pem")
    storage = storage_connection(ports)
    settings = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": storage,
        "COSMOS_ENDPOINT": cosmos_endpoint(ports),
        "COSMOS_KEY": COSMOS_KEY,
        "SERVICEBUS": servicebus_connection(ports),
        "KEY_VAULT_URL": f"https://{LOOPBACK}:{ports.keyvault}",
        "OIDC_ISSUERS": issuer(ports),
        "OIDC_AUDIENCE": audience,
        "IDENTITY_ENDPOINT": f"{issuer(ports)}/msi/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
        "SSL_CERT_FILE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "NO_PROXY": f"{LOOPBACK},localhost",
        "OTEL_EXPORTER_OTLP_ENDPOINT": telemetry(ports),
        "SMTP_URL": smtp(ports),
        "MAIL_FROM": MAIL_FROM,
        "WEBHOOK_LOOPBACK": "true",
        "CONSOLE_URL": CONSOLE_URL,
    }
    if database:
        settings["COSMOS_DATABASE"] = database
    return settings | {f"{account.upper()}_STORAGE": storage for account in accounts}


def pointed_here(values: Mapping[str, str], ports: Ports) -> dict[str, str]:
    """An app's own settings that name one of Microsoft's emulators, pointing at this stack instead."""
    here = {}
    for name, value in values.items():
        text = value.replace(" ", "").lower()
        if "usedevelopmentstorage=true" in text or f"accountname={STORAGE_ACCOUNT}" in text:
            here[name] = storage_connection(ports)
        elif "usedevelopmentemulator=true" in text:
            here[name] = servicebus_connection(ports)
        elif "accountendpoint=" in text and COSMOS_KEY in value:
            here[name] = f"AccountEndpoint={cosmos_endpoint(ports)}/;AccountKey={COSMOS_KEY};"
    return here


def of_tools() -> dict[str, str]:
    """What every child inherits. A developer's own Azure sign-in must not win over the local managed identity."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return inherited | {"PYTHONUNBUFFERED": "1"}


def app_url(ports: Ports) -> str:
    return f"http://{LOOPBACK}:{ports.host}"


def issuer(ports: Ports) -> str:
    return f"http://{LOOPBACK}:{ports.identity}"


def telemetry(ports: Ports) -> str:
    return f"http://{LOOPBACK}:{ports.telemetry}"


def smtp(ports: Ports) -> str:
    return f"smtp://{LOOPBACK}:{ports.mail}"


def inbox(ports: Ports) -> str:
    return f"http://{LOOPBACK}:{ports.mail_page}"


def cosmos_endpoint(ports: Ports) -> str:
    return f"http://{LOOPBACK}:{ports.cosmos}"


def servicebus_connection(ports: Ports) -> str:
    return (
        f"Endpoint=sb://localhost:{ports.servicebus};SharedAccessKeyName=RootManageSharedAccessKey;"
        "SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
    )


def storage_connection(ports: Ports) -> str:
    endpoints = {"Blob": ports.azurite_blob, "Queue": ports.azurite_queue, "Table": ports.azurite_table}
    account = f"DefaultEndpointsProtocol=http;AccountName={STORAGE_ACCOUNT};AccountKey={STORAGE_KEY};"
    return account + "".join(
        f"{kind}Endpoint=http://{LOOPBACK}:{port}/{STORAGE_ACCOUNT};" for kind, port in endpoints.items()
    )
