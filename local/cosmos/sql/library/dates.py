"""Functions on times: ISO 8601 text in UTC with seven decimals, ticks of 100 ns, and milliseconds, since the epoch."""

import re
from datetime import UTC, datetime, timedelta

from local import clock
from local.cosmos.sql.library.definition import Function, is_integer, is_string
from local.cosmos.sql.values import UNDEFINED, Value

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICKS = 10_000_000
ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z?)?")
PARTS = {
    **dict.fromkeys(("year", "yyyy", "yy"), "year"),
    **dict.fromkeys(("month", "mm", "m"), "month"),
    **dict.fromkeys(("day", "dd", "d"), "day"),
    **dict.fromkeys(("hour", "hh"), "hour"),
    **dict.fromkeys(("minute", "mi", "n"), "minute"),
    **dict.fromkeys(("second", "ss", "s"), "second"),
    **dict.fromkeys(("millisecond", "ms"), "millisecond"),
    **dict.fromkeys(("microsecond", "mcs"), "microsecond"),
    **dict.fromkeys(("nanosecond", "ns"), "nanosecond"),
}
SIZES = {"day": 864_000_000_000, "hour": 36_000_000_000, "minute": 600_000_000, "second": TICKS}
SIZES |= {"millisecond": 10_000, "microsecond": 10}
"""In ticks; longer parts have no fixed size, and a nanosecond is less than one."""


def ticks_of(text: Value) -> int | None:
    """Ticks since the epoch, or None for what is no time."""
    found = ISO.fullmatch(text) if is_string(text) else None
    if found is None:
        return None
    moment = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00:00'}+00:00")
    return int((moment - EPOCH).total_seconds()) * TICKS + int((found[3] or "").ljust(7, "0"))


def text_of(ticks: int) -> str:
    seconds, fraction = divmod(ticks, TICKS)
    return f"{(EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%S')}.{fraction:07}Z"


def _part(name: Value, text: Value) -> Value:
    ticks, part = ticks_of(text), _named(name)
    if ticks is None or part is None:
        return UNDEFINED
    fraction = ticks % TICKS
    if part in {"millisecond", "microsecond", "nanosecond"}:
        return fraction // SIZES[part] if part in SIZES else fraction * 100
    return getattr(_moment(ticks), part)


def _add(name: Value, count: Value, text: Value) -> Value:
    ticks, part = ticks_of(text), _named(name)
    if ticks is None or part is None or not is_integer(count):
        return UNDEFINED
    if part in SIZES:
        return text_of(ticks + int(count) * SIZES[part])
    if part == "nanosecond":
        return text_of(ticks + int(count) // 100)
    return text_of(_months_later(ticks, int(count) * (12 if part == "year" else 1)))


def _difference(name: Value, start: Value, end: Value) -> Value:
    """How many boundaries of the part lie between the two, with a sign."""
    first, last, part = ticks_of(start), ticks_of(end), _named(name)
    if first is None or last is None or part is None:
        return UNDEFINED
    if part == "nanosecond":
        return (last - first) * 100
    if part in SIZES:
        return last // SIZES[part] - first // SIZES[part]
    one, other = _moment(first), _moment(last)
    years = other.year - one.year
    return years if part == "year" else years * 12 + other.month - one.month


def _bin(text: Value, name: Value, size: Value = 1, origin: Value = "1970-01-01T00:00:00.0000000Z") -> Value:
    ticks, start, part = ticks_of(text), ticks_of(origin), _named(name)
    if ticks is None or start is None or part not in SIZES or not is_integer(size) or size < 1:
        return UNDEFINED
    width = SIZES[part] * int(size)
    return text_of(start + (ticks - start) // width * width)


def _from_parts(*parts: Value) -> Value:
    if not all(map(is_integer, parts)):
        return UNDEFINED
    numbers = [int(part) for part in parts]
    year, month, day, hour, minute, second, fraction = [*numbers, 0, 0, 0, 0][:7]
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return text_of(int((moment - EPOCH).total_seconds()) * TICKS + fraction)


def _to_ticks(text: Value) -> Value:
    ticks = ticks_of(text)
    return UNDEFINED if ticks is None else ticks


def _to_timestamp(text: Value) -> Value:
    ticks = ticks_of(text)
    return UNDEFINED if ticks is None else ticks // 10_000


def _named(name: Value) -> str | None:
    return PARTS.get(name.lower()) if is_string(name) else None


def _moment(ticks: int) -> datetime:
    return EPOCH + timedelta(seconds=ticks // TICKS)


def _months_later(ticks: int, months: int) -> int:
    """The same day of the month, or its last where that is shorter."""
    moment = _moment(ticks)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = moment.day
    while True:
        try:
            later = moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if day < 28:
                raise
            day -= 1
        else:
            return int((later - EPOCH).total_seconds()) * TICKS + ticks % TICKS


def _now() -> int:
    return int(clock.now() * TICKS)


FUNCTIONS: dict[str, Function] = {
    "GETCURRENTDATETIME": Function(lambda: text_of(_now()), 0, 0),
    "GETCURRENTTIMESTAMP": Function(lambda: _now() // 10_000, 0, 0),
    "GETCURRENTTICKS": Function(_now, 0, 0),
    "DATETIMEADD": Function(_add, 3, 3),
    "DATETIMEBIN": Function(_bin, 2, 4),
    "DATETIMEDIFF": Function(_difference, 3, 3),
    "DATETIMEFROMPARTS": Function(_from_parts, 3, 7),
    "DATETIMEPART": Function(_part, 2, 2),
    "DATETIMETOTICKS": Function(_to_ticks, 1, 1),
    "DATETIMETOTIMESTAMP": Function(_to_timestamp, 1, 1),
    "TICKSTODATETIME": Function(lambda ticks: text_of(int(ticks)) if is_integer(ticks) else UNDEFINED, 1, 1),
    "TIMESTAMPTODATETIME": Function(lambda ms: text_of(int(ms) * 10_000) if is_integer(ms) else UNDEFINED, 1, 1),
}
