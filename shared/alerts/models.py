"""An alert: a headline without personal data, and the way to the record for those who may open it."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.policy.decision import Relation
from shared.sealing.records import Clear, Record
from shared.storage.cosmos import Key


class Cause(StrEnum):
    REPORT = "report"
    PLATE_CANDIDATE = "plate_candidate"
    PLATE_CONFIRMED = "plate_confirmed"
    ALARM = "alarm"
    CAMERA_SILENT = "camera_silent"


class Alert(Record):
    """One warning to one person. Its id derives from cause and recipient, so whatever is redelivered, it is one."""

    container: ClassVar[str] = "alerts"

    recipient_id: str
    cause: Cause
    cause_id: str
    cause_organisation_id: str
    relation: Relation
    site_id: str
    headline: Clear[str]
    urgent: bool
    created_at: Moment
    state: Literal["unread", "acknowledged"] = "unread"
    acknowledged_at: Moment | None = None
    ttl: int

    @property
    def key(self) -> Key:
        return self.recipient_id


class AlertView(ApiModel):
    id: str
    cause: Cause
    cause_id: str
    cause_organisation_id: str
    relation: Relation
    site_id: str
    headline: str
    urgent: bool
    created_at: Moment
    state: Literal["unread", "acknowledged"]
    acknowledged_at: Moment | None
    why: str = Field(description="Why you were told")
    etag: str = Field(description="Send this as If-Match to acknowledge")


class AlertListQuery(ApiModel):
    state: Literal["unread", "acknowledged"] | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class AlertPage(ApiModel):
    alerts: list[AlertView]
    next_cursor: str | None


class AlertRequest(ApiModel):
    """A message of the ``alert-requests`` queue: which record may warrant a warning. Ids only."""

    cause: Cause
    id: str
    organisation_id: str
    key: list[str] = Field(description="Full partition key of the record")
    message_id: str = Field(description="Id of the outbox document, to be removed when everybody has been told")
