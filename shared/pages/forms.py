"""A form is its model: fields, limits and choices come from the very pydantic model that validates what is sent.

Flat models only. What a field looks like follows from its type: a few choices are radio buttons, more a list; long
text has several lines; dates, times and numbers get their own inputs. ``json_schema_extra`` of a field may set
``widget`` (``textarea``, ``hidden``, ``email``, ``tel``, ...) and ``autocomplete`` (WCAG 2.2 SC 1.3.5).

Labels are words of the capability: ``<name>.fields.<field>.label`` and, if there is one, ``.hint``; choices are
``<name>.options.<field>.<value>``.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel

from shared.errors import FieldError, Malformed, Problem
from shared.pages.languages import Language, Texts, Words
from shared.pages.rendering import render

MEDIA_TYPE = "application/x-www-form-urlencoded"
IDEMPOTENCY_FIELD = "idempotencyKey"
MOST_FIELDS = 200
LONG_TEXT = 200
"""From this many characters on, a text gets several lines."""
FEW = 5
"""Up to this many choices are seen at a glance."""
FORMATS = {"date": "date", "time": "text", "email": "email", "uri": "url"}

type Choices = Sequence[tuple[str, str]]
"""Values and their labels."""


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One input as the template draws it."""

    name: str
    label: str
    hint: str
    error: str
    widget: str
    required: bool
    chosen: tuple[str, ...]
    options: tuple[Option, ...] = ()
    most: int | None = None
    autocomplete: str = ""

    @property
    def id(self) -> str:
        return f"field-{self.name}"

    @property
    def value(self) -> str:
        return self.chosen[0] if self.chosen else ""

    @property
    def described(self) -> str:
        ids = [f"{self.id}-hint" if self.hint else "", f"{self.id}-wrong" if self.error else ""]
        return " ".join(filter(None, ids))


@dataclass(frozen=True)
class Shown:
    """A problem above the form; what is wrong with a field stands beside it as well."""

    title: str
    says: str


@dataclass(frozen=True)
class Form:
    """A page with one form, which is sent to the path that shows it."""

    name: str
    """The section of the words."""
    action: str
    model: type[BaseModel]
    texts: Texts
    template: str = "pages/templates/form.html"
    choices: Callable[[Any], Awaitable[Mapping[str, Choices]]] | None = None
    """Given the platform: the choices of fields for which the model has none of its own."""

    async def page(
        self,
        platform: Any,
        language: Language,
        values: Mapping[str, Any] | None = None,
        problem: Problem | None = None,
    ) -> str:
        """The form, empty or as it was sent, with what is wrong with it."""
        words, values = self.texts.of(language), values or {}
        choices = await self.choices(platform) if self.choices else {}
        key = str(values.get(IDEMPOTENCY_FIELD) or secrets.token_urlsafe(24))
        return render(
            self.template,
            self.texts,
            language,
            form=self,
            key=key,
            fields=self._fields(words, values, problem, choices),
            problem=_shown(words, problem) if problem else None,
        )

    def _fields(
        self, words: Words, values: Mapping[str, Any], problem: Problem | None, choices: Mapping[str, Choices]
    ) -> list[Field]:
        schema = self.model.model_json_schema(by_alias=True)
        wrong = {each.at.split("/")[1]: each for each in reversed(problem.errors if problem else []) if "/" in each.at}
        return [
            self._field(words, name, part, schema, values.get(name), wrong.get(name), choices.get(name))
            for name, part in schema["properties"].items()
        ]

    def _field(
        self,
        words: Words,
        name: str,
        part: Mapping[str, Any],
        schema: Mapping[str, Any],
        sent: Any,
        wrong: FieldError | None,
        choices: Choices | None,
    ) -> Field:
        shape = _shape(part, schema)
        inner = _shape(shape["items"], schema) if shape.get("type") == "array" else shape
        key = f"{self.name}.fields.{name}"
        if choices is None:
            choices = [(each, words(f"{self.name}.options.{name}.{each}")) for each in inner.get("enum", ())]
        options = tuple(Option(value, label) for value, label in choices)
        widget = _widget(shape, options)
        if sent is None and "default" in part and part["default"] is not None:
            sent = part["default"]
        return Field(
            name=name,
            label="" if widget == "hidden" else words(f"{key}.label"),
            hint=words.find(f"{key}.hint") or "",
            error=_wording(words, wrong, shape) if wrong else "",
            widget=widget,
            required=name in schema.get("required", ()),
            chosen=_chosen(sent),
            options=options,
            most=shape.get("maxLength") if shape.get("type") == "string" else None,
            autocomplete=shape.get("autocomplete", ""),
        )


def read(raw: bytes, model: type[BaseModel]) -> dict[str, Any]:
    """What a browser has sent, by field: lists where the model has one, nothing for what was left empty.

    Raises :class:`Malformed` for what no form sends.
    """
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise Malformed("The form could not be read.") from None
    schema = model.model_json_schema(by_alias=True)
    lists = {n for n, part in schema["properties"].items() if _shape(part, schema).get("type") == "array"}
    found: dict[str, Any] = {}
    for name, text in pairs:
        value = text.replace("\r\n", "\n").strip()
        if not value:
            continue
        if name in lists:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise Malformed("The form has a field twice.")
        else:
            found[name] = value
    return found


def _shape(part: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A property with its reference followed and its null left out."""
    if "$ref" in part:
        return {**schema["$defs"][part["$ref"].rpartition("/")[2]], **{k: v for k, v in part.items() if k != "$ref"}}
    if "anyOf" in part:
        [only] = [each for each in part["anyOf"] if each.get("type") != "null"]
        return _shape({**only, **{key: value for key, value in part.items() if key != "anyOf"}}, schema)
    return dict(part)


def _widget(shape: Mapping[str, Any], options: Sequence[Option]) -> str:
    if "widget" in shape:
        return str(shape["widget"])
    match shape.get("type"):
        case "array":
            return "checkboxes"
        case "boolean":
            return "checkbox"
        case "integer" | "number":
            return "number"
        case _ if options:
            return "radio" if len(options) <= FEW else "select"
        case "string" if shape.get("maxLength", 0) > LONG_TEXT:
            return "textarea"
        case "string" | None:
            return FORMATS.get(shape.get("format", ""), "text")
        case other:
            raise TypeError(f"a form cannot ask for a {other}")


def _chosen(sent: Any) -> tuple[str, ...]:
    if sent is None:
        return ()
    if isinstance(sent, list):
        return tuple(map(str, sent))
    return (str(sent).lower() if isinstance(sent, bool) else str(sent),)


def _wording(words: Words, wrong: FieldError, shape: Mapping[str, Any]) -> str:
    """In the reader's language where we have the words; English is exact, so what else we know is said in it."""
    said = words.find(f"errors.{wrong.code}")
    if said:
        return said.format(most=shape.get("maxLength", ""), least=shape.get("minLength", ""))
    return wrong.detail if words.language in {Language.ENGLISH, Language.NEW_ZEALAND} else words("errors.other")


def _shown(words: Words, problem: Problem) -> Shown:
    if problem.errors:
        return Shown(words("form.problem"), "")
    slug = problem.slug if words.find(f"problem.{problem.slug}.title") else "internal"
    return Shown(words(f"problem.{slug}.title"), words(f"problem.{slug}.what"))
