"""A colleague takes an alert over. They see nothing they could not have been told anyway: same roles, same site."""

from collections.abc import AsyncIterator, Sequence

from shared.alerts import recipients
from shared.alerts.models import Alert, Cause, ColleagueList, ColleagueView, HandoverForm
from shared.alerts.recipients import Recipient
from shared.errors import Conflict, FieldError, Invalid
from shared.identity.principals import Principal, Role
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Decision, Relation, Resource

WHO: dict[tuple[Cause, Relation], set[Role]] = {
    (Cause.REPORT, "own"): {Role.INVESTIGATOR, Role.REPORTER},
    (Cause.REPORT, "community"): recipients.TOLD_IN_COMMUNITY,
    (Cause.PLATE_CANDIDATE, "own"): recipients.TOLD_AT_HOME,
    (Cause.PLATE_CONFIRMED, "own"): {Role.INVESTIGATOR, Role.REPORTER},
    (Cause.ALARM, "own"): {Role.PRIVACY_OFFICER},
    (Cause.CAMERA_SILENT, "own"): {Role.ORG_ADMIN},
    (Cause.POLICE_NOTICE, "recipient"): {Role.OFFICER},
    (Cause.POLICE_RECEIPT, "own"): {Role.INVESTIGATOR},
    (Cause.POLICE_REFERENCE, "own"): {Role.INVESTIGATOR},
}
"""Who may be handed what. What is not here cannot be handed over."""


async def colleagues(platform: Platform, principal: Principal, alert_id: str) -> ColleagueList:
    """Those who could take it, with their names."""
    decision = await _authorised(platform, principal, alert_id)
    alert = await platform.records(Alert).read(alert_id, principal.id)
    able = {each.user async for each in _able(platform, alert)} - {principal.id}
    names = await organisations.names(platform, principal.organisation) if able else {}
    await _account(platform, principal, sorted(able), decision)
    found = [ColleagueView(id=each, name=names[each]) for each in able if each in names]
    return ColleagueList(colleagues=sorted(found, key=lambda each: (each.name, each.id)))


async def hand_over(platform: Platform, principal: Principal, alert_id: str, form: HandoverForm, etag: str) -> Alert:
    """First the colleague has it, then one's own is dealt with: whatever breaks off in between, somebody has it.

    It stays one alert for each cause and person. A colleague who has it already finds it unread again.
    """
    decision = await _authorised(platform, principal, alert_id)
    store, to = platform.records(Alert), str(form.user_id)
    alert = await store.read(alert_id, principal.id)
    if to == principal.id or to not in {each.user async for each in _able(platform, alert)}:
        what = FieldError("/userId", "not_able", "Choose one of GET /api/alerts/{id}/colleagues.")
        raise Invalid("This alert cannot be handed to them: it needs another role, or another site.", [what])
    now = platform.clock.now()
    given = alert.model_copy(
        update={
            "id": derived_id("alert", alert.cause, alert.cause_id, to),
            "recipient_id": to,
            "handed_over_by": principal.id,
            "taken_over_by": None,
            "also": [],
            "state": "unread",
            "acknowledged_at": None,
        }
    )
    await _account(platform, principal, [alert.id, to], decision)
    try:
        await store.create(given)
    except Conflict:
        theirs = await store.read(given.id, to)
        again = {"state": "unread", "acknowledged_at": None, "handed_over_by": principal.id}
        await store.replace(theirs.model_copy(update=again), theirs.etag)
    done = {"state": "acknowledged", "acknowledged_at": now, "taken_over_by": to}
    return await store.replace(alert.model_copy(update=done), etag)


async def _able(platform: Platform, alert: Alert) -> AsyncIterator[Recipient]:
    roles = WHO.get((alert.cause, alert.relation), set())
    if not roles:
        return
    async for each in recipients.staff(platform, alert.organisation_id, roles):
        at_site = not each.sites or alert.site_id in each.sites
        if at_site or alert.relation != "own" or not alert.site_id:
            yield each


async def _authorised(platform: Platform, principal: Principal, alert_id: str) -> Decision:
    resource = Resource("alert", alert_id, principal.organisation)
    return await platform.authorise(principal, "alert:hand-over", resource, related="recipient")


async def _account(platform: Platform, principal: Principal, subjects: Sequence[str], decision: Decision) -> None:
    await platform.account(
        principal,
        "alert:hand-over",
        subjects=list(subjects),
        decision=decision,
    )
