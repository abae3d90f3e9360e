"""Every built-in function in common use, with the answer that its page gives or follows from it.

Source of each: its own page under Microsoft Learn, "System functions for Azure Cosmos DB for NoSQL". ``None`` as the
expected list means undefined: the projection has no row.
"""

import math
from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.local.cosmos.conftest import MakeContainer

UNDEFINED: Any = object()
STRINGS = [
    ("CONCAT('a', 'b', 'c')", "abc"),
    ("CONCAT('a', 1)", UNDEFINED),
    ("CONTAINS('abc', 'AB')", False),
    ("CONTAINS('abc', 'AB', true)", True),
    ("ENDSWITH('abc', 'C', true)", True),
    ("STARTSWITH('abc', 'b')", False),
    ("STRINGEQUALS('abc', 'aBc', true)", True),
    ("INDEX_OF('abcabc', 'c')", 2),
    ("INDEX_OF('abcabc', 'c', 3)", 5),
    ("INDEX_OF('abc', 'x')", -1),
    ("LEFT('Microsoft', 5)", "Micro"),
    ("LEFT('abc', 0)", ""),
    ("RIGHT('Microsoft', 4)", "soft"),
    ("LENGTH('')", 0),
    ("LENGTH(5)", UNDEFINED),
    ("LOWER('ABc')", "abc"),
    ("UPPER('abC')", "ABC"),
    ("LTRIM('   abc')", "abc"),
    ("RTRIM('abc   ')", "abc"),
    ("TRIM('   abc   ')", "abc"),
    ("TRIM('xxabcxx', 'x')", "abc"),
    ("REPLACE('a desk', 'desk', 'table')", "a table"),
    ("REPLICATE('ab', 3)", "ababab"),
    ("REPLICATE('ab', -1)", UNDEFINED),
    ("REVERSE('abc')", "cba"),
    ("SUBSTRING('abc', 1, 1)", "b"),
    ("SUBSTRING('abc', 1, 9)", "bc"),
    ("REGEXMATCH('abcd', 'ABC', 'i')", True),
    ("REGEXMATCH('abcd', '^bcd')", False),
    ("STRINGJOIN(['a', 'b'], '-')", "a-b"),
    ("STRINGSPLIT('a,b', ',')", ["a", "b"]),
    ("'a' || 'b'", "ab"),
]
CONVERSIONS = [
    ("ToString(1.5)", "1.5"),
    ("ToString(true)", "true"),
    ("ToString([1, 'a'])", '[1,"a"]'),
    ("ToString(c.missing)", UNDEFINED),
    ("StringToNumber('1.5')", 1.5),
    ("StringToNumber('abc')", UNDEFINED),
    ("StringToBoolean('true')", True),
    ("StringToBoolean('TRUE')", UNDEFINED),
    ("StringToNull('null')", None),
    ("StringToArray('[1, 2]')", [1, 2]),
    ("StringToArray('{}')", UNDEFINED),
    ("StringToObject('{\"a\": [1]}')", {"a": [1]}),
]
NUMBERS = [
    ("ABS(-1.5)", 1.5),
    ("ABS('x')", UNDEFINED),
    ("CEILING(-123.45)", -123),
    ("FLOOR(-123.45)", -124),
    ("ROUND(2.5)", 3),
    ("ROUND(-2.5)", -3),
    ("ROUND(1.2345, 2)", 1.23),
    ("TRUNC(-2.6)", -2),
    ("SIGN(-2)", -1),
    ("SQRT(9)", 3),
    ("SQRT(-1)", UNDEFINED),
    ("SQUARE(3)", 9),
    ("POWER(2, 3)", 8),
    ("EXP(0)", 1),
    ("LOG(8, 2)", 3),
    ("LOG10(100)", 2),
    ("PI()", math.pi),
    ("SIN(0)", 0),
    ("COS(0)", 1),
    ("TAN(0)", 0),
    ("ATAN(0)", 0),
    ("ATN2(0, 1)", 0),
    ("ASIN(0)", 0),
    ("ACOS(1)", 0),
    ("DEGREES(PI())", 180),
    ("RADIANS(180)", math.pi),
    ("NumberBin(37.752, 10)", 30),
    ("NumberBin(37.752)", 37),
    ("INTADD(20, 10)", 30),
    ("INTDIV(-7, 2)", -3),
    ("INTMOD(7, 4)", 3),
    ("INTBITAND(15, 25)", 9),
    ("INTBITXOR(56, 100)", 92),
    ("INTBITLEFTSHIFT(16, 4)", 256),
    ("INTBITNOT(65)", -66),
    ("7 % 4", 3),
    ("1 / 0", UNDEFINED),
    ("1 + 'a'", UNDEFINED),
]
TYPES = [
    ("IS_ARRAY([])", True),
    ("IS_BOOL('true')", False),
    ("IS_DEFINED(c.missing)", False),
    ("IS_DEFINED(c.nothing)", True),
    ("IS_FINITE_NUMBER(1)", True),
    ("IS_INTEGER(1.0)", True),
    ("IS_INTEGER(1.5)", False),
    ("IS_NULL(c.nothing)", True),
    ("IS_NULL(c.missing)", False),
    ("IS_NUMBER('1')", False),
    ("IS_OBJECT({})", True),
    ("IS_PRIMITIVE(null)", True),
    ("IS_PRIMITIVE([])", False),
    ("IS_STRING('')", True),
    ("IIF(c.missing, 1, 2)", 2),
    ("CHOOSE(2, 'a', 'b')", "b"),
    ("CHOOSE(3, 'a', 'b')", UNDEFINED),
    ("c.missing ?? 'else'", "else"),
    ("c.nothing ?? 'else'", None),
]
ARRAYS = [
    ("ARRAY_CONCAT([1], [2, 3])", [1, 2, 3]),
    ("ARRAY_CONTAINS(['a', 'b'], 'a')", True),
    ("ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1})", False),
    ("ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1}, true)", True),
    ("ARRAY_CONTAINS('abc', 'a')", UNDEFINED),
    ("ARRAY_CONTAINS_ANY([1, 2], 2, 3)", True),
    ("ARRAY_CONTAINS_ALL([1, 2], 2, 3)", False),
    ("ARRAY_LENGTH([1, [2, 3]])", 2),
    ("ARRAY_SLICE([1, 2, 3, 4], 1)", [2, 3, 4]),
    ("ARRAY_SLICE([1, 2, 3, 4], 1, 2)", [2, 3]),
    ("ARRAY_SLICE([1, 2, 3, 4], -2, 1)", [3]),
    ("ARRAY_AVG([1, 2, 3])", 2),
    ("ARRAY_SUM([1, 'a'])", UNDEFINED),
    ("ARRAY_MEDIAN([3, 1, 2])", 2),
    ("ARRAY_MIN([3, 1, 2])", 1),
    ("ARRAY_MAX(['b', 'a'])", "b"),
    ("SetIntersect([1, 2, 2], [2, 3])", [2]),
    ("SetUnion([1, 2], [2, 3])", [1, 2, 3]),
    ("SetDifference([1, 2, 3], [2])", [1, 3]),
    ("ObjectToArray({a: 1})", [{"k": "a", "v": 1}]),
    ("ObjectToArray({a: 1}, 'name', 'value')", [{"name": "a", "value": 1}]),
    ("[1, 2][1]", 2),
    ("{a: [1]}.a[0]", 1),
]
T = "'2020-01-02T03:04:05.6789123Z'"
DATES = [
    ("DateTimeAdd('mm', 1, '2020-01-31T23:59:59.0000000Z')", "2020-02-29T23:59:59.0000000Z"),
    ("DateTimeAdd('yyyy', -1, '2020-02-29T00:00:00.0000000Z')", "2019-02-28T00:00:00.0000000Z"),
    (f"DateTimeAdd('hh', 21, {T})", "2020-01-03T00:04:05.6789123Z"),
    (f"DateTimeAdd('ms', 1, {T})", "2020-01-02T03:04:05.6799123Z"),
    ("DateTimeAdd('day', 1, 'yesterday')", UNDEFINED),
    ("DateTimeDiff('month', '2019-12-31T23:59:59Z', '2020-01-01T00:00:00Z')", 1),
    ("DateTimeDiff('day', '2020-01-02T23:00:00Z', '2020-01-01T01:00:00Z')", -1),
    ("DateTimeDiff('hh', '2018-05-17T10:00:00Z', '2018-05-18T11:59:00Z')", 25),
    ("DateTimeFromParts(2017, 4, 20, 13, 15, 20, 3456789)", "2017-04-20T13:15:20.3456789Z"),
    ("DateTimeFromParts(2017, 4, 20)", "2017-04-20T00:00:00.0000000Z"),
    ("DateTimeFromParts(2017, 13, 20)", UNDEFINED),
    (f"DateTimePart('yyyy', {T})", 2020),
    (f"DateTimePart('hh', {T})", 3),
    (f"DateTimePart('ms', {T})", 678),
    (f"DateTimePart('mcs', {T})", 678912),
    (f"DateTimePart('ns', {T})", 678912300),
    (f"DateTimePart('era', {T})", UNDEFINED),
    (f"DateTimeToTicks({T})", 15779342456789123),
    (f"DateTimeToTimestamp({T})", 1577934245678),
    ("TicksToDateTime(15779342456789123)", "2020-01-02T03:04:05.6789123Z"),
    ("TimestampToDateTime(1577934245678)", "2020-01-02T03:04:05.6780000Z"),
    (f"DateTimeBin({T}, 'hh')", "2020-01-02T03:00:00.0000000Z"),
    (f"DateTimeBin({T}, 'mi', 15)", "2020-01-02T03:00:00.0000000Z"),
    ("GetCurrentTimestamp() > 1700000000000", True),
    ("GetCurrentDateTime() > '2024'", True),
    ("GetCurrentTicks() > 17000000000000000", True),
]
SQUARE = "{type: 'Polygon', coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}"
SPATIAL = [
    (f"ST_WITHIN({{type: 'Point', coordinates: [1, 1]}}, {SQUARE})", True),
    (f"ST_WITHIN({{type: 'Point', coordinates: [3, 1]}}, {SQUARE})", False),
    (f"ST_INTERSECTS({{type: 'LineString', coordinates: [[-1, 1], [1, 1]]}}, {SQUARE})", True),
    ("ST_ISVALID({type: 'Point', coordinates: [31.9, -4.8]})", True),
    ("ST_ISVALID({type: 'Polygon', coordinates: [[[0, 0], [1, 1]]]})", False),
    ("ST_WITHIN('here', 'there')", UNDEFINED),
    ("ROUND(ST_DISTANCE({type: 'Point', coordinates: [0, 0]}, {type: 'Point', coordinates: [0, 1]}) / 1000)", 111),
]
ALL = STRINGS + CONVERSIONS + NUMBERS + TYPES + ARRAYS + DATES + SPATIAL


@pytest.fixture(scope="module")
def one(make_container: MakeContainer) -> ContainerProxy:
    container = make_container("/tenant")
    container.create_item({"id": "1", "tenant": "a", "nothing": None})
    return container


@pytest.mark.parametrize(("expression", "expected"), ALL, ids=[expression for expression, _ in ALL])
def test_functions(one: ContainerProxy, expression: str, expected: Any) -> None:
    found = list(one.query_items(f"SELECT VALUE {expression} FROM c", partition_key="a"))
    if expected is UNDEFINED:
        assert found == []
    elif isinstance(expected, float):
        assert found == [pytest.approx(expected)]
    else:
        assert found == [expected]


def test_an_unsupported_function_is_named(one: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError, match="VECTORDISTANCE") as refused:
        list(one.query_items("SELECT VALUE VectorDistance(c.a, c.b) FROM c", partition_key="a"))
    assert refused.value.status_code == 400
