"""``./reeve retention``: the schedule as a table for people, one regime beside the other."""

from typing import Any

from shared.retention import schedule
from shared.retention.periods import Period
from shared.retention.schedule import Terms


def add_commands(commands: Any) -> None:
    parser = commands.add_parser("retention", help="show how long what is kept where")
    parser.add_argument("jurisdictions", nargs="*", help="ISO 3166-2 codes: what holds where they all apply")


def table(jurisdictions: tuple[str, ...] = ()) -> str:
    """Markdown: every regime, or the one row that holds for a place."""
    return _of_place(jurisdictions) if jurisdictions else _of_all()


def _of_all() -> str:
    regimes = list(schedule.regimes())
    head = ["What", "Clock starts with", *regimes, "Ceiling"]
    rows = [_row(category, row, regimes) for category, row in schedule.table()["category"].items()]
    return _markdown(head, rows)


def _row(category: str, row: dict[str, str], regimes: list[str]) -> list[str]:
    periods = [Period.parse(row[regime]).words for regime in regimes]
    floor = f" (not below {Period.parse(row['floor']).words})" if "floor" in row else ""
    return [f"{row['says']} (`{category}`)", row["starts"], *periods, Period.parse(row["ceiling"]).words + floor]


def _of_place(jurisdictions: tuple[str, ...]) -> str:
    rules = [Terms(jurisdictions).rule(category) for category in schedule.categories()]
    head = ["What", "Clock starts with", "Kept for", "By the law of", "Source"]
    return _markdown(head, [[each.says, each.starts, each.period.words, each.regime, each.source] for each in rules])


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
