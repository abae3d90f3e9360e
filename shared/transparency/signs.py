"""Signs for the doors of a shop: one page, on A4 or A3, in one language, with a code that leads to the whole notice.

What it says of periods, sharing and cameras is what holds at that site today.
"""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final, Literal

from shared.documents.blocks import Block, Code, Document, Heading, Paragraph, Picture
from shared.documents.pdf import typeset
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
    return await typeset(document(made, language, paper))


def document(sign: Sign, language: Language, paper: Paper) -> Document:
    t = TEXTS.of(language)
    place = f"{sign.organisation.name}, {sign.site.name}"
    sections: list[Block] = [block for heading, says in sign.lines(t) for block in (Heading(heading), Paragraph(says))]
    code = Picture(_picture(sign.address), f"{t('sign.scan')}: {sign.address}", width=CODE * SCALE[paper])
    return Document(
        title=t("sign.title"),
        under=[place],
        language=language.value,
        made_at=sign.made_at,
        footer=place,
        page=sign.made_at.date().isoformat(),
        paper=paper,
        look="poster",
        blocks=[*sections, Code(code, t("sign.scan"), sign.address.partition("?")[0])],
    )


def _picture(address: str) -> bytes:
    """Error correction Q: a quarter of it may be scratched."""
    import segno  # noqa: PLC0415 - only this work needs it, start-up does not

    written = BytesIO()
    segno.make(address, error="q", micro=False).save(written, kind="png", scale=DOTS, border=2)
    return written.getvalue()
