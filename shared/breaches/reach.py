"""How far a breach reached: counted from the audit log, which knows every record that anybody saw or changed."""

from collections import defaultdict

from shared.breaches.register_models import ReachedView, ReachForm, ReachView
from shared.clock import rfc3339
from shared.identity.principals import Principal
from shared.organisations.models import OrganisationKind
from shared.platform import Platform
from shared.policy.decision import Resource

MOST_ENTRIES = 200_000


async def reach(platform: Platform, principal: Principal, form: ReachForm) -> ReachView:
    """In the own organisation's log; for whoever runs the platform in all logs, and then counts are all there is."""
    resource = Resource("breach", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "breach:read", resource)
    everywhere = principal.employer == OrganisationKind.PLATFORM.value
    found = await _count(platform, form, None if everywhere else [principal.organisation])
    await platform.account(
        principal,
        "breach:reach",
        subjects=[each for each in (form.actor, form.actor_organisation) if each],
        decision=decision,
    )
    return found


async def _count(platform: Platform, form: ReachForm, key: list[str] | None) -> ReachView:
    where = ["c.kind = 'entry'", "c.outcome = 'allowed'", "c.at >= @since", "c.at < @until"]
    asked: dict[str, object] = {"since": rfc3339(form.since), "until": rfc3339(form.until)}
    for name, value in (("actor", form.actor), ("actorOrganisation", form.actor_organisation)):
        if value:
            where.append(f"c.{name} = @{name}")
            asked[name] = value
    text = f"SELECT c.organisationId, c.subjects FROM c WHERE {' AND '.join(where)}"  # noqa: S608 - names of our own
    entries: dict[str, int] = defaultdict(int)
    records: dict[str, set[str]] = defaultdict(set)
    seen = 0
    async for entry in platform.container("audit").query(text, asked, key=key):
        if seen >= MOST_ENTRIES:
            break
        seen += 1
        entries[entry["organisationId"]] += 1
        records[entry["organisationId"]].update(entry["subjects"])
    return ReachView(
        organisations=[
            ReachedView(organisation_id=each, entries=entries[each], records=len(records[each]))
            for each in sorted(entries, key=lambda each: (-len(records[each]), each))
        ],
        records=sum(map(len, records.values())),
        complete=seen < MOST_ENTRIES,
    )
