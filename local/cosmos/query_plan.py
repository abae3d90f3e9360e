"""Queries across physical partitions: what the gateway leaves to the SDK, and what it refuses.

The SDK asks for a plan, sends ``rewrittenQuery`` to each physical partition and merges the answers. How that query is
written is between the SDK and the service. Here it is the same text behind a mark, which asks for the answer of one
partition in the shape that merging needs (``Plan.over_partition``).
"""

from typing import Any

from local.cosmos.sql.plan import Plan
from local.cosmos.wire import Fault

PARTIAL_MARK = "--partial\n"

_AGGREGATES = {"AVG": "Average", "COUNT": "Count", "SUM": "Sum", "MIN": "Min", "MAX": "Max"}


def check_features(plan: Plan, supported: str) -> None:
    """What the calling SDK cannot merge is an error, here as in Azure."""
    needed = {
        "GroupBy": bool(plan.query.group),
        "MultipleAggregates": len(plan.aggregates) > 1 and not plan.query.select_value,
        "NonValueAggregate": bool(plan.aggregates) and not plan.query.select_value,
    }
    for feature, is_needed in needed.items():
        if is_needed and feature not in supported.split(","):
            raise Fault(
                400,
                "Query contains 1 or more unsupported features. Upgrade your SDK to a version that does support the"
                f" requested features:\r\nQuery contained {feature}, which the calling client does not support.",
            )


def describe(plan: Plan, text: str) -> dict[str, Any]:
    return {
        "partitionedQueryExecutionInfoVersion": 2,
        "queryRanges": [{"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}],
        "queryInfo": {
            "distinctType": _distinct_type(plan),
            "top": plan.top,
            "offset": plan.offset,
            "limit": plan.limit,
            "orderBy": [] if plan.aggregates else [_direction(each.descending) for each in plan.query.order],
            "orderByExpressions": [],
            "groupByExpressions": [],
            "groupByAliases": [],
            "aggregates": [_AGGREGATES[function] for function in plan.aggregates],
            "groupByAliasToAggregateType": {},
            "rewrittenQuery": PARTIAL_MARK + text if plan.is_merged else "",
            "hasSelectValue": plan.query.select_value,
            "hasNonStreamingOrderBy": False,
            "dCountInfo": None,
        },
    }


def _distinct_type(plan: Plan) -> str:
    if not plan.query.distinct:
        return "None"
    return "Ordered" if plan.query.order else "Unordered"


def _direction(descending: bool) -> str:
    return "Descending" if descending else "Ascending"
