"""By which lists reports are found by the products that they name."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.reports import products
from shared.reports.models import Item

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)


def lists_of(*names: str) -> dict[str, list[str]]:
    return products.lists_of([Item(product=each, quantity=1) for each in names])


@settings(deadline=None, max_examples=60)
@given(st.lists(NAMES.filter(str.strip), min_size=1, max_size=3), st.data())
def test_whatever_stands_in_a_name_is_among_its_parts(names: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([each.strip() for each in names]))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(name))] * 2)))
    found = lists_of(*names)["product_parts"]
    assert set(products.sought(name[start:end].lower())) <= set(found)
    assert len(found) <= products.DIFFERENT


def test_a_search_asks_for_what_few_names_have() -> None:
    found = set(lists_of("Gillette razor blades", "Olive oil")["product_parts"])
    assert set(products.sought("RAZOR")) <= found
    assert not set(products.sought("champagne")) <= found
    assert products.sought("oi") == []
    assert len(products.sought("a very long name of a product that nobody has ever heard of")) == products.MOST_SOUGHT


def test_what_is_compared_is_in_one_spelling_and_tells_of_nobody() -> None:
    """The part of a name is still found, as it was: it is the thing that was taken, not somebody."""
    found = lists_of("Razor  Blades", "RAZOR blades", "halal meat for a Muslim")
    assert found["product_names"] == ["razor blades"]
    assert set(products.sought("halal")) <= set(found["product_parts"])
