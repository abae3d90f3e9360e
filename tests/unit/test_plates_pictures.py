"""Of what a camera sends a picture is kept that shows what it showed, and tells nothing else."""

import base64
import io
import json
import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from shared.plates import pictures
from shared.plates.formats import understood
from shared.plates.formats.base import Message
from tests.support import lpr
from tests.support.lpr import PICTURE, picture

B64 = base64.b64encode(PICTURE).decode()
SCENE = base64.b64encode(picture(size=(96, 64))).decode()
LONDON = ZoneInfo("Europe/London")


def pixels(jpeg: bytes) -> bytes:
    with Image.open(io.BytesIO(jpeg)) as image:
        image.load()
        return image.tobytes()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("behind", [b"", b"MPF and more", PICTURE])
def test_it_shows_the_same_and_tells_nothing_else(behind: bytes, *, progressive: bool) -> None:
    sent = picture("Somebody's garden", progressive=progressive)
    assert b"Somebody's garden" in sent
    kept = pictures.bare(sent + behind)
    assert kept
    assert b"garden" not in kept
    assert behind == b"" or not kept.endswith(behind)
    assert pixels(kept) == pixels(sent)


@pytest.mark.parametrize("cut", range(0, len(PICTURE) - 2, 37))
def test_a_picture_that_lost_its_end_is_none(cut: int) -> None:
    assert pictures.bare(PICTURE[:cut]) is None


@pytest.mark.parametrize("junk", [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\x89PNG\r\n", b"<svg/>", b"\xff\xd8\xff"])
def test_what_is_no_jpeg_is_none(junk: bytes) -> None:
    assert pictures.bare(junk) is None


def test_damage_is_no_crash() -> None:
    chance = random.Random(7)
    for _ in range(3_000):
        damaged = bytearray(PICTURE)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        kept = pictures.bare(bytes(damaged[: chance.randint(0, len(damaged))]))
        assert kept is None or len(kept) <= len(PICTURE)


@pytest.mark.parametrize("sent", ["", "AAAA", "not base64!", "é", "data:image/jpeg;base64,", "A" * 400_001])
def test_what_is_no_picture_in_base64_is_none(sent: str) -> None:
    assert pictures._bare(sent) is None


def test_a_whole_scene_in_full_size_is_not_kept() -> None:
    large = picture(size=(1600, 1200))
    assert len(large) > pictures.MOST_BYTES
    assert pictures._bare(large) is None
    assert pictures._bare(base64.b64encode(large).decode()) is None


CASES: list[tuple[str, Any, bytes | str]] = [
    ("rekor", lpr.REKOR | {"vehicle_crop_jpeg": B64, "best_plate": {"plate_crop_jpeg": SCENE}}, B64),
    ("rekor", lpr.REKOR | {"best_plate": {"plate_crop_jpeg": B64}}, B64),
    ("dahua", {"Picture": lpr.DAHUA["Picture"] | {"CutoutPic": {"Content": B64}, "NormalPic": {"Content": SCENE}}},
     B64),
    ("axis", lpr.AXIS | {"ImageArray": [{"ImageType": "full", "BinaryImage": SCENE},
                                        {"ImageType": "plate", "BinaryImage": B64}]}, B64),
    ("milesight", lpr.MILESIGHT | {"full image": SCENE, "plate image": B64}, B64),
    ("genetec", lpr.GENETEC | {"Context Image": SCENE, "Plate Image": B64}, B64),
    ("plain", lpr.PLAIN | {"picture": B64}, B64),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), CASES, ids=[name for name, _, _ in CASES])
def test_the_smallest_cut_out_comes_first(name: str, content: Any, expected: bytes | str) -> None:
    [read] = understood(Message({}, json.dumps(content).encode(), LONDON), name).reads
    assert read.pictures[0] == expected
    assert pictures._bare(read.pictures[0]) == pictures.bare(PICTURE)


def test_forms_bring_their_pictures() -> None:
    scene = picture(size=(96, 64))
    parts = {"anpr.xml": lpr.hikvision(), "detectionPicture.jpg": scene, "licensePlatePicture.jpg": PICTURE}
    headers = {"content-type": lpr.FORM}
    [read] = understood(Message(headers, lpr.form(**parts), LONDON)).reads
    assert read.pictures == (PICTURE, scene)
    [read] = understood(Message(headers, lpr.form(json=json.dumps(lpr.STREAM), upload=PICTURE), LONDON)).reads
    assert read.pictures == (PICTURE,)


def test_a_picture_of_several_vehicles_belongs_to_none() -> None:
    both = json.loads(json.dumps(lpr.STREAM))
    both["data"]["results"] *= 2
    body = lpr.form(json=json.dumps(both), upload=PICTURE)
    for read in understood(Message({"content-type": lpr.FORM}, body, LONDON)).reads:
        assert read.pictures == ()


@pytest.mark.parametrize("odd", [7, None, [], {"a": 1}, True, "x"])
def test_an_odd_value_where_a_picture_should_be_breaks_nothing(odd: Any) -> None:
    for content in (
        lpr.REKOR | {"vehicle_crop_jpeg": odd, "best_plate": odd},
        {"Picture": lpr.DAHUA["Picture"] | {"NormalPic": odd, "CutoutPic": {"Content": odd}}},
        lpr.AXIS | {"ImageArray": odd},
        lpr.AXIS | {"ImageArray": [{"ImageType": odd, "BinaryImage": odd}, odd]},
        lpr.MILESIGHT | {"plate image": odd},
        lpr.GENETEC | {"PlateImage": odd},
    ):
        [read] = understood(Message({}, json.dumps(content).encode(), LONDON)).reads
        assert all(pictures._bare(each) is None for each in read.pictures)
