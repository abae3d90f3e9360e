"""A search that somebody keeps: as given, as stored, as seen. Theirs alone, and never for ever."""

from datetime import timedelta
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.people.models import Label
from shared.policy.decision import Purpose
from shared.sealing.records import Record, Sealed
from shared.searches.models import TIME, Kind, Search

SEARCHES = "searches"
MOST_OF_ONE = 20
"""Of one person: as many as somebody can still answer for."""
KEPT_WITHIN = timedelta(days=183)
"""Half a year: then somebody has to decide anew that it is needed."""


class SavedSearch(Record):
    """Criteria can name people, so they are sealed, with a key of their own."""

    container: ClassVar[str] = SEARCHES

    kind: Literal["saved_search"] = "saved_search"
    user_id: str
    label: Sealed[str]
    criteria: Sealed[Search]
    purpose: Purpose
    alerts: bool
    created_at: Moment
    ends_at: Moment
    request_commitment: str
    place: int = 0
    """Which of the ``MOST_OF_ONE`` that its owner has."""
    ttl: int


class SavedSearchForm(ApiModel):
    label: Label = Field(description="By which you recognise it")
    criteria: Search = Field(description="As for POST /api/search")
    alerts: bool = Field(default=False, description="Whether you are told of each new report that it finds")
    ends_at: Moment = Field(description="When it is forgotten unless you save it anew: within half a year")

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.criteria.cursor or self.criteria.facets:
            raise ValueError("A search is saved without a cursor and without facets.")
        if self.criteria.plate:
            raise ValueError("A plate that is sought for longer belongs on the watchlist, with its reason and review.")
        if self.alerts and Kind.REPORT not in self.criteria.searched_kinds:
            raise ValueError("Alerts tell of new reports: this search finds none.")
        if self.alerts and not self.criteria.given - TIME:
            raise ValueError("Say which reports you want to be told of: all of them is no search.")
        return self


class KeptCriteria(Search):
    """What is sought, as it was saved: under a name of its own, so that the document tells it from what is sent."""


class SavedSearchView(ApiModel):
    id: str
    label: str
    criteria: KeptCriteria = Field(description="Send it to POST /api/search, as it is")
    purpose: Purpose
    alerts: bool
    created_at: Moment
    ends_at: Moment


class SavedSearchList(ApiModel):
    searches: list[SavedSearchView]


def view(search: SavedSearch) -> SavedSearchView:
    known = {name: getattr(search, name) for name in SavedSearchView.model_fields}
    return SavedSearchView(**known | {"criteria": KeptCriteria(**dict(search.criteria))})
