"""ASP.NET route templates: ``reports/{id:guid}/files/{*path}``.

Source: Microsoft Learn, "Routing in ASP.NET Core", route constraint reference; azure-webjobs-sdk-extensions,
WebJobsRouteBuilder. Precedence is the order of function names, never specificity, and a wrong method is no match.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..functions import Function
from ..settings import SettingsError

type Check = Callable[[str], bool]
INT32, INT64 = 2**31, 2**63
GUID = re.compile(r"\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?|[0-9a-f]{32}", re.IGNORECASE)
PARAMETER = re.compile(r"(\*{0,2})([^:=?*]+)((?::[^=?]*(?:\(.*\))?[^=?]*)?)(\?|=.*)?", re.DOTALL)


@dataclass(frozen=True)
class Route:
    function: Function
    template: str
    pattern: re.Pattern[str]
    checks: tuple[tuple[str, Check], ...]
    defaults: dict[str, str]
    methods: frozenset[str] | None
    level: str

    def match(self, path: str, method: str) -> dict[str, str] | None:
        """The route's parameters, or None. The path is decoded, but for a slash within a segment (%2F)."""
        if self.methods is not None and method not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        given = {name: value for name, value in found.groupdict().items() if value}
        if not all(name not in given or holds(given[name]) for name, holds in self.checks):
            return None
        return self.defaults | given


def route_of(function: Function, prefix: str) -> Route:
    """A function's route under the prefix; without one of its own it is the function's name."""
    trigger = function.trigger
    template = "/".join(part for part in (prefix, str(trigger.get("route") or function.name).strip("/")) if part)
    pattern, checks, defaults = compiled(template)
    methods = frozenset(str(method).upper() for method in trigger["methods"]) if trigger.get("methods") else None
    level = str(trigger.get("authLevel", "FUNCTION")).upper()
    return Route(function, template, pattern, tuple(checks), defaults, methods, level)


def compiled(template: str) -> tuple[re.Pattern[str], list[tuple[str, Check]], dict[str, str]]:
    """A pattern over the path with its leading slash, the constraints by parameter, and the defaults.

    Raises:
        SettingsError: for a constraint that ASP.NET does not know.
    """
    expression, checks, defaults = "", list[tuple[str, Check]](), dict[str, str]()
    for segment in _segments(template):
        pieces = _pieces(segment)
        alone = len(pieces) == 1
        text, optional = "", False
        for piece in pieces:
            if not piece.startswith("{"):
                text += re.escape(piece)
                continue
            star, name, constraints, ending = _parameter(piece)
            checks += [(name, _check(each)) for each in _split(constraints)]
            optional |= bool(star or ending)
            if ending.startswith("="):
                defaults[name] = ending[1:]
            text += f"(?P<{name}>{'.*' if star else '[^/]+' if alone else '[^/]+?'})"
        expression += f"(?:/{text})?" if optional and alone else f"/{text}"
    return re.compile(expression + "/?", re.IGNORECASE | re.DOTALL), checks, defaults


def first_match(routes: Sequence[Route], path: str, method: str) -> tuple[Route, dict[str, str]] | None:
    for route in routes:
        if (parameters := route.match(path, method)) is not None:
            return route, parameters
    return None


def _segments(template: str) -> list[str]:
    """Split at slashes, but not at those inside braces, which a regex constraint may hold."""
    return [segment for segment in re.split(r"/(?![^{}]*\})", template) if segment]


def _pieces(segment: str) -> list[str]:
    """``{name}.{ext}`` as its parameters and what stands between them."""
    return [piece for piece in re.split(r"(\{(?:[^{}]|\{\{|\}\})*\})", segment) if piece]


def _parameter(piece: str) -> tuple[str, str, str, str]:
    found = PARAMETER.fullmatch(piece[1:-1])
    if found is None:
        raise SettingsError(f"{piece} is no parameter of a route")
    star, name, constraints, ending = found.groups()
    return star, name, constraints or "", ending or ""


def _split(constraints: str) -> list[str]:
    """``:int:min(1)`` one by one; a colon inside parentheses belongs to the constraint."""
    return [each for each in re.split(r":(?![^(]*\))", constraints) if each]


def _check(constraint: str) -> Check:
    found = re.fullmatch(r"(\w+)(?:\((.*)\))?", constraint, re.DOTALL)
    name, argument = (found[1].lower(), found[2] or "") if found else (constraint, "")
    if name in PLAIN:
        return PLAIN[name]
    if name == "regex":
        pattern = re.compile(argument.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)
        return lambda value: pattern.search(value) is not None
    if name in SIZED:
        bounds = [int(each) for each in argument.split(",")]
        return lambda value: SIZED[name](value, bounds)
    raise SettingsError(f"{constraint} is no constraint of a route")


def _whole(bound: int) -> Check:
    return lambda value: re.fullmatch(r"\s*[+-]?\d+\s*", value) is not None and -bound <= int(value) < bound


def _number(value: str) -> bool:
    return re.fullmatch(r"[+-]?(\d[\d,]*\.?\d*|\.\d+)([eE][+-]?\d+)?", value) is not None


def _moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_long(value: str) -> bool:
    return _whole(INT64)(value)


PLAIN: dict[str, Check] = {
    "int": _whole(INT32),
    "long": _is_long,
    "bool": lambda value: value.lower() in {"true", "false"},
    "guid": lambda value: GUID.fullmatch(value) is not None,
    "alpha": lambda value: re.fullmatch(r"[A-Za-z]*", value) is not None,
    "decimal": _number,
    "double": _number,
    "float": _number,
    "datetime": _moment,
    "required": bool,
}
SIZED: dict[str, Callable[[str, list[int]], bool]] = {
    "minlength": lambda value, bounds: len(value) >= bounds[0],
    "maxlength": lambda value, bounds: len(value) <= bounds[0],
    "length": lambda value, bounds: bounds[0] <= len(value) <= bounds[-1],
    "min": lambda value, bounds: _is_long(value) and int(value) >= bounds[0],
    "max": lambda value, bounds: _is_long(value) and int(value) <= bounds[0],
    "range": lambda value, bounds: _is_long(value) and bounds[0] <= int(value) <= bounds[1],
}
