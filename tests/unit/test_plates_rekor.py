"""What a Rekor Scout agent posts, read right; and whatever else it may post, answered with a problem, never a crash."""

import copy
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Problem
from shared.plates.formats import understood
from shared.plates.formats.base import Message
from shared.plates.models import Guess

GROUP: dict[str, Any] = {
    "data_type": "alpr_group",
    "version": 2,
    "epoch_start": 1_795_000_000_123,
    "epoch_end": 1_795_000_004_456,
    "agent_uid": "AGENT1",
    "camera_id": 773,
    "best_uuid": "AGENT1-cam773-2",
    "uuids": ["AGENT1-cam773-1", "AGENT1-cam773-2"],
    "best_plate_number": "BD51QSM",
    "best_confidence": 92.5,
    "best_region": "gb",
    "candidates": [
        {"plate": "BD51QSM", "confidence": 92.5, "matches_template": 1},
        {"plate": "BD51QSN", "confidence": 81.0, "matches_template": 1},
    ],
    "vehicle": {
        "make": [{"name": "ford", "confidence": 60.1}, {"name": "vauxhall", "confidence": 12.0}],
        "color": [{"name": "white", "confidence": 30.0}, {"name": "silver-gray", "confidence": 66.0}],
    },
    "travel_direction": 270.5,
    "is_parked": False,
    "web_server_config": {"camera_label": "Car park", "agent_label": "Gate"},
}


def parsed(body: bytes) -> list[Any]:
    return understood(Message({}, body, ZoneInfo("UTC"))).reads


def read(message: Any) -> list[Any]:
    return parsed(json.dumps(message).encode())


def test_a_group_is_one_read_in_our_terms() -> None:
    [found] = read(GROUP)
    assert found.read_id == "AGENT1-cam773-2"
    assert found.captured_at == datetime.fromtimestamp(1_795_000_000.123, UTC)
    assert found.best == Guess("BD51QSM", 0.925)
    assert found.alternatives == (Guess("BD51QSN", 0.81),)
    assert (found.make, found.colour, found.direction) == ("ford", "silver-gray", 270.5)


def test_an_alert_is_read_by_the_group_inside_it() -> None:
    assert read({"data_type": "alpr_alert", "alert_list": "vip", "group": GROUP}) == read(GROUP)


@pytest.mark.parametrize("kind", ["heartbeat", "alpr_results", "something new"])
def test_messages_without_a_passage_hold_no_reads(kind: str) -> None:
    assert read({"data_type": kind, "timestamp": 1}) == []


def test_a_sparse_group_of_an_old_agent_is_enough() -> None:
    sparse = {k: GROUP[k] for k in ("data_type", "epoch_start", "best_plate_number", "best_confidence")}
    [found] = read(sparse)
    assert found.make is None
    assert found.read_id == "||1795000000123|BD51QSM"


def test_at_most_twenty_alternatives_are_looked_at() -> None:
    many = [{"plate": f"AA{n:02}", "confidence": 1} for n in range(50)]
    assert len(read(GROUP | {"candidates": many})[0].alternatives) == 20


@pytest.mark.parametrize("body", [b"", b"[]", b"plate=AB12", b"<xml/>", b'{"plate": "AB12"}', b"\xff\xd8\xff\xe0"])
def test_what_no_known_camera_sends_is_explained(body: bytes) -> None:
    with pytest.raises(Problem, match="no message of a camera"):
        parsed(body)


@pytest.mark.parametrize(
    "change",
    [
        {"best_plate_number": ""},
        {"best_plate_number": "X" * 17},
        {"best_confidence": 101},
        {"best_confidence": "high"},
        {"epoch_start": -1},
        {"epoch_start": 10**18},
        {"candidates": "none"},
        {"vehicle": []},
        {"travel_direction": float("nan")},
    ],
)
def test_a_wrong_value_is_a_problem(change: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        read(GROUP | change)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(GROUP)), json_values)
def test_whatever_stands_in_a_field_nothing_but_a_problem_is_raised(name: str, value: Any) -> None:
    message = copy.deepcopy(GROUP) | {name: value}
    try:
        found = read(message)
    except Problem:
        return
    assert all(0 <= each.best.confidence <= 1 for each in found)


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_but_a_problem(noise: bytes) -> None:
    for body in (noise, b'{"data_type": "alpr_group", ' + noise, json.dumps(GROUP).encode()[: len(noise)] + noise):
        try:
            parsed(body)
        except Problem:
            continue
