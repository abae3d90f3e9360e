"""Free text at the door: what describes protected attributes comes back to be rewritten; hints at minors protect."""

from collections.abc import Iterator

from pydantic import BaseModel

from shared.errors import FieldError, Invalid
from shared.reports.models import ReportAmendment, ReportSubmission
from shared.screening.screen import screen

MOST_EXPLAINED = 20


def refuse_profiling(form: ReportSubmission | ReportAmendment) -> None:
    """Raises :class:`Invalid` with one explanation for each finding, by field and position, never quoting the text."""
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


def suspects_minor(form: ReportSubmission | ReportAmendment) -> bool:
    return any(screen(text).minor_suspected for _, text in _texts(form, ""))


def _texts(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    """Every piece of free text with its JSON pointer. Codes and names of fields are no free text."""
    match value:
        case str() if type(value) is str:
            yield pointer, value
        case BaseModel():
            for name, field in type(value).model_fields.items():
                yield from _texts(getattr(value, name), f"{pointer}/{field.alias or name}")
        case list():
            for index, each in enumerate(value):
                yield from _texts(each, f"{pointer}/{index}")
