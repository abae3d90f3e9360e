"""Everything that the timer forgets. What is not here either names nobody, or expires by itself in Cosmos DB."""

from shared.breaches.disposal import BREACH
from shared.cases.disposal import BUNDLE, CASE
from shared.complaints.disposal import COMPLAINT, THIRD_PARTY_REQUEST
from shared.evidence.disposal import EVIDENCE
from shared.people.disposal import PROFILE
from shared.plates.disposal import CANDIDATE, PLATE_DAY, WATCHLIST_ENTRY
from shared.reports.disposal import REPORT
from shared.retention.disposable import Disposable, Row, flat
from shared.retention.models import RETENTION
from shared.rights.disposal import RIGHTS_ANSWER, RIGHTS_CASE
from shared.sharing.disposal import DISCLOSURE

HOLD = Disposable(
    name="hold",
    container=RETENTION,
    rows=(Row("hold", "holdsUntil"),),
    key=lambda hold: str(hold["organisationId"]),
    home=flat,
    site=None,
    fixed=True,
)

KINDS: dict[str, Disposable] = {
    each.name: each
    for each in (
        REPORT,
        EVIDENCE,
        CANDIDATE,
        PLATE_DAY,
        WATCHLIST_ENTRY,
        PROFILE,
        CASE,
        BUNDLE,
        DISCLOSURE,
        RIGHTS_ANSWER,
        RIGHTS_CASE,
        COMPLAINT,
        THIRD_PARTY_REQUEST,
        BREACH,
        HOLD,
    )
}
"""In the order in which a run takes them: what others hang on first."""
