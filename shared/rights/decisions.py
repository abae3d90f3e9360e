"""What a person at the controller decides about one record that was found."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.clock import Moment
from shared.http.models import ApiModel

type Holding = Literal["report", "watchlist_entry", "plate_candidate", "plate_read", "profile", "complaint", "evidence"]
"""The kinds of records that may be about somebody. ``evidence`` is a picture, film, recording or paper of a report."""

MOST_DECISIONS = 200

type Pointer = Annotated[str, StringConstraints(pattern=r"^/(people|vehicles)/\d{1,2}$")]
type Correctable = Annotated[
    str,
    StringConstraints(
        pattern=r"^/(whatHappened|policeReference|people/\d{1,2}/(name|clothing|marks|carried|behaviour)"
        r"|vehicles/\d{1,2}/(plate|make|model|colour|notes))$"
    ),
]
type Part = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]
type Ground = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=2000)]
type NewText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)]


class Disclose(StrEnum):
    GIVE = "give"
    WITHHOLD = "withhold"
    NOT_THEIRS = "not_theirs"
    """It was looked at, and is about somebody else: the answer does not mention it."""


class Act(StrEnum):
    """What is done with the record, beside telling of it."""

    NOTHING = "nothing"
    ERASE = "erase"
    """The whole record, through the retention engine; a legal hold is respected."""
    ERASE_PERSON = "erase_person"
    """Only what describes the person; the report of the event stays."""
    RESTRICT = "restrict"
    CORRECT = "correct"
    STATEMENT = "statement"
    """What the person says is attached to what stays as it is."""
    REFUSE = "refuse"


class Decision(ApiModel):
    """What a person at the controller decided about one record. Nothing of it happens before the answer is sent."""

    kind: Holding
    disclose: Disclose
    exemption: Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,40}$")] | None = Field(
        default=None, description="Code of the exemption, if it is withheld"
    )
    neither: bool = Field(default=False, description="Neither confirm nor deny, where the exemption allows that")
    reason: Ground | None = Field(default=None, description="As the person is told; required to withhold or refuse")
    mine: Annotated[list[Pointer], Field(max_length=30)] = Field(
        default=[],
        description="Which people and vehicles of the record are the person's: /people/0; no others are given",
    )
    redact: Annotated[list[Part], Field(max_length=50)] = Field(
        default=[], description="Passages of its texts to be taken out, word for word"
    )
    leave_out: Annotated[list[Part], Field(max_length=20)] = Field(
        default=[], description="Fields to be left out, by name: policeReference"
    )
    rendition: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None,
        description="Of evidence: the SHA-256 of the rendition that you looked at; no other is given, and no original",
    )
    others_obscured: bool = Field(
        default=False,
        description="Of evidence that is given: you looked, and nobody but the person can be recognised in it",
    )
    act: Act = Act.NOTHING
    corrections: Annotated[dict[Correctable, NewText], Field(max_length=20)] = {}
    statement: Ground | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.disclose is Disclose.WITHHOLD and not (self.exemption and self.reason):
            raise ValueError("Give the exemption and the reason for what you withhold.")
        if self.act is Act.REFUSE and not self.reason:
            raise ValueError("Give the reason for what you refuse.")
        if self.act is Act.CORRECT and not self.corrections:
            raise ValueError("Say what is corrected to what.")
        if self.act is Act.STATEMENT and not self.statement:
            raise ValueError("Give the statement that is to be attached.")
        if self.neither and self.act is not Act.NOTHING:
            raise ValueError("Nothing can be done with a record that is neither confirmed nor denied.")
        if self.kind != "evidence" and (self.rendition or self.others_obscured):
            raise ValueError("Only evidence has a rendition in which others are painted over.")
        if self.disclose is Disclose.NOT_THEIRS and self.act is not Act.NOTHING:
            raise ValueError("Nothing is done with somebody else's record.")
        return self


class Decided(ApiModel):
    """A decision about one record, by whom and when."""

    record_id: str
    decision: Decision
    by: str
    at: Moment
