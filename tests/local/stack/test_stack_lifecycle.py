"""A running stack tells what it is, obeys commands, survives commanded kills, and ends when told to."""

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from azure.cosmos import CosmosClient
from azure.storage.blob import BlobServiceClient

from tests.support.stack import StackUnderTest, alive, as_json, local, running_stack

HELLO = Path(__file__).parent / "apps" / "hello"
SERVICES = {"azurite", "identity", "keyvault", "cosmos", "servicebus", "telemetry", "mail", "host"}


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with running_stack(HELLO, tmp_path_factory.mktemp("hello")) as running:
        yield running


def process_of(stack: StackUnderTest) -> int:
    answer = httpx.get(f"{stack.base_url}/api/hello", timeout=60)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["process"])


def test_the_app_answers_with_its_settings(hello: StackUnderTest) -> None:
    answer = httpx.get(f"{hello.base_url}/api/hello", timeout=60).json()
    assert answer["endpoint"] == hello.environment["COSMOS_ENDPOINT"]


def test_the_containers_that_it_defines_exist(hello: StackUnderTest) -> None:
    settings = hello.environment
    with CosmosClient(settings["COSMOS_ENDPOINT"], settings["COSMOS_KEY"]) as cosmos:
        database = cosmos.get_database_client(settings["COSMOS_DATABASE"])
        assert [container["id"] for container in database.list_containers()] == ["greetings"]
    with BlobServiceClient.from_connection_string(settings["THINGS_STORAGE"]) as blobs:
        assert "kept-things" in [container.name for container in blobs.list_containers()]


def test_its_environment_is_for_this_user_alone(hello: StackUnderTest) -> None:
    assert stat.S_IMODE(hello.data.environment.stat().st_mode) == 0o600
    assert stat.S_IMODE(hello.data.control.stat().st_mode) == 0o600


def test_status_names_every_service(hello: StackUnderTest) -> None:
    services = as_json(local("status", "--json", "--data", str(hello.data.root)))
    assert {each["name"] for each in services} == SERVICES
    assert {each["state"] for each in services} == {"ready"}
    assert len({each["pid"] for each in services}) == len(SERVICES)


def test_env_can_be_loaded_by_a_shell(hello: StackUnderTest) -> None:
    done = local("env", "--data", str(hello.data.root))
    assert f"export KEY_VAULT_URL={hello.environment['KEY_VAULT_URL']}" in done.stdout


def test_it_prints_where_to_go(hello: StackUnderTest) -> None:
    assert f"App        {hello.base_url}\n" in hello.output
    assert f"Sign-in    {hello.issuer}\n" in hello.output
    assert "API page" not in hello.output  # this app has none


def test_a_second_supervisor_is_refused(hello: StackUnderTest) -> None:
    done = local("up", "--data", str(hello.data.root), "--app", str(HELLO))
    assert done.returncode == 2
    assert f"process {hello.process.pid}" in done.stderr


def test_a_commanded_kill_leaves_the_rest_running(hello: StackUnderTest) -> None:
    before = process_of(hello)
    assert local("kill", "host", "--data", str(hello.data.root)).returncode == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{hello.base_url}/api/hello", timeout=60)
    states = {name: each["state"] for name, each in hello.status().items()}
    assert states == dict.fromkeys(SERVICES, "ready") | {"host": "stopped"}
    assert local("status", "--data", str(hello.data.root)).returncode == 1
    assert local("restart", "host", "--data", str(hello.data.root)).returncode == 0
    assert process_of(hello) != before


def test_restarting_a_running_service_replaces_it(hello: StackUnderTest) -> None:
    before = hello.status()["servicebus"]["pid"]
    hello.restart("servicebus")
    after = hello.status()["servicebus"]
    assert after["pid"] != before
    assert after["state"] == "ready"


def test_an_unknown_service_is_named_with_the_known_ones(hello: StackUnderTest) -> None:
    done = local("kill", "kitchen", "--data", str(hello.data.root))
    assert done.returncode == 1
    assert "kitchen" in done.stderr
    assert "servicebus" in done.stderr


def test_commands_need_the_token(hello: StackUnderTest) -> None:
    port = json.loads(hello.data.control.read_text())["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b'{"token": "guessed", "command": "kill", "service": "host"}\n')
        assert b"token is wrong" in connection.recv(1000)
    assert hello.status()["host"]["state"] == "ready"


def test_logs_show_what_a_service_wrote(hello: StackUnderTest) -> None:
    done = local("logs", "identity", "--data", str(hello.data.root))
    assert f"ready {hello.issuer}" in done.stdout


class TestDown:
    """In order: the last test of this module to use the shared stack ends it."""

    def test_down_stops_everything(self, hello: StackUnderTest) -> None:
        processes = [each["pid"] for each in hello.status().values()]
        assert local("down", "--data", str(hello.data.root)).returncode == 0
        assert hello.process.wait(5) == 0
        assert not [process for process in processes if alive(process)]
        assert not hello.data.environment.exists()
        assert "Everything is stopped." in hello.output

    def test_commands_say_that_nothing_runs(self, hello: StackUnderTest) -> None:
        for command in ("status", "down", "env"):
            done = local(command, "--data", str(hello.data.root))
            assert done.returncode == 1
            assert "Nothing runs" in done.stderr
