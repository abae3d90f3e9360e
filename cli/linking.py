"""What the demo's investigator has put together already: links between reports, and profiles that rest on them."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

from cli import world
from shared.identity.principals import Principal
from shared.intelligence import suggestions
from shared.intelligence.models import ReportLinkMade
from shared.people import service as people
from shared.people.models import Confidence, ProfileForm, ReportLinkForm, Subject
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports.models import MinorState, Report

GROUPS, LARGEST = 3, 9
"""How many recurring suspects were noticed, and how many of their visits at most."""
AT_LEAST = 3
"""Visits of somebody before a profile is worth it."""
REVIEWED_IN = timedelta(days=90)

type Written = list[tuple[world.Event, Report]]


async def put_together(platform: Platform, investigator: Principal, written: Written) -> int:
    """:returns: how many groups there are now. Reports past their time and those with minors are in none."""
    visits: dict[int, Written] = defaultdict(list)
    for event, report in written:
        mine = report.organisation_id == investigator.organisation and report.minor is MinorState.NO
        if event.suspect is not None and mine and report.dispose_at > platform.clock.now():
            visits[event.suspect].append((event, report))
    busiest = sorted(visits.items(), key=lambda each: (-len(each[1]), each[0]))[:GROUPS]
    known = [sorted(each, key=lambda visit: visit[0].occurred_at)[-LARGEST:] for _, each in busiest if len(each) > 1]
    for series in known:
        await _link(platform, investigator, series)
        if len(series) >= AT_LEAST:
            await _profiles(platform, investigator, series)
    return len(known)


async def _link(platform: Platform, investigator: Principal, series: Written) -> None:
    """Each visit with the one before; now and then with the first as well, as people do."""
    pairs = list(pairwise(series)) + [(series[0], each) for each in series[3::3]]
    for (one, first), (two, second) in pairs:
        confidence, reason = _why(one, two)
        form = ReportLinkMade(other_id=second.id, reason=reason, confidence=confidence)
        await suggestions.link(platform, investigator, first.id, form, Purpose.INVESTIGATE)


def _why(one: world.Event, two: world.Event) -> tuple[Confidence, str]:
    plates = [{each["plate"] for each in event.form["vehicles"]} for event in (one, two)]
    if plates[0] & plates[1]:
        return Confidence.CERTAIN, "The same plate was noted at both, and the pictures of both show the same car."
    if one.form["people"][0]["marks"]:
        return Confidence.PROBABLE, "The same mark and the same clothes; compared in the pictures of both shops."
    return Confidence.POSSIBLE, "The same clothes and the same way; the pictures are poor."


async def _profiles(platform: Platform, investigator: Principal, series: Written) -> None:
    """One of the person, and one of their car if it was seen."""
    last, _ = series[-1]
    described = last.form["people"][0]
    cars = [each for event, _ in series for each in event.form["vehicles"]]
    person = ProfileForm(
        subject=Subject.PERSON,
        label=described["clothing"],
        reason="Comes back to several shops; staff need to know what to look for.",
        clothing=described["clothing"],
        marks=described["marks"],
        review_at=platform.clock.now() + REVIEWED_IN,
        reports=_rests_on(series, "Clothes and way fit; compared in the pictures."),
    )
    await people.open_profile(platform, investigator, person, Purpose.INVESTIGATE, f"demo-person-{series[0][1].id}")
    if not cars:
        return
    seen = [(event, report) for event, report in series if cars[0] in event.form["vehicles"]]
    vehicle = ProfileForm(
        subject=Subject.VEHICLE,
        label=f"{cars[0]['colour'].capitalize()} {cars[0]['make']} {cars[0]['model']}",
        reason="Waits outside while goods are carried out.",
        vehicle=cars[0],
        review_at=platform.clock.now() + REVIEWED_IN,
        reports=_rests_on(seen, "The plate was read from the recording."),
    )
    await people.open_profile(platform, investigator, vehicle, Purpose.INVESTIGATE, f"demo-vehicle-{series[0][1].id}")


def _rests_on(series: Written, reason: str) -> list[ReportLinkForm]:
    return [ReportLinkForm(report_id=each.id, reason=reason, confidence=Confidence.PROBABLE) for _, each in series]
