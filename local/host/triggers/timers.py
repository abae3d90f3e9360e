"""Timer triggers: NCRONTAB schedules, the schedule monitor's status blob, past-due runs, no run beside another.

Source: azure-webjobs-sdk-extensions, TimerListener, ScheduleMonitor, CronSchedule; Microsoft Learn, "Timer trigger".
"""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from azure.core.exceptions import ResourceNotFoundError
from croniter import croniter
from croniter.croniter import CroniterError

from .. import storage, wire
from ..functions import Function
from ..invocation import Invoker
from ..settings import Settings, SettingsError
from ..worker import FunctionError

NEVER = datetime(1, 1, 1)  # noqa: DTZ001 - schedules are in the host's zone, without saying so
type Status = dict[str, datetime]
"""Last, Next, LastUpdated: local to the host's zone."""


class Schedule:
    """An NCRONTAB expression: six fields with the seconds first, or five.

    NCrontab demands day of month AND day of week, and knows none of cron's extensions (L, #, ?, @daily).

    Raises:
        SettingsError: if it is none.
    """

    def __init__(self, expression: str) -> None:
        parts = expression.split()
        if len(parts) not in (5, 6) or re.search(r"[L#?@W]", re.sub(r"[A-Za-z]{3,}", "", expression)):
            raise SettingsError(f"{expression!r} is not an NCRONTAB expression such as '0 */5 * * * *'")
        try:
            self._cron = croniter(" ".join(parts), second_at_beginning=True, day_or=False)
        except CroniterError as error:
            raise SettingsError(f"{expression!r} is not an NCRONTAB expression: {error}") from error
        self.is_monitored = not self._more_than_once_a_minute()

    def next(self, after: datetime) -> datetime:
        following: datetime = self._cron.get_next(datetime, start_time=after)
        return following

    def _more_than_once_a_minute(self) -> bool:
        """Such a schedule has no monitor: a missed tick is soon followed by the next."""
        first = self.next(datetime(2000, 1, 1))  # noqa: DTZ001
        return any(
            self.next(later) - later < timedelta(minutes=1)
            for later in (first, self.next(first), self.next(self.next(first)))
        )


class Timer:
    """One function's schedule. A wrong one is found here, before the host says that it is ready."""

    def __init__(self, function: Function, invoker: Invoker, settings: Settings) -> None:
        self._function, self._invoker = function, invoker
        self._zone = ZoneInfo(os.environ.get("WEBSITE_TIME_ZONE", "UTC"))
        self._schedule = Schedule(settings.resolve(function.trigger["schedule"]))
        self._is_monitored = function.trigger.get("useMonitor", True) is not False and self._schedule.is_monitored
        self._blob = storage.blobs().get_blob_client(
            storage.HOSTS, f"timers/{settings.host_id}/{function.host_name}/status"
        )
        self._status: Status = {}

    async def run(self) -> None:
        """A missed time is made up for by one run at once, however many were missed; then the schedule goes on."""
        if await asyncio.to_thread(self._is_past_due, self._now()):
            await self._fire(past_due=True)
        elif self._function.trigger.get("runOnStartup"):
            await self._fire(at_start=True)
        while True:
            await self._until(self._schedule.next(self._now()))
            await self._fire()

    async def _until(self, due: datetime) -> None:
        while (left := (due - self._now()).total_seconds()) > 0:  # noqa: ASYNC110 - nobody could tell
            await asyncio.sleep(min(left, 60))  # in steps: a clock may be set, a machine may sleep

    async def _fire(self, *, past_due: bool = False, at_start: bool = False) -> None:
        """Runs and writes the status, also after a failure: only the function's own policy retries a timer."""
        began = self._now()
        status = self._stamped(self._status) if self._is_monitored else None
        info = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": past_due}
        with contextlib.suppress(FunctionError):
            await self._invoker.run(self._function, wire.TypedData(json=json.dumps(info)))
        if not past_due and not at_start:
            began = max(began, self._status["Next"])  # a timer that is early by its clock must not serve a tick twice
        await asyncio.to_thread(self._write, {"Last": began, "Next": self._schedule.next(began), "LastUpdated": began})

    def _is_past_due(self, now: datetime) -> bool:
        """ScheduleMonitor.CheckPastDueAsync. A Next that does not follow from Last: the schedule was edited."""
        status = self._read() if self._is_monitored else None
        if status is None:
            self._write({"Last": NEVER, "Next": self._schedule.next(now), "LastUpdated": now})
            return False
        since = next((status[name] for name in ("Last", "LastUpdated") if status[name] > NEVER), now)
        expected = self._schedule.next(since)
        if status["Next"] == expected:
            self._status = status
        elif now > expected:
            self._write({"Last": NEVER, "Next": self._schedule.next(now), "LastUpdated": now})
        else:
            self._write({"Last": NEVER, "Next": expected, "LastUpdated": since})
        return now > self._status["Next"]

    def _now(self) -> datetime:
        return datetime.now(self._zone).replace(tzinfo=None)

    def _read(self) -> Status | None:
        try:
            stored = json.loads(self._blob.download_blob().readall())
        except ResourceNotFoundError:
            return None
        return {name: datetime.fromisoformat(value).replace(tzinfo=None) for name, value in stored.items()}

    def _write(self, status: Status) -> None:
        self._status = status
        if self._is_monitored:
            self._blob.upload_blob(json.dumps(self._stamped(status)), overwrite=True)

    def _stamped(self, status: Status) -> dict[str, str]:
        offset = datetime.now(self._zone).strftime("%:z")
        return {name: f"{value.isoformat()}{offset}" for name, value in status.items()}


async def run_timers(timers: Sequence[Timer]) -> None:
    await asyncio.to_thread(storage.hosts)
    await asyncio.gather(*(timer.run() for timer in timers))
