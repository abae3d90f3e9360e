"""An alert: a headline without personal data, and the way to the record for those who may open it."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from shared.alerts.following import LONGEST_PLACE, PLACE
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
    POLICE_NOTICE = "police_notice"
    """A report was sent to the police force that is told."""
    POLICE_RECEIPT = "police_receipt"
    POLICE_REFERENCE = "police_reference"
    COMPLAINT = "complaint"
    COMPLAINT_DUE = "complaint_due"
    BREACH = "breach"
    RIGHTS = "rights"
    """A person's request has come, or its last day comes near."""
    SAVED_SEARCH = "saved_search"
    """A new report fits a search that somebody keeps."""
    CORRECTED = "corrected"
    """A report that others had received was corrected, because somebody whom it describes asked for it."""
    WEEK = "week"
    """The numbers of a week, for those who chose to have them by mail."""


class Outlet(StrEnum):
    """Where a person can be told besides the app."""

    EMAIL = "email"
    PUSH = "push"


class Also(BaseModel):
    """Where somebody is told besides the app."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    outlet: Outlet
    due_at: Moment
    why: str


class Alert(Record):
    """One warning to one person. Its id derives from cause and recipient, so whatever is redelivered, it is one."""

    container: ClassVar[str] = "alerts"

    recipient_id: str
    cause: Cause
    cause_id: str
    cause_organisation_id: str
    search_id: str | None = None
    relation: Relation
    site_id: str
    headline: Clear[str]
    urgent: bool
    also: Clear[list[Also]] = []
    created_at: Moment
    state: Literal["unread", "acknowledged"] = "unread"
    acknowledged_at: Moment | None = None
    handed_over_by: str | None = None
    taken_over_by: str | None = None
    ttl: int
    stored_second: int = Field(default=0, alias="_ts", exclude=True)
    """When the store took this version, in Unix time."""

    @property
    def key(self) -> Key:
        return self.recipient_id


class AlertView(ApiModel):
    id: str
    cause: Cause
    cause_id: str
    cause_organisation_id: str
    search_id: str | None = Field(description="The search of yours that the report fits, where that is the cause")
    relation: Relation
    site_id: str
    headline: str
    urgent: bool
    created_at: Moment
    state: Literal["unread", "acknowledged"]
    acknowledged_at: Moment | None
    handed_over_by: str | None = Field(description="The colleague who handed it to you")
    taken_over_by: str | None = Field(description="The colleague whom you handed it to")
    why: str = Field(description="Why you were told")
    also: list[Also] = Field(description="Where you are told besides, when, and by which rule")
    etag: str = Field(description="Send this as If-Match to acknowledge")


LONGEST_WAIT = 25
"""Seconds: shorter than what proxies and browsers allow a silent connection."""


class AlertListQuery(ApiModel):
    state: Literal["unread", "acknowledged"] | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)
    after: Annotated[str, StringConstraints(pattern=rf"^{PLACE.pattern}$", max_length=LONGEST_PLACE)] | None = Field(
        default=None, description="'after' of an earlier answer: only unread alerts that are new since, oldest first"
    )
    wait: int = Field(
        default=0, ge=0, le=LONGEST_WAIT, description="Seconds to wait for something new; only together with 'after'"
    )


class AlertPage(ApiModel):
    alerts: list[AlertView]
    next_cursor: str | None
    after: str | None = Field(description="Send this as 'after' to be told what is new; null on later pages")


class AlertRequest(ApiModel):
    """A message of the ``alert-requests`` queue: which record may warrant a warning. Ids only."""

    cause: Cause
    id: str
    organisation_id: str
    key: list[str] = Field(description="Full partition key of the record")
    message_id: str = Field(description="Id of the outbox document, to be removed when everybody has been told")


class UnreadView(ApiModel):
    unread: int
    urgent: int = Field(description="How many of them are urgent")


class HandoverForm(ApiModel):
    user_id: UUID


class ColleagueView(ApiModel):
    id: str
    name: str


class ColleagueList(ApiModel):
    colleagues: list[ColleagueView]
