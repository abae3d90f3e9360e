"""Creates what ``infra/*.json`` defines, through the same SDKs that would create it in Azure. Safe to run again.

A process of its own, started beside the services: the SDKs load while those come up, and the supervisor stays small.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient, CorsRule

from local.cosmos.provision import provision
from local.stack import definitions
from local.stack.definitions import Definitions
from local.stack.health import Probe, ready

UPLOADS_FROM_PAGES = CorsRule(
    ["*"], ["PUT", "OPTIONS"], allowed_headers=["content-type", "x-ms-*"], max_age_in_seconds=3600
)
"""Pages of any origin may write with a signed URL, on whatever port they are served here."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m local.stack.provision", description=__doc__)
    parser.add_argument("--app", type=Path, required=True)
    parser.add_argument("--cosmos-port", type=int, required=True)
    parser.add_argument("--blob-port", type=int, required=True)
    options = parser.parse_args(arguments)
    asyncio.run(ready((Probe(options.cosmos_port, "/_health"), Probe(options.blob_port))))
    create(definitions.read(options.app))


def create(defined: Definitions) -> None:
    if defined.cosmos:
        provision(os.environ["COSMOS_ENDPOINT"], os.environ["COSMOS_KEY"], defined.cosmos)
    names = [name for names in defined.blob_containers.values() for name in names]
    storage = os.environ["AzureWebJobsStorage"]  # noqa: SIM112 - Azure spells it so
    with BlobServiceClient.from_connection_string(storage) as service:
        service.set_service_properties(cors=[UPLOADS_FROM_PAGES])
        for name in names:
            try:
                service.create_container(name)
            except ResourceExistsError:
                continue


if __name__ == "__main__":
    main()
