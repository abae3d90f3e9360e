"""Which records a rotation goes through: those that are found by blind tokens, and those that are sealed anew."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.cases.models import Case
from shared.cases.service import tokens_by as case_tokens
from shared.complaints.models import Incoming
from shared.people.models import Link, Profile
from shared.people.service import tokens_by
from shared.plates.models import Candidate, WatchlistEntry
from shared.reports import products
from shared.reports.models import Report
from shared.reports.service import tokens_of
from shared.sealing.records import Record
from shared.sealing.tokens import Index, mail_token, plate_tokens
from shared.searches.saved_models import SavedSearch
from shared.sharing.models import Disclosure


@dataclass(frozen=True)
class Tokenised:
    """One kind of record; ``by`` is an indexed property that never changes, in whose order the work goes on."""

    model: type[Record]
    where: str
    by: str
    renewed: Callable[[Any, Index], Record]


def _report(report: Report, index: Index) -> Report:
    tokens = tokens_of(index.newest, report.vehicles, report.people)
    return report.model_copy(update=tokens | products.lists_of(report.items))


def _entry(entry: WatchlistEntry, index: Index) -> WatchlistEntry:
    exact, folded = plate_tokens(index.newest, entry.plate)
    return entry.model_copy(update={"exact_token": exact, "folded_token": folded})


def _candidate(candidate: Candidate, index: Index) -> Candidate:
    return candidate.model_copy(update={"tokens": list(plate_tokens(index.newest, candidate.plate))})


def _profile(profile: Profile, index: Index) -> Profile:
    return profile.model_copy(update=tokens_by(index.newest, profile))


def _complaint(complaint: Incoming, index: Index) -> Incoming:
    return complaint.model_copy(update={"contact_token": mail_token(index.newest, complaint.contact)})


def _case(case: Case, index: Index) -> Case:
    return case.model_copy(update=case_tokens(index.newest, case.title, case.police_reference))


def _same(record: Record, _index: Index) -> Record:
    return record


TOKENISED: dict[str, Tokenised] = {
    "watchlist": Tokenised(WatchlistEntry, "c.kind = 'entry'", "createdAt", _entry),
    "candidates": Tokenised(Candidate, "c.kind = 'candidate'", "capturedAt", _candidate),
    "reports": Tokenised(Report, "c.kind = 'report'", "occurredAt", _report),
    "profiles": Tokenised(Profile, "c.kind = 'profile'", "openedAt", _profile),
    "cases": Tokenised(Case, "c.kind = 'case'", "openedAt", _case),
    "complaints": Tokenised(Incoming, "c.kind = 'complaint'", "receivedAt", _complaint),
}
"""Unmatched reads are not among them: they live for days, and what is old is retired after that."""

RESEALED: dict[str, Tokenised] = {
    **{f"{name} anew": dataclasses.replace(each, renewed=_same) for name, each in TOKENISED.items()},
    "disclosures anew": Tokenised(Disclosure, "c.kind = 'disclosure'", "disclosedAt", _same),
    "searches anew": Tokenised(SavedSearch, "c.kind = 'saved_search'", "createdAt", _same),
    "links anew": Tokenised(Link, "c.kind = 'link'", "createdAt", _same),
}
