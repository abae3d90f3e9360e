"""Subscription rules: correlation filters, and SQL filters evaluated by SQLite itself."""

import re
import sqlite3
from typing import Any

SYSTEM = {
    "contenttype": "content-type",
    "correlationid": "correlation-id",
    "label": "subject",
    "subject": "subject",
    "messageid": "message-id",
    "replyto": "reply-to",
    "replytosessionid": "reply-to-group-id",
    "sessionid": "group-id",
    "to": "to",
}
_sql = sqlite3.connect(":memory:", check_same_thread=False)
_sql.execute("PRAGMA case_sensitive_like = ON")


def matches(rule: dict[str, Any], message: Any) -> bool:
    kind = rule.get("FilterType", "Sql")
    if kind == "Correlation":
        want = dict(rule["CorrelationFilter"])
        custom = want.pop("Properties", None) or {}
        return all(message.text(SYSTEM[k.lower()]) == v for k, v in want.items()) and all(
            message.application.get(k) == v for k, v in custom.items()
        )
    return sql_matches(rule.get("SqlFilter", {}).get("SqlExpression", "1=1"), message)


def sql_matches(expression: str, message: Any) -> bool:
    """Names become columns (NULL when the message lacks them), so unknown properties never match."""
    expression = re.sub(r"(?i)\bexists\s*\(\s*([\w.\[\]]+)\s*\)", r"(\1 IS NOT NULL)", expression)
    bare = re.sub(r"'(?:[^']|'')*'", "", expression)
    names = set(re.findall(r"[A-Za-z_]\w*", bare))
    user = {n: message.application.get(n) for n in names - {"sys", "user"}}
    system = {n: message.text(p) for n, p in SYSTEM.items()}
    columns = ", ".join(f'? AS "{n}"' for n in user) or "NULL"
    sys_columns = ", ".join(f"? AS {n}" for n in system if n != "to") + ', ? AS "to"'
    values = [v if isinstance(v, (int, float, bytes, type(None))) else str(v) for v in user.values()]
    values += [v for n, v in system.items() if n != "to"] + [system["to"]]
    query = f"SELECT ({expression}) FROM (SELECT {columns}) AS user, (SELECT {sys_columns}) AS sys"
    query = re.sub(r"(?i)\bsys\.to\b", 'sys."to"', query)
    return bool(_sql.execute(query, values).fetchone()[0])
