"""The retention table is complete, sourced, and applied as it stands."""

import tomllib
from datetime import UTC, datetime, timedelta

import pytest

from shared.retention import rules
from shared.retention.service import Outcome

TABLE = tomllib.loads(rules.TABLE.read_text())
EVENT = datetime(2026, 2, 27, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize("category", list(TABLE["category"]))
def test_every_category_says_how_long_from_when_and_why(category: str) -> None:
    row = TABLE["category"][category]
    assert row["days"] > 0
    assert row["starts"]
    assert row["source"]


def test_no_category_outlives_two_years() -> None:
    assert max(row["days"] for row in TABLE["category"].values()) <= 730


def test_evidence_goes_no_later_than_its_report() -> None:
    assert rules.dispose_at("evidence", EVENT) <= rules.dispose_at("report", EVENT)


def test_an_upload_that_never_arrives_goes_after_a_day() -> None:
    assert rules.dispose_at("evidence_upload", EVENT) == EVENT + timedelta(days=1)


def test_an_unknown_category_is_an_error_not_for_ever() -> None:
    with pytest.raises(KeyError):
        rules.dispose_at("secrets", EVENT)


def test_the_time_to_live_is_the_same_span() -> None:
    assert EVENT + timedelta(seconds=rules.seconds("alert")) == rules.dispose_at("alert", EVENT)


def test_a_run_says_what_it_did() -> None:
    assert str(Outcome(reports=10, evidence=2, failed=1)) == "12 disposed (10 reports, 2 evidence), 1 failed"
