"""A draft of the impact assessment (GDPR art. 35): what the program can say by itself, and what only people can."""

from shared.accountability import inventory, processing
from shared.accountability.models import FactView, SectionView, TableView
from shared.http.door import ENDPOINTS
from shared.platform import Platform
from shared.policy import quotas
from shared.transparency import facts
from shared.transparency.models import NoticeView


async def assessment(_: Platform, home: NoticeView) -> list[SectionView]:
    return [
        SectionView(
            title="What this draft is",
            text=[
                "Put together from the rules and settings in force. It describes what the system does; whether that is "
                "necessary and proportionate for your shops, only you can say. What you have to add is marked.",
            ],
        ),
        SectionView(title="1. Description of the processing", text=["GDPR and UK GDPR art. 35(7)(a)."]),
        *(processing.activity_of(each, {kept.category: kept for kept in home.kept}) for each in inventory.activities()),
        _stored(),
        _flows(),
        _necessity(home),
        *_risks(),
        processing.recipients(home),
        processing.security(),
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
        title="4. To be completed by the organisation",
        points=[
            "Why these purposes need this data in your shops, and what else was considered.",
            "The legal basis of each activity under your law, for offence data in particular.",
            "Views of the people concerned or of who speaks for them (art. 35(9)).",
            "Advice of the data protection officer (art. 35(2)), and whether the authority is consulted (art. 36).",
            "What is left of each risk, who accepts it, and when this is reviewed.",
        ],
    )
