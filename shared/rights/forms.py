"""The pages on which a person makes a request and follows it, without script: flat models of the same requests.

The secret goes from page to page in the body of a form, never in an address.
"""

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from shared.http.models import ApiModel
from shared.organisations.models import Identifier, Jurisdiction, Mail
from shared.pages.forms import Choices, Form
from shared.pages.languages import Language, Texts
from shared.pages.rendering import render
from shared.rights.decisions import MOST_DECISIONS
from shared.rights.models import (
    Agent,
    Code,
    Incident,
    Kind,
    Passage,
    PersonName,
    Phone,
    RequestForm,
    RequestReceipt,
    RequestView,
    Words,
)
from shared.rights.models import Language as Spoken

TEXTS = Texts(Path(__file__).with_name("texts"))
ASK, CONFIRM, STATUS = "/api/public/my-data", "/api/public/my-data/confirmation", "/api/public/my-data/status"
REPLY, ANSWER = "/api/public/my-data/reply", "/api/public/my-data/answer"

type Reference = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[0-9A-Za-z]{4}(-[0-9A-Za-z]{4}){2}$")
]
type Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=40, max_length=60)]
type Plates = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class AskPage(ApiModel):
    """A request, as the page asks for it."""

    kinds: Annotated[list[Kind], Field(min_length=1, max_length=7)] = Field(json_schema_extra={"widget": "checkboxes"})
    full_name: PersonName = Field(json_schema_extra={"autocomplete": "name"})
    date_of_birth: date = Field(json_schema_extra={"autocomplete": "bday"})
    region: Jurisdiction = Field(json_schema_extra={"widget": "select"})
    place: Words
    happened_on: date
    about: time | None = None
    plates: Plates | None = None
    phone: Phone | None = Field(default=None, json_schema_extra={"widget": "tel", "autocomplete": "tel"})
    details: Passage | None = None
    contact: Mail = Field(json_schema_extra={"widget": "email", "autocomplete": "email"})
    agent_name: PersonName | None = None
    agent_authority: Passage | None = None

    def form(self, language: Language) -> RequestForm:
        """Raises ValueError for an agent without authority, or plates that cannot be ones."""
        agent = None
        if self.agent_name or self.agent_authority:
            agent = Agent.model_validate({"name": self.agent_name, "authority": self.agent_authority})
        plates = [each.strip() for each in (self.plates or "").split(",") if each.strip()]
        return RequestForm(
            kinds=self.kinds,
            full_name=self.full_name,
            date_of_birth=self.date_of_birth,
            incident=Incident(region=self.region, place=self.place, on=self.happened_on, about=self.about),
            plates=plates,
            phone=self.phone,
            details=self.details,
            agent=agent,
            contact=self.contact,
            language=Spoken(language.value),
        )


class StatusPage(ApiModel):
    reference: Reference
    secret: Secret


class ConfirmPage(ApiModel):
    reference: Reference
    secret: Secret
    code: Code = Field(json_schema_extra={"autocomplete": "one-time-code"})


class ReplyPage(ApiModel):
    reference: Reference
    secret: Secret = Field(json_schema_extra={"widget": "hidden"})
    case_id: Identifier = Field(json_schema_extra={"widget": "hidden"})
    message: Passage


class AnswerPage(ApiModel):
    reference: Reference
    secret: Secret = Field(json_schema_extra={"widget": "hidden"})
    case_id: Identifier = Field(json_schema_extra={"widget": "hidden"})
    format: Literal["pdf", "json", "file"] = Field(json_schema_extra={"widget": "hidden"})
    file: int = Field(default=1, ge=1, le=MOST_DECISIONS, json_schema_extra={"widget": "hidden"})
    piece: int = Field(default=1, ge=1, le=100, json_schema_extra={"widget": "hidden"})


async def _regions(platform: Any) -> Mapping[str, Choices]:
    """Where somebody on this platform has a shop: that is no secret."""
    found = platform.container("sites").query("SELECT c.region FROM c")
    regions = sorted({str(each["region"]) async for each in found})
    return {"region": [(each, named(each)) for each in regions]}


def named(region: str) -> str:
    """The name of an ISO 3166-2 code."""
    import pycountry  # noqa: PLC0415 - only this page needs it

    country: Any = pycountry.countries.get(alpha_2=region[:2])
    part: Any = pycountry.subdivisions.get(code=region) if "-" in region else None  # type: ignore[no-untyped-call]
    return ", ".join(each.name for each in (part, country) if each) or region


ASK_FORM = Form("ask", ASK, AskPage, TEXTS, choices=_regions)
CONFIRM_FORM = Form("confirm", CONFIRM, ConfirmPage, TEXTS)
STATUS_FORM = Form("follow", STATUS, StatusPage, TEXTS)
ANSWER_FORM = Form("answer", ANSWER, AnswerPage, TEXTS)
"""Sent by the buttons of the status page; shown only if what they send does not fit."""
REPLY_FORM = Form("reply", REPLY, ReplyPage, TEXTS)


def receipt(language: Language, received: RequestReceipt) -> str:
    return render("rights/pages/receipt.html", TEXTS, language, it=received, action=CONFIRM)


def status(language: Language, found: RequestView, secret: str) -> str:
    """``secret`` goes into the forms of the page, and so to the next one."""
    done = {each.case_id for each in found.answers}
    asking = {each.case_id: each.organisation for each in found.messages if each.case_id not in done}
    values = {"it": found, "secret": secret, "asking": asking, "answer": ANSWER, "reply": REPLY}
    return render("rights/pages/status.html", TEXTS, language, **values)
