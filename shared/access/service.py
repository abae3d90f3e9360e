"""Explains access: what the rules are, and what they say of one user, one action and one record."""

from shared.access.models import ExplainForm, Explanation, FindingView, PolicyView, RuleView, ScreenForm, ScreenView
from shared.errors import FieldError, Invalid, NotFound
from shared.identity.principals import Principal, principal_of
from shared.platform import Platform
from shared.policy import decision, quotas
from shared.policy.decision import Resource, Rule
from shared.screening.screen import Finding, screen
from shared.sharing import access, feed


def rules_in_force() -> PolicyView:
    counts = {who: dict(each) for who, each in quotas.limits().items() if isinstance(each, dict)}
    return PolicyView(
        rules=[_rule(each) for each in decision.rules().values()],
        withheld={
            category: {relation: row["withheld"] for relation, row in rows.items()}
            for category, rows in decision.visibility().items()
        },
        quotas=counts,
    )


async def explain(platform: Platform, principal: Principal, form: ExplainForm) -> Explanation:
    """Decides as if the user asked now, without doing anything."""
    mine = Resource("policy", principal.organisation, principal.organisation)
    asked = await platform.authorise(principal, "policy:explain", mine)
    if form.action not in decision.actions():
        what = FieldError("/action", "unknown_action", "GET /api/policy shows the rules with their actions.")
        raise Invalid("There is no such action.", [what])
    user = await _user(platform, principal, str(form.user_id))
    resource, standing = await _about(platform, user, form)
    decided = decision.decide(user, form.action, resource, form.purpose, standing.relation)
    await platform.account(
        principal,
        "policy:explain",
        subjects=[user.id, resource.id],
        decision=asked,
    )
    known = decision.rules()
    return Explanation(
        allowed=decided.allowed,
        because=[_rule(known[each]) for each in decided.policies if each in known],
        relation=standing.relation,
        withheld=sorted(decided.withheld | standing.withheld) if decided.allowed else [],
    )


def screened(form: ScreenForm) -> ScreenView:
    found = screen(form.text)
    return ScreenView(
        findings=[_finding(each) for each in found.findings],
        minor_suspected=[_finding(each) for each in found.minor_suspected],
    )


async def _user(platform: Platform, principal: Principal, user_id: str) -> Principal:
    home = principal.organisation
    try:
        user = await platform.container("users").read(user_id, home)
        organisation = await platform.container("organisations").read(home, home)
    except NotFound:
        raise NotFound("There is no such user in your organisation.") from None
    return principal_of(user, organisation)


async def _about(platform: Platform, user: Principal, form: ExplainForm) -> tuple[Resource, access.Standing]:
    """A report that is not there is told like one that is not shared."""
    category = form.action.partition(":")[0]
    if form.report_id is None:
        return Resource(category, user.organisation, user.organisation), access.Standing("own")
    owner, report = str(form.owner or user.organisation), str(form.report_id)
    standing = await access.standing(platform, user, owner, report)
    found = (await platform.container("reports").read_many([(report, [owner, report])]))[0]
    if found is None or standing.relation == "stranger":
        return Resource(category, report, owner), access.STRANGER
    return feed.resource_of(found, lawful=standing.lawful, case_bound=standing.case_bound), standing


def _rule(rule: Rule) -> RuleView:
    return RuleView(id=rule.id, says=rule.says, effect=rule.effect, file=rule.file, source=rule.source)


def _finding(finding: Finding) -> FindingView:
    return FindingView(
        start=finding.start,
        end=finding.end,
        attribute=str(finding.attribute),
        reason=finding.reason,
        suggestion=finding.suggestion,
    )
