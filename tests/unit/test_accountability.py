"""The documents say what the code does: every sealed field, every action, every role; and they can be read on paper."""

import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

import function_app
from shared.accountability import inventory, matrix, paper
from shared.accountability.models import FactView, Pack, PackView, SectionView, TableView
from shared.documents.pdf import written
from shared.identity.principals import Role
from shared.policy import decision
from shared.policy.decision import Purpose
from shared.retention import schedule
from shared.transparency import facts

assert function_app.app
ROOT = Path(__file__).parents[2]


def test_activities_name_what_there_is() -> None:
    promises = {each.id for each in facts.promises()}
    for activity in inventory.activities():
        assert set(activity.categories) <= set(schedule.categories())
        assert set(activity.purposes) <= {each.value for each in Purpose}
    for risk in inventory.table()["risk"]:
        assert set(risk["promises"]) <= promises
    for measure in inventory.table()["measure"]:
        assert (ROOT / measure["where"]).exists()


def test_every_category_belongs_to_an_activity() -> None:
    named = {category for each in inventory.activities() for category in each.categories}
    assert named == set(schedule.categories())


def test_the_inventory_knows_the_sealed_fields() -> None:
    found = {each.name: each for each in inventory.inventory()}
    assert found["Report"].container == "reports"
    assert set(found["Report"].personal) >= {"whatHappened", "people", "vehicles"}
    assert found["Alert"].personal == ()


def test_a_kind_of_record_that_nobody_described_is_shown() -> None:
    script = (
        "import function_app\n"
        "from typing import ClassVar\n"
        "from shared.sealing.records import Record, Sealed\n"
        "from shared.accountability import inventory\n"
        "before = inventory.not_described()\n"
        "class Diary(Record):\n"
        "    __module__ = 'shared.diaries'\n"
        "    container: ClassVar[str] = 'diaries'\n"
        "    text: Sealed[str]\n"
        "print([e.name for e in inventory.not_described() if e not in before])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "['Diary']"


@pytest.mark.parametrize("employer", ["retailer", "law_enforcement"])
def test_the_matrix_is_what_the_rules_decide(employer: str) -> None:
    rows = {each.action: each for each in matrix.matrix(employer, "own")}
    assert set(rows) == set(decision.actions())
    assert rows["plate:search"].roles["investigator"] == "with a case"
    assert rows["complaint:read"].roles == {
        role.value: "yes" if role is Role.PRIVACY_OFFICER else "no" for role in Role
    }
    assert rows["insights:read"].purposes == ("RESEARCH",)
    assert rows["organisation:read"].purposes == ()
    personal = [each for each in rows.values() if each.purposes and each.action != "insights:read"]
    assert len(personal) > 15
    assert all(each.roles["operator"] == "no" for each in personal)
    assert all("RESEARCH" not in each.purposes for each in personal)


def test_strangers_may_nothing() -> None:
    assert {each for row in matrix.matrix("retailer", "stranger") for each in row.roles.values()} == {"no"}


def test_a_pack_can_be_read_on_paper() -> None:
    made = PackView(
        pack=Pack.SUB_PROCESSORS,
        title="Sub-processors",
        organisation="Harbour & Pine",
        made_at=datetime(2026, 11, 28, tzinfo=UTC),
        version="2026-11-28.0badcafe",
        rules={"retention": "2026-11-23"},
        draft=True,
        sections=[
            SectionView(title=f"Part {number}", text=["Words."], facts=[FactView(name="Contact", value=None)])
            for number in range(5)
        ]
        + [SectionView(title="Table", points=["one"], table=TableView(header=["A", "B"], rows=[["x", "y"]] * 90))],
    )
    reader = PdfReader(BytesIO(written(paper.document(made))))
    text = "\n".join(page.extract_text() for page in reader.pages)
    for words in ("Sub-processors", "Draft", "Contents", "Part 4", "Contact", "2026-11-23", "Page 1 of"):
        assert words in text
    assert text.count("2026-11-28.0badcafe") >= len(reader.pages), "the version stands on every page"
