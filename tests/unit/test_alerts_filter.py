"""Which warnings a rule picks: every condition narrows, none widens."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from pydantic_extra_types.currency_code import ISO4217

from shared.alerts.models import Cause
from shared.alerts.occasion import Filter, MinimumLoss, Occasion
from shared.policy.decision import Relation
from shared.reports.models import ReportType

SITES = ["00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"]
REGIONS = ["GB-ENG", "GB-SCT", "NZ", "NZ-AUK"]
CURRENCIES = ["GBP", "NZD"]


@st.composite
def occasions(draw: st.DrawFn) -> Occasion:
    cause = draw(st.sampled_from(list(Cause)))
    of_report, of_plate = cause is Cause.REPORT, cause in {Cause.PLATE_CANDIDATE, Cause.PLATE_CONFIRMED}
    return Occasion(
        cause=cause,
        cause_id="cause",
        organisation_id="owner",
        site_id=draw(st.sampled_from(SITES)),
        headline="Something happened",
        urgent=draw(st.booleans()),
        region=draw(st.sampled_from(REGIONS)),
        report_type=draw(st.sampled_from(list(ReportType))) if of_report else None,
        loss_minor=draw(st.integers(0, 10_000)) if of_report else None,
        currency=draw(st.sampled_from([*CURRENCIES, None])) if of_report else None,
        watchlist=draw(st.sampled_from(["own", "community"])) if of_plate else None,
    )


def some[T](values: list[T]) -> st.SearchStrategy[list[T]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=len(values))


minimums = st.builds(
    MinimumLoss, amount_minor=st.integers(0, 10_000), currency=st.sampled_from(CURRENCIES).map(ISO4217)
)
filters = st.builds(
    Filter,
    causes=some(list(Cause)),
    site_ids=some(SITES),
    regions=some([*REGIONS, "GB"]),
    report_types=some(list(ReportType)),
    minimum_loss=st.none() | minimums,
    watchlists=some(["own", "community"]),
    relations=some(["own", "community"]),
    urgent_only=st.booleans(),
)
relations = st.sampled_from(["own", "community"])


@given(occasions(), relations)
def test_a_rule_without_conditions_picks_everything(occasion: Occasion, relation: Relation) -> None:
    assert Filter().picks(occasion, relation)


@given(filters, occasions(), relations, st.sampled_from(sorted(Filter.model_fields)))
def test_a_condition_less_never_picks_less(wanted: Filter, occasion: Occasion, relation: Relation, name: str) -> None:
    if wanted.picks(occasion, relation):
        assert wanted.model_copy(update={name: Filter.model_fields[name].get_default()}).picks(occasion, relation)


@given(filters, occasions(), relations)
def test_it_picks_exactly_what_every_condition_alone_picks(
    wanted: Filter, occasion: Occasion, relation: Relation
) -> None:
    alone = [Filter(**{name: getattr(wanted, name)}) for name in Filter.model_fields]
    assert wanted.picks(occasion, relation) == all(each.picks(occasion, relation) for each in alone)


@given(filters, occasions(), relations)
def test_it_survives_being_stored(wanted: Filter, occasion: Occasion, relation: Relation) -> None:
    stored = Filter.model_validate_json(wanted.model_dump_json(by_alias=True))
    assert stored.picks(occasion, relation) == wanted.picks(occasion, relation)


def theft(**changes: object) -> Occasion:
    made = Occasion(
        Cause.REPORT, "c", "o", SITES[0], "Theft reported", urgent=False,
        region="GB-ENG", report_type=ReportType.THEFT, loss_minor=500, currency="GBP",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_small_losses_are_left_out_but_nothing_urgent_and_nothing_that_cannot_be_compared() -> None:
    wanted = Filter(minimum_loss=MinimumLoss(amount_minor=1000, currency=ISO4217("GBP")))
    assert not wanted.picks(theft(), "own")
    assert wanted.picks(theft(loss_minor=1000), "own")
    assert wanted.picks(theft(urgent=True), "own")
    assert wanted.picks(theft(currency="NZD"), "own")
    assert not wanted.picks(theft(currency=None, loss_minor=0), "own")


def test_a_country_stands_for_its_parts_and_a_part_for_itself() -> None:
    assert Filter(regions=["GB"]).picks(theft(), "own")
    assert Filter(regions=["GB-ENG"]).picks(theft(), "own")
    assert not Filter(regions=["GB-ENG"]).picks(theft(region="GB"), "own")
    assert not Filter(regions=["GB"]).picks(theft(region="GBX"), "own")
    assert not Filter(regions=["GB"]).picks(theft(region=None), "own")


def test_conditions_on_reports_leave_other_warnings_alone() -> None:
    silent = Occasion(Cause.CAMERA_SILENT, "c", "o", SITES[0], "A camera is silent", urgent=False, region="GB-ENG")
    assert Filter(report_types=[ReportType.ROBBERY]).picks(silent, "own")
    assert not Filter(report_types=[ReportType.ROBBERY]).picks(theft(), "own")
    assert not Filter(causes=[Cause.REPORT]).picks(silent, "own")
