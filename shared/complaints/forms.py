"""The forms and answers of complaints and requests of third parties, for browsers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.complaints.models import ComplaintForm, Receipt, StatusForm, StatusView, ThirdPartyForm
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.pages.forms import Choices, Form
from shared.pages.languages import Language, Texts
from shared.pages.rendering import render

TEXTS = Texts(Path(__file__).with_name("texts"))
COMPLAINTS = "/api/public/complaints"
THIRD_PARTIES = "/api/public/third-party-requests"
STATUS = "/api/public/complaints/status"


async def _organisations(platform: Any) -> Mapping[str, Choices]:
    return {"organisationId": [(each.id, each.name) for each in await organisations.listed(platform)]}


async def _retailers(platform: Any) -> Mapping[str, Choices]:
    found = await organisations.listed(platform)
    return {"organisationId": [(each.id, each.name) for each in found if each.kind is OrganisationKind.RETAILER]}


COMPLAINT = Form("complaint", COMPLAINTS, ComplaintForm, TEXTS, choices=_organisations)
THIRD_PARTY = Form("third-party", THIRD_PARTIES, ThirdPartyForm, TEXTS, choices=_retailers)
STATUS_FORM = Form("status", STATUS, StatusForm, TEXTS)


def receipt(language: Language, received: Receipt) -> str:
    return render("complaints/pages/receipt.html", TEXTS, language, it=received)


def status(language: Language, found: StatusView) -> str:
    return render("complaints/pages/status.html", TEXTS, language, it=found)
