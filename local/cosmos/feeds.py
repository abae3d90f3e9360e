"""All items of a container in order: as they were first written, or as they last changed."""

from local.cosmos import ru
from local.cosmos.documents import Condition, Documents
from local.cosmos.narrowing import describe_state, part_of
from local.cosmos.wire import Answer, Exchange, Fault, feed

MOST_PER_PAGE = 1000
CHANGES_PER_PAGE = 100


def read(exchange: Exchange, documents: Documents) -> Answer:
    conditions = part_of(exchange, documents.container).conditions
    if after := exchange.number("x-ms-continuation", 0):
        conditions.append(Condition("seq>?", [after]))
    size = exchange.number("x-ms-max-item-count", MOST_PER_PAGE)
    rows = list(documents.scan(conditions, limit=size + 1))
    if len(rows) > size:
        del rows[size:]
        exchange.answered["x-ms-continuation"] = str(rows[-1][0])
    return _answer(exchange, documents, [text for _, text in rows])


def changes(exchange: Exchange, documents: Documents) -> Answer:
    """The change feed in its latest-version mode. The ETag says where it goes on."""
    if exchange.headers["a-im"].lower() != "incremental feed":
        raise Fault(400, "The local stack serves the change feed in its latest-version mode only.")
    last = documents.last_log_number
    conditions = part_of(exchange, documents.container).conditions
    if (since := exchange.date_header("if-modified-since")) is not None:
        conditions.append(Condition("ts>=?", [since]))
    rows = _changed(documents, conditions, _start(exchange, last), exchange.number("x-ms-max-item-count", 0))
    exchange.answered["etag"] = f'"{rows[-1][0] if rows else last}"'
    answer = _answer(exchange, documents, [f'{text[:-1]},"_lsn":{number}}}' for number, text in rows])
    return answer if rows else Answer(304)


def _start(exchange: Exchange, last: int) -> int:
    mark = exchange.headers.get("if-none-match")
    if mark == "*":
        return last
    try:
        return int((mark or "0").strip('"'))
    except ValueError:
        raise Fault(400, "The change feed cannot start there.") from None


def _changed(documents: Documents, conditions: list[Condition], start: int, size: int) -> list[tuple[int, str]]:
    """A page ends between transactions, never within one, as it goes on after a log sequence number."""
    columns, after = "lsn, doc", Condition("lsn>?", [start])
    rows = list(documents.scan([*conditions, after], columns, "lsn, seq", size or CHANGES_PER_PAGE))
    if not rows:
        return []
    last = rows[-1][0]
    whole = list(documents.scan([*conditions, Condition("lsn=?", [last])], columns, "lsn, seq"))
    return [row for row in rows if row[0] != last] + whole


def _answer(exchange: Exchange, documents: Documents, texts: list[str]) -> Answer:
    exchange.charge = ru.query(sum(map(len, texts)), len(texts), indexed=True)
    exchange.answered["x-ms-item-count"] = str(len(texts))
    describe_state(exchange, documents)
    return Answer(200, feed(documents.container.rid, "Documents", [text.encode() for text in texts]))
