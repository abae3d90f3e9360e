"""Everything that differs between Azure and a laptop, read once from the environment.

``COSMOS_KEY``, ``SERVICEBUS`` and ``EVIDENCE_STORAGE`` exist only where an emulator needs them. In Azure the endpoints
stand alone and the managed identity signs in.
"""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class Settings(BaseModel):
    """The settings of one process; the alias of each field is the name of its environment variable."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    cosmos_endpoint: str = Field(alias="COSMOS_ENDPOINT")
    cosmos_key: str | None = Field(default=None, alias="COSMOS_KEY")
    cosmos_database: str = Field(default="reeve", alias="COSMOS_DATABASE")
    cosmos_keyring_endpoint: str | None = Field(default=None, alias="COSMOS_KEYRING_ENDPOINT")
    """The keyring's own account, whose backups are the shortest. An emulator is one account for everything."""
    servicebus: str | None = Field(default=None, alias="SERVICEBUS")
    servicebus_namespace: str | None = Field(default=None, alias="SERVICEBUS__fullyQualifiedNamespace")
    evidence_storage: str | None = Field(default=None, alias="EVIDENCE_STORAGE")
    evidence_storage_url: str | None = Field(default=None, alias="EVIDENCE_STORAGE__blobServiceUri")
    key_vault_url: str = Field(alias="KEY_VAULT_URL")
    oidc_issuers: str = Field(alias="OIDC_ISSUERS", description="Issuer URLs that may sign users in, space separated")
    oidc_audience: str = Field(alias="OIDC_AUDIENCE")
    malware_scan: bool = Field(default=False, alias="MALWARE_SCAN")
    """Whether uploads wait for the verdict of a malware scanner, such as Microsoft Defender for Storage."""
    smtp_url: str | None = Field(default=None, alias="SMTP_URL")
    """``smtps://user@host:465`` or ``smtp+starttls://user@host:587``; the password is the secret ``smtp-password``."""
    acs_endpoint: str | None = Field(default=None, alias="ACS_ENDPOINT")
    """Azure Communication Services, in place of a mail server; the app signs in as itself."""
    mail_from: str = Field(default="", alias="MAIL_FROM", description="Name <address>")
    console_url: str = Field(default="", alias="CONSOLE_URL")
    """Where people work: what is said outside the app points there."""
    webhook_loopback: bool = Field(default=False, alias="WEBHOOK_LOOPBACK")
    """Whether webhooks may be called on this very machine, without TLS too. Never in Azure."""
    public_url: str | None = Field(default=None, alias="PUBLIC_URL", pattern=r"^https?://[^/?#]+$")
    """Where the public reaches the app, for links on paper: without it, where the request came in."""
    operator_name: str | None = Field(default=None, alias="OPERATOR_NAME")
    operator_contact: str | None = Field(default=None, alias="OPERATOR_CONTACT")
    """Who runs the platform, and where they can be written to about privacy: both are published."""
    managed_identity_client_id: str | None = Field(default=None, alias="AZURE_CLIENT_ID")

    @model_validator(mode="after")
    def _either_emulator_or_azure(self) -> Self:
        if not (self.servicebus or self.servicebus_namespace):
            raise ValueError("set SERVICEBUS or SERVICEBUS__fullyQualifiedNamespace")
        if not (self.evidence_storage or self.evidence_storage_url):
            raise ValueError("set EVIDENCE_STORAGE or EVIDENCE_STORAGE__blobServiceUri")
        if self.sends_mail and not self.mail_from:
            raise ValueError("set MAIL_FROM too, the address that mail comes from")
        return self

    @property
    def issuers(self) -> tuple[str, ...]:
        return tuple(self.oidc_issuers.split())

    @property
    def sends_mail(self) -> bool:
        return bool(self.smtp_url or self.acs_endpoint)

    @property
    def link_to_alerts(self) -> str | None:
        """The console opens with them."""
        return f"{self.console_url.rstrip('/')}/" if self.console_url else None


class SettingsError(RuntimeError):
    """The environment lacks or garbles a setting; the message names settings, never their values."""


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read once, at start. Raises :class:`SettingsError`."""
    present = {name: value for name, value in environment.items() if value != ""}
    try:
        return Settings.model_validate(present)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"The app's settings are incomplete. {wrong}") from None
