"""The record of processing activities (GDPR art. 30): who, what, of whom, for what, to whom, for how long."""

from shared.accountability import inventory
from shared.accountability.inventory import Activity
from shared.accountability.models import FactView, SectionView, TableView
from shared.platform import Platform
from shared.retention import schedule
from shared.retention.periods import Period
from shared.transparency import facts
from shared.transparency.models import KeptHereView, NoticeView

RECIPIENTS = {
    "community": "Organisations of closed groups, if its law and its settings let it share",
    "police": "Police, for a case that has a number",
    "sender": "Whoever wrote, or the person concerned",
    "nobody": "Nobody outside the organisation",
}


async def record(platform: Platform, home: NoticeView) -> list[SectionView]:
    kept = {each.category: each for each in home.kept}
    sections = [controller(platform, home)]
    sections += [activity_of(each, kept) for each in inventory.activities()]
    if missing := inventory.not_described():
        points = [f"{each.name} in {each.container}: {', '.join(each.personal)}" for each in missing]
        sections.append(SectionView(title="Stored, and not described yet", points=points))
    sections += [recipients(home), security()]
    return sections


def controller(platform: Platform, home: NoticeView) -> SectionView:
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


def activity_of(activity: Activity, kept: dict[str, KeptHereView]) -> SectionView:
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


def recipients(home: NoticeView) -> SectionView:
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


def security() -> SectionView:
    measures = inventory.table()["measure"]
    return SectionView(
        title="Technical and organisational measures",
        table=TableView(
            header=["Measure", "Described in"],
            rows=[[each["says"], each["where"]] for each in measures],
            widths=[4, 1.4],
        ),
    )
