"""The built-in functions by name, the operators, and the aggregates."""

import math
from collections.abc import Sequence

from local.cosmos.sql.library import arrays, dates, maths, spatial, strings, types
from local.cosmos.sql.library.definition import Function, of
from local.cosmos.sql.values import UNDEFINED, Kind, Value, is_number, kind, sort_key

FUNCTIONS: dict[str, Function] = {
    **types.FUNCTIONS,
    **strings.FUNCTIONS,
    **maths.FUNCTIONS,
    **arrays.FUNCTIONS,
    **dates.FUNCTIONS,
    **spatial.FUNCTIONS,
}

ARITHMETIC: dict[str, Function] = {
    "||": FUNCTIONS["CONCAT"],
    "+": Function(of(is_number, lambda left, right: left + right), 2, 2),
    "-": Function(of(is_number, lambda left, right: left - right), 2, 2),
    "*": Function(of(is_number, lambda left, right: left * right), 2, 2),
    "/": Function(of(is_number, lambda left, right: left / right), 2, 2),
    "%": Function(of(is_number, math.fmod), 2, 2),
    "|": Function(of(is_number, lambda left, right: int(left) | int(right)), 2, 2),
    "&": Function(of(is_number, lambda left, right: int(left) & int(right)), 2, 2),
    "^": Function(of(is_number, lambda left, right: int(left) ^ int(right)), 2, 2),
}


def aggregate(function: str, values: Sequence[Value]) -> Value:
    """The result of one aggregate over the defined values of its argument."""
    if function == "COUNT":
        return len(values)
    if function in {"MIN", "MAX"}:
        scalars = [value for value in values if kind(value) <= Kind.STRING]
        choose = min if function == "MIN" else max
        return choose(scalars, key=sort_key) if scalars else UNDEFINED
    if not all(map(is_number, values)):
        return UNDEFINED
    if function == "SUM":
        return sum(values)
    return sum(values) / len(values) if values else UNDEFINED


def partial_aggregate(function: str, values: Sequence[Value]) -> Value:
    """What one physical partition contributes. Averages travel as a sum and a count, for others to merge."""
    if function != "AVG":
        return aggregate(function, values)
    if not values or not all(map(is_number, values)):
        return UNDEFINED
    return {"sum": sum(values), "count": len(values)}
