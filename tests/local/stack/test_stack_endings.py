"""What a stack keeps when it ends, and how it ends when it should not."""

import os
import signal
import socket
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from tests.support.stack import StackUnderTest, alive, local, running_stack
from tests.support.waiting import until

HELLO = Path(__file__).parent / "apps" / "hello"


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_stack(HELLO, tmp_path, "--no-host", "--quiet") as first, blobs(first) as container:
        container.upload_blob("kept", b"still here")
        assert first.stop() == 0
    with running_stack(HELLO, tmp_path, "--no-host", "--quiet") as second, blobs(second) as container:
        assert container.download_blob("kept").readall() == b"still here"


def blobs(stack: StackUnderTest) -> ContainerClient:
    return ContainerClient.from_connection_string(stack.environment["THINGS_STORAGE"], "kept-things")


def test_a_death_is_reported_and_ends_the_stack(tmp_path: Path) -> None:
    with running_stack(HELLO, tmp_path, "--no-host", "--quiet") as stack:
        processes = {name: each["pid"] for name, each in stack.status().items() if each["pid"]}
        os.kill(processes["identity"], signal.SIGKILL)
        assert stack.process.wait(60) == 1
        assert "identity stopped by itself (killed by SIGKILL)" in stack.output
        assert f"ready {stack.issuer}" in stack.output  # the end of its log
        assert not [name for name, process in processes.items() if alive(process)]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux ends children with a killed parent")
def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    with running_stack(HELLO, tmp_path, "--no-host", "--quiet") as stack:
        processes = {name: each["pid"] for name, each in stack.status().items() if each["pid"]}
        stack.process.kill()
        assert until(lambda: not any(map(alive, processes.values())), what=f"the end of {processes}")


def test_a_taken_port_is_named_with_who_wants_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        offset = taken.getsockname()[1] - 8081
        done = local("up", "--data", str(tmp_path), "--app", str(HELLO), "--port-offset", str(offset))
    assert done.returncode == 2
    assert f"{offset + 8081} is taken, and cosmos wants it" in done.stderr
    assert "--port-offset" in done.stderr
    assert not (tmp_path / "cosmos").exists()


def test_a_command_afterwards_runs_in_the_apps_environment(tmp_path: Path) -> None:
    after = "python -c \"import os; open('seen', 'w').write(os.environ['COSMOS_ENDPOINT']); raise SystemExit(3)\""
    app = tmp_path / "app"
    app.mkdir()
    with running_stack(app, tmp_path / "data", "--no-host", "--quiet", "--after", after) as stack:
        assert (app / "seen").read_text() == stack.environment["COSMOS_ENDPOINT"]
        assert "failed (exit status 3)" in stack.output
        assert stack.process.poll() is None


def test_resources_that_cannot_be_created_stop_the_start(tmp_path: Path) -> None:
    infra = tmp_path / "app" / "infra"
    infra.mkdir(parents=True)
    (infra / "storage.json").write_text('{"things": {"containers": ["Not A Name"]}}')
    done = local("up", "--data", str(tmp_path / "data"), "--app", str(tmp_path / "app"), "--port-offset", "auto")
    assert done.returncode == 1
    assert "The containers could not be created" in done.stderr
    assert "ready http" not in done.stdout


def test_it_says_who_can_sign_in_and_what_to_try(tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "cli").mkdir(parents=True)
    (app / "cli" / "demo_users.json").write_text(
        '[{"sub": "mia.manager", "name": "Mia", "organisation": "Quill Outdoor", "role": "investigator"}]'
    )
    (app / "cli" / "try.txt").write_text("Try this:\n  ./reeve token mia.manager\n")
    (app / "function_app.py").write_text("import azure.functions as func\n\napp = func.FunctionApp()\n")
    (app / "host.json").write_text('{"version": "2.0"}')
    with running_stack(app, tmp_path / "data") as stack:
        assert "mia.manager" in stack.output
        assert "Quill Outdoor" in stack.output
        assert stack.output.index("./reeve token mia.manager") < stack.output.index("Everything runs")
