"""The archive of a bundle: stored files, their sums, and a signature over every byte before it.

A ZIP ends with a comment. Here it is a signed note over the SHA-256 of all bytes before the comment, so that even a
changed time stamp in a header is found. The files are not compressed: media do not shrink, and what is not compressed
cannot be a bomb.
"""

import hashlib
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from shared.audit.notes import SigningKey

VERIFIER = Path(__file__).with_name("verify.py")
CHUNK = 1 << 20
README = """This is a bundle of evidence.

report.pdf      everything in readable form
reports/        the reports as data
evidence/       the items
custody/        who touched each item, with proofs
manifest.json   what is in here
verify.py       checks all of it:  python3 verify.py <this archive>

It goes to the recipient named in report.pdf, for the purpose named there, and to nobody else.
"""


class Archive:
    """Writes the files of one bundle into ``file``, which can be read and moved in."""

    def __init__(self, file: IO[bytes], made_at: datetime) -> None:
        self._file = file
        self._time = made_at.timetuple()[:6]
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._sums: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """An archive that was not finished is none; whoever gave the file throws it away."""
        self._zip.close()

    def add(self, name: str, content: bytes) -> None:
        self._zip.writestr(self._info(name), content)
        self._sums[name] = hashlib.sha256(content).hexdigest()

    def add_file(self, name: str, source: IO[bytes]) -> str:
        """A file too large for memory; gives its SHA-256."""
        digest = hashlib.sha256()
        with self._zip.open(self._info(name), "w", force_zip64=True) as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                target.write(chunk)
        self._sums[name] = digest.hexdigest()
        return self._sums[name]

    def finish(self, bundle_id: str, key: SigningKey) -> None:
        """Adds what vouches for the rest, and signs."""
        self.add("README.txt", README.encode())
        self.add("verify.py", VERIFIER.read_bytes())
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items())).encode()
        digest = hashlib.sha256(sums).hexdigest()
        self.add("SHA256SUMS", sums)
        self.add(
            "SHA256SUMS.note", key.signed(f"reeve bundle contents v1\nbundle: {bundle_id}\nsums: {digest}\n").encode()
        )
        length = len(_note(bundle_id, "0" * 64, key))
        self._zip.comment = b" " * length
        self._zip.close()
        self._file.seek(0, 2)
        end = self._file.tell() - length
        signed = _note(bundle_id, sha256_of(self._file, end), key)
        self._file.seek(end)
        self._file.write(signed)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, date_time=self._time)
        info.external_attr = 0o644 << 16
        return info


def sha256_of(file: IO[bytes], size: int) -> str:
    """Of the first ``size`` bytes."""
    digest = hashlib.sha256()
    file.seek(0)
    while size and (chunk := file.read(min(size, CHUNK))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest()


def _note(bundle_id: str, digest: str, key: SigningKey) -> bytes:
    return key.signed(f"reeve bundle v1\nbundle: {bundle_id}\narchive: {digest}\n").encode()
