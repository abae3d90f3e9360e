"""Documents: what PDF/A and PDF/UA ask for, text that can be read back as it was, and nothing left out silently."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import font_roboto
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import StreamObject

from shared.documents import characters
from shared.documents.blocks import (
    Block,
    Code,
    Contents,
    Document,
    Facts,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Picture,
    Points,
    Table,
    Together,
)
from shared.documents.pdf import TypesettingError, typeset, written

MADE = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
KNOWN = characters.known(Path(font_roboto.Roboto).read_bytes())
FOOT = "In confidence"


def document(*blocks: Block, **values: Any) -> Document:
    return Document(**{"title": "A title", "made_at": MADE, "footer": FOOT, "blocks": blocks} | values)


def read(made: Document) -> PdfReader:
    return PdfReader(BytesIO(written(made)))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def dense(text: str) -> str:
    """Without spaces: a line that ends is none."""
    return "".join(text.split())


def picture(width: int = 400, height: int = 600, kind: str = "JPEG") -> bytes:
    stored = BytesIO()
    Image.new("RGB", (width, height), "navy").save(stored, kind)
    return stored.getvalue()


def tags(reader: PdfReader) -> Iterator[tuple[str, Any]]:
    """The structure tree in its order: what each element is, and the element."""

    def below(node: Any) -> Iterator[tuple[str, Any]]:
        found = node.get_object()
        for each in found if isinstance(found, list) else [found]:
            element = each.get_object()
            if isinstance(element, dict):
                if "/S" in element:
                    yield element["/S"][1:], element
                if "/K" in element:
                    yield from below(element["/K"])

    root: Any = reader.trailer["/Root"]
    yield from below(root["/StructTreeRoot"]["/K"])


EVERYTHING: Sequence[Block] = [
    Contents(),
    Heading("First"),
    Paragraph("Some words."),
    Note("A note."),
    Heading("Second", 2),
    Facts([("Case", "2026/1"), ("Nothing", None)]),
    Table(["When", "Who"], [["today", "somebody"], ["tomorrow", None], [3, 1.5]], [1, 2]),
    Points(["one", "two"]),
    Picture(picture(), "A navy field", "What was seen"),
    Together([Heading("Third"), Paragraph("The end.")]),
]


def test_it_declares_itself_as_archival_and_accessible() -> None:
    reader = read(document(*EVERYTHING, language="en-NZ", author="Harbour Retail"))
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    for said in ("<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert said in metadata
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a BooleanObject
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert root["/Lang"] == "en-NZ"
    about: Any = reader.metadata
    assert (about.title, about.author) == ("A title", "Harbour Retail")
    assert about.creation_date == MADE.replace(microsecond=0)


def test_what_is_what_is_in_its_tree_in_the_order_of_reading() -> None:
    reader = read(document(*EVERYTHING))
    found = list(tags(reader))
    outline = [name for name, _ in found if name in {"Title", "H1", "H2", "TOC", "L", "Table", "Figure", "Caption"}]
    assert outline[:3] == ["Title", "H1", "TOC"]
    rest = [each for each in outline[3:] if each != "TOC"]
    assert rest == ["H1", "H2", "L", "Table", "L", "Caption", "Figure", "H1"]
    names = [name for name, _ in found]
    assert names.count("TOCI") == names.count("Link") == 3
    assert names.count("Lbl") == names.count("LBody") == 4
    assert (names.count("TH"), names.count("TD")) == (2, 6)
    heads = [element["/A"] for name, element in found if name == "TH"]
    assert all(any(each.get_object().get("/Scope") == "/Column" for each in head) for head in heads)
    assert [element["/Alt"] for name, element in found if name == "Figure"] == ["A navy field"]
    assert all("/StructParents" in page for page in reader.pages)
    assert [each["/Title"] for each in reader.outline if isinstance(each, dict)] == ["First", "Third"]


def test_text_is_read_in_the_order_in_which_it_was_written() -> None:
    said = "A title First Some words. A note. Second Case 2026/1 Nothing – When Who today somebody tomorrow – 3 1.5"
    said += " • one • two What was seen Third The end. In confidence Page 1 of 1"
    assert dense(text_of(read(document(*EVERYTHING[1:])))) == dense(said)


def test_the_same_document_is_the_same_bytes() -> None:
    assert written(document(*EVERYTHING)) == written(document(*EVERYTHING))


def test_every_font_is_inside() -> None:
    pages = read(document(*EVERYTHING)).pages
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert "/FontFile2" in descriptor
        assert "/ToUnicode" in font


MARKUP = (
    "#panic(1) #let x = 1; $x^2$ *b* _i_ `c` ``` <label> @ref = h\n= Heading\n- point\n+ 1\n/ term: x // no /* no */ "
    '\\u{1F600} ~ -- --- ... "q" \'q\' [x] {y} https://a.example \\ #import "@preview/x:1" {page} &amp; </svg>'
)


def test_text_is_never_markup_wherever_it_stands() -> None:
    """The alternative text and the title of the file are not on the page."""
    made = document(
        Contents(MARKUP),
        Heading(MARKUP),
        Heading(MARKUP, 2),
        Paragraph(MARKUP),
        Note(MARKUP),
        Points([MARKUP]),
        Facts([(MARKUP, MARKUP)]),
        Table([MARKUP], [[MARKUP]]),
        Picture(picture(), MARKUP, MARKUP),
        Together([Paragraph(MARKUP)]),
        title=MARKUP,
        under=[MARKUP],
        footer=MARKUP.replace("\n", " "),
        author=MARKUP,
        page="{page}",
    )
    reader = read(made)
    footer = dense(MARKUP) * len(reader.pages)
    text = "".join(dense(page.extract_text()) for page in reader.pages)
    assert text.count(dense(MARKUP)) >= 14 + footer.count(dense(MARKUP))
    about: Any = reader.metadata
    assert about.title == MARKUP
    assert [element["/Alt"] for name, element in tags(reader) if name == "Figure"] == [MARKUP]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=6))
def test_whatever_is_written_can_be_read(texts: list[str]) -> None:
    made = document(*map(Paragraph, texts), Table(["x"], [[each] for each in texts]), footer="", page="")
    said = [dense(characters.shown(each, KNOWN)) for each in texts]
    assert dense(text_of(read(made))) == "Atitle" + "".join(said) + "x" + "".join(said)


def test_every_character_that_the_typeface_has_can_be_set() -> None:
    """Typst refuses what the typeface has not."""
    printable = [chr(code) for code in sorted(KNOWN) if chr(code).isprintable() and not chr(code).isspace()]
    assert len(printable) > 2000
    written(document(*(Paragraph(each) for each in printable)))


@pytest.mark.parametrize("hidden", ["\u540d", "\U0001f600", "\u0000", "\u202e", "\u05d0", "\u200b"])
def test_what_the_font_has_not_is_named_and_not_dropped(hidden: str) -> None:
    found = text_of(read(document(Paragraph(f"before{hidden}after"))))
    assert f"before[U+{ord(hidden):04X}]after" in found


def test_european_and_maori_names_are_written_as_they_are() -> None:
    names = "Zoë Łukasz Ōtāhuhu İğne Ștefan Nguyễn Ελένη Жанна\u00a0!"
    assert dense(names) in dense(text_of(read(document(Paragraph(names), Facts([(names, names)])))))


def test_words_that_are_too_long_are_broken_and_copied_whole() -> None:
    digest, address = "ab12" * 16, "https://rights.example/" + "a-long-way/" * 30
    blocks = [
        Heading(digest * 3),
        Paragraph(address),
        Facts([("SHA-256", digest * 3)]),
        Table(["a", "b", "c", "d"], [[digest, "x", address, "operations"]]),
    ]
    page = read(document(*blocks)).pages[0]
    ends: list[float] = []

    def note(text: str, _cm: Any, tm: list[float], _font: Any, size: float) -> None:
        if text.strip():
            ends.append(float(tm[4]))

    text = page.extract_text(visitor_text=note)
    assert max(ends) < float(page.mediabox.width) - 56
    for word in (digest * 3, address, digest):
        assert word in dense(text)
    assert "operations" in text, "what has room is not torn"


def test_pages_are_numbered_through_in_their_language() -> None:
    blocks = [Paragraph(f"Absatz {number} mit Wörtern. " * 40) for number in range(20)]
    reader = read(document(*blocks, PageBreak(), Paragraph("Schluss"), language="de", page="Seite {page} von {pages}"))
    pages = len(reader.pages)
    assert pages > 3
    for number, page in enumerate(reader.pages, 1):
        text = " ".join(page.extract_text().split())
        assert text.endswith(f"{FOOT} Seite {number} von {pages}")
    assert "Absatz" not in reader.pages[-1].extract_text()


def test_a_long_table_says_its_header_on_each_page_and_every_row_once() -> None:
    rows = [[f"row-{number}", "somebody who did something"] for number in range(600)]
    reader = read(document(Table(["What happened", "Who"], rows, [1, 3])))
    assert len(reader.pages) > 10
    assert all("What happened" in page.extract_text() for page in reader.pages)
    text = text_of(reader).split()
    assert [each for each in text if each.startswith("row-")] == [row[0] for row in rows]


def test_what_is_longer_than_a_page_goes_on_on_the_next() -> None:
    story = " ".join(f"w{number}" for number in range(3000))
    reader = read(document(Facts([("Story", story)]), Table(["Story"], [[story]]), Together([Paragraph(story)])))
    words = [each for each in text_of(reader).split() if each[0] == "w" and each[1:].isdigit()]
    assert words == story.split() * 3


def test_a_section_that_belongs_together_is_not_torn() -> None:
    """A heading at the foot of a page, its picture on the next: nobody would know whose picture that is."""
    for lines in range(20, 60, 4):
        reader = read(
            document(
                *[Paragraph("x")] * lines,
                Heading("Exhibit"),
                Picture(picture(), "A field", "What was seen"),
                *[Paragraph("x")] * lines,
                Together([Heading("Key"), Facts([("The key", "of it")])]),
            )
        )
        texts = [page.extract_text() for page in reader.pages]
        [shown] = [text for page, text in zip(reader.pages, texts, strict=True) if page.images]
        assert "Exhibit" in shown, lines
        assert "What was seen" in shown, lines
        [key] = [text for text in texts if "The key" in text]
        assert "Key\n" in key, lines


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_goes_in_as_it_is_and_no_higher_than_a_page(kind: str) -> None:
    content = picture(30, 2000, kind)
    reader = read(document(Picture(content, "A tall one")))
    [page] = reader.pages
    [shown] = page.images
    with Image.open(BytesIO(content)) as before:
        assert shown.image is not None
        assert shown.image.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    streams = [reader.get_object(number) for number in range(1, int(str(reader.trailer["/Size"])))]
    raw = [each._data for each in streams if isinstance(each, StreamObject)]
    assert (content in raw) == (kind == "JPEG")


def test_what_is_no_picture_or_too_much_of_one_is_refused() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        written(document(Picture(b"<svg/>", "x")))
    with pytest.raises(ValueError, match="too large"):
        written(document(Picture(picture(5000, 1000), "x")))


def test_a_mistake_says_nothing_of_what_stands_in_the_document() -> None:
    with pytest.raises(TypesettingError) as caught:
        written(document(Heading("Zoë O'Brien", 2)))
    assert "Zoë" not in f"{caught.value!r}{caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


def test_a_poster_is_one_page_however_much_it_says() -> None:
    code = Code(Picture(picture(300, 300, "PNG"), "The address", width=52), "Scan", "https://rights.example/x")
    for sentences in (1, 12):
        sections = [
            each for n in range(7) for each in (Heading(f"Part {n}"), Paragraph("Some words here. " * sentences))
        ]
        reader = read(document(*sections, code, look="poster", under=["Harbour & Pine"]))
        [page] = reader.pages
        assert dense(page.extract_text()).endswith(dense(f"Scan https://rights.example/x {FOOT} Page 1 of 1"))
        assert [name for name, _ in tags(reader)][1] == "Title"
        assert [element["/Alt"] for name, element in tags(reader) if name == "Figure"] == ["The address"]


def test_a_document_of_nothing_is_one() -> None:
    reader = read(document(Facts([]), Points([]), Table(["a"], []), Paragraph(""), Together([]), footer="", page=""))
    assert text_of(reader).split() == ["A", "title", "a"]


async def test_others_are_served_while_one_is_written() -> None:
    task = asyncio.create_task(typeset(document(Table(["a", "b"], [["x", "y"]] * 3000))))
    served = 0
    while not task.done():
        await asyncio.sleep(0.001)
        served += 1
    assert (await task).startswith(b"%PDF-1.7")
    assert served > 20
