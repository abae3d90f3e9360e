"""Free text at the door: what describes protected attributes comes back to be rewritten; hints at minors protect."""

from collections.abc import Iterator

from pydantic import BaseModel

from shared.errors import FieldError, Invalid
from shared.screening.screen import screen

MOST_EXPLAINED = 20
FREE_TEXT = frozenset(
    ["what_happened", "clothing", "marks", "carried", "behaviour", "notes", "reason", "correction_reason", "label"]
)
"""Where people are described. Plates, names and products are none: a hijab may be stolen, and Mr Christian exists."""


def refuse_profiling(form: BaseModel) -> None:
    """Raises :class:`Invalid` with an explanation of each finding by field and position.

    The explanation quotes the words, for the reporter's eyes: the door never logs a problem's details.
    """
    found = []
    for pointer, text in _texts(form, ""):
        for each in screen(text).findings:
            where = f"{pointer}#{each.start}-{each.end}"
            found.append(FieldError(where, "protected_attribute", f"{each.reason} {each.suggestion}"))
    if found:
        raise Invalid(
            "Some words describe who people are, not what they did. Please put it differently; nothing was stored yet.",
            found[:MOST_EXPLAINED],
        )


def suspects_minor(form: BaseModel) -> bool:
    return any(screen(text).minor_suspected for _, text in _texts(form, ""))


def _texts(form: BaseModel, pointer: str) -> Iterator[tuple[str, str]]:
    """Every piece of free text with its JSON pointer."""
    for name, field in type(form).model_fields.items():
        value, at = getattr(form, name), f"{pointer}/{field.alias or name}"
        if name in FREE_TEXT and value:
            yield at, value
        elif isinstance(value, BaseModel):
            yield from _texts(value, at)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, BaseModel):
                    yield from _texts(each, f"{at}/{index}")
