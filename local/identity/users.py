"""Who may sign in: a JSON file that can be edited while the issuer runs."""

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

log = logging.getLogger(__name__)


class User(BaseModel):
    model_config = ConfigDict(frozen=True)

    sub: str = Field(min_length=1, max_length=255)
    name: str
    organisation: str = ""
    role: str = ""
    description: str = ""


class UsersFileError(Exception):
    """The file is missing, or is not a list of users."""


_LIST = TypeAdapter(list[User])


class Users:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._users: dict[str, User] = {}
        self._load()

    def everyone(self) -> list[User]:
        self._refresh()
        return list(self._users.values())

    def find(self, sub: str) -> User | None:
        self._refresh()
        return self._users.get(sub)

    def _refresh(self) -> None:
        """An editor's half-written file must not sign anybody out: the last good list stays until the next one."""
        try:
            self._load()
        except UsersFileError as error:
            log.warning("users not reloaded: %s", error)

    def _load(self) -> None:
        try:
            status = self._path.stat()
            version = (status.st_mtime_ns, status.st_size)
            if version == self._version:
                return
            self._version = version
            found = _LIST.validate_json(self._path.read_bytes())
        except OSError as error:
            raise UsersFileError(f"{self._path}: {error.strerror}") from None
        except ValidationError as error:
            where = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
            raise UsersFileError(f"{self._path}: {where}") from None
        self._users = {user.sub: user for user in found}
