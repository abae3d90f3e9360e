"""Webhooks of an organisation, and deliveries: one for each warning and channel, with one outcome."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from shared.alerts.models import Cause
from shared.alerts.occasion import Filter
from shared.clock import Moment
from shared.http.models import ApiModel
from shared.organisations.models import Name
from shared.policy.decision import Relation
from shared.sealing.records import Clear, Record, Sealed

LONGEST_OVERLAP_HOURS = 168
MOST_WEBHOOKS = 20


class Channel(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"
    PUSH = "push"


class Notice(BaseModel):
    """All that is said outside the app: a headline and ids. No personal data, no plate."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    cause: Cause
    cause_id: str
    cause_organisation_id: str
    relation: Relation
    site_id: str
    headline: str
    urgent: bool
    created_at: Moment


class State(StrEnum):
    WAITING = "waiting"
    """To be told together with others, or when quiet hours end."""
    GATHERED = "gathered"
    """Told together with others: what came of it stands in the delivery ``digestId``."""
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up. An administrator may have it tried again."""
    CANCELLED = "cancelled"
    """There is nobody any more to whom it could go."""


class Delivery(Record):
    """One warning on its way to one place. Its id derives from both, so whatever is redelivered, it is one."""

    container: ClassVar[str] = "deliveries"

    kind: Literal["delivery"] = "delivery"
    channel: Channel
    target_id: str
    """A webhook, a user with a mail address, or a browser."""
    recipient_id: str | None = None
    """The user who is told; None for a webhook."""
    notices: Clear[list[Notice]]
    """One, or all that were gathered."""
    why: Clear[str] = ""
    digest_id: str | None = None
    state: State = State.PENDING
    sequence: int = 1
    """Which message may act on it next: one that comes again, or too late, finds a higher number."""
    tries: int = 0
    due_at: Moment
    give_up_at: Moment
    outcome: Clear[str | None] = None
    """How the last try ended."""
    created_at: Moment
    settled_at: Moment | None = None
    ttl: int

    @property
    def notice(self) -> Notice:
        return self.notices[0]


class DeliveryRequest(ApiModel):
    """A message of the ``deliveries`` queue."""

    id: str
    organisation_id: str
    sequence: int


class Secret(BaseModel):
    key: str
    until: Moment | None = None


class Webhook(Record):
    """Where a system of the organisation is told. Addresses often hold a token, so they are sealed."""

    container: ClassVar[str] = "channels"

    kind: Literal["webhook"] = "webhook"
    name: Clear[str]
    url: Sealed[str]
    secrets: Sealed[list[Secret]]
    tells: Clear[Filter]
    state: Literal["active", "paused"] = "active"
    paused_because: Clear[str | None] = None
    created_at: Moment


class Rest(Record):
    """The circuit of one target, kept for a day after its last failure."""

    container: ClassVar[str] = "channels"

    kind: Literal["circuit"] = "circuit"
    failures: int
    open_until: Moment | None
    ttl: int = 86_400


type Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500)]


class WebhookForm(ApiModel):
    name: Name
    url: Url = Field(description="https, a public host; it is called with POST and follows no redirects")
    tells: Filter = Filter()


class WebhookChange(ApiModel):
    """Absent means unchanged."""

    name: Name | None = None
    url: Url | None = None
    tells: Filter | None = None
    state: Literal["active", "paused"] | None = None


class WebhookView(ApiModel):
    id: str
    name: str
    host: str = Field(description="Of its address; the rest may hold a token and is not shown again")
    tells: Filter
    state: Literal["active", "paused"]
    paused_because: str | None
    resting_until: Moment | None = Field(description="It failed so often that it is left alone until then")
    secrets: int = Field(description="How many secrets sign: two while one is being rotated")
    created_at: Moment
    etag: str = Field(description="Send this as If-Match to change or remove it")


class WebhookList(ApiModel):
    webhooks: list[WebhookView]


class WebhookCreated(ApiModel):
    """The secret is shown this once."""

    webhook: WebhookView
    secret: str


class RotationForm(ApiModel):
    overlap_hours: int = Field(
        default=24, ge=0, le=LONGEST_OVERLAP_HOURS, description="How long the old secret signs too"
    )


class RotationView(ApiModel):
    secret: str
    old_secret_ends_at: Moment | None


class PingView(ApiModel):
    delivered: bool
    outcome: str = Field(description="The status that was answered, or what went wrong")
    took_ms: int


class DeliveryView(ApiModel):
    id: str
    channel: Channel
    target_id: str
    cause: Cause
    cause_id: str
    headline: str
    notices: int = Field(description="How many alerts it tells of; cause and headline are those of the first")
    state: State
    tries: int
    digest_id: str | None = Field(description="The delivery that it was gathered in")
    outcome: str | None
    created_at: Moment
    due_at: Moment | None = Field(description="When it is tried next; null once it is settled")
    settled_at: Moment | None
    etag: str = Field(description="Send this as If-Match to have it tried again")


class DeliveryQuery(ApiModel):
    state: State | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class DeliveryPage(ApiModel):
    deliveries: list[DeliveryView]
    next_cursor: str | None
