"""What a page needs for people who use no mouse, no sight or no script: checked in its HTML."""

import itertools
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr"}
UNSEEN = {"hidden", "submit"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._open: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts.append("")
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        opened = self.elements[self._open.pop()][0]
        assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for place in self._open:
            self.texts[place] += data


def check(html: str, language: str) -> None:
    """Raises AssertionError for the first thing that would keep somebody out."""
    page = _Page()
    page.feed(html)
    page.close()
    assert not page._open, "something is never closed"
    named: dict[str, list[tuple[dict[str, str], str]]] = {}
    for (tag, attributes), text in zip(page.elements, page.texts, strict=True):
        named.setdefault(tag, []).append((attributes, text.strip()))
    everything = [attributes for _, attributes in page.elements]
    _structure(page, named, language)
    _no_script(named, everything)
    ids = [each["id"] for each in everything if "id" in each]
    assert len(ids) == len(set(ids)), "an id stands twice"
    for attributes in everything:
        for name in ("aria-describedby", "aria-labelledby", "for"):
            assert set(attributes.get(name, "").split()) <= set(ids), f"{name} leads nowhere: {attributes}"
    for link, text in named.get("a", []):
        assert text, f"a link without words: {link}"
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids, f"{link['href']} leads nowhere"
    _inputs(named)


def _structure(page: _Page, named: dict[str, list[tuple[dict[str, str], str]]], language: str) -> None:
    assert named["html"][0][0]["lang"] == language
    assert named["title"][0][1].removesuffix("– Reeve").strip()
    assert len(named["h1"]) == 1
    assert len(named["main"]) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels)), f"headings {levels}"
    assert levels[0] == 1
    assert all(image.get("alt") is not None for image, _ in named.get("img", []))
    for head, _ in named.get("th", []):
        assert head.get("scope") in {"col", "row"}


def _no_script(named: dict[str, list[tuple[dict[str, str], str]]], everything: list[dict[str, str]]) -> None:
    assert "script" not in named
    assert "style" not in named
    for attributes in everything:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], attributes


def _inputs(named: dict[str, list[tuple[dict[str, str], str]]]) -> None:
    labelled = {label["for"]: text for label, text in named.get("label", [])}
    inputs = [each for tag in ("input", "select", "textarea") for each, _ in named.get(tag, [])]
    for each in inputs:
        if each.get("type") not in UNSEEN:
            assert labelled.get(each["id"]), f"{each['name']} has no label"
    assert len(named.get("legend", [])) == len(named.get("fieldset", []))
    for form, _ in named.get("form", []):
        assert form["method"] == "post"
        assert form["action"].startswith("/api/public")
