"""Many watchlist entries at once, from a table: first looked at, then taken over, all or none of it.

Each line needs what an entry needs, a reason and a report or case above all. The same import twice is one.
"""

import csv
import io
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from shared.errors import FieldError, Invalid, Problem
from shared.http.models import ApiModel
from shared.http.problems import from_validation
from shared.identity.principals import Principal
from shared.plates import watchlists
from shared.plates.models import WatchlistEntryForm
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource
from shared.reports import screening

MOST_ROWS = 500
MOST_EXPLAINED = 25
COLUMNS = {field.alias or name for name, field in WatchlistEntryForm.model_fields.items()} - {"communityIds"}
"""A table is the organisation's own; what is shared is shared entry by entry, by a person."""


class ImportForm(ApiModel):
    """``csv``: a header with the names of an entry's fields, then a line an entry."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=400_000)]
    dry_run: bool = Field(default=True, description="Only look whether everything is as it should be")


class ImportView(ApiModel):
    rows: int
    added: int = Field(description="0 after a dry run")


async def take_over(platform: Platform, principal: Principal, form: ImportForm, idempotency_key: str) -> ImportView:
    """Raises :class:`Invalid` with each line that is wrong, and takes none of them over then."""
    organisation, purpose = principal.organisation, Purpose.PREVENT_OFFENCE
    resource = Resource("watchlist", organisation, organisation)
    decision = await platform.authorise(principal, "watchlist:add", resource, purpose)
    await platform.account(
        principal, "watchlist:import", organisation=organisation, subjects=[], decision=decision, purpose=purpose
    )
    entries = _entries(form.csv)
    errors = [error for number, each in entries for error in await _errors(platform, organisation, number, each)]
    if errors:
        said = f"{len(errors)} value{'s' if len(errors) > 1 else ''} of the table need correcting"
        raise Invalid(f"{said}; nothing was taken over.", errors[:MOST_EXPLAINED])
    added = 0
    for number, entry in entries if not form.dry_run else []:
        if isinstance(entry, WatchlistEntryForm):
            await watchlists.add(platform, principal, entry, f"{idempotency_key}-{number}")
            added += 1
    return ImportView(rows=len(entries), added=added)


async def _errors(
    platform: Platform, organisation: str, number: int, entry: WatchlistEntryForm | ValidationError
) -> list[FieldError]:
    """Everything that is wrong with a line, each named by line and column."""
    try:
        if isinstance(entry, ValidationError):
            raise from_validation(entry)
        screening.refuse_profiling(entry)
        found = await watchlists.objections(platform, organisation, entry)
    except Problem as problem:
        found = problem.errors
    return [FieldError(f"/csv/{number}{each.at if each.at != '/' else ''}", each.code, each.detail) for each in found]


def _entries(text: str) -> list[tuple[int, WatchlistEntryForm | ValidationError]]:
    """Each line with its number in the table, the first after the header being 1."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}")))
    header = [name.strip() for name in reader.fieldnames or []]
    unknown = sorted(set(header) - COLUMNS)
    if unknown or "plate" not in header:
        said = f"Unknown: {', '.join(unknown)}. " if unknown else ""
        what = FieldError("/csv/0", "columns", f"{said}Columns are: {', '.join(sorted(COLUMNS))}.")
        raise Invalid("The first line has to name the columns.", [what])
    reader.fieldnames = header
    found: list[tuple[int, WatchlistEntryForm | ValidationError]] = []
    try:
        for number, row in enumerate(reader, start=1):
            if number > MOST_ROWS:
                what = FieldError("/csv", "too_long", f"Import at most {MOST_ROWS} lines at a time.")
                raise Invalid("The table is too long.", [what])
            found.append((number, _entry(row)))
    except csv.Error:
        raise Invalid("The table cannot be read.", [FieldError("/csv", "csv", "Save it as CSV (UTF-8).")]) from None
    return found


def _entry(row: dict[str, str]) -> WatchlistEntryForm | ValidationError:
    """Empty cells are absent."""
    given = {name: value.strip() for name, value in row.items() if isinstance(value, str) and value.strip()}
    try:
        return WatchlistEntryForm.model_validate(given)
    except ValidationError as error:
        return error
