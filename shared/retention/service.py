"""What a privacy officer does with the schedule: reads it, shortens it, looks ahead, follows the work."""

from collections.abc import Mapping
from datetime import datetime

from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Invalid
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Decision, Resource
from shared.retention import failures, holds, redating, schedule, terms, tombstones
from shared.retention.disposable import Disposable, Row
from shared.retention.disposal import dispose, order_for
from shared.retention.kinds import KINDS
from shared.retention.models import (
    RETENTION,
    Count,
    PreviewForm,
    PreviewView,
    ProgressView,
    Redating,
    RedatingView,
    RestorationForm,
    RestorationView,
    RuleView,
    ScheduleView,
    Settings,
    SettingsForm,
    Why,
)
from shared.retention.periods import Period
from shared.retention.sweep import carry_out
from shared.retention.terms import terms_of

NO_SETTINGS = '"none"'
"""The ETag of the settings of an organisation that has shortened nothing yet."""


async def read_schedule(platform: Platform, principal: Principal) -> ScheduleView:
    """The whole table as it holds for the organisation as such; a site in another place may have shorter periods."""
    decision = await _authorised(platform, principal, "retention:read")
    await platform.account(principal, "retention:read", decision=decision, subjects=[principal.organisation])
    return await _schedule(platform, principal)


async def shorten(platform: Platform, principal: Principal, form: SettingsForm, etag: str) -> ScheduleView:
    """What becomes shorter holds for existing records too, and is brought forward within the day; what becomes longer
    again holds for new ones only."""
    decision = await _authorised(platform, principal, "retention:set")
    organisation, now = principal.organisation, platform.clock.now()
    _check(form.shortened, await terms_of(platform, organisation))
    current = await terms.settings_of(platform, organisation)
    settings = Settings(
        id=Settings.ID,
        organisation_id=organisation,
        shortened=form.shortened,
        changed_by=principal.id,
        changed_at=now,
    )
    if current is None and etag == NO_SETTINGS:
        try:
            await platform.records(Settings).create(settings)
        except Conflict:
            await platform.records(Settings).replace(settings, etag)
    else:
        await platform.records(Settings).replace(settings, etag)
    terms.forget(organisation)
    await redating.start(platform, organisation, f"settings of {rfc3339(now)}")
    await platform.account(principal, "retention:set", decision=decision, subjects=[principal.organisation])
    return await _schedule(platform, principal)


async def preview(platform: Platform, principal: Principal, form: PreviewForm) -> PreviewView:
    """How many records of each category would go by a moment, perhaps under shorter periods: counts, nothing else."""
    decision = await _authorised(platform, principal, "retention:read")
    organisation, at = principal.organisation, form.at or platform.clock.now()
    _check(form.shortened, await terms_of(platform, organisation))
    held = await holds.held_records(platform, organisation, at)
    shortened = {category: Period.parse(text) for category, text in form.shortened.items()}
    counts = [
        await _count(platform, organisation, kind, row, at, shortened, held)
        for kind in KINDS.values()
        for row in kind.rows
    ]
    await platform.account(principal, "retention:preview", decision=decision, subjects=[principal.organisation])
    return PreviewView(at=at, counts=counts, total=sum(each.count for each in counts))


async def progress(platform: Platform, principal: Principal) -> ProgressView:
    decision = await _authorised(platform, principal, "retention:read")
    text = "SELECT * FROM c WHERE c.kind = 'redating'"
    found = [each async for each in platform.container(RETENTION).query(text, key=principal.organisation)]
    work = await platform.records(Redating).open_all(sorted(found, key=lambda each: str(each["startedAt"])))
    await platform.account(principal, "retention:progress", decision=decision, subjects=[principal.organisation])
    shown = set(RedatingView.model_fields)
    return ProgressView(
        failures=await failures.of(platform, principal.organisation),
        redatings=[RedatingView(**each.model_dump(include=shown)) for each in work],
    )


async def restore(platform: Platform, principal: Principal, form: RestorationForm) -> RestorationView:
    """After a restore of the database: whatever had been disposed of since the backup is disposed of again."""
    resource = Resource("retention", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "retention:restore", resource, related="platform")
    earliest = schedule.backup("records").longest + schedule.backup("keys").longest
    if form.since < platform.clock.now() - earliest:
        what = FieldError("/since", "too_old", "Tombstones are kept as long as backups are.")
        raise Invalid("There is no backup as old as that.", [what])
    repeated = await repeat_disposals(platform, form.since)
    await platform.account(principal, "retention:restore", decision=decision, subjects=[principal.organisation])
    return RestorationView(repeated=repeated)


async def repeat_disposals(platform: Platform, since: datetime) -> int:
    """Replays the tombstones. How many records had come back."""
    repeated = 0
    async for order in tombstones.since(platform, since):
        repeated += await carry_out(platform, order) == "disposed"
    return repeated


async def erase(platform: Platform, organisation: str, kind: str, identifier: str) -> str:
    """Disposes of one record before its time, because a person's request was granted. A legal hold is respected.

    :returns: ``disposed``, ``held`` or ``gone``. Raises what the stores raise: the caller tries again.
    """
    one = KINDS[kind]
    text = "SELECT * FROM c WHERE c.id = @id AND c.kind = @kind"
    found = platform.container(one.container).query(text, {"id": identifier, "kind": kind}, key=one.home(organisation))
    async for document in found:
        return (await dispose(platform, order_for(one, document, Why.ERASURE))).value
    return "gone"


# -- how it is done --------------------------------------------------------------------------------------------------


def _check(shortened: Mapping[str, str], at_home: schedule.Terms) -> None:
    """Shorter than the schedule's default, and not below a floor."""
    errors = []
    for category, text in shortened.items():
        rule, period = schedule.Terms(at_home.jurisdictions).rule(category), Period.parse(text)
        pointer = f"/shortened/{category}"
        if period.length > rule.period.length:
            errors.append(FieldError(pointer, "too_long", f"The schedule keeps this for {rule.period.words} at most."))
        elif rule.floor and period.length < rule.floor.length:
            errors.append(FieldError(pointer, "too_short", f"The law asks for {rule.floor.words} at least."))
    if errors:
        raise Invalid("A controller may shorten a period within its bounds, never lengthen it.", errors)


async def _schedule(platform: Platform, principal: Principal) -> ScheduleView:
    here, settings = (
        await terms_of(platform, principal.organisation),
        await terms.settings_of(platform, principal.organisation),
    )
    return ScheduleView(
        version=schedule.version(),
        rules=[_rule(here, category) for category in schedule.categories()],
        backup_of_records=str(schedule.backup("records")),
        backup_of_keys=str(schedule.backup("keys")),
        etag=settings.etag if settings else NO_SETTINGS,
    )


def _rule(here: schedule.Terms, category: str) -> RuleView:
    rule, default = here.rule(category), schedule.Terms(here.jurisdictions).rule(category)
    return RuleView(
        category=category,
        says=rule.says,
        regime=rule.regime,
        period=str(rule.period),
        in_words=rule.period.words,
        default_period=str(default.period),
        ceiling=str(rule.ceiling),
        floor=str(rule.floor) if rule.floor else None,
        starts=rule.starts,
        source=rule.source,
        shortened=rule.shortened,
    )


async def _count(
    platform: Platform,
    organisation: str,
    kind: Disposable,
    row: Row,
    at: datetime,
    shortened: Mapping[str, Period],
    held: list[str],
) -> Count:
    due, asked = f"c.{kind.due} <= @at", {"kind": kind.name, "at": rfc3339(at), "held": held}
    if period := shortened.get(row.category):
        due += f" OR c.{row.starts} <= @began"
        asked["began"] = rfc3339(period.before(at))
    where = f"c.kind = @kind AND ({row.where}) AND ({due})"
    is_held = "(ARRAY_CONTAINS(@held, c.id) OR (IS_DEFINED(c.reportId) AND ARRAY_CONTAINS(@held, c.reportId)))"
    container, home = platform.container(kind.container), kind.home(organisation)

    async def count(condition: str) -> int:
        text = f"SELECT VALUE COUNT(1) FROM c WHERE {condition}"  # noqa: S608 - conditions of our own
        return sum([int(str(each)) async for each in container.query(text, asked, key=home)])

    return Count(
        category=row.category, count=await count(where), held=await count(f"{where} AND {is_held}") if held else 0
    )


async def _authorised(platform: Platform, principal: Principal, action: str) -> Decision:
    return await platform.authorise(
        principal, action, Resource("retention", principal.organisation, principal.organisation)
    )
