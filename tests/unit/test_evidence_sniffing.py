"""What a file truly is, whatever it is called."""

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence import sniffing, structure
from shared.evidence.media_types import MediaKind, MediaType
from shared.evidence.refusals import SENTENCES, Reason, Refused
from tests.support.media import avi, box, movie, picture, riff, samples


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("run.txt", "hello")
    return written.getvalue()


GOOD = samples()
BAD = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "zip": archive(),
    "program": b"\x7fELF\x02\x01\x01" + bytes(64),
    "windows program": b"MZ\x90\x00" + bytes(64),
    "bmp": picture("BMP"),
    "plain text": b"just some words in a file",
    "zeros": bytes(4096),
}


def checked(content: bytes, announced: MediaType) -> None:
    """All checks that need no decoder, as an upload passes them."""
    sniffing.check_size(len(content), len(content), announced)
    sniffing.check_head(content[: sniffing.HEAD], announced)
    sniffing.check_tail(content[-sniffing.TAIL :], announced)
    walk = structure.walker(announced, len(content))
    for start in range(0, len(content), 7):
        walk.feed(content[start : start + 7])
    walk.finish()


def refusal(content: bytes, announced: MediaType) -> Reason:
    with pytest.raises(Refused) as raised:
        checked(content, announced)
    return raised.value.reason


@pytest.mark.parametrize("media_type", list(GOOD))
def test_accepted_types_are_recognised_by_their_content(media_type: MediaType) -> None:
    assert sniffing.true_type(GOOD[media_type]) is media_type
    checked(GOOD[media_type], media_type)


def test_the_samples_cover_every_accepted_type() -> None:
    assert set(GOOD) == set(MediaType)


@pytest.mark.parametrize("name", list(BAD))
@pytest.mark.parametrize("announced", [MediaType.JPEG, MediaType.PDF, MediaType.MP4])
def test_everything_else_is_refused_whatever_it_claims_to_be(name: str, announced: MediaType) -> None:
    assert refusal(BAD[name], announced) is Reason.TYPE_NOT_ACCEPTED


@pytest.mark.parametrize("announced", [each for each in MediaType if each is not MediaType.PNG])
def test_an_accepted_type_under_another_name_is_refused(announced: MediaType) -> None:
    assert refusal(GOOD[MediaType.PNG], announced) is Reason.TYPE_MISMATCH


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"", MediaType.JPEG) is Reason.EMPTY


@pytest.mark.parametrize("difference", [-1, 1])
def test_another_size_than_announced_is_refused(difference: int) -> None:
    with pytest.raises(Refused) as raised:
        sniffing.check_size(100 + difference, 100, MediaType.JPEG)
    assert raised.value.reason is Reason.WRONG_SIZE


@pytest.mark.parametrize("media_type", [MediaType.JPEG, MediaType.PDF])
def test_what_is_examined_as_a_whole_is_bounded(media_type: MediaType) -> None:
    size = 200_000_001
    with pytest.raises(Refused) as raised:
        sniffing.check_size(size, size, media_type)
    assert raised.value.reason is Reason.TOO_LARGE
    sniffing.check_size(size, size, MediaType.MP4)


@pytest.mark.parametrize("media_type", list(GOOD))
def test_two_things_at_once_are_refused(media_type: MediaType) -> None:
    """An archive behind a picture, a film, a document: what one program shows, another one runs."""
    assert refusal(GOOD[media_type] + archive(), media_type) is Reason.SEVERAL_FORMATS


def test_a_document_or_a_page_inside_a_pictures_head_is_refused() -> None:
    for hidden in (b"%PDF-1.7 ", b"<script>alert(1)</script>", b"<?php system($_GET[0]); ?>"):
        comment = b"\xff\xfe" + (len(hidden) + 2).to_bytes(2) + hidden
        content = GOOD[MediaType.JPEG][:2] + comment + GOOD[MediaType.JPEG][2:]
        assert refusal(content, MediaType.JPEG) is Reason.SEVERAL_FORMATS


def test_a_page_behind_a_picture_is_refused() -> None:
    content = GOOD[MediaType.GIF] + b"<html><script>alert(1)</script></html>"
    assert refusal(content, MediaType.GIF) is Reason.SEVERAL_FORMATS


def test_the_test_virus_is_noticed_under_any_name() -> None:
    virus = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + sniffing.TEST_VIRUS
    for media_type in (MediaType.JPEG, MediaType.PDF):
        assert refusal(virus, media_type) is Reason.MALWARE
    assert refusal(GOOD[MediaType.MP3] + virus, MediaType.MP3) is Reason.MALWARE


ENDED = [MediaType.MP4, MediaType.QUICKTIME, MediaType.M4A, MediaType.AVI, MediaType.WAV]


@pytest.mark.parametrize("media_type", ENDED)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_recording_that_lost_its_end_is_refused(media_type: MediaType, share: float) -> None:
    content = GOOD[media_type]
    assert refusal(content[: int(len(content) * share)], media_type) is Reason.TRUNCATED


def test_a_recording_whose_index_was_never_written_is_refused() -> None:
    assert refusal(box(b"ftyp", b"isom" + bytes(4)) + box(b"mdat", bytes(99)), MediaType.MP4) is Reason.TRUNCATED


def test_recordings_of_more_than_a_day_are_refused() -> None:
    assert refusal(movie(seconds=86_401), MediaType.MP4) is Reason.TOO_LONG
    checked(movie(seconds=86_399), MediaType.MP4)


def test_large_and_open_ended_boxes_are_passed_over() -> None:
    media = bytes(5000)
    large = b"\x00\x00\x00\x01mdat" + (16 + len(media)).to_bytes(8) + media
    head, moov = box(b"ftyp", b"isom" + bytes(4)), box(b"moov", box(b"mvhd", bytes(100)))
    checked(head + moov + large, MediaType.MP4)
    checked(head + moov + b"\x00\x00\x00\x00mdat" + media, MediaType.MP4)


def test_a_large_avi_is_a_row_of_chunks() -> None:
    checked(avi() + riff(b"AVIX", bytes(300)), MediaType.AVI)
    assert refusal(avi() + bytes(9000), MediaType.AVI) is Reason.UNREADABLE


@given(st.binary(max_size=400), st.sampled_from([MediaType.MP4, MediaType.AVI, MediaType.WAV]), st.integers(1, 40))
def test_no_bytes_upset_the_walkers(content: bytes, media_type: MediaType, step: int) -> None:
    whole = GOOD[media_type][:24] + content
    walk = structure.walker(media_type, len(whole))
    with contextlib.suppress(Refused):
        for start in range(0, len(whole), step):
            walk.feed(whole[start : start + step])
        walk.finish()


def test_every_reason_has_a_sentence_for_the_uploader() -> None:
    assert set(SENTENCES) == set(Reason)


def test_types_know_their_kind_and_extension() -> None:
    assert {each.kind for each in MediaType} == set(MediaKind)
    assert MediaType.PDF.kind is MediaKind.DOCUMENT
    assert all(each.extension for each in MediaType)
