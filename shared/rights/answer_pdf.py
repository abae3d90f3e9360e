"""The answer as a document for people: what the package says, in their language."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from shared.documents.blocks import Block, Document, Facts, Heading, Note, Paragraph, Points
from shared.retention import schedule
from shared.rights import law, wording
from shared.rights.answer_models import GivenFile, Package

DAY = {"de": "%d.%m.%Y", "fr": "%d/%m/%Y", "es": "%d/%m/%Y", "en": "%d %B %Y", "en-NZ": "%d %B %Y"}


def document(package: Package) -> Document:
    words = wording.of(package.language)
    return Document(
        title=words["title"],
        under=[package.controller.name],
        language=package.language.value,
        made_at=package.answered_at,
        footer=f"{words['facts']['reference']} {package.reference}",
        page=words["page"],
        author=package.controller.name,
        paper="Letter" if package.regime == "CA" else "A4",
        blocks=list(_blocks(package, words)),
    )


def _blocks(package: Package, words: dict[str, Any]) -> Iterator[Block]:
    yield _facts(package, words)
    yield Heading(words["headings"]["answer"])
    yield Paragraph(words["outcomes"][package.outcome])
    if package.neither:
        yield Paragraph(words["outcomes"]["neither"])
    yield from _records(package, words)
    yield from _withheld(package, words)
    yield from _results(package, words)
    if package.note:
        yield Heading(words["headings"]["note"])
        yield Paragraph(package.note)
    if package.records:
        yield Heading(words["headings"]["about"])
        yield Points(list(words["about"].values()))
    yield Heading(words["headings"]["rights"])
    yield Points(words["rights"][package.regime]["list"])
    yield Heading(words["headings"]["complaint"])
    yield Paragraph(words["complaint"]["text"].format(authority=package.authority))
    yield Paragraph(words["complaint"]["where"].format(url=package.authority_url))


def _facts(package: Package, words: dict[str, Any]) -> Block:
    label, controller = words["facts"], package.controller
    return Facts(
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


def _records(package: Package, words: dict[str, Any]) -> Iterator[Block]:
    if not package.records:
        return
    label = words["record"]
    yield Heading(words["headings"]["records"])
    for number, record in enumerate(package.records, 1):
        yield Heading(f"{number}. {label[record.kind]}", 2)
        pairs = list(lines(package, record.content, words))
        kept = _day(package, record.kept_until) if record.kept_until else "–"
        pairs.append((label["kept_until"], kept))
        received = [words["values"].get(each, each) for each in record.recipients]
        pairs.append((label["recipients"], ", ".join(received) or words["results"]["nobody"]))
        if record.file:
            pairs += _file(record.file, words["files"])
        yield Facts(pairs)
        if record.file:
            yield from _given(package, record.file, words["files"])
        if record.removed:
            said = words["removal"]["one" if record.removed == 1 else "many"]
            yield Note(said.format(count=record.removed))


def _file(file: GivenFile, said: dict[str, str]) -> list[tuple[str, str]]:
    size = said["size"].format(size=file.megabytes)
    return [(said["file"], f"{file.name} ({size})"), (said["sha256"], file.sha256)]


def _given(package: Package, file: GivenFile, said: dict[str, str]) -> Iterator[Block]:
    if file.pieces > 1:
        yield Paragraph(said["pieces"].format(count=file.pieces))
    yield Note(said["painted"].format(day=_day(package, file.obscured_on)))
    yield Note(said["custody"].format(day=_day(package, package.answered_at)))


def _withheld(package: Package, words: dict[str, Any]) -> Iterator[Block]:
    if not package.withheld:
        return
    label = words["record"]
    yield Heading(words["headings"]["withheld"])
    for number, record in enumerate(package.withheld, 1):
        yield Heading(f"{number}. {label[record.kind]}", 2)
        yield Facts(
            [(label["exemption"], record.says), (label["law"], record.source), (label["reason"], record.reason)]
        )


def _results(package: Package, words: dict[str, Any]) -> Iterator[Block]:
    if not package.results:
        return
    said, texts = words["results"], []
    values = {"days": str(schedule.backup("keys").length.days)}
    for record in package.results:
        told = ", ".join(record.told) or said["nobody"]
        text = said[record.result].format(reason=record.reason or "–", told=told, **values)
        texts.append(f"{words['record'][record.kind]}: {text}")
    yield Heading(words["headings"]["results"])
    yield Points(texts)


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
