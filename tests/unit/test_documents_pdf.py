"""Documents: what PDF/A asks for, text that can be read back, and nothing left out silently."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from shared.documents.pdf import Document

MADE = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def written(*, paragraphs: int = 1, **settings: Any) -> PdfReader:
    document = Document("A title", made_at=MADE, footer="In confidence", **settings)
    document.title_block("A title", "Harbour Retail")
    document.contents()
    document.heading("First")
    for number in range(paragraphs):
        document.paragraph(f"Paragraph {number} with words. " * 12)
    document.heading("Second", 2)
    document.facts([("Case", "2026/1"), ("Nothing", None)])
    document.rows(["When", "Who"], [["today", "somebody"], ["tomorrow", None]], [1, 2])
    document.points(["one", "two"])
    return PdfReader(BytesIO(document.finished()))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def test_it_declares_itself_as_archival() -> None:
    reader = written(language="en-NZ")
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>U</pdfaid:conformance>" in metadata
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert root["/Lang"] == "en-NZ"
    assert reader.trailer["/ID"]


def test_every_font_is_inside() -> None:
    fonts = [font.get_object() for page in written().pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert "/FontFile2" in descriptor
        assert "/ToUnicode" in font


def test_the_text_can_be_read_back() -> None:
    text = text_of(written())
    for expected in ("A title", "Harbour Retail", "Contents", "First", "2026/1", "tomorrow", "two", "In confidence"):
        assert expected in text


def test_pages_are_numbered_through() -> None:
    reader = written(paragraphs=40)
    pages = len(reader.pages)
    assert pages > 3
    for number, page in enumerate(reader.pages, 1):
        assert f"Page {number} of {pages}" in page.extract_text()


@pytest.mark.parametrize("hidden", ["\u540d", "\U0001f600", "\u0000", "\u202e"])
def test_what_the_font_has_not_is_named_and_not_dropped(hidden: str) -> None:
    document = Document("Names", made_at=MADE)
    document.paragraph(f"before{hidden}after")
    assert f"before[U+{ord(hidden):04X}]after" in text_of(PdfReader(BytesIO(document.finished())))


def test_european_and_maori_names_are_written_as_they_are() -> None:
    document = Document("Names", made_at=MADE)
    document.paragraph("Zoë Łukasz Ōtāhuhu İğne Ștefan Nguyễn Ελένη Жанна")
    assert "Zoë Łukasz Ōtāhuhu İğne Ștefan Nguyễn Ελένη Жанна" in text_of(PdfReader(BytesIO(document.finished())))


def test_a_picture_is_as_wide_as_it_should_be_and_keeps_its_caption() -> None:
    content = BytesIO()
    Image.new("RGB", (30, 2000), "red").save(content, "JPEG")
    document = Document("Picture", made_at=MADE)
    document.picture(content.getvalue(), "A tall one")
    reader = PdfReader(BytesIO(document.finished()))
    assert len(reader.pages[0].images) == 1
    assert "A tall one" in text_of(reader)


def test_a_section_that_belongs_together_is_not_torn() -> None:
    """A heading at the foot of a page, its picture on the next: nobody would know whose picture that is."""
    stored = BytesIO()
    Image.new("RGB", (400, 600), "navy").save(stored, "JPEG")
    for lines in range(20, 60, 4):
        document = Document("A title", made_at=MADE, footer="")
        for _ in range(lines):
            document.paragraph("x")
        document.heading("Exhibit", room=document.room_of(stored.getvalue()))
        document.picture(stored.getvalue(), "What was seen")
        [page] = [page for page in PdfReader(BytesIO(document.finished())).pages if page.images]
        assert "Exhibit" in page.extract_text(), lines
        assert "What was seen" in page.extract_text(), lines
