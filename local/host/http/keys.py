"""Access keys: the master key is ADMIN, host keys and a function's own are FUNCTION, the extensions' are SYSTEM.

Source: azure-functions-host, AuthenticationLevelHandler; Microsoft Learn, "Work with access keys in Azure Functions".
"""

import hmac
import json
import os
from dataclasses import dataclass, field
from typing import Self

from ..settings import SettingsError

SETTING = "LOCAL_HOST_KEYS"
"""JSON: {"master": key, "host": {name: key}, "functions": {function: {name: key}}, "system": {name: key}}."""


@dataclass(frozen=True)
class Keys:
    master: str = field(default="master", repr=False)
    host: dict[str, str] = field(default_factory=lambda: {"default": "default"}, repr=False)
    functions: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    system: dict[str, str] = field(default_factory=lambda: {"eventgrid_extension": "eventgrid"}, repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        """Known keys unless the setting gives others: this host listens on this machine only."""
        given = os.environ.get(SETTING)
        if given is None:
            return cls()
        try:
            return cls(**json.loads(given))
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{SETTING} is not the JSON of keys: {error}") from error

    def opens(self, key: str, level: str, function: str) -> bool:
        """Whether the key reaches a function of this level. The master key opens everything."""
        if level == "ANONYMOUS" or _same(key, self.master):
            return True
        own = next((keys for name, keys in self.functions.items() if name.lower() == function.lower()), {})
        return level == "FUNCTION" and any(_same(key, each) for each in (*self.host.values(), *own.values()))

    def is_master(self, key: str) -> bool:
        return _same(key, self.master)

    def opens_webhook(self, key: str) -> bool:
        return self.is_master(key) or any(_same(key, each) for each in self.system.values())


def _same(given: str, key: str) -> bool:
    return bool(given) and hmac.compare_digest(given.encode(), key.encode())
