"""The bodies of requests and answers, in the shapes of the REST API of Key Vault."""

import json
from typing import Any

from pydantic import BaseModel, Field

from local.keyvault.store import RECOVERABLE_DAYS, Attributes, Secret

LONGEST_VALUE = 25_000


class AttributesBody(BaseModel):
    enabled: bool | None = None
    nbf: int | None = None
    exp: int | None = None


class UpdateBody(BaseModel):
    contentType: str | None = Field(default=None, max_length=255)  # noqa: N815 - the name on the wire
    tags: dict[str, str] | None = Field(default=None, max_length=15)
    attributes: AttributesBody | None = None

    def to_attributes(self) -> Attributes:
        given = self.attributes or AttributesBody()
        return Attributes(self.contentType, self.tags, given.enabled, given.nbf, given.exp)


class SetBody(UpdateBody):
    value: str = Field(max_length=LONGEST_VALUE)


class RestoreBody(BaseModel):
    value: str


def bundle(secret: Secret, vault: str) -> dict[str, Any]:
    return {"value": secret.value, **properties(secret, vault)}


def properties(secret: Secret, vault: str) -> dict[str, Any]:
    """A version without its value: what every answer but those to get and set holds."""
    return _described(secret, f"{vault}/secrets/{secret.name}/{secret.version}")


def item(secret: Secret, vault: str) -> dict[str, Any]:
    """A name in a list."""
    return _described(secret, f"{vault}/secrets/{secret.name}")


def deletion(secret: Secret, vault: str) -> dict[str, Any]:
    return {
        "recoveryId": f"{vault}/deletedsecrets/{secret.name}",
        "deletedDate": secret.deleted,
        "scheduledPurgeDate": secret.purge_date,
    }


def _described(secret: Secret, identifier: str) -> dict[str, Any]:
    optional = {
        "contentType": secret.content_type,
        "tags": json.loads(secret.tags) if secret.tags is not None else None,
    }
    return {
        "id": identifier,
        "attributes": _attributes(secret),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _attributes(secret: Secret) -> dict[str, Any]:
    window = {"nbf": secret.not_before, "exp": secret.expires}
    return {
        "enabled": secret.enabled,
        **{name: value for name, value in window.items() if value is not None},
        "created": secret.created,
        "updated": secret.updated,
        "recoveryLevel": "Recoverable+Purgeable",
        "recoverableDays": RECOVERABLE_DAYS,
    }
