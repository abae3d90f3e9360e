"""What came of a report: the outcomes of the cases that it belongs to, for whoever may read the report.

Nothing is copied. An outcome that is changed or taken away shows at once, and goes with its case; the case itself stays
closed to those who only read the report.
"""

from shared.cases.models import CASES, OutcomesView
from shared.clock import rfc3339
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.retention.visibility import STILL_IN_USE
from shared.sharing.feed import own_report, resource_of


async def of_report(platform: Platform, principal: Principal, report_id: str, purpose: Purpose) -> OutcomesView:
    """Each outcome once, however many cases have it. One's own organisation's reports only."""
    document = await own_report(platform, principal, report_id)
    decision = await platform.authorise(principal, "report:read", resource_of(document), purpose)
    text = f"SELECT c.outcome FROM c WHERE c.kind = 'case' AND ARRAY_CONTAINS(c.recordIds, @report) AND {STILL_IN_USE}"  # noqa: S608
    asked = {"report": report_id, "usableAt": rfc3339(platform.clock.now())}
    rows = platform.container(CASES).query(text, asked, key=[principal.organisation])
    found = [each.get("outcome") async for each in rows]
    await platform.account(
        principal,
        "report:outcomes",
        subjects=[report_id],
        decision=decision,
        purpose=purpose,
    )
    return OutcomesView(outcomes=sorted({each for each in found if each}), pending=found.count(None))
