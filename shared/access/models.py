"""Rules in words, questions about access and their answers, findings in a text."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.http.models import ApiModel
from shared.policy.decision import Purpose


class RuleView(ApiModel):
    id: str
    says: str
    effect: Literal["permit", "forbid"]
    file: str
    source: str = Field(description="The rule itself, in Cedar")


class PolicyView(ApiModel):
    """A forbid wins over every permit; what no permit allows is not allowed."""

    rules: list[RuleView]
    withheld: dict[str, dict[str, list[str]]] = Field(description="Fields withheld, by category and relation")
    quotas: dict[str, dict[str, int]]


class ExplainForm(ApiModel):
    user_id: UUID = Field(description="One of your organisation's users")
    action: Annotated[str, StringConstraints(pattern=r"^[a-z]+:[a-z-]+$", max_length=40)]
    report_id: UUID | None = Field(default=None, description="The report it is about; without one, your own records")
    owner: UUID | None = Field(default=None, description="Whose report it is, if not yours")
    purpose: Purpose | None = None


class Explanation(ApiModel):
    allowed: bool
    because: list[RuleView] = Field(description="The rules that decided. None: no rule permits it.")
    relation: str
    withheld: list[str]


class ScreenForm(ApiModel):
    text: Annotated[str, StringConstraints(max_length=8000)]


class FindingView(ApiModel):
    start: int = Field(description="First character, counted in Unicode code points")
    end: int
    attribute: str
    reason: str
    suggestion: str


class ScreenView(ApiModel):
    findings: list[FindingView]
    minor_suspected: list[FindingView]
