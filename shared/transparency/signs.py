"""Signs for the doors of a shop: one page, on A4 or A3, in one language, with a code that leads to the whole notice.

What it says of periods, sharing and cameras is what holds at that site today. Import this where a sign is written and
not at start-up, as :mod:`shared.documents.pdf`.
"""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final, Literal

import segno
from fpdf.enums import XPos, YPos
from PIL import Image

from shared.documents.pdf import FAINT, FAMILY, INK, MARGIN, Document
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, Site
from shared.pages.languages import Language, Words
from shared.plates import health
from shared.platform import Platform
from shared.retention import schedule
from shared.retention.schedule import Terms
from shared.retention.terms import terms_of
from shared.sharing import law
from shared.transparency import facts
from shared.transparency.rendering import TEXTS, span, term

type Paper = Literal["A4", "A3"]

SCALE: Final = {"A4": 1.0, "A3": 2**0.5}
BAND, ON_BAND = (20, 96, 78), (255, 255, 255)
CODE: Final = 52
"""Millimetres of the code's side on A4: read from two metres away."""
DOTS: Final = 16


@dataclass(frozen=True)
class Sign:
    """What one sign says."""

    organisation: Organisation
    site: Site
    here: Terms
    reads_plates: bool
    address: str
    """Where the code leads."""
    made_at: datetime

    def lines(self, t: Words) -> list[tuple[str, str]]:
        """Headings and what they say."""
        kept = t("sign.kept-says", report=self._span(t, "report_person"), pictures=self._span(t, "evidence"))
        found = [
            (t("sign.who"), t("sign.who-says", name=self.organisation.name) + " " + self._contact(t)),
            (t("sign.why"), t("sign.why-says")),
            (t("kept.title"), kept),
            (t("sharing.title"), self._shared(t)),
            (t("rights.title"), self._rights(t)),
        ]
        if self.reads_plates:
            period = self.here.rule("plate_read").period
            says = "sign.plates-none" if period.is_nothing else "sign.plates-says"
            found.insert(2, (t("notice.plates"), t(says, period=self._span(t, "plate_read"))))
        return found

    def _contact(self, t: Words) -> str:
        contact = self.organisation.data_protection_contact
        return f"{t('notice.contact')}: {contact}" if contact else ""

    def _span(self, t: Words, category: str) -> str:
        return span(t, str(self.here.rule(category).period))

    def _shared(self, t: Words) -> str:
        shops = law.may_share(self.organisation, type(self.organisation.kind).RETAILER)
        return t("sharing.retailers-yes" if shops else "sharing.retailers-no") + " " + t("sign.police")

    def _rights(self, t: Words) -> str:
        regime = schedule.regime_of(self.organisation.jurisdiction)
        known = next((each for each in facts.all_rights() if each.regime == regime), None)
        within = t("sign.rights-within", term=term(t, known.answer)) if known else ""
        watch = facts.authorities(regime) if regime else []
        where = [f"{t.find(f'authority.{each.regime}') or each.name}: {each.url}" for each in watch]
        return " ".join(filter(None, [t("sign.rights-says"), within, *where]))


async def sign(
    platform: Platform, organisation_id: str, site_id: str, language: Language, paper: Paper, origin: str
) -> bytes:
    """The sign of one site as PDF. Raises :class:`shared.errors.Invalid` for a site that is not there."""
    site = await organisations.site(platform, organisation_id, site_id, pointer="/siteId")
    base = platform.settings.public_url or origin
    made = Sign(
        organisation=await organisations.organisation(platform, organisation_id),
        site=site,
        here=await terms_of(platform, organisation_id, site_id),
        reads_plates=bool(await health.of(platform, organisation_id)),
        address=f"{base}/api/public/notices/{organisation_id}?lang={language}",
        made_at=platform.clock.now(),
    )
    return drawn(made, language, paper)


def drawn(sign: Sign, language: Language, paper: Paper) -> bytes:
    t, by = TEXTS.of(language), SCALE[paper]
    page = Document(
        t("sign.title"),
        language=language.value,
        made_at=sign.made_at,
        footer=f"{sign.organisation.name} · {sign.site.name}",
        page=sign.made_at.date().isoformat(),
        paper=paper,
    )
    page.set_auto_page_break(False)
    _band(page, t, sign, by)
    for heading, says in sign.lines(t):
        _text(page, heading, 14 * by, "B", INK)
        _text(page, says, 12.5 * by, "", INK)
        page.ln(2.6 * by)
    _code(page, t, sign, by)
    return page.finished()


def _band(page: Document, t: Words, sign: Sign, by: float) -> None:
    page.set_fill_color(*BAND)
    page.rect(0, 0, page.w, 52 * by, style="F")
    page.set_y(12 * by)
    _text(page, t("sign.title"), 30 * by, "B", ON_BAND)
    _text(page, f"{sign.organisation.name}, {sign.site.name}", 15 * by, "", ON_BAND)
    page.set_y(60 * by)


def _text(page: Document, text: str, size: float, style: Literal["", "B"], colour: tuple[int, int, int]) -> None:
    page.set_font(FAMILY, style, size)
    page.set_text_color(*colour)
    page.multi_cell(0, size * 0.46, page.shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _code(page: Document, t: Words, sign: Sign, by: float) -> None:
    """At the foot, right; what it leads to stands beside it, also for whoever cannot scan it."""
    side = CODE * by
    top = page.h - MARGIN - side - 2
    page.image(_picture(sign.address), x=page.w - MARGIN - side, y=top, w=side, h=side, alt_text=sign.address)
    page.set_xy(MARGIN, top + 6 * by)
    width = page.epw - side - 8 * by
    for text, size, style, colour in (
        (t("sign.scan"), 15 * by, "B", INK),
        (sign.address.partition("?")[0], 10 * by, "", FAINT),
    ):
        page.set_font(FAMILY, style, size)
        page.set_text_color(*colour)
        page.multi_cell(width, size * 0.46, page.shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        page.ln(2 * by)


def _picture(address: str) -> BytesIO:
    """Error correction Q: a quarter of it may be scratched. In RGB, as everything in the document."""
    grey, colour = BytesIO(), BytesIO()
    segno.make(address, error="q", micro=False).save(grey, kind="png", scale=DOTS, border=2)
    with Image.open(grey) as image:
        image.convert("RGB").save(colour, "PNG")
    colour.seek(0)
    return colour
