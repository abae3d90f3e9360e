"""PDF/A documents: readable in thirty years, and by whoever is handed one.

PDF/A-2u (ISO 19005-2): every font is inside, every character can be copied as text, nothing is fetched. Import this
module where a document is written and not at start-up: fpdf2 and its font tools are slow to load.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Final

import font_roboto
from fpdf import FPDF, FontFace, TextStyle
from fpdf.enums import OutputIntentSubType, VAlign, XPos, YPos
from fpdf.fonts import TTFFont
from fpdf.outline import TableOfContents
from fpdf.output import PDFICCProfile
from PIL import Image, ImageCms

FAMILY: Final = "Roboto"
FACES: Final = {"": font_roboto.Roboto, "B": font_roboto.RobotoBold, "I": font_roboto.RobotoItalic}
INK, FAINT, RULE, SHADE = (26, 32, 44), (90, 99, 115), (203, 210, 220), (240, 243, 247)
MARGIN: Final = 20
"""Millimetres, as all lengths here."""
LINE: Final = 5.2
HIGHEST: Final = 150
"""Millimetres of a picture."""
HEADINGS: Final = {1: 17, 2: 12.5, 3: 10.5}
"""Points by level."""

type Text = str | float | None


class Document(FPDF):
    """One document, written from top to bottom: headings, paragraphs, facts, tables and pictures.

    ``language`` is a BCP 47 tag, for screen readers; ``page`` is the footer's page number with ``{page}`` and
    ``{pages}`` in it. Characters that the font has not are written as their code points, never left out.
    """

    def __init__(
        self,
        title: str,
        *,
        language: str = "en",
        made_at: datetime,
        footer: str = "",
        page: str = "Page {page} of {pages}",
        paper: str = "A4",
        author: str = "Reeve",
    ) -> None:
        super().__init__(format=paper, enforce_compliance="PDF/A-2u")
        for style, path in FACES.items():
            self.add_font(FAMILY, style, path)
        self._known = self._characters()
        self._footer, self._page_text = self.shown(footer), page
        self.set_title(title)
        self.set_author(author)
        self.set_creator("Reeve")
        self.set_lang(language)
        self.set_creation_date(made_at)
        self._declare_colours()
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 5)
        self.set_section_title_styles(*(self._heading_style(level) for level in HEADINGS))
        self.alias_nb_pages("{pages}")
        self.add_page()
        self._plain()

    # -- what is written ---------------------------------------------------------------------------------------------

    def title_block(self, title: str, *under: str) -> None:
        self.set_font(FAMILY, "B", 22)
        self.multi_cell(0, 9.5, self.shown(title), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1.5)
        self._plain(10, FAINT)
        for line in under:
            self.multi_cell(0, LINE, self.shown(line), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)
        self.set_draw_color(*RULE)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self.ln(4)
        self._plain()

    def contents(self, title: str = "Contents") -> None:
        """A table of contents of all headings that follow; the page after it begins empty."""
        self.set_font(FAMILY, "B", HEADINGS[2])
        self.cell(0, 8, self.shown(title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._plain()
        table = TableOfContents(TextStyle(FAMILY, font_size_pt=9.5, color=INK), level_indent=5, line_spacing=1.5)
        self.insert_toc_placeholder(table.render_toc, allow_extra_pages=True)

    def heading(self, text: str, level: int = 1, *, room: float = 4 * LINE) -> None:
        """Starts a section, on the next page if there are not ``room`` millimetres left for what belongs together."""
        if self.will_page_break(HEADINGS[level] + room):
            self.add_page()
        self.start_section(self.shown(text), level=level - 1)
        self._plain()

    def paragraph(self, text: str, *, faint: bool = False) -> None:
        self._plain(9.5, FAINT if faint else INK)
        self.multi_cell(0, LINE, self.shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1.8)

    def points(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._plain()
            self.set_x(MARGIN + 1)
            self.cell(5, LINE, "•")
            self.multi_cell(0, LINE, self.shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(0.8)
        self.ln(1)

    def facts(self, pairs: Iterable[tuple[str, Text]], *, label_width: float = 48) -> None:
        """Names and values beside each other; a value that is None is written as a dash."""
        self._plain()
        rows = [(name, "–" if value is None else str(value)) for name, value in pairs]
        width = self.epw - label_width
        with self.table(
            col_widths=(label_width, width),
            borders_layout="NONE",
            line_height=LINE,
            first_row_as_headings=False,
            text_align="LEFT",
            v_align=VAlign.T,
        ) as table:
            for name, value in rows:
                row = table.row()
                row.cell(self.shown(name), style=FontFace(color=FAINT))
                row.cell(self.shown(value))
        self.ln(2)

    def rows(
        self, header: Sequence[str], rows: Iterable[Sequence[Text]], widths: Sequence[float] | None = None
    ) -> None:
        """A table whose header is repeated on each page. ``widths`` are proportions."""
        self._plain(8.5)
        self.set_draw_color(*RULE)
        with self.table(
            col_widths=tuple(widths) if widths else None,
            borders_layout="HORIZONTAL_LINES",
            line_height=4.6,
            headings_style=FontFace(emphasis="BOLD", color=INK, fill_color=SHADE),
            text_align="LEFT",
            v_align=VAlign.T,
            padding=1.2,
        ) as table:
            for cells in [header, *rows]:
                row = table.row()
                for value in cells:
                    row.cell(self.shown("–" if value is None else str(value)))
        self.ln(3)
        self._plain()

    def picture(self, content: bytes, caption: str = "", *, width: float = 80) -> None:
        """A JPEG or PNG with its caption; both on one page."""
        width, height = _fitted(content, width)
        if self.will_page_break(height + 2 * LINE):
            self.add_page()
        self.image(BytesIO(content), w=width, alt_text=self.shown(caption) or None)
        self.ln(1)
        if caption:
            self.paragraph(caption, faint=True)

    def room_of(self, content: bytes, *, width: float = 80) -> float:
        """The millimetres that :meth:`picture` needs."""
        return _fitted(content, width)[1] + 2 * LINE

    def finished(self) -> bytes:
        return bytes(self.output())

    # -- how it looks ------------------------------------------------------------------------------------------------

    def footer(self) -> None:
        self.set_y(-MARGIN + 3)
        self._plain(8, FAINT)
        number = self._page_text.replace("{page}", str(self.page_no()))
        self.cell(0, LINE, self._footer, align="L")
        self.set_x(MARGIN)
        self.cell(0, LINE, number, align="R")
        self._plain()

    def shown(self, text: str) -> str:
        """What the font can show of ``text``; the rest by its code point."""
        return "".join(
            each if each == "\n" or (each.isprintable() and ord(each) in self._known) else f"[U+{ord(each):04X}]"
            for each in text.replace("\r\n", "\n").replace("\t", "    ")
        )

    def _characters(self) -> set[int]:
        return {code for font in self.fonts.values() if isinstance(font, TTFFont) for code in font.cmap}

    def _plain(self, size: float = 9.5, colour: tuple[int, int, int] = INK) -> None:
        self.set_font(FAMILY, "", size)
        self.set_text_color(*colour)

    def _heading_style(self, level: int) -> TextStyle:
        return TextStyle(
            font_family=FAMILY, font_style="B", font_size_pt=HEADINGS[level], color=INK,
            t_margin=5 if level == 1 else 3, b_margin=2,
        )  # fmt: skip

    def _declare_colours(self) -> None:
        """PDF/A says what its colours mean: sRGB."""
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        self.add_output_intent(
            OutputIntentSubType.PDFA,
            output_condition_identifier="sRGB",
            registry_name="http://www.color.org",
            dest_output_profile=PDFICCProfile(contents=profile, n=3, alternate="DeviceRGB"),
            info="sRGB IEC61966-2.1",
        )


def _fitted(content: bytes, width: float) -> tuple[float, float]:
    """Width and height in millimetres, of a picture no wider than ``width`` and no higher than :data:`HIGHEST`."""
    with Image.open(BytesIO(content)) as image:
        height = min(width * image.height / image.width, HIGHEST)
        return height * image.width / image.height, height
