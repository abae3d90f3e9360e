"""The broker as a process: what it acknowledged survives a crash, and it says what is wrong when it cannot start."""

from pathlib import Path

from tests.local.identity.processes import run_to_end
from tests.local.servicebus.conftest import Broker, Bus


def test_nothing_acknowledged_is_lost_or_doubled_by_a_crash(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        port = broker.port
        with broker.client() as client:
            Bus(client).send("many", *(str(n) for n in range(50)))
            done = [str(message) for message in Bus(client).take("many", 10)]
        broker.kill()
        with Broker(tmp_path, port) as again, again.client() as client:
            while batch := Bus(client).take("many", 50):
                done += map(str, batch)
    assert sorted(map(int, done)) == list(range(50))


def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        config = tmp_path / "config.json"
        options = ("--data", tmp_path / "two", "--config", config, "--port", broker.port, "--http-port", 0)
        second = run_to_end("local.servicebus", *options)
    assert second.returncode == 2
    assert f"127.0.0.1:{broker.port}" in second.stderr


def test_a_clean_stop(tmp_path: Path) -> None:
    assert Broker(tmp_path).stop() == 0
