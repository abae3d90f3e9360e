"""Which pages there are for everybody: each capability lists its own, and the first page shows the list."""

from dataclasses import dataclass

from shared.pages.languages import Language, Texts

INDEX = "/api/public"


@dataclass(frozen=True)
class Listed:
    path: str
    texts: Texts
    name: str
    """The section of the words, with a title and a lead."""
    addressed: bool
    """Whether it is written to one organisation, which ``organisationId`` of its query can name."""


@dataclass(frozen=True)
class Shown:
    path: str
    title: str
    lead: str
    addressed: bool


PAGES: list[Listed] = []


def publish(path: str, texts: Texts, name: str, *, addressed: bool = False) -> None:
    """Lists a page, in the order in which capabilities are registered."""
    PAGES.append(Listed(path, texts, name, addressed))


def shown(language: Language) -> list[Shown]:
    words = [(each, each.texts.of(language)) for each in PAGES]
    return [
        Shown(each.path, said(f"{each.name}.title"), said(f"{each.name}.lead"), each.addressed) for each, said in words
    ]
