"""Timer triggers. Sources: azure-webjobs-sdk-extensions (TimerListener, ScheduleMonitor, CronSchedule); NCrontab;
Microsoft Learn, "Timer trigger for Azure Functions"."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from local.host.settings import SettingsError
from local.host.triggers.timers import Schedule
from tests.local.host.conftest import App

NOON = datetime(2026, 3, 4, 12, 0, 0)  # noqa: DTZ001 - a Wednesday, in the zone of the host


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 */5 * * * *", "2026-03-04T12:05:00"),
        ("*/10 * * * * *", "2026-03-04T12:00:10"),
        ("0 0 * * * *", "2026-03-04T13:00:00"),
        ("0 30 9 * * *", "2026-03-05T09:30:00"),
        ("0 0 9 * * 1-5", "2026-03-05T09:00:00"),
        ("0 0 9 * * Mon", "2026-03-09T09:00:00"),
        ("0 0 0 1 Jan *", "2027-01-01T00:00:00"),
        ("0 0 0 13 * Fri", "2026-03-13T00:00:00"),  # day of month AND day of week
        ("0 0 0 14 * Fri", "2026-08-14T00:00:00"),
        ("0 5,8,10 * * * *", "2026-03-04T12:05:00"),
        ("*/15 * * * *", "2026-03-04T12:15:00"),  # five fields
        ("30 5 /6 * * *", None),
    ],
)
def test_schedules(expression: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(SettingsError):
            Schedule(expression)
    else:
        assert Schedule(expression).next(NOON) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "expression", ["", "0 0 0 L * *", "0 0 0 ? * *", "0 0 0 * * 5#2", "@daily", "0 0 0 32 * *", "x"]
)
def test_what_ncrontab_refuses(expression: str) -> None:
    with pytest.raises(SettingsError, match="NCRONTAB"):
        Schedule(expression)


@pytest.mark.parametrize(
    ("expression", "monitored"), [("*/10 * * * * *", False), ("0 * * * * *", True), ("0,30 * * * * *", False)]
)
def test_only_schedules_of_a_minute_or_more_are_monitored(expression: str, monitored: bool) -> None:
    assert Schedule(expression).is_monitored is monitored


def status_of(app: App, name: str) -> dict[str, str] | None:
    path = f"timers/{app.directory.name}/Host.Functions.{name}/status"
    blob = app.blobs.get_blob_client("azure-webjobs-hosts", path)
    return json.loads(blob.download_blob().readall()) if blob.exists() else None


def store(app: App, name: str, last: datetime, following: datetime) -> None:
    stored = {"Last": last, "Next": following, "LastUpdated": last}
    path = f"timers/{app.directory.name}/Host.Functions.{name}/status"
    app.put("azure-webjobs-hosts", path, json.dumps({key: value.isoformat() for key, value in stored.items()}))


def test_runs_at_the_start_if_told_to_and_ticks_do_not_overlap(triggers: App, host: httpx.Client) -> None:
    assert triggers.until("at_start")[0]["past_due"] is False
    triggers.until("overlong_done", 3)
    began = [each["began"] for each in triggers.seen("overlong")]
    ended = [each["ended"] for each in triggers.seen("overlong_done")]
    assert all(later >= earlier for later, earlier in zip(began[1:], ended, strict=False))


def test_a_timer_may_have_a_retry_policy(triggers: App, host: httpx.Client) -> None:
    """Source: Microsoft Learn, "Azure Functions error handling and retries"."""
    triggers.until("retried", 1, tries=2, limit=2)
    assert not triggers.seen("retried", tries=3)


def test_one_missed_time_is_made_up_for_however_many_were_missed(triggers: App, host: httpx.Client) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    triggers.until("at_start")
    store(triggers, "hourly", hour - timedelta(hours=5), hour - timedelta(hours=4))
    with triggers.running("--triggers", "timer"):
        triggers.until("hourly", past_due=True)
    status = status_of(triggers, "hourly")
    assert status is not None
    assert datetime.fromisoformat(status["Next"]) > datetime.now(UTC)
    assert len(triggers.seen("hourly")) == 1


def test_an_edited_schedule_is_not_past_due(triggers: App, host: httpx.Client) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    before = len(triggers.seen("hourly"))
    starts = len(triggers.seen("at_start"))
    store(triggers, "hourly", hour - timedelta(hours=5), hour - timedelta(hours=4, minutes=30))
    with triggers.running("--triggers", "timer"):
        triggers.until("at_start", starts + 1)
    status = status_of(triggers, "hourly")
    assert status is not None
    assert datetime.fromisoformat(status["Next"]) == hour + timedelta(hours=1)
    assert len(triggers.seen("hourly")) == before


def test_a_schedule_that_is_no_schedule_stops_the_host(triggers: App, host: httpx.Client) -> None:
    with pytest.raises(AssertionError, match="did not start"), triggers.running(HOURLY="whenever"):
        pass
    assert "not an NCRONTAB expression" in triggers.log.read_text()
