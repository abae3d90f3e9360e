"""A breach as it is asked about, and the duties it brings. Nothing of it is stored, and nothing of it is personal."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from shared.breaches.duties import Risk
from shared.http.models import ApiModel
from shared.organisations.models import PLACE

Moment = Annotated[AwareDatetime, Field(ge=datetime(2018, 5, 25, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC))]


class DeadlinesQuery(ApiModel):
    jurisdictions: Annotated[str, StringConstraints(pattern=f"^{PLACE}(,{PLACE}){{0,29}}$")] = Field(
        description="Where the affected people are: ISO 3166-2 codes with commas between, as GB,IE,US-CA"
    )
    who: Literal["controller", "processor"] = "controller"
    aware_at: Moment = Field(description="When you learned of it")
    risk: Risk = Field(description="serious: the risk is high, or serious harm to somebody is likely")
    people: int = Field(ge=1, le=1_000_000_000, description="How many are affected; if unsure, the most there may be")
    unreadable: bool = Field(default=False, description="The data was encrypted and its keys were not taken")
    told_people_at: Moment | None = Field(default=None, description="When the affected people were told")


class DutyView(ApiModel):
    id: str
    regime: str
    tell: Literal["authority", "people", "controller", "nobody yet"]
    whom: str
    within: str | None = Field(description="Null: without delay, the law sets no number")
    due_at: datetime | None = Field(description="Null: without delay")
    passed: bool = Field(description="Whether that moment has passed; the duty remains")
    says: str
    source: str
    source_read: bool = Field(description="False: nobody has checked the row against the source's own text yet")


class DeadlinesView(ApiModel):
    """First what is due without delay, then by when it is due."""

    version: str
    duties: list[DutyView]
    uncovered: list[str] = Field(description="Places for which the table has no duties: look up their law")
