"""An answer on its way out: as a document, for machines, or a piece of one of its files."""

from shared.documents.pdf import typeset
from shared.http.door import Reply
from shared.rights import answer_pdf
from shared.rights.answer_models import GivenFile, Package
from shared.rights.handover import Handed

UNNAMED = "application/octet-stream"
"""A piece of a film is no film."""


async def handed(found: Handed) -> Reply:
    if found.file:
        return _piece(found.file, found)
    if found.format == "pdf":
        return await document(found.package, found.package.reference)
    return Reply(found.package, headers=_saved(f"answer-{found.package.reference}.json"))


async def document(package: Package, name: str) -> Reply:
    content = await typeset(answer_pdf.document(package))
    return Reply(content, content_type="application/pdf", headers=_saved(f"answer-{name}.pdf"))


def _piece(file: GivenFile, found: Handed) -> Reply:
    if file.pieces == 1:
        return Reply(found.content, content_type=file.mime_type, headers=_saved(file.name))
    return Reply(found.content, content_type=UNNAMED, headers=_saved(f"{file.name}.{found.piece:03}"))


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
