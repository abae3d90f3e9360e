"""The answer as a document for people: what the package says, in their language. Import it where it is written."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from shared.documents.pdf import Document
from shared.retention import schedule
from shared.rights import law, wording
from shared.rights.answer_models import GivenFile, Package

DAY = {"de": "%d.%m.%Y", "fr": "%d/%m/%Y", "es": "%d/%m/%Y", "en": "%d %B %Y", "en-NZ": "%d %B %Y"}


def written(package: Package) -> bytes:
    words = wording.of(package.language)
    document = Document(
        words["title"],
        language=package.language.value,
        made_at=package.answered_at,
        footer=f"{words['facts']['reference']} {package.reference}",
        page=words["page"],
        author=package.controller.name,
        paper="Letter" if package.regime == "CA" else "A4",
    )
    document.title_block(words["title"], package.controller.name)
    _facts(document, package, words)
    document.heading(words["headings"]["answer"])
    document.paragraph(words["outcomes"][package.outcome])
    if package.neither:
        document.paragraph(words["outcomes"]["neither"])
    _records(document, package, words)
    _withheld(document, package, words)
    _results(document, package, words)
    if package.note:
        document.heading(words["headings"]["note"])
        document.paragraph(package.note)
    if package.records:
        document.heading(words["headings"]["about"])
        document.points(words["about"].values())
    document.heading(words["headings"]["rights"])
    document.points(words["rights"][package.regime]["list"])
    document.heading(words["headings"]["complaint"])
    document.paragraph(words["complaint"]["text"].format(authority=package.authority))
    document.paragraph(words["complaint"]["where"].format(url=package.authority_url))
    return document.finished()


def _facts(document: Document, package: Package, words: dict[str, Any]) -> None:
    label, controller = words["facts"], package.controller
    document.facts(
        [
            (label["reference"], package.reference),
            (label["person"], package.person),
            (label["asked"], ", ".join(words["kinds"][each.value] for each in package.kinds)),
            (label["received"], _day(package, package.received_at)),
            (label["answered"], _day(package, package.answered_at)),
            (label["controller"], controller.name),
            (label["contact"], controller.contact),
            (label["notice"], controller.notice),
            (label["law"], law.regime(package.regime)["law"]),
        ]
    )


def _records(document: Document, package: Package, words: dict[str, Any]) -> None:
    if not package.records:
        return
    label = words["record"]
    document.heading(words["headings"]["records"])
    for number, record in enumerate(package.records, 1):
        document.heading(f"{number}. {label[record.kind]}", 2)
        pairs = list(lines(package, record.content, words))
        kept = _day(package, record.kept_until) if record.kept_until else "–"
        pairs.append((label["kept_until"], kept))
        received = [words["values"].get(each, each) for each in record.recipients]
        pairs.append((label["recipients"], ", ".join(received) or words["results"]["nobody"]))
        if record.file:
            pairs += _file(record.file, words["files"])
        document.facts(pairs)
        if record.file:
            _given(document, package, record.file, words["files"])
        if record.removed:
            said = words["removal"]["one" if record.removed == 1 else "many"]
            document.paragraph(said.format(count=record.removed), faint=True)


def _file(file: GivenFile, said: dict[str, str]) -> list[tuple[str, str]]:
    size = said["size"].format(size=file.megabytes)
    return [(said["file"], f"{file.name} ({size})"), (said["sha256"], file.sha256)]


def _given(document: Document, package: Package, file: GivenFile, said: dict[str, str]) -> None:
    if file.pieces > 1:
        document.paragraph(said["pieces"].format(count=file.pieces))
    document.paragraph(said["painted"].format(day=_day(package, file.obscured_on)), faint=True)
    document.paragraph(said["custody"].format(day=_day(package, package.answered_at)), faint=True)


def _withheld(document: Document, package: Package, words: dict[str, Any]) -> None:
    if not package.withheld:
        return
    label = words["record"]
    document.heading(words["headings"]["withheld"])
    for number, record in enumerate(package.withheld, 1):
        document.heading(f"{number}. {label[record.kind]}", 2)
        document.facts(
            [(label["exemption"], record.says), (label["law"], record.source), (label["reason"], record.reason)]
        )


def _results(document: Document, package: Package, words: dict[str, Any]) -> None:
    if not package.results:
        return
    document.heading(words["headings"]["results"])
    said = words["results"]
    values = {"days": str(schedule.backup("keys").length.days)}
    for record in package.results:
        told = ", ".join(record.told) or said["nobody"]
        text = said[record.result].format(reason=record.reason or "–", told=told, **values)
        document.points([f"{words['record'][record.kind]}: {text}"])


def lines(package: Package, content: dict[str, Any], words: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values of a record, what is inside others under their name."""
    for name, value in content.items():
        label = words["fields"].get(name, name)
        if isinstance(value, dict) and set(value) == {"amountMinor", "currency"}:
            yield label, f"{value['amountMinor'] / 100:.2f} {value['currency']}"
        elif isinstance(value, dict):
            yield label, "; ".join(f"{one}: {each}" for one, each in lines(package, value, words))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                yield label, "; ".join(f"{one}: {text}" for one, text in lines(package, each, words))
        elif isinstance(value, list):
            yield label, ", ".join(_said(package, each, words) for each in value)
        elif value is not None:
            yield label, _said(package, value, words)


def _said(package: Package, value: Any, words: dict[str, Any]) -> str:
    if isinstance(value, bool):
        return str(words["yes"] if value else words["no"])
    if isinstance(value, str) and len(value) >= 20 and value[10:11] == "T" and value.endswith("Z"):
        return _moment(package, value)
    return str(words["values"].get(value, value))


def _moment(package: Package, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    return f"{moment.strftime(DAY[package.language.value])} {moment:%H:%M} UTC"


def _day(package: Package, day: date | datetime) -> str:
    return day.strftime(DAY[package.language.value])
