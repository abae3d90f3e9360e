"""The documents on paper."""

from collections.abc import Iterator

from shared.accountability.models import PackView, SectionView
from shared.clock import rfc3339
from shared.documents.blocks import Block, Contents, Document, Facts, Heading, Paragraph, Points, Table


def document(pack: PackView) -> Document:
    status = "Draft: a person has to complete and approve it." if pack.draft else "Made from the rules in force."
    return Document(
        title=pack.title,
        under=[pack.organisation, f"Version {pack.version}, {rfc3339(pack.made_at)}", status],
        made_at=pack.made_at,
        footer=f"{pack.organisation} · {pack.title} · {pack.version}",
        blocks=[
            *([Contents()] if len(pack.sections) > 4 else []),
            *(block for each in pack.sections for block in _section(each)),
            Heading("Rules that this is made from"),
            Facts(list(pack.rules.items())),
        ],
    )


def _section(section: SectionView) -> Iterator[Block]:
    yield Heading(section.title, section.level)
    yield from map(Paragraph, section.text)
    if section.facts:
        yield Facts([(each.name, each.value) for each in section.facts])
    if section.points:
        yield Points(section.points)
    if section.table:
        yield Table(section.table.header, section.table.rows, section.table.widths)
