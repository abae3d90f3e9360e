"""The last steps of a deployment, run as the pipeline runs them, against an `az` that answers as the real one does."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEY = "made-by-the-platform"

AZ = """#!{python}
import json, sys
from pathlib import Path
here = Path(__file__).parent
words = sys.argv[1:]
with (here / "calls").open("a") as log:
    log.write(" ".join(words) + "\\n")
state = json.loads((here / "state.json").read_text())
at = lambda option: words[words.index(option) + 1]
match words:
    case ["deployment", "group", "list", *_]:
        print("main" if "tsv" in words else json.dumps({{n: {{"value": v}} for n, v in state["outputs"].items()}}))
    case ["deployment", "group", "show", *_]:
        print(state["outputs"][at("--query").split(".")[2]])
    case ["functionapp", "function", "list", *_]:
        print(json.dumps([{{"name": "app/" + name}} for name in state["functions"][at("--name")]]))
    case ["functionapp", "show", *_]:
        print("/sites/app")
    case ["functionapp", "keys", "list", *_]:
        print(state["key"])
    case ["deployment", "group", "create", *_]:
        file = Path(at("--parameters").removeprefix("@"))
        given = {{n: p["value"] for n, p in json.loads(file.read_text())["parameters"].items()}}
        report = {{"parameters": given, "file": str(file), "mode": oct(file.stat().st_mode & 0o777)}}
        (here / "created.json").write_text(json.dumps(report))
    case _:
        sys.exit(f"unknown: {{words}}")
"""


@dataclass
class Azure:
    """A subscription that holds one deployment."""

    directory: Path
    functions: list[str] = field(default_factory=list)
    of_second: list[str] = field(default_factory=lambda: ["video_work"])
    key: str = KEY
    url: str = "https://app.example"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        names = ("systemTopicName", "hostStorageName", "deadEventsContainer", "scanTopicName")
        outputs = {"functionAppName": "app", "functionAppUrl": self.url, "secondAppName": "second"} | {
            name: name.lower() for name in names
        }
        state = {"outputs": outputs, "functions": {"app": self.functions, "second": self.of_second}, "key": self.key}
        (self.directory / "state.json").write_text(json.dumps(state))
        environment = os.environ | {
            "PATH": f"{self.directory}:{os.environ['PATH']}",
            "AZURE_RESOURCE_GROUP": "group",
            "ATTEMPTS": "2",
            "PAUSE": "0",
        }
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def verify(self) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "scripts/deploy_verify.py")

    def subscribe(self) -> subprocess.CompletedProcess[str]:
        return self.run("scripts/deploy_event_subscription.sh")

    @property
    def calls(self) -> str:
        return (self.directory / "calls").read_text()


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    program = tmp_path / "az"
    program.write_text(AZ.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Azure(tmp_path)


@pytest.fixture(scope="module")
def deployed() -> list[str]:
    listing = "from function_app import app; print(*(f.get_function_name() for f in app.get_functions()))"
    command = [sys.executable, "-c", listing]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


class Health(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/api/health/ready" else 404)
        self.end_headers()
        self.wfile.write(b'{"state": "as the status says"}')

    def log_message(self, *_arguments: object) -> None:
        """Silent."""


class Down(Health):
    status = 503


@pytest.fixture
def serve() -> Iterator[Callable[[type[Health]], str]]:
    servers = []

    def start(handler: type[Health]) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_complete_deployment_passes(azure: Azure, deployed: list[str], serve: Callable[[type[Health]], str]) -> None:
    azure.functions, azure.url = deployed, serve(Health)
    result = azure.verify()
    assert result.returncode == 0, result.stderr
    assert f"All {len(deployed)} functions are loaded, and 1 of the second app." in result.stdout


def test_a_second_app_without_functions_is_noticed(azure: Azure, deployed: list[str]) -> None:
    azure.functions, azure.of_second = deployed, []
    result = azure.verify()
    assert result.returncode != 0
    assert "missing: video_work" in result.stderr


def test_an_app_whose_import_failed_is_noticed(azure: Azure) -> None:
    """Source: Azure/azure-functions-python-worker, issue 1262: no function found, and no error anywhere."""
    result = azure.verify()
    assert result.returncode == 1
    assert "0 of" in result.stderr
    assert "alerts_dispatch" in result.stderr.partition("missing: ")[2]


def test_a_function_of_another_version_is_noticed(azure: Azure, deployed: list[str]) -> None:
    azure.functions = [*deployed, "of_yesterday"]
    result = azure.verify()
    assert result.returncode == 1
    assert "of_yesterday" in result.stderr


def test_an_app_that_does_not_reach_its_stores_is_noticed(
    azure: Azure, deployed: list[str], serve: Callable[[type[Health]], str]
) -> None:
    azure.functions, azure.url = deployed, serve(Down)
    result = azure.verify()
    assert result.returncode == 1
    assert "the app is not ready" in result.stderr


def test_uploads_are_announced_to_the_trigger_and_its_key_is_left_nowhere(azure: Azure) -> None:
    """Source: Azure-Samples/functions-quickstart-python-azd-eventgrid-blob, scripts/post-up.sh: the address."""
    result = azure.subscribe()
    assert result.returncode == 0, result.stderr
    created = json.loads((azure.directory / "created.json").read_text())
    assert created["parameters"]["endpoint"] == (
        f"https://app.example/runtime/webhooks/blobs?functionName=Host.Functions.evidence_process&code={KEY}"
    )
    assert created["mode"] == "0o600"
    assert not Path(created["file"]).exists()
    assert KEY not in azure.calls + result.stdout + result.stderr


def test_the_parameters_are_those_of_the_template(azure: Azure) -> None:
    azure.subscribe()
    template = (ROOT / "infra" / "modules" / "event-subscription.bicep").read_text()
    asked = {line.split()[1] for line in template.splitlines() if line.startswith("param ")}
    given = json.loads((azure.directory / "created.json").read_text())["parameters"]
    assert set(given) == asked
    assert given["verdictFunctionId"] == "/sites/app/functions/evidence_verdict"


def test_a_trigger_that_is_not_loaded_is_waited_for_and_then_named(azure: Azure) -> None:
    azure.key = ""
    result = azure.subscribe()
    assert result.returncode == 1
    assert "is evidence_process loaded?" in result.stderr
    assert azure.calls.count("functionapp keys list") == 2
    assert not (azure.directory / "created.json").exists()
