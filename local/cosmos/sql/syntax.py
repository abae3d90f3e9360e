"""The syntax tree of a query."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """An alias of FROM or JOIN."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``base.key``, ``base["key"]`` or ``base[0]``."""

    base: "Expression"
    key: str | int


@dataclass(frozen=True, slots=True)
class Index:
    """``base[expression]``."""

    base: "Expression"
    key: "Expression"


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Membership:
    value: "Expression"
    options: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Like:
    value: "Expression"
    pattern: "Expression"
    escape: "Expression | None"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Negation:
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Coalesce:
    value: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class Conditional:
    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    function: str
    argument: "Expression"


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    members: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Subquery:
    kind: Literal["scalar", "array", "exists"]
    query: "Query"


type Expression = (
    Constant
    | Parameter
    | Name
    | Member
    | Index
    | Comparison
    | Membership
    | And
    | Or
    | Not
    | Like
    | Arithmetic
    | Negation
    | Coalesce
    | Conditional
    | Call
    | Aggregate
    | ArrayLiteral
    | ObjectLiteral
    | Subquery
)


@dataclass(frozen=True, slots=True)
class Item:
    """One expression of SELECT."""

    expression: Expression
    alias: str | None

    @property
    def name(self) -> str | None:
        return self.alias or leaf(self.expression)


@dataclass(frozen=True, slots=True)
class Source:
    """One input of FROM or JOIN; ``iterate`` is that of ``alias IN expression``."""

    alias: str | None
    iterate: bool
    expression: Expression


@dataclass(frozen=True, slots=True)
class Ordering:
    expression: Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    distinct: bool
    top: Expression | None
    select_value: bool
    select_all: bool
    items: tuple[Item, ...]
    source: Source | None
    joins: tuple[Source, ...]
    where: Expression | None
    group: tuple[Expression, ...]
    order: tuple[Ordering, ...]
    offset: Expression | None
    limit: Expression | None


def leaf(expression: Expression) -> str | None:
    """The name that an expression gives to what it selects, if any: ``b`` for ``c.a.b``."""
    match expression:
        case Name(name) | Member(_, str(name)):
            return name
    return None


def path(expression: Expression, root: str) -> list[str | int] | None:
    """``["a", "b"]`` for ``c.a.b`` where ``c`` is the container's alias."""
    keys: list[str | int] = []
    while isinstance(expression, Member):
        keys.insert(0, expression.key)
        expression = expression.base
    return keys if keys and expression == Name(root) else None
