"""Timer triggers: NCRONTAB schedules, the schedule monitor's status blob, and past-due runs."""

import asyncio
import contextlib
import json
import logging
import os
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from croniter import croniter

from . import wire
from .settings import Settings
from .worker import Function, FunctionError, Worker

log = logging.getLogger("local.host.timers")
NEVER = datetime(1, 1, 1)  # noqa: DTZ001 - schedules are in the host's zone, without saying so


class Schedule:
    """Six fields with seconds first (or five); day of month AND day of week, as NCrontab."""

    def __init__(self, expression: str) -> None:
        fields = expression.split()
        if len(fields) not in (5, 6):
            raise ValueError(f"not an NCRONTAB expression: {expression!r}")
        self.cron = croniter(" ".join(fields), second_at_beginning=True, day_or=False)
        now = datetime(2000, 1, 1)  # noqa: DTZ001
        rest_wild = all(f == "*" for f in fields[1:])
        self.monitored = not (
            len(fields) == 6 and rest_wild and self.next(self.next(now)) - now <= timedelta(minutes=1)
        )

    def next(self, after: datetime) -> datetime:
        following: datetime = self.cron.get_next(datetime, start_time=after)
        return following


class Timer:
    def __init__(self, worker: Worker, function: Function, settings: Settings, hosts: Any) -> None:
        self.worker, self.function, self.hosts = worker, function, hosts
        self.zone = ZoneInfo(os.environ.get("WEBSITE_TIME_ZONE", "UTC"))
        self.schedule = Schedule(settings.resolve(function.trigger["schedule"]))
        self.monitor = function.trigger.get("useMonitor", True) is not False and self.schedule.monitored
        self.blob = hosts.get_blob_client(f"timers/{settings.host_id}/Host.Functions.{function.name}/status")

    def now(self) -> datetime:
        return datetime.now(self.zone).replace(tzinfo=None)

    def read(self) -> dict[str, datetime] | None:
        try:
            return {
                k: datetime.fromisoformat(v).replace(tzinfo=None)
                for k, v in json.loads(self.blob.download_blob().readall()).items()
            }
        except ResourceNotFoundError:
            return None

    def write(self, status: dict[str, datetime]) -> None:
        self.status = status
        if self.monitor:
            self.blob.upload_blob(json.dumps(self.stamp(status)), overwrite=True)

    def stamp(self, status: dict[str, datetime]) -> dict[str, str]:
        offset = datetime.now(self.zone).strftime("%z")
        return {k: f"{v.isoformat()}{offset[:3]}:{offset[3:]}" for k, v in status.items()}

    def past_due(self, now: datetime) -> bool:
        """ScheduleMonitor.CheckPastDueAsync: also notices a changed schedule. Sets self.status."""
        status = self.read() if self.monitor else None
        if status is None:
            self.write({"Last": NEVER, "Next": self.schedule.next(now), "LastUpdated": now})
            return False
        base = next((status[k] for k in ("Last", "LastUpdated") if status[k] > NEVER), now)
        expected = self.schedule.next(base)
        if status["Next"] != expected:  # the schedule was edited
            if now > expected:
                expected, base = self.schedule.next(now), now
            status = {"Last": NEVER, "Next": expected, "LastUpdated": base}
            self.write(status)
        self.status = status
        return now > status["Next"]

    async def run(self) -> None:
        late = await asyncio.to_thread(self.past_due, self.now())
        if late:
            await self.fire(past_due=True)
        elif self.function.trigger.get("runOnStartup"):
            await self.fire(startup=True)
        while True:
            await asyncio.sleep(max(0.0, (self.status["Next"] - self.now()).total_seconds()))
            await self.fire()

    async def fire(self, past_due: bool = False, startup: bool = False) -> None:
        began = self.now()
        info = {
            "Schedule": {"AdjustForDST": True},
            "IsPastDue": past_due,
            "ScheduleStatus": self.stamp(self.status) if self.monitor else None,
        }
        with contextlib.suppress(FunctionError):  # logged; only the function's own policy retries a timer
            await self.worker.invoke(self.function, wire.TypedData(json=json.dumps(info)), {})
        if not (past_due or startup):
            began = max(began, self.status["Next"])  # never earlier than the tick it served
        await asyncio.to_thread(self.write, {"Last": began, "Next": self.schedule.next(began), "LastUpdated": began})


async def run_timers(worker: Worker, functions: list[Function], settings: Settings, blobs: Any) -> None:
    hosts = blobs.get_container_client("azure-webjobs-hosts")
    with contextlib.suppress(ResourceExistsError):
        await asyncio.to_thread(hosts.create_container)
    await asyncio.gather(*(Timer(worker, f, settings, hosts).run() for f in functions))
