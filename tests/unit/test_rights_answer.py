"""What is cut from a record, and whether every word of an answer is there in every language."""

import io
import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from shared.documents.pdf import written
from shared.errors import Invalid
from shared.evidence.media_types import MediaType
from shared.rights import answer_pdf, contents, law, wording
from shared.rights.actions import put
from shared.rights.answer_models import ActedRecord, Controller, GivenFile, GivenRecord, Package, WithheldRecord
from shared.rights.contents import FIELDS, cut, theirs
from shared.rights.decisions import Act, Decision, Disclose
from shared.rights.models import Kind, Language

NAMES = st.from_regex(r"[A-Z][a-z]{3,9} [A-Z][a-z]{3,9}", fullmatch=True)
PLATES = st.from_regex(r"[A-Z]{2}[0-9]{2} [A-Z]{3}", fullmatch=True)


@given(mine=NAMES, others=st.lists(NAMES, min_size=1, max_size=4), plate=PLATES, before=st.text(max_size=40))
def test_nobody_elses_name_or_plate_is_left(mine: str, others: list[str], plate: str, before: str) -> None:
    words = {word.casefold() for each in others for word in each.split()}
    if words & {word.casefold() for word in mine.split()}:
        return  # namesakes: a person has to look
    story = f"{before} {mine} was with {' and '.join(others)} in {plate}; {others[0].split()[1]} drove."
    content = {
        "whatHappened": story,
        "people": [{"name": mine, "clothing": "a coat"}, *({"name": each} for each in others)],
        "vehicles": [{"plate": plate}],
    }
    left = cut(content, ["/people/0"], [], [], "[removed]")
    text = json.dumps(left.content["people"]) + left.content["whatHappened"].removeprefix(before)
    assert mine in text
    assert plate not in text
    assert all(each not in text for each in others)
    assert others[0].split()[1] not in text.split()
    assert left.removed >= len(others) + 1


@pytest.mark.parametrize(
    ("mine", "redact", "leave_out", "at"),
    [
        (["/people/3"], [], [], "/mine"),
        ([], ["never said"], [], "/redact/0"),
        ([], [], ["shoeSize"], "/leaveOut/0"),
    ],
)
def test_a_slip_of_the_pen_lets_nothing_through(mine: Any, redact: Any, leave_out: Any, at: str) -> None:
    with pytest.raises(Invalid) as caught:
        cut({"whatHappened": "Something was said.", "people": [{"role": "suspect"}]}, mine, redact, leave_out, "x")
    assert [each.at for each in caught.value.errors] == [at]


def test_the_persons_own_entries_are_suggested_by_name_and_plate() -> None:
    content = {
        "people": [{"name": "Zoë O'Brien"}, {"name": "Somebody Else"}, {"role": "suspect"}],
        "vehicles": [{"plate": "AB12 CDE"}, {"plate": "XX99 XXX"}, {"colour": "red"}],
    }
    assert theirs(content, "OBRIEN, zoe", ["ab12cde"]) == ["/people/0", "/vehicles/0"]


def test_a_correction_tells_what_stood_there() -> None:
    record = {"people": [{"clothing": "grey"}], "whatHappened": "x"}
    assert put(record, "/people/0/clothing", "blue") == "grey"
    assert record["people"] == [{"clothing": "blue"}]
    with pytest.raises(Invalid):
        put(record, "/people/1/clothing", "blue")


@pytest.mark.parametrize(
    "wrong",
    [
        {"disclose": "withhold"},
        {"disclose": "withhold", "exemption": "crime"},
        {"disclose": "give", "act": "refuse"},
        {"disclose": "give", "act": "correct"},
        {"disclose": "give", "act": "statement"},
        {"disclose": "not_theirs", "act": "erase"},
        {"disclose": "withhold", "exemption": "crime", "reason": "Because so", "neither": True, "act": "erase"},
    ],
)
def test_a_decision_says_why(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Give|Say|Nothing"):
        Decision.model_validate({"kind": "report"} | wrong)


def keys(words: dict[str, Any], prefix: str = "") -> set[str]:
    return {
        key
        for name, value in words.items()
        for key in (keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}"})
    }


@pytest.mark.parametrize("language", Language)
def test_every_language_has_every_word(language: Language) -> None:
    english = {
        each for each in keys(wording.of(Language.ENGLISH)) if not each.startswith(("exemptions", "authorities"))
    }
    assert english <= keys(wording.of(language))
    fields = {f"fields.{each}" for names in FIELDS.values() for each in names}
    assert fields <= keys(wording.of(language))
    assert {f"record.{each}" for each in contents.MODELS} <= keys(wording.of(language))
    if not language.value.startswith("en"):
        codes = {f"exemptions.{code}" for regime in ["EU", "UK", "NZ", "AU", "CA"] for code in law.exemptions(regime)}
        assert codes <= keys(wording.of(language))


def without_footer(page: str, words: dict[str, Any]) -> str:
    """A sentence may go on on the next page."""
    number = re.escape("".join(words["page"].split())).replace(r"\{page\}", r"\d+").replace(r"\{pages\}", r"\d+")
    footer = re.escape("".join(words["facts"]["reference"].split())) + r"7K3M-Q2XF-9TBA" + number
    return re.sub(f"{footer}$", "", "".join(page.split()))


@pytest.mark.parametrize("regime", ["EU", "UK", "NZ", "AU", "CA"])
@pytest.mark.parametrize("language", Language)
def test_the_document_says_what_the_package_says(language: Language, regime: str) -> None:
    rules, words = law.regime(regime), wording.of(language)
    package = Package(
        language=language,
        regime=regime,
        law_version=law.version(),
        controller=Controller(name="Harbour & Pine", contact="privacy@harbour.example", notice=None),
        reference="7K3M-Q2XF-9TBA",
        person="Zoë O'Brien",
        kinds=list(Kind),
        received_at=datetime(2026, 11, 3, tzinfo=UTC),
        answered_at=datetime(2026, 11, 28, tzinfo=UTC),
        outcome="partly",
        neither=True,
        records=[
            GivenRecord(
                kind="report",
                content={"type": "theft", "whatHappened": "Took a coat.", "weaponSeen": False},
                removed=2,
                kept_until=date(2028, 11, 1),
                recipients=["Westmere Police"],
            ),
            GivenRecord(
                kind="evidence",
                content={"mediaKind": "video", "capturedAt": "2026-11-01T10:00:00.000Z"},
                removed=0,
                kept_until=date(2027, 11, 1),
                recipients=["prosecutor"],
                file=GivenFile(
                    number=1,
                    name="video-1.mp4",
                    mime_type=MediaType.MP4,
                    size_bytes=45_000_000,
                    pieces=3,
                    sha256="ab" * 32,
                    obscured_on=date(2026, 11, 20),
                ),
            ),
        ],
        withheld=[
            WithheldRecord(
                kind="report", exemption=code, says=ground.says, source=ground.source, reason="It would harm."
            )
            for code, ground in law.exemptions(regime).items()
        ],
        results=[
            ActedRecord.model_validate(
                {"kind": "report", "act": Act.NOTHING, "result": result, "reason": "Why not", "told": []}
            )
            for result in ("erased", "held", "erased_person", "restricted", "corrected", "statement", "refused")
        ],
        note="Call us.",
        authority=rules["authority"],
        authority_url=rules["authority_url"],
    )
    reader = PdfReader(io.BytesIO(written(answer_pdf.document(package))))
    text = "".join(without_footer(page.extract_text(), words) for page in reader.pages)
    for said in (
        words["title"], "Zoë O'Brien", "Took a coat.", "Westmere Police", "It would harm.", "Call us.",
        words["outcomes"]["partly"], words["outcomes"]["neither"], rules["authority_url"], *words["about"].values(),
        *words["rights"][regime]["list"], words["headings"]["complaint"], "video-1.mp4 (45.0", "ab" * 32,
        words["files"]["pieces"].format(count=3), words["values"]["prosecutor"],
    ):  # fmt: skip
        assert "".join(said.split()) in text, said
    assert reader.trailer["/Root"]["/Lang"] == language.value


def test_what_is_not_theirs_needs_no_reason() -> None:
    assert Decision(kind="report", disclose=Disclose.NOT_THEIRS).act is Act.NOTHING
