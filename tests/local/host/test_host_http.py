"""HTTP functions as the real host runs them. Sources: azure-functions-host (WebScriptHostHttpRoutesManager,
GrpcMessageConversionExtensions, AuthenticationLevelHandler) and azure-webjobs-sdk-extensions (WebJobsRouteBuilder)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.local.identity.processes import Running, run_to_end
from tests.support.waiting import until

APPS = Path(__file__).parent / "apps"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("app") / "plain"
    shutil.copytree(APPS / "plain", place)
    return place


@pytest.fixture(scope="module")
def host(app: Path) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AzureWebJobs.off.Disabled", "true")
        patch.setenv("PYTHONPATH", str(Path.cwd()))
        with (
            Running("local.host", "--app", app, "--port", 0, "--triggers", "none") as running,
            httpx.Client(base_url=running.url, timeout=60) as client,
        ):
            yield client


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/api/hello", 200, "Hello world"),
        ("/api/hello/Ada", 200, "Hello Ada"),
        ("/API/Hello/Ada", 200, "Hello Ada"),
        ("/api/number/41", 200, "42"),
        ("/api/number/x", 404, ""),
        ("/api/same/exact", 200, "first by name"),  # order of function names, not specificity
        ("/api/files/a/b/c.txt", 200, "a/b/c.txt"),
        ("/api/off", 404, ""),  # disabled by a setting
        ("/api/nothing", 404, ""),
        ("/hello", 404, ""),
    ],
)
def test_routes(host: httpx.Client, path: str, status: int, text: str) -> None:
    answer = host.get(path)
    assert (answer.status_code, answer.text) == (status, text)


def test_a_wrong_method_is_not_found(host: httpx.Client) -> None:
    assert host.post("/api/hello").status_code == 404


def test_repeated_values_are_joined_and_empty_ones_dropped(host: httpx.Client) -> None:
    headers = [("X-A", "1"), ("X-A", "2")]
    seen = host.get("/api/echo?a=1&a=2&b=&c=x%20y", headers=headers).json()
    assert seen["params"] == {"a": "1,2", "c": "x y"}
    assert seen["headers"]["x-a"].replace(" ", "") == "1,2"


def test_a_chunked_body_arrives_empty(host: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"some"
        yield b"thing"

    assert host.post("/api/echo", content=chunks()).json()["length"] == 0
    assert host.post("/api/echo", content=b"something").json()["length"] == 9


def test_status_type_and_cookie_of_the_function_reach_the_client(host: httpx.Client) -> None:
    answer = host.get("/api/echo")
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json")
    assert answer.headers["set-cookie"] == "a=1; Path=/; HttpOnly"


def test_an_exception_is_an_empty_500(host: httpx.Client) -> None:
    answer = host.get("/api/broken")
    assert (answer.status_code, answer.text) == (500, "")


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"x-functions-key": "wrong"}, "", 401),
        ({"x-functions-key": "default"}, "", 200),
        ({"x-functions-key": "master"}, "", 200),
        ({}, "?code=default", 200),
        ({"x-functions-key": "wrong"}, "?code=default", 401),  # the header wins
    ],
)
def test_keys(host: httpx.Client, headers: dict[str, str], query: str, status: int) -> None:
    assert host.get(f"/api/locked{query}", headers=headers).status_code == status


def test_the_hosts_own_interface_needs_the_master_key(host: httpx.Client) -> None:
    assert host.get("/admin/host/status").json()["state"] == "Running"
    assert host.get("/admin/functions").status_code == 401
    listed = host.get("/admin/functions", headers={"x-functions-key": "master"}).json()
    assert ("yearly", "timerTrigger") in [(each["name"], each["trigger"]) for each in listed]
    assert "off" not in [each["name"] for each in listed]


def test_a_timer_can_be_fired_by_hand(host: httpx.Client, app: Path) -> None:
    key = {"x-functions-key": "master"}
    assert host.post("/admin/functions/yearly", json={"input": ""}).status_code == 401
    assert host.post("/admin/functions/hello", json={"input": ""}, headers=key).status_code == 404
    assert host.post("/admin/functions/yearly", json={"input": ""}, headers=key).status_code == 202
    fired = app / "fired.txt"
    assert until(lambda: fired.exists() and fired.read_text(), what="the timer's file") == "yes"


def test_an_unsupported_binding_is_an_error_at_start(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "function_app.py").write_text(
        "import azure.functions as func\n"
        "app = func.FunctionApp()\n"
        "@app.event_hub_message_trigger(arg_name='m', event_hub_name='h', connection='HUB')\n"
        "def handle(m: func.EventHubEvent) -> None: ...\n"
    )
    done = run_to_end("local.host", "--app", tmp_path, "--port", 0)
    assert done.returncode != 0
    assert "handle: this host has no binding eventHubTrigger" in done.stderr


def test_an_app_that_does_not_load_says_why(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "function_app.py").write_text("import a_module_that_is_not_there\n")
    done = run_to_end("local.host", "--app", tmp_path, "--port", 0)
    assert done.returncode != 0
    assert "a_module_that_is_not_there" in done.stderr
