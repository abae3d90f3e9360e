"""Who works for the platform, how long what is kept, and who may do what."""

import asyncio

from shared.accountability import matrix, processing
from shared.accountability.models import FactView, SectionView, TableView
from shared.identity.principals import Role
from shared.platform import Platform
from shared.policy import decision
from shared.policy.decision import Purpose
from shared.retention import schedule
from shared.retention.terms import terms_of
from shared.transparency import facts
from shared.transparency.models import NoticeView


async def sub_processors(platform: Platform, home: NoticeView) -> list[SectionView]:
    return [
        processing.controller(platform, home),
        *(
            SectionView(
                title=each.name,
                facts=[
                    FactView(name="Does", value=each.does),
                    FactView(name="Services", value=", ".join(each.services)),
                    FactView(name="Where", value=each.where),
                    FactView(name="Transfers", value=each.transfers),
                ],
            )
            for each in facts.processors()
        ),
        SectionView(
            title="Changes",
            text=["A new sub-processor is announced before it gets any data; you can object (GDPR art. 28(2))."],
        ),
    ]


async def retention_schedule(platform: Platform, home: NoticeView) -> list[SectionView]:
    here = await terms_of(platform, home.organisation_id)
    rows = []
    for category in schedule.categories():
        rule = here.rule(category)
        floor = f", not below {rule.floor.words}" if rule.floor else ""
        mine = f"{rule.period.words}{' (shortened)' if rule.shortened else ''}"
        rows.append(
            [rule.says, rule.starts, mine, f"{rule.ceiling.words}{floor}", rule.id.partition("@")[0], rule.source]
        )
    backups = f"{schedule.backup('records').words} for records, {schedule.backup('keys').words} for keys"
    return [
        SectionView(
            title="How long what is kept",
            text=[
                "For what the organisation collects as such; a site elsewhere may have shorter periods. Longer only by "
                "a legal hold, beyond the ceiling only with two people.",
                f"Backups can bring records back for {backups}; without its key a record is unreadable.",
            ],
            table=TableView(
                header=["What", "From", "Kept", "Ceiling", "Rule", "Source"], rows=rows, widths=[2, 1.2, 1, 1.1, 1.5, 3]
            ),
        )
    ]


async def access_matrix(platform: Platform, home: NoticeView) -> list[SectionView]:
    own, shared, handed = await asyncio.to_thread(
        lambda: (
            matrix.matrix(home.kind.value, "own"),
            matrix.matrix(home.kind.value, "community"),
            matrix.matrix(home.kind.value, "recipient"),
        )
    )
    rules = [[each.effect, each.says, each.id] for each in decision.rules().values()]
    return [
        SectionView(
            title="Own records",
            text=[
                "Asked of the access rules, for people at all sites. Case: only if a case or report is named. "
                "Purposes: one of these has to be stated; none are listed where none is asked for.",
            ],
            table=_matrix(own),
        ),
        SectionView(title="Records that partners of a closed group share", table=_matrix(_some(shared))),
        SectionView(title="Records that were disclosed or sent to this organisation", table=_matrix(_some(handed))),
        SectionView(
            title="The rules in words",
            text=["A rule that forbids wins over every rule that permits. What no rule permits is not allowed."],
            table=TableView(header=["Effect", "Rule", "Name"], rows=rules, widths=[0.6, 3.4, 2]),
        ),
    ]


def _some(rows: tuple[matrix.Row, ...]) -> tuple[matrix.Row, ...]:
    return tuple(each for each in rows if set(each.roles.values()) != {"no"})


def _matrix(rows: tuple[matrix.Row, ...]) -> TableView:
    shown = {"yes": "yes", "with a case": "case", "no": "–"}
    short = {Role.INVESTIGATOR: "invest.", Role.PRIVACY_OFFICER: "privacy", Role.ORG_ADMIN: "admin"}
    return TableView(
        header=["Action", *(short.get(each, each.value) for each in Role), "Purposes"],
        rows=[[row.action, *(shown[row.roles[each.value]] for each in Role), _purposes(row)] for row in rows],
        widths=[2.2, *([1.25] * len(Role)), 2],
    )


def _purposes(row: matrix.Row) -> str:
    """Most rules ask for any purpose for which records may be read at all."""
    if set(row.purposes) == set(Purpose) - {Purpose.RESEARCH}:
        return "any but RESEARCH"
    return ", ".join(row.purposes)
