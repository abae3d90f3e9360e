"""Functions on numbers."""

import math
import random
from collections.abc import Callable

from local.cosmos.sql.library.definition import Function, is_integer, of
from local.cosmos.sql.values import UNDEFINED, Value, is_number


def _round(value: float, digits: float = 0) -> float:
    """Halves away from zero."""
    scale = 10 ** int(digits)
    rounded = math.floor(abs(value) * scale + 0.5) / scale * (1 if value >= 0 else -1)
    return int(rounded) if rounded == int(rounded) else rounded


def _bin(value: Value, size: Value = 1) -> Value:
    if not (is_number(value) and is_number(size)) or size == 0:
        return UNDEFINED
    return math.floor(value / size) * size


def _log(value: Value, base: Value = math.e) -> Value:
    return math.log(value, base) if is_number(value) and is_number(base) else UNDEFINED


def _of_numbers(body: Callable[..., Value], count: int = 1) -> Function:
    return Function(of(is_number, body), count, count)


def _of_integers(body: Callable[[int, int], int]) -> Function:
    return Function(of(is_integer, lambda left, right: body(int(left), int(right))), 2, 2)


FUNCTIONS: dict[str, Function] = {
    "ABS": _of_numbers(abs),
    "FLOOR": _of_numbers(math.floor),
    "CEILING": _of_numbers(math.ceil),
    "ROUND": Function(of(is_number, _round), 1, 2),
    "TRUNC": _of_numbers(math.trunc),
    "SIGN": _of_numbers(lambda value: (value > 0) - (value < 0)),
    "SQRT": _of_numbers(math.sqrt),
    "SQUARE": _of_numbers(lambda value: value * value),
    "POWER": _of_numbers(math.pow, 2),
    "EXP": _of_numbers(math.exp),
    "LOG": Function(_log, 1, 2),
    "LOG10": _of_numbers(math.log10),
    "PI": Function(lambda: math.pi, 0, 0),
    "RAND": Function(random.random, 0, 0),
    "SIN": _of_numbers(math.sin),
    "COS": _of_numbers(math.cos),
    "TAN": _of_numbers(math.tan),
    "COT": _of_numbers(lambda value: 1 / math.tan(value)),
    "ASIN": _of_numbers(math.asin),
    "ACOS": _of_numbers(math.acos),
    "ATAN": _of_numbers(math.atan),
    "ATN2": _of_numbers(math.atan2, 2),
    "DEGREES": _of_numbers(math.degrees),
    "RADIANS": _of_numbers(math.radians),
    "NUMBERBIN": Function(_bin, 1, 2),
    "INTADD": _of_integers(lambda left, right: left + right),
    "INTSUB": _of_integers(lambda left, right: left - right),
    "INTMUL": _of_integers(lambda left, right: left * right),
    "INTDIV": _of_integers(lambda left, right: int(left / right)),
    "INTMOD": _of_integers(lambda left, right: int(math.fmod(left, right))),
    "INTBITAND": _of_integers(lambda left, right: left & right),
    "INTBITOR": _of_integers(lambda left, right: left | right),
    "INTBITXOR": _of_integers(lambda left, right: left ^ right),
    "INTBITLEFTSHIFT": _of_integers(lambda left, right: left << right),
    "INTBITRIGHTSHIFT": _of_integers(lambda left, right: left >> right),
    "INTBITNOT": Function(of(is_integer, lambda value: ~int(value)), 1, 1),
}
