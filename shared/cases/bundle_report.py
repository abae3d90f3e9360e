"""The bundle's document: what a case holds, readable without any program of ours, page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.cases import plain_words
from shared.cases.bundle_models import Bundle, BundledProfile
from shared.cases.exhibits import Exhibit
from shared.documents.blocks import (
    Block,
    Contents,
    Document,
    Facts,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    Text,
    Together,
)
from shared.reports.models import PersonDescription, ReportView, VehicleDescription

FORMS = {False: "rendition, bystanders made unrecognisable", True: "original, unchanged"}


@dataclass(frozen=True)
class Told:
    """Everything that the document tells."""

    bundle: Bundle
    organisation: str
    sites: Mapping[str, str]
    names: Mapping[str, str]
    """Of the people who handled it, by id."""
    reports: Sequence[ReportView]
    profiles: Sequence[BundledProfile]
    exhibits: Sequence[Exhibit]
    made_at: datetime
    public_key: str


def document(told: Told) -> Document:
    bundle = told.bundle
    return Document(
        title=f"Evidence bundle {bundle.case_number}",
        under=[told.organisation, f"Made {_moment(told.made_at)} for {bundle.recipient}"],
        made_at=told.made_at,
        footer=f"{bundle.case_number} · for {bundle.recipient} · bundle {bundle.id}",
        blocks=[
            *_cover(told),
            *(block for number, each in enumerate(told.reports, 1) for block in _report(told, number, each)),
            *(block for number, each in enumerate(told.profiles, 1) for block in _profile(number, each)),
            *(block for each in told.exhibits for block in _exhibit(told, each)),
            _checking(told),
        ],
    )


def _cover(told: Told) -> Iterator[Block]:
    bundle = told.bundle
    yield Facts(
        [
            ("Case number", bundle.case_number),
            ("Recipient", f"{bundle.recipient} ({bundle.recipient_kind.value.replace('_', ' ')})"),
            ("Purpose", plain_words.purpose(bundle.purpose)),
            ("Handed over by", _name(told, bundle.requested_by)),
            ("Agreed to by", _name(told, bundle.approved_by) if bundle.approved_by else None),
            ("Can be fetched until", _moment(bundle.expires_at)),
            ("Holds", _contents(told)),
            ("Bundle", bundle.id),
        ]
    )
    if bundle.notes:
        yield Paragraph(bundle.notes)
    yield Note("For the recipient and the purpose named above only. Whoever passes it on passes on personal data.")
    yield Contents(depth=1)
    yield PageBreak()


def _report(told: Told, number: int, report: ReportView) -> Iterator[Block]:
    yield Heading(f"Report {number}: {report.type.value.replace('_', ' ')}")
    loss = f"{report.loss.amount_minor / 100:,.2f} {report.loss.currency}" if report.loss else None
    yield Facts(
        [
            ("When", _moment(report.occurred_at)),
            ("Where", told.sites.get(report.site_id or "", report.site_id)),
            ("How it is known", report.how_known.value.replace("_", " ")),
            ("Loss", loss),
            ("Police reference", report.police_reference),
            ("Weapon seen", _yes(report.weapon_seen)),
            ("Anyone hurt", _yes(report.anyone_hurt)),
            ("Report", report.id),
        ]
    )
    if report.what_happened:
        yield Paragraph(report.what_happened)
    if report.items:
        rows = [(each.product, each.quantity, _value(each)) for each in report.items]
        yield Table(["Taken or damaged", "Quantity", "Value each"], rows, [4, 1, 1])
    for person in report.people or []:
        yield Facts(_person(person))
    for vehicle in report.vehicles or []:
        yield Facts(_vehicle(vehicle))
    if report.withheld:
        yield Note(f"Withheld: {', '.join(map(plain_words.field, report.withheld))}.")


def _profile(number: int, profile: BundledProfile) -> Iterator[Block]:
    yield Heading(f"Profile {number}: {profile.subject.value}")
    known = [("Name", name) for name in profile.names]
    look = [(name.capitalize(), getattr(profile, name)) for name in ("clothing", "marks", "carried", "behaviour")]
    yield Facts([("Known as", profile.label), *known, *look, ("Profile", profile.id)])
    if profile.vehicle:
        yield Facts(_vehicle(profile.vehicle))
    yield Note(
        "What colleagues of the shop put together from several events. It is no evidence by itself."
        + (" Somebody disputes it: do not rely on it." if profile.disputed else "")
    )


def _exhibit(told: Told, exhibit: Exhibit) -> Iterator[Block]:
    item = exhibit.item
    title = f"Exhibit {exhibit.number}: {item.media_kind.value}"
    yield Heading(title)
    if exhibit.thumbnail is not None:
        alt = f"{title}. {item.description or 'Nobody described what it shows.'}"
        yield Picture(exhibit.thumbnail, alt, "The rendition, made smaller.")
    obscured = None
    if item.obscured_by and item.obscured_at and not exhibit.original:
        obscured = f"{_name(told, item.obscured_by)}, {_moment(item.obscured_at)}"
    yield Facts(
        [
            ("File", exhibit.file),
            ("Form", FORMS[exhibit.original]),
            ("Why the original", exhibit.reason),
            ("Description", item.description),
            ("Recorded", _moment(item.captured_at) if item.captured_at else None),
            ("Received", _moment(item.requested_at)),
            ("From", _name(told, item.uploaded_by)),
            ("Obscured by", obscured),
            ("Size", f"{exhibit.size_bytes:,} bytes"),
            ("SHA-256", exhibit.sha256),
            ("Belongs to report", item.report_id),
        ]
    )
    yield Heading("Chain of custody", 2)
    rows = [
        (
            _short(datetime.fromisoformat(each["at"])),
            plain_words.action(each["action"]),
            _name(told, each["actor"]),
            plain_words.purpose(each["purpose"]),
        )
        for each in exhibit.custody
    ]
    yield Table(["When (UTC)", "What", "Who", "Why"], rows, [5, 9, 5, 4])


def _checking(told: Told) -> Block:
    """On one page: a key alone on the last would look like a leftover."""
    return Together(
        [
            Heading("How to check this bundle"),
            Paragraph(
                "The archive holds a small program, verify.py, that needs nothing but Python and asks no server. Run "
                "it on the archive as you received it: python3 verify.py bundle.zip. It fails when a single byte was "
                "changed, and shows for each entry of the chain of custody that it stands in the organisation's audit "
                "log."
            ),
            Paragraph(
                "The public key of that log is below and in the file audit/key. Compare it with the one that the "
                "organisation publishes, because whoever made a false bundle would also have put a false key into it."
            ),
            Facts([("Public key", told.public_key)]),
        ]
    )


def _person(person: PersonDescription) -> list[tuple[str, Text]]:
    known = [
        ("Name", person.name),
        ("Clothing", person.clothing),
        ("Marks", person.marks),
        ("Carried", person.carried),
        ("Behaviour", person.behaviour),
    ]
    age = {"under_18": " (under 18)", "adult": " (adult)"}.get(person.age_band.value, "")
    return [("Person", f"{person.role.value}{age}"), *((name, value) for name, value in known if value)]


def _vehicle(vehicle: VehicleDescription) -> list[tuple[str, Text]]:
    look = " ".join(filter(None, (vehicle.colour, vehicle.make, vehicle.model)))
    known = [
        ("Vehicle", look or None),
        ("Plate", vehicle.plate),
        ("Country", vehicle.country),
        ("Notes", vehicle.notes),
    ]
    return [(name, value) for name, value in known if value]


def _value(item: object) -> str | None:
    value = getattr(item, "value", None)
    return f"{value.amount_minor / 100:,.2f} {value.currency}" if value else None


def _name(told: Told, identifier: str) -> str:
    return told.names.get(identifier, identifier)


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _contents(told: Told) -> str:
    held = [_count(told.reports, "report"), f"{_count(told.exhibits, 'item')} of evidence"]
    return ", ".join([*held, *([_count(told.profiles, "profile")] if told.profiles else [])])


def _count(what: Sequence[object], one: str) -> str:
    return f"{len(what)} {one}" if len(what) == 1 else f"{len(what)} {one}s"


def _short(moment: datetime) -> str:
    return moment.strftime("%d %b %Y %H:%M:%S")


def _moment(moment: datetime) -> str:
    return moment.strftime("%-d %B %Y, %H:%M:%S UTC")
