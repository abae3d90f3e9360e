"""What is read, found and painted, picture by picture: nothing lost between segments, nothing left of a region."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.evidence.obscuring import detector
from shared.evidence.obscuring.places import Place
from shared.evidence.video import finding, joining, painting, reading, sounding, tracking
from shared.evidence.video.models import Track
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Failure
from tests.support.videos import FORMATS, RATE, film, grid, shown, where, with_a_face

WHOLE = [0.0, 0.0, 0.0, 1.0, 1.0], [9.0, 0.0, 0.0, 1.0, 1.0]
B_PICTURES = {"bf": "2", "g": "30"}
"""Pictures that need later ones: what is decoded first is not shown first."""


class Shelf:
    def __init__(self, pieces: dict[int | str, bytes]) -> None:
        self.pieces = pieces

    def piece(self, name: int | str) -> bytes:
        return self.pieces[name]


def order(content: bytes, media_type: str = "video/mp4", **changes: Any) -> dict[str, Any]:
    known = reading.described(io.BytesIO(content), media_type)
    return known | {"type": media_type, "begin": 0.0, "end": None, "tracks": []} | changes


def piece(content: bytes, asked: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    painting.painted(io.BytesIO(content), asked, made)
    return made.getvalue()


def rendered(content: bytes, tracks: list[Any], media_type: str = "video/mp4", each: float = 100.0) -> bytes:
    asked, pieces = order(content, media_type, tracks=tracks), {}
    count = max(1, -(-int(asked["seconds"] * 1000) // int(each * 1000)))
    for n in range(count):
        pieces[n] = piece(content, asked | {"begin": n * each, "end": None if n == count - 1 else (n + 1) * each})
    made = io.BytesIO()
    joining.joined(Shelf(pieces), {"statement": "", "pieces": list(pieces), "sound": False}, made)
    return made.getvalue()


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("each", [0.7, 1.3, 100.0])
@pytest.mark.parametrize("options", [None, B_PICTURES], ids=["plain", "with B pictures"])
def test_every_picture_comes_once_and_in_its_time(media_type: str, each: float, options: dict[str, str] | None) -> None:
    content = film(3, media_type=media_type, options=options, size=(160, 160))
    made = shown(rendered(content, [], media_type, each))
    assert [round(time * RATE) for time, _ in made] == list(range(3 * RATE))
    for number, (_, luma) in enumerate(made):
        assert np.abs(luma.astype(int) - grid(number, 160, 160)[:160]).mean() < 6, number


def test_pictures_that_come_now_and_then_stay_until_the_next() -> None:
    """As recorders write that record when something moves. A region covers what stands when it begins."""
    content = film(2, times=lambda number: number if number < 25 else number + 75)
    tracks = [[[2.0, 0.0, 0.0, 0.5, 1.0], [2.5, 0.0, 0.0, 0.5, 1.0]]]
    made = shown(rendered(content, tracks, each=1.5))
    assert len(made) == 50
    assert made[24][0] == pytest.approx(0.96)
    assert made[25][0] == pytest.approx(4.0)
    assert [bool(luma[:, :152].max() < 30) for _, luma in made] == [n == 24 for n in range(50)]


def test_nothing_of_a_region_survives_and_nothing_else_is_touched() -> None:
    one, other = (
        film(1),
        film(1, drawn=lambda n, w, h: np.where(np.arange(w) < 160, 60, grid(n, w, h)).astype(np.uint8)),
    )
    tracks = [[[0.0, 0.0, 0.0, 0.5, 1.0], [9.0, 0.0, 0.0, 0.5, 1.0]]]
    for content in (one, other):
        for number, (_, luma) in enumerate(shown(rendered(content, tracks))):
            assert luma[:, :152].max() <= 24
            assert luma[:, :152].min() >= 8
            assert np.abs(luma[:, 176:].astype(int) - grid(number, 320, 240)[:240, 176:]).mean() < 6


def test_two_people_behind_the_same_box_give_the_same_bytes() -> None:
    one, other = film(1), film(1, drawn=lambda n, w, h: 255 - grid(n, w, h))
    assert rendered(one, [WHOLE]) == rendered(other, [WHOLE])


def test_a_region_that_is_not_covered_is_noticed() -> None:
    content = film(1)
    encoded = piece(content, order(content))[painting.HEADER.size :]
    with pytest.raises(Unworkable) as refused:
        painting.verify(encoded, [[(0, 0, 160, 240)]] * RATE)
    assert refused.value.failure is Failure.NOT_COVERED
    with pytest.raises(Unworkable):
        painting.verify(encoded, [[]] * (RATE - 1))


def test_what_a_telephone_held_upright_has_filmed_is_upright() -> None:
    """The turn stands in the track header, as nine numbers (ISO/IEC 14496-12, 8.3.2)."""
    content, straight, turned = film(1, size=(320, 240)), bytearray(36), bytearray(36)
    for at, value in ((0, 1 << 16), (16, 1 << 16), (32, 1 << 30)):
        straight[at : at + 4] = value.to_bytes(4)
    for at, value in ((4, 1 << 16), (12, (1 << 32) - (1 << 16)), (32, 1 << 30)):
        turned[at : at + 4] = value.to_bytes(4)
    place = content.index(b"tkhd")
    sideways = content[:place] + content[place:].replace(bytes(straight), bytes(turned), 1)
    assert sideways != content
    known = reading.described(io.BytesIO(sideways), "video/mp4")
    assert (known["width"], known["height"]) == (240, 320)
    upper = [[0.0, 0.0, 0.0, 1.0, 0.5], [9.0, 0.0, 0.0, 1.0, 0.5]]
    for number, (_, luma) in enumerate(shown(rendered(sideways, [upper]))):
        expected = np.rot90(grid(number, 320, 240)[:240], -1)
        assert luma.shape == (320, 240)
        assert luma[:152].max() <= 24
        assert np.abs(luma[168:].astype(int) - expected[168:]).mean() < 6


def test_a_face_is_found_followed_and_gone() -> None:
    content, made = film(3, size=(640, 480), drawn=with_a_face), io.BytesIO()
    asked = order(content)
    finding.found(io.BytesIO(content), asked, made)
    found = tracking.tracks(json.loads(made.getvalue()))
    assert found
    points = [[(p.at, p.x, p.y, p.width, p.height) for p in track.points] for track in found]
    for number, (_, luma) in enumerate(shown(rendered(content, points))):
        left, top = where(number)
        assert luma[top + 36 : top + 80, left + 30 : left + 70].max() <= 24, number
    last = Image.fromarray(shown(rendered(content, points))[-1][1]).convert("RGB")
    assert detector.one_pass(last, 640, 0) == []
    before = Image.fromarray(shown(rendered(content, []))[-1][1]).convert("RGB")
    assert detector.one_pass(before, 640, 0), "the detector finds it where nothing is painted"
    assert Track.model_validate(found[0].model_dump(by_alias=True)).origin == "suggested"


def test_sound_comes_along_in_its_time() -> None:
    content, made, whole = film(2, sound=True), io.BytesIO(), io.BytesIO()
    assert sounding.kept(io.BytesIO(content), {"type": "video/mp4"}, made) == {"sounds": 1}
    pieces: dict[int | str, bytes] = {0: piece(content, order(content)), "sound": made.getvalue()}
    joining.joined(Shelf(pieces), {"statement": "", "pieces": [0], "sound": True}, whole)
    assert whole.getvalue().count(b"trak") == 2
    assert sounding.kept(io.BytesIO(film(1)), {"type": "video/mp4"}, io.BytesIO()) == {"sounds": 0}


@pytest.mark.parametrize(
    ("content", "media_type", "failure"),
    [
        (film(1, size=(4096, 2304)), "video/mp4", Failure.TOO_MANY_PIXELS),
        (film(1, media_type="video/x-msvideo", codec="ffv1", options={}), "video/x-msvideo", Failure.CODEC),
        (film(1)[:3000], "video/mp4", Failure.UNREADABLE),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "video/mp4", Failure.UNREADABLE),
        (film(1, times=lambda number: number * 2000), "video/mp4", Failure.TOO_LONG),
        (film(1), "video/x-msvideo", Failure.UNREADABLE),
    ],
    ids=["too many pixels", "codec", "cut off", "a playlist", "too long", "another type"],
)
def test_what_cannot_be_worked_on_says_why(content: bytes, media_type: str, failure: Failure) -> None:
    with pytest.raises(Unworkable) as refused:
        reading.described(io.BytesIO(content), media_type)
    assert refused.value.failure is failure


def test_boxes_reach_to_the_edges_of_odd_pictures() -> None:
    planes = [np.full((202, 302), 90, np.uint8), np.full((101, 151), 90, np.uint8), np.full((101, 151), 90, np.uint8)]
    painting.fill(planes, [Place(0.5, 0.5, 0.5, 0.5)], (302, 202))
    assert (planes[0][101:, 151:] == painting.BLACK[0]).all()
    assert (planes[1][51:, 76:] == painting.BLACK[1]).all()
    assert (planes[0][:90, :140] == 90).all()
