"""Limits, keys and endings of the host. Sources: Microsoft Learn, "host.json reference" (functionTimeout), "Work with
access keys", "Disable functions"; azure-functions-host, ScriptConstants and Program (graceful stop)."""

import json
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
from azure.servicebus import ServiceBusMessage as Message

from local.host.settings import Settings
from tests.local.host.conftest import App


def test_the_route_prefix_of_host_json(host: httpx.Client) -> None:
    assert host.get("/v1/things/slow/0").text == "done"
    assert host.get("/api/slow/0").status_code == 404


def test_a_function_that_runs_too_long_fails(triggers: App, host: httpx.Client) -> None:
    began = time.monotonic()
    assert host.get("/v1/things/slow/20").status_code == 500
    assert time.monotonic() - began < 15
    assert "ran longer than 1 s" in triggers.log.read_text()


def test_a_body_beyond_100_mb_is_refused_before_it_is_read(host: httpx.Client) -> None:
    with socket.create_connection((host.base_url.host, host.base_url.port)) as raw:
        raw.sendall(b"POST /v1/things/slow/0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857601\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 413")


def test_the_home_page_and_the_ping(host: httpx.Client) -> None:
    assert "up and running" in host.get("/").text
    assert host.get("/admin/host/ping").status_code == 200
    assert host.get("/admin/host/status").json()["state"] == "Running"


def test_keys_of_functions_open_only_their_own(triggers: App) -> None:
    keys = {"master": "m", "host": {"default": "h"}, "functions": {"slow": {"default": "s"}}, "system": {"x": "y"}}
    with triggers.running("--triggers", "none", LOCAL_HOST_KEYS=json.dumps(keys)) as client:
        assert client.get("/admin/functions", headers={"x-functions-key": "h"}).status_code == 401
        listed = client.get("/admin/functions/single", headers={"x-functions-key": "m"}).json()
        assert listed["config"]["bindings"][0]["queueName"] == "single"
        hook = "/runtime/webhooks/blobs?functionName=text_blob"
        assert client.post(hook, json=[], headers={"x-functions-key": "s"}).status_code == 401
        assert client.post(hook, json=[], headers={"x-functions-key": "y"}).status_code == 202


@pytest.mark.parametrize("setting", ["AzureWebJobs.slow.Disabled", "AzureWebJobs__slow__Disabled"])
def test_a_disabled_function_is_not_there(triggers: App, setting: str) -> None:
    with triggers.running("--triggers", "none", **{setting: "true"}) as client:
        assert client.get("/v1/things/slow/0").status_code == 404


@pytest.mark.parametrize(
    ("function", "given", "seen"),
    [
        ("hourly", "", ("hourly", {"past_due": False})),
        ("single", "by hand", ("single", {"body": "by hand"})),
        ("text_blob", "content", ("text_blob", {"hex": b"content".hex()})),
    ],
)
def test_functions_run_by_hand(
    triggers: App, host: httpx.Client, function: str, given: str, seen: tuple[str, dict[str, object]]
) -> None:
    """Source: Microsoft Learn, "Manually run a non HTTP-triggered function"."""
    answer = host.post(f"/admin/functions/{function}", json={"input": given}, headers={"x-functions-key": "master"})
    assert answer.status_code == 202
    triggers.until(seen[0], **seen[1])


@pytest.mark.parametrize("body", [b"[]", b"{", b'"x"'])
def test_a_wrong_request_to_run_by_hand(host: httpx.Client, body: bytes) -> None:
    answer = host.post("/admin/functions/hourly", content=body, headers={"x-functions-key": "master"})
    assert answer.status_code == 400


def test_a_stop_lets_requests_and_messages_end(triggers: App) -> None:
    answers: list[int] = []

    def ask(url: httpx.URL) -> None:
        answers.append(httpx.get(url.join("/v1/things/slow/0.7"), timeout=60).status_code)

    with triggers.running("--triggers", "servicebus") as client:
        triggers.send("single", Message("slow-last"))
        triggers.until("single", body="slow-last")
        asking = threading.Thread(target=ask, args=(client.base_url,))
        asking.start()
        triggers.until("slow_began", seconds="0.7")
    asking.join()
    assert answers == [200]
    triggers.until("single_done", body="slow-last")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("host.json", "{}", '"version": "2.0"'),
        ("host.json", "{", "host.json is not JSON"),
        ("host.json", '{"version": "2.0", "functionTimeout": "soon"}', "not a time span"),
    ],
)
def test_wrong_settings_are_told(triggers: App, name: str, content: str, said: str) -> None:
    path = triggers.directory / name
    before = path.read_text()
    path.write_text(content)
    try:
        with pytest.raises(AssertionError, match="did not start"), triggers.running("--triggers", "none"):
            pass
    finally:
        path.write_text(before)
    assert said in triggers.log.read_text()


def test_an_application_setting_replaces_a_value_of_host_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source: Microsoft Learn, "host.json reference for Azure Functions", override host.json values."""
    host = {"version": "2.0", "extensions": {"serviceBus": {"maxConcurrentCalls": 16, "prefetchCount": 0}}}
    (tmp_path / "host.json").write_text(json.dumps(host))
    monkeypatch.setenv("AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls", "1")
    monkeypatch.setenv("AzureFunctionsJobHost__extensions__http__routePrefix", "v1")
    settings = Settings(tmp_path)
    assert settings.extension("serviceBus") == {"maxConcurrentCalls": "1", "prefetchCount": 0}
    assert settings.route_prefix == "v1"


def test_a_setting_that_a_binding_names_must_exist(triggers: App) -> None:
    del triggers.environment["HOURLY"]
    try:
        with pytest.raises(AssertionError, match="did not start"), triggers.running("--triggers", "timer"):
            pass
    finally:
        triggers.environment["HOURLY"] = "0 0 * * * *"
    assert "no application setting HOURLY" in triggers.log.read_text()
