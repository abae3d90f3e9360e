"""The documents on paper. Import this where one is written and not at start-up, as :mod:`shared.documents.pdf`."""

from shared.accountability.models import PackView, SectionView
from shared.clock import rfc3339
from shared.documents.pdf import Document


def drawn(pack: PackView) -> bytes:
    document = Document(
        pack.title,
        language="en",
        made_at=pack.made_at,
        footer=f"{pack.organisation} · {pack.title} · {pack.version}",
    )
    status = "Draft: a person has to complete and approve it." if pack.draft else "Made from the rules in force."
    document.title_block(pack.title, pack.organisation, f"Version {pack.version}, {rfc3339(pack.made_at)}", status)
    if len(pack.sections) > 4:
        document.contents()
    for section in pack.sections:
        _section(document, section)
    document.heading("Rules that this is made from")
    document.facts([(name, version) for name, version in pack.rules.items()])
    return document.finished()


def _section(document: Document, section: SectionView) -> None:
    document.heading(section.title, section.level)
    for text in section.text:
        document.paragraph(text)
    if section.facts:
        document.facts([(each.name, each.value) for each in section.facts])
    if section.points:
        document.points(section.points)
    if section.table:
        document.rows(section.table.header, section.table.rows, section.table.widths or None)
