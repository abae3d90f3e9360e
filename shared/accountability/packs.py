"""The documents, put together for one organisation from what is in force at this moment."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.accountability import inventory, matrix
from shared.accountability.inventory import Activity
from shared.accountability.models import FactView, Pack, PackView, SectionView, TableView
from shared.errors import NotFound
from shared.http.door import ENDPOINTS
from shared.identity.principals import Principal, Role
from shared.platform import Platform
from shared.policy import decision, quotas
from shared.policy.decision import Purpose, Resource
from shared.retention import schedule
from shared.retention.periods import Period
from shared.retention.terms import terms_of
from shared.transparency import facts, notices
from shared.transparency.models import KeptHereView, NoticeView

type Sections = Callable[[Platform, NoticeView], Awaitable[list[SectionView]]]

RECIPIENTS = {
    "community": "Organisations of closed groups, if its law and its settings let it share",
    "police": "Police, for a case that has a number",
    "sender": "Whoever wrote, or the person concerned",
    "nobody": "Nobody outside the organisation",
}
COMPLETE = "To be completed by the organisation:"


async def pack(platform: Platform, principal: Principal, name: str) -> PackView:
    """Raises :class:`NotFound` for a document that there is not."""
    if name not in set(Pack):
        raise NotFound(f"There is no such document. There are: {', '.join(Pack)}.")
    which = Pack(name)
    resource = Resource("accountability", principal.organisation, principal.organisation)
    allowed = await platform.authorise(principal, "accountability:read", resource)
    title, draft, sections = PACKS[which]
    home = await notices.notice(platform, principal.organisation)
    made = PackView(
        pack=which,
        title=title,
        organisation=home.name,
        made_at=platform.clock.now(),
        version="",
        rules=home.rules | {"activities": str(inventory.table()["version"])},
        draft=draft,
        sections=await sections(platform, home),
    )
    content = made.model_dump(mode="json", exclude={"made_at"})
    made.version = facts.version_of(content)
    await platform.account(
        principal,
        "accountability:read",
        subjects=[principal.organisation],
        decision=allowed,
    )
    return made


# -- record of processing --------------------------------------------------------------------------------------------


async def _record(platform: Platform, home: NoticeView) -> list[SectionView]:
    kept = {each.category: each for each in home.kept}
    sections = [_controller(platform, home)]
    sections += [_activity(each, kept) for each in inventory.activities()]
    if missing := inventory.not_described():
        points = [f"{each.name} in {each.container}: {', '.join(each.personal)}" for each in missing]
        sections.append(SectionView(title="Stored, and not described yet", points=points))
    sections += [_recipients(home), _security()]
    return sections


def _controller(platform: Platform, home: NoticeView) -> SectionView:
    settings = platform.settings
    return SectionView(
        title="Controller and processor",
        facts=[
            FactView(name="Controller", value=home.name),
            FactView(name="Jurisdiction", value=home.jurisdiction),
            FactView(name="Regime", value=schedule.regimes().get(home.regime or "", home.regime)),
            FactView(name="Contact for privacy", value=home.contact),
            FactView(name="Privacy notice", value=home.own_notice),
            FactView(name="Processor", value=settings.operator_name),
            FactView(name="Contact of the processor", value=settings.operator_contact),
        ],
    )


def _activity(activity: Activity, kept: dict[str, KeptHereView]) -> SectionView:
    sealed = [f"{each.name}: {', '.join(each.personal)}" for each in activity.stored() if each.personal]
    periods = [f"{kept[each].says}: {_words(kept[each])}" for each in activity.categories if each in kept]
    return SectionView(
        title=activity.name,
        level=2,
        facts=[
            FactView(name="People concerned", value="; ".join(activity.about)),
            FactView(name="Data", value="; ".join(activity.data)),
            FactView(name="Sealed fields", value="\n".join(sealed) or "none; ids only"),
            FactView(name="Purposes", value=", ".join(activity.purposes) or "running the platform"),
            FactView(name="Legal basis", value=activity.basis),
            FactView(name="Recipients", value="; ".join(RECIPIENTS[each] for each in activity.recipients)),
            FactView(name="Kept for", value="\n".join(periods) or "as long as the account"),
        ],
    )


def _words(kept: KeptHereView) -> str:
    return f"{Period.parse(kept.period).words} from {kept.starts}{' (shortened)' if kept.shortened else ''}"


def _recipients(home: NoticeView) -> SectionView:
    groups = []
    for each in home.communities:
        members = ", ".join(f"{count} {kind.value}" for kind, count in each.members.items()) or "nobody"
        groups.append(f"A closed group with {members}: shares {', '.join(each.types) or 'nothing by itself'}")
    shops, police = "may" if home.shares_with_retailers else "may not", "may" if home.shares_with_police else "may not"
    law = f"By its law it {shops} share with other retailers, and {police} share with the police, in a closed group."
    return SectionView(
        title="Recipients and transfers",
        text=[law],
        points=[*groups, *(f"{each.name}: {each.transfers}" for each in facts.processors())],
    )


def _security() -> SectionView:
    measures = inventory.table()["measure"]
    return SectionView(
        title="Technical and organisational measures",
        table=TableView(
            header=["Measure", "Described in"],
            rows=[[each["says"], each["where"]] for each in measures],
            widths=[4, 1.4],
        ),
    )


# -- impact assessment -----------------------------------------------------------------------------------------------


async def _assessment(platform: Platform, home: NoticeView) -> list[SectionView]:
    return [
        SectionView(
            title="What this draft is",
            text=[
                "Put together from the rules and settings in force. It describes what the system does; whether that is "
                "necessary and proportionate for your shops, only you can say. What you have to add is marked.",
            ],
        ),
        SectionView(title="1. Description of the processing", text=["GDPR and UK GDPR art. 35(7)(a)."]),
        *(_activity(each, {kept.category: kept for kept in home.kept}) for each in inventory.activities()),
        _stored(),
        _flows(),
        _necessity(home),
        *_risks(),
        _recipients(home),
        _security(),
        _to_complete(),
    ]


def _stored() -> SectionView:
    return SectionView(
        title="Where data lies",
        level=2,
        text=["Every container that holds records of the running application, and the fields that are sealed in it."],
        table=TableView(
            header=["Container", "Record", "Sealed fields"],
            rows=[[each.container, each.name, ", ".join(each.personal) or "–"] for each in inventory.inventory()],
            widths=[1.3, 1.3, 3.4],
        ),
    )


def _flows() -> SectionView:
    """Every way by which personal data goes in or out over HTTP, as the application declares it."""
    ways = sorted((each for each in ENDPOINTS.values() if each.personal), key=lambda each: (each.path, each.method))
    return SectionView(
        title="Ways in and out",
        level=2,
        text=["Every endpoint that concerns personal data; each leaves an audit entry, or gives no answer."],
        table=TableView(
            header=["Endpoint", "For", "What"],
            rows=[[f"{each.method} {each.path}", each.access, each.summary] for each in ways],
            widths=[2.6, 0.7, 2.7],
        ),
    )


def _necessity(home: NoticeView) -> SectionView:
    limits = quotas.limits()
    user = limits["user"]
    points = [
        f"Nobody opens more than {user['records_a_day']} records a day, {user['others_records_a_day']} of other "
        f"organisations; {user['refusals_an_hour']} refusals in an hour lock out and tell the privacy officer.",
        "Data is deleted by a program at the end of its period, and a certificate says so.",
        f"People can ask, correct and complain; the notice is public, in five languages, version {home.version}.",
    ]
    return SectionView(
        title="2. Necessity and proportionality",
        text=["Art. 35(7)(b). Rules that win over every permission:"],
        points=[*(each.says for each in facts.promises()), *points],
    )


def _risks() -> list[SectionView]:
    says = {each.id: each.says for each in facts.promises()}
    found = [SectionView(title="3. Risks to people, and what is done", text=["Art. 35(7)(c) and (d)."])]
    for number, risk in enumerate(inventory.table()["risk"], 1):
        found.append(
            SectionView(
                title=f"3.{number} {risk['says']}",
                level=2,
                facts=[
                    FactView(name="Who", value=risk["whom"]),
                    FactView(name="Severity if it happens", value=risk["severity"]),
                    FactView(name="What is left, in your view", value="To be completed by the organisation"),
                ],
                points=[*risk["measures"], *(f"Enforced: {says[each]}" for each in risk["promises"])],
            )
        )
    return found


def _to_complete() -> SectionView:
    return SectionView(
        title="4. " + COMPLETE[:-1],
        points=[
            "Why these purposes need this data in your shops, and what else was considered.",
            "The legal basis of each activity under your law, for offence data in particular.",
            "Views of the people concerned or of who speaks for them (art. 35(9)).",
            "Advice of the data protection officer (art. 35(2)), and whether the authority is consulted (art. 36).",
            "What is left of each risk, who accepts it, and when this is reviewed.",
        ],
    )


# -- lists -----------------------------------------------------------------------------------------------------------


async def _sub_processors(platform: Platform, home: NoticeView) -> list[SectionView]:
    return [
        _controller(platform, home),
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


async def _schedule(platform: Platform, home: NoticeView) -> list[SectionView]:
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


async def _access(platform: Platform, home: NoticeView) -> list[SectionView]:
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


PACKS: dict[Pack, tuple[str, bool, Sections]] = {
    Pack.RECORD_OF_PROCESSING: ("Record of processing activities", False, _record),
    Pack.IMPACT_ASSESSMENT: ("Data protection impact assessment: draft", True, _assessment),
    Pack.SUB_PROCESSORS: ("Sub-processors", False, _sub_processors),
    Pack.RETENTION_SCHEDULE: ("Retention schedule", False, _schedule),
    Pack.ACCESS_MATRIX: ("Access matrix", False, _access),
}
