"""``./reeve openapi``: the API's description with nothing running, for whoever generates a client."""

import json
from typing import Any


def add_commands(commands: Any) -> None:
    commands.add_parser("openapi", help="print the API's description (OpenAPI 3.1), in lines that can be compared")


def document() -> str:
    """What ``GET /api/openapi.json`` answers, indented: the same text for the same endpoints, on every machine."""
    # Late, because the other commands take over a stack's settings before an Azure SDK is imported.
    import function_app  # noqa: F401 - declares every endpoint
    from shared.http import openapi

    return json.dumps(json.loads(openapi.document()), ensure_ascii=False, indent=2)
