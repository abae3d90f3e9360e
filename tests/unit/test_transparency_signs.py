"""Signs fit on one page in every language, say what holds at the site, and carry a code that leads to the notice."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from shared.documents.pdf import written
from shared.organisations.models import Organisation, OrganisationKind, Site
from shared.pages.languages import Language
from shared.retention.schedule import Terms
from shared.transparency.signs import Paper, Sign, _picture, document

ADDRESS = "https://rights.example/api/public/notices/0192f0c1-1111-7000-8000-000000000001?lang=en"


def sign(jurisdiction: str = "GB", *, plates: bool = True, **profile: Any) -> Sign:
    home = Organisation(
        id="o",
        organisation_id="o",
        name="Harbour & Pine",
        kind=OrganisationKind.RETAILER,
        jurisdiction=jurisdiction,
        **profile,
    )
    site = Site(
        id="s", organisation_id="o", name="Quayside", region=jurisdiction, time_zone="UTC", latitude=0, longitude=0
    )
    return Sign(home, site, Terms((jurisdiction,)), plates, ADDRESS, datetime(2026, 11, 28, tzinfo=UTC))


def drawn(made: Sign, language: Language, paper: Paper) -> bytes:
    return written(document(made, language, paper))


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("place", ["GB", "DE", "NZ", "US-CA", "BR"])
def test_a_sign_is_one_page_of_its_paper(language: Language, paper: Paper, place: str) -> None:
    contact = "data-protection-officer@a-rather-long-name.harbourpine.example"
    reader = PdfReader(BytesIO(drawn(sign(place, data_protection_contact=contact), language, paper)))
    [page] = reader.pages
    assert round(page.mediabox.width / 72 * 25.4) == {"A4": 210, "A3": 297}[paper]
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language.value
    assert "<pdfaid:part>2</pdfaid:part>" in root["/Metadata"].get_data().decode()


def test_it_says_what_holds_there() -> None:
    british = text_of(drawn(sign("GB"), Language.ENGLISH, "A4"))
    assert "A report that describes somebody: 24 months. Pictures: 12 months." in british
    assert "What matches nothing is kept for 7 days." in british
    assert "within 1 month" in british
    assert "Information Commissioner" in british
    german = text_of(drawn(sign("DE"), Language.GERMAN, "A4"))
    assert "Mit anderen Geschäften wird nichts geteilt." in german
    assert "sofort verworfen (nicht aufbewahrt)" in german
    assert "Kennzeichen" not in text_of(drawn(sign("DE", plates=False), Language.GERMAN, "A4"))


def test_where_no_rule_is_known_nothing_is_promised() -> None:
    assert "answer within" not in text_of(drawn(sign("BR"), Language.ENGLISH, "A4"))


def test_the_code_is_that_of_the_address() -> None:
    [image] = PdfReader(BytesIO(drawn(sign(), Language.ENGLISH, "A4"))).pages[0].images
    with Image.open(BytesIO(_picture(ADDRESS))) as expected, Image.open(BytesIO(image.data)) as found:
        assert ImageChops.difference(expected.convert("L"), found.convert("L")).getbbox() is None
