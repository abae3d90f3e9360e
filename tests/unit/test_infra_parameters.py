"""The parameter files fit the template, and each keeps the promise of its name."""

import re
from pathlib import Path

import pytest

INFRA = Path(__file__).parents[2] / "infra"
ENVIRONMENTS = ("dev", "prod-standard", "prod-isolated")
MAIN = (INFRA / "main.bicep").read_text()
ASKED = dict(re.findall(r"^param (\w+) \w+(?: = (.+))?$", MAIN, re.MULTILINE))


def given(environment: str) -> dict[str, str]:
    text = (INFRA / f"{environment}.bicepparam").read_text()
    return dict(re.findall(r"^param (\w+) = (.+?)$(?=\n(?:param|var|\n|\Z)|\Z)", f"{text}\n", re.MULTILINE | re.DOTALL))


def ready(environment: str) -> list[int]:
    return [int(count) for count in re.findall(r"(?:http|alerts): (\d)", given(environment)["alwaysReady"])]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_parameter_is_one_of_the_template_and_none_is_missing(environment: str) -> None:
    """Source: Bicep BCP258 (missing assignments) and BCP259 (no such parameter)."""
    required = {name for name, default in ASKED.items() if not default}
    assert required <= set(given(environment)) <= set(ASKED)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_uses_the_template_and_holds_no_secret(environment: str) -> None:
    text = (INFRA / f"{environment}.bicepparam").read_text()
    assert "using 'main.bicep'" in text
    assert not re.search(r"(?i)password|accountkey|sharedaccesskey|getSecret", text)


def test_there_are_these_three_and_no_other() -> None:
    assert {file.stem for file in INFRA.glob("*.bicepparam")} == set(ENVIRONMENTS)


def test_the_developers_environment_sleeps() -> None:
    assert ready("dev") == [0, 0]
    assert given("dev")["cosmosMaximumThroughput"] == "0"


def test_production_never_sleeps_and_cannot_be_deleted_by_mistake() -> None:
    for environment in ENVIRONMENTS[1:]:
        assert min(ready(environment)) >= 1
        assert given(environment)["locked"] == "true"
        assert given(environment)["recordsBackup"] == "'Continuous30Days'"


def test_production_keeps_the_audit_tiles_as_long_as_the_entries() -> None:
    """Source: shared/retention/schedule.toml, category audit."""
    from shared.retention.schedule import Terms

    days = Terms(()).rule("audit").period.length.days
    assert all(int(given(environment)["auditImmutableDays"]) >= days for environment in ENVIRONMENTS[1:])


def test_isolated_means_private_under_own_keys_in_every_zone() -> None:
    """Source: Microsoft Learn, "Flex Consumption plan": two always-ready instances at least with zones; Service Bus
    Premium alone has private endpoints and customer-managed keys."""
    isolated = given("prod-isolated")
    wanted = {
        "reach": "'private'",
        "zoneRedundant": "true",
        "customerManagedKeys": "true",
        "serviceBusSku": "'Premium'",
    }
    assert {name: isolated[name] for name in wanted} == wanted
    assert min(ready("prod-isolated")) >= 2
