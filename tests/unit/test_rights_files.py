"""The files of an answer as a person meets them: buttons of a page without script, and what they are saved as."""

import re
from datetime import UTC, date, datetime

import pytest

from shared.evidence.media_types import MediaType
from shared.pages.languages import Language
from shared.rights import forms, replies
from shared.rights.answer_models import GivenFile
from shared.rights.handover import Handed
from shared.rights.models import AnswerFile, AnswerNote, Kind, RequestState, RequestView
from tests.support import accessibility

WHEN = datetime(2026, 11, 28, tzinfo=UTC)


def file(number: int, mime_type: MediaType, size: int, pieces: int) -> GivenFile:
    return GivenFile(
        number=number,
        name=f"{mime_type.kind}-{number}.{mime_type.extension}",
        mime_type=mime_type,
        size_bytes=size,
        pieces=pieces,
        sha256="ab" * 32,
        obscured_on=date(2026, 11, 20),
    )


PICTURE, FILM = file(1, MediaType.JPEG, 900, 1), file(2, MediaType.MP4, 45_000_000, 3)


@pytest.mark.parametrize("language", Language)
def test_a_page_has_a_button_for_each_file_and_each_piece(language: Language) -> None:
    listed = [AnswerFile(**each.model_dump(include=set(AnswerFile.model_fields))) for each in (PICTURE, FILM)]
    note = AnswerNote(
        case_id="c", organisation_id="o", organisation="Harbour", answered_at=WHEN, until=WHEN, files=listed
    )
    found = RequestView(
        reference="7K3M-Q2XF-9TBA",
        state=RequestState.CLOSED,
        kinds=[Kind.ACCESS],
        received_at=WHEN,
        messages=[],
        answers=[note],
    )
    html = forms.status(language, found, "s" * 43)
    accessibility.check(html, language.value)
    fields = re.findall(r'name="(file|piece)" value="(\d+)"', html)
    assert fields == [part for file, piece in ((1, 1), (2, 1), (2, 2), (2, 3)) for part in _sent(file, piece)]
    assert "45.0" not in html, "a piece is not as large as the file"
    assert "0.1" in html


def _sent(number: int, piece: int) -> list[tuple[str, str]]:
    return [("file", str(number)), ("piece", str(piece))]


@pytest.mark.parametrize(
    ("given", "piece", "saved", "media_type"),
    [(PICTURE, 1, "image-1.jpg", "image/jpeg"), (FILM, 2, "video-2.mp4.002", "application/octet-stream")],
)
async def test_a_piece_is_saved_under_a_name_that_programs_for_archives_know(
    given: GivenFile, piece: int, saved: str, media_type: str
) -> None:
    handed = Handed("file", None, given, piece, b"content")  # type: ignore[arg-type]
    reply = await replies.handed(handed)
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{saved}"'
    assert (reply.content_type, reply.body) == (media_type, b"content")
