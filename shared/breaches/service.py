"""Tells who must hear of a breach by when. It decides nothing: the assessment comes from a person."""

from datetime import datetime

from shared.breaches import duties
from shared.breaches.duties import Duty, Incident
from shared.breaches.models import DeadlinesQuery, DeadlinesView, DutyView
from shared.retention import schedule


def deadlines(asked: DeadlinesQuery, now: datetime) -> DeadlinesView:
    places = tuple(asked.jurisdictions.split(","))
    incident = Incident(
        jurisdictions=places,
        who=asked.who,
        aware_at=asked.aware_at,
        risk=asked.risk,
        people=asked.people,
        unreadable=asked.unreadable,
        told_people_at=asked.told_people_at,
    )
    return DeadlinesView(
        version=duties.version(),
        duties=[view(duty, due_at, now) for duty, due_at in duties.owed(incident)],
        uncovered=duties.uncovered(places),
    )


def view(duty: Duty, due_at: datetime | None, now: datetime) -> DutyView:
    return DutyView(
        id=duty.id,
        regime=schedule.regimes()[duty.regime],
        tell=duty.tell,
        whom=duty.whom,
        within=duty.within.words if duty.within else None,
        due_at=due_at,
        passed=due_at is not None and due_at < now,
        says=duty.says,
        source=duty.source,
        source_read=duty.source_read,
    )
