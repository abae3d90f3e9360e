"""What a built-in function is. An argument of the wrong type makes the result undefined, as the service has it."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from local.cosmos.sql.values import UNDEFINED, Value, is_number

MANY = 1000


@dataclass(frozen=True, slots=True)
class Function:
    body: Callable[..., Value]
    least: int
    most: int

    def accepts(self, count: int) -> bool:
        return self.least <= count <= self.most

    def __call__(self, *arguments: Value) -> Value:
        try:
            return self.body(*arguments)
        except (ArithmeticError, ValueError, re.error):
            return UNDEFINED


def is_string(value: Value) -> bool:
    return isinstance(value, str)


def is_array(value: Value) -> bool:
    return isinstance(value, list)


def is_integer(value: Value) -> bool:
    return is_number(value) and math.isfinite(value) and value == math.floor(value)


def of(check: Callable[[Value], bool], body: Callable[..., Value]) -> Callable[..., Value]:
    """``body`` where every argument passes ``check``, else undefined."""
    return lambda *arguments: body(*arguments) if all(map(check, arguments)) else UNDEFINED
