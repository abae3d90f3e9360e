"""The example settings are the local stack's, and complete: whoever copies the file has an app that starts."""

import json
import re
from pathlib import Path

from local.stack import definitions, environment
from local.stack.directory import DataDirectory
from local.stack.ports import Ports
from shared.settings import Settings, load

ROOT = Path(__file__).parents[2]
EXAMPLE = json.loads((ROOT / "local.settings.example.json").read_text())
AZURE_ONLY = {
    "SERVICEBUS__fullyQualifiedNamespace",
    "EVIDENCE_STORAGE__blobServiceUri",
    "AZURE_CLIENT_ID",
    "COSMOS_KEYRING_ENDPOINT",
    "MALWARE_SCAN",
    "PUBLIC_URL",
    "OPERATOR_NAME",
    "OPERATOR_CONTACT",
    "ACS_ENDPOINT",
}


def test_the_app_starts_with_them() -> None:
    assert load(EXAMPLE["Values"]).issuers == ("http://127.0.0.1:8400",)


def test_every_setting_that_the_app_reads_is_there() -> None:
    read = {field.alias for field in Settings.model_fields.values()}
    assert read - AZURE_ONLY <= set(EXAMPLE["Values"])


def test_they_are_what_the_local_stack_gives_the_app() -> None:
    defined = definitions.read(ROOT)
    given = environment.of_app(
        Ports(),
        DataDirectory(Path(".local")),
        audience="api://reeve",
        database=defined.database,
        accounts=defined.blob_containers,
    )
    assert EXAMPLE["Values"] == given


def test_every_dependency_is_pinned_and_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    for file in ("requirements.txt", "requirements-video.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                name, version = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)", line).groups()  # type: ignore[union-attr]
                assert version
                assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", reasons), (
                    f"{name} has no reason in docs/dependencies.md"
                )
