"""Ages in words and numerals: who may be under 18 is a minor until a person says otherwise."""

import pytest

from shared.screening.screen import screen

YOUNG = [
    "He was about 15.",
    "15yo male",
    "a 15 y/o in a cap",
    "fifteen-year-old girl",
    "suspects aged 12-14",
    "Male, 16-20, grey top",
    "year 9 student",
    "He is in Year 10.",
    "8th grader",
    "schoolboy",
    "a teenager",
    "two girls in school uniform",
    "the kid",
    "a toddler",
    "both were under 16",
    "He said he was 17 and ran.",
    "in his mid teens",
    "the suspect (16)",
    "a boy of twelve",
    "children as young as seven",
    "Ｍale, １５yo",
]
GROWN_OR_THINGS = [
    "Male, 18-20, grey top",
    "in store for about 15 minutes",
    "suspect aged 45",
    "kids' clothes",
    "school supplies",
    "about 15 bottles",
    "at around 16:30",
    "12 year old malt whisky",
    "the van is 12 years old",
    "Male 1 and male 2 left.",
    "He was 5'10 and slim.",
    "He is 6ft.",
    "baby formula",
    "a child car seat",
    "minor damage",
    "youth hostel",
    "size 14 coat",
    "He was in aisle 15.",
    "loss of £15",
    "worked here for 15 years",
    "Ms Kidd",
    "tenth visit by the man",
]


@pytest.mark.parametrize("text", YOUNG)
def test_suspected(text: str) -> None:
    assert screen(text).minor_suspected


@pytest.mark.parametrize("text", GROWN_OR_THINGS)
def test_not_suspected(text: str) -> None:
    assert not screen(text).minor_suspected


def test_every_age_below_eighteen_and_none_above() -> None:
    suspected = [age for age in range(5, 100) if screen(f"Suspect aged {age}, grey coat.").minor_suspected]
    assert suspected == list(range(5, 18))
