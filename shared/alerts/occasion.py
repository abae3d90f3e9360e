"""What people are warned of, as far as rules look at it, and a rule that picks some. Nothing personal in either."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from pydantic_extra_types.currency_code import ISO4217

from shared.alerts.models import Cause
from shared.http.models import ApiModel
from shared.organisations.models import Jurisdiction, SiteIds
from shared.policy.decision import Relation
from shared.reports.models import ReportType

type List = Literal["own", "community"]


@dataclass(frozen=True)
class Occasion:
    """``organisation_id`` owns the record ``cause_id``; what does not apply to the cause is None."""

    cause: Cause
    cause_id: str
    organisation_id: str
    site_id: str
    headline: str
    urgent: bool
    time_zone: str = "UTC"
    """Of the site; an IANA name."""
    region: str | None = None
    report_type: ReportType | None = None
    loss_minor: int | None = None
    currency: str | None = None
    watchlist: List | None = None
    """Whose list named the vehicle."""
    search_id: str | None = None
    """The saved search that the record fits."""


class MinimumLoss(ApiModel):
    amount_minor: int = Field(ge=0, le=10**12, description="In the currency's smallest unit, pence say")
    currency: ISO4217


class Filter(ApiModel):
    """Which warnings: those that fit every condition. An empty condition is none.

    ``reportTypes`` and ``minimumLoss`` narrow reports only, ``watchlists`` only what plates cause.
    """

    causes: Annotated[list[Cause], Field(max_length=20)] = []
    site_ids: SiteIds = []
    regions: Annotated[list[Jurisdiction], Field(max_length=100)] = Field(
        default=[], description="ISO 3166-2; a country stands for all its parts"
    )
    report_types: Annotated[list[ReportType], Field(max_length=20)] = []
    minimum_loss: MinimumLoss | None = Field(
        default=None, description="Urgent reports, and those in another currency, are told whatever they cost"
    )
    watchlists: Annotated[list[List], Field(max_length=2)] = []
    relations: Annotated[list[Literal["own", "community"]], Field(max_length=2)] = Field(
        default=[], description="own: what happens at home; community: what others share"
    )
    urgent_only: bool = False

    def picks(self, occasion: Occasion, relation: Relation) -> bool:
        return (
            _among(occasion.cause, self.causes)
            and _among(occasion.site_id, self.site_ids)
            and (not self.regions or any(_within(occasion.region, each) for each in self.regions))
            and (occasion.report_type is None or _among(occasion.report_type, self.report_types))
            and (occasion.watchlist is None or _among(occasion.watchlist, self.watchlists))
            and _among(relation, self.relations)
            and (occasion.urgent or not self.urgent_only)
            and self._costs_enough(occasion)
        )

    def _costs_enough(self, occasion: Occasion) -> bool:
        if self.minimum_loss is None or occasion.report_type is None or occasion.urgent:
            return True
        if occasion.currency not in {None, self.minimum_loss.currency}:
            return True  # no exchange rates here: better told once too often
        return (occasion.loss_minor or 0) >= self.minimum_loss.amount_minor


def _among(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted


def _within(region: str | None, wanted: str) -> bool:
    return region is not None and (region == wanted or region.startswith(f"{wanted}-"))
