"""Regions over time: wherever a face was seen it is covered, and so it is on the way from one sighting to the next."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence.obscuring.places import Place
from shared.evidence.video import spans, tracking
from shared.evidence.video.models import Track
from shared.evidence.video.spans import Point
from shared.evidence.video.steps import bounds, planned, segment_seconds
from shared.evidence.video.tracking import Sample
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Stage, VideoWork


@st.composite
def places(draw: st.DrawFn) -> Place:
    x, y = draw(st.floats(0, 0.95)), draw(st.floats(0, 0.95))
    return Place(x, y, draw(st.floats(0.01, 1 - x)), draw(st.floats(0.01, 1 - y)))


@st.composite
def tracks_of_points(draw: st.DrawFn) -> list[Point]:
    times = sorted(draw(st.sets(st.integers(0, 6000), min_size=2, max_size=12)))
    return [Point(each / 100, draw(places())) for each in times]


@given(tracks_of_points(), st.floats(0, 1))
def test_between_two_points_the_region_moves_from_one_to_the_other(points: list[Point], share: float) -> None:
    for one, other in pairwise(points):
        found = spans.at(points, one.at + share * (other.at - one.at))
        assert spans.holds(spans.hull(one.place, other.place), found, 1e-6)
    assert spans.at(points, points[0].at) == points[0].place
    assert spans.at(points, points[-1].at) == points[-1].place


@given(tracks_of_points(), st.floats(0, 70), st.floats(0, 5))
def test_a_picture_is_covered_if_the_span_touches_the_time_in_which_it_is_shown(
    points: list[Point], begin: float, length: float
) -> None:
    end, first, last = begin + length, points[0].at, points[-1].at
    found = spans.during(points, begin, end)
    touches = begin <= last and end > first
    if touches:
        assert found is not None
    if found is not None:
        assert begin <= last + spans.MARGIN
        assert end > first - spans.MARGIN


@given(places(), places(), st.floats(0, 1))
def test_what_lies_in_both_lies_in_all_between(one: Place, other: Place, share: float) -> None:
    left, top = max(one.x, other.x), max(one.y, other.y)
    right = min(one.x + one.width, other.x + other.width)
    bottom = min(one.y + one.height, other.y + other.height)
    if right > left and bottom > top:
        common = Place(left, top, right - left, bottom - top)
        assert spans.holds(spans.between(one, other, share), common, 1e-6)


@given(st.floats(0.1, 1800), st.integers(16, 3840), st.integers(16, 2160), st.floats(0.5, 120))
def test_the_segments_are_the_whole_video(seconds: float, width: int, height: int, rate: float) -> None:
    each = segment_seconds(width, height, rate)
    known = {"seconds": seconds, "segment_seconds": each, "rate": rate}
    work = VideoWork.model_construct(stage=Stage.RENDERING, number=1, keep_sound=False, sound=True, **known)
    painted = [step.segment for step in planned(work) if step.task == "paint"]
    edges = [bounds(work, segment) for segment in painted]
    assert edges[0][0] == 0
    assert edges[-1][1] is None
    assert all(end == begin for (_, end), (begin, _) in pairwise(edges))
    assert edges[-1][0] < seconds
    assert [step.task for step in planned(work)][-1] == "join"


def test_sound_is_a_step_only_where_there_is_some_and_somebody_asked() -> None:
    for keep, has in ((True, True), (True, False), (False, True)):
        work = VideoWork.model_construct(
            stage=Stage.RENDERING, keep_sound=keep, sound=has, seconds=10.0, segment_seconds=5.0
        )
        assert ("sound" in {step.task for step in planned(work)}) == (keep and has)


# -- tracking --------------------------------------------------------------------------------------------------------


@st.composite
def walks(draw: st.DrawFn) -> list[Sample]:
    """One or two people who walk about, seen five times a second, and missed at times."""
    start, far = st.floats(0.2, 0.7), st.floats(0, 0.15)
    people = draw(st.lists(st.tuples(start, start, st.floats(0.03, 0.1), far, far, st.floats(0.2, 2)), max_size=2))
    samples: list[Sample] = []
    for number in range(draw(st.integers(2, 60))):
        at, faces = number / 5, []
        for x, y, size, across, down, pace in people:
            if draw(st.integers(0, 9)):
                place = x + across * math.sin(pace * at), y + down * math.cos(pace * at)
                faces.append((*place, size, size * 1.3, draw(st.integers(50, 99))))
        samples.append((at, faces))
    return samples


def covered(found: list[Track], at: float, place: Place) -> bool:
    points = [[each.point for each in track.points] for track in found]
    return any((region := spans.during(each, at, at + 0.04)) and spans.holds(region, place, 1e-3) for each in points)


@given(walks())
def test_every_face_that_was_found_is_covered_when_it_was_found(samples: list[Sample]) -> None:
    found = tracking.tracks(samples)
    for at, faces in samples:
        for face in faces:
            assert covered(found, at, Place(*face[:4])), (at, face)


@given(walks())
def test_tracks_are_what_the_api_takes(samples: list[Sample]) -> None:
    for track in tracking.tracks(samples):
        assert Track.model_validate(track.model_dump(by_alias=True)) == track
        assert (track.origin, track.obscured) == ("suggested", None)


def walk(*times: float, x: float = 0.1, pace: float = 0.1) -> list[Sample]:
    return [(at, [(x + pace * at, 0.4, 0.1, 0.15, 90)]) for at in times]


def test_somebody_who_walks_is_one_track_of_few_points() -> None:
    [track] = tracking.tracks(walk(*(n / 5 for n in range(30))))
    assert len(track.points) <= 8
    assert track.points[0].at == 0
    assert track.points[-1].at == pytest.approx(5.8 + tracking.AFTER)
    assert track.confidence == 0.9


def test_a_face_that_is_missed_for_a_moment_stays_covered() -> None:
    seen = [each for each in walk(*(n / 5 for n in range(30))) if not 2 < each[0] < 3]
    missed = [(n / 5, []) for n in range(11, 15)]
    found = tracking.tracks(sorted([*seen, *missed]))  # type: ignore[list-item]
    assert len(found) == 1
    for n in range(10, 16):
        assert covered(found, n / 5, Place(0.1 + 0.1 * n / 5, 0.4, 0.1, 0.15))


def test_who_is_seen_faintly_is_followed_but_not_suggested() -> None:
    faint: list[Sample] = [(at, [(*face[:4], 25) for face in faces]) for at, faces in walk(0, 0.2, 0.4, 0.6)]
    assert tracking.tracks(faint) == []
    found = tracking.tracks([*faint, *walk(0.8)])
    assert [track.confidence for track in found] == [0.9]
    assert all(covered(found, at, Place(*face[:4])) for at, faces in faint for face in faces)


def test_who_runs_in_or_out_is_covered_where_they_went_on_and_where_they_stopped() -> None:
    found = tracking.tracks(walk(2, 2.2, 2.4, x=-0.3, pace=0.3))
    for at in (1.7, 2.7):
        assert covered(found, at, Place(-0.3 + 0.3 * at, 0.4, 0.1, 0.15))
    assert covered(found, 2.7, Place(-0.3 + 0.3 * 2.4, 0.4, 0.1, 0.15))


def test_a_person_is_told_where_to_look_first() -> None:
    """Seen in the middle of the picture from the third second on, faintly for a while, and no more in the end."""
    seen = walk(*(3 + n / 5 for n in range(15)), x=0.3, pace=0.05)
    faint: list[Sample] = [(at, [(*face[:4], 30)]) if 4 < at < 5 else (at, [face]) for at, [face] in seen]
    [track] = tracking.tracks([(0.0, []), *faint, (8.0, [])])
    told = [(each.why, round(each.begin, 1), round(each.end, 1)) for each in track.unclear]
    assert told == [("appears", 2.4, 3.0), ("unsure", 4.0, 5.0), ("vanishes", 5.8, 6.4)]


def test_who_comes_and_goes_at_the_edge_leaves_no_doubt() -> None:
    [track] = tracking.tracks([(0.0, []), *walk(*(1 + n / 5 for n in range(10)), x=-0.2, pace=0.25), (8.0, [])])
    assert [each.why for each in track.unclear] == ["vanishes"]
    [track] = tracking.tracks(walk(0, 0.2, 0.4))
    assert track.unclear == []


def test_between_two_sightings_far_apart_both_places_stay_covered() -> None:
    """It may have been a cut, and two people."""
    found = tracking.tracks([*walk(0, 0.2, pace=0), *walk(0.4, 0.6, x=0.24, pace=0)])
    for at in (0.24, 0.3, 0.36):
        assert covered(found, at, Place(0.1, 0.4, 0.1, 0.15))
        assert covered(found, at, Place(0.24, 0.4, 0.1, 0.15))


def test_who_comes_back_later_is_a_track_of_its_own() -> None:
    assert len(tracking.tracks([*walk(0, 0.2, 0.4), *walk(5, 5.2, pace=0)])) == 2


def test_two_who_pass_each_other_are_both_covered_all_the_way() -> None:
    right, left = walk(*(n / 5 for n in range(20))), walk(*(n / 5 for n in range(20)), x=0.5, pace=-0.1)
    samples: list[Sample] = [(at, [*one, *other]) for (at, one), (_, other) in zip(right, left, strict=True)]
    found = tracking.tracks(samples)
    for at, faces in samples:
        assert all(covered(found, at, Place(*face[:4])) for face in faces)


def test_a_crowd_that_nobody_could_look_through_is_refused() -> None:
    with pytest.raises(Unworkable):
        tracking.tracks(
            [(at, [(x / 20, y / 20, 0.01, 0.01, 60) for x in range(20) for y in range(20)]) for at in (0, 9)]
        )


def test_nothing_found_is_no_track() -> None:
    assert tracking.tracks([(0.0, []), (0.2, [])]) == []
