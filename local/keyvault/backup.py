"""Backups of a secret with all its versions, sealed so that only this vault can open them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from local.keyvault import errors
from local.keyvault.files import write_whole
from local.keyvault.store import Secret


class Backups:
    def __init__(self, key_file: Path) -> None:
        self._seal = Fernet(_key(key_file))

    def seal(self, versions: Sequence[Secret]) -> str:
        """Fernet's own output is base64url already, which is how the API carries a backup."""
        return self._seal.encrypt(json.dumps([asdict(secret) for secret in versions]).encode()).decode().rstrip("=")

    def open(self, backup: str) -> list[Secret]:
        padded = backup + "=" * (-len(backup) % 4)
        try:
            opened = self._seal.decrypt(padded)
        except InvalidToken:
            raise errors.bad_parameter("The backup is damaged, or is of another vault.") from None
        return [Secret(**version) for version in json.loads(opened)]


def _key(file: Path) -> bytes:
    if not file.exists():
        write_whole(file, Fernet.generate_key(), mode=0o600)
    return file.read_bytes()
