"""Property paths as SQLite's JSON functions write them. An index serves a condition only if both are spelled alike."""

import re
from collections.abc import Sequence

_SEGMENT = re.compile(r"""/(?:"([^"]*)"|'([^']*)'|([^/]*))""")
_PLAIN = re.compile(r'[^"\\\x00-\x1f\x7f]+')


def segments(path: str) -> list[str]:
    """``["a", "b c"]`` for ``/a/"b c"``, the way partition keys and indexing policies write a path."""
    return [double or single or plain for double, single, plain in _SEGMENT.findall(path)]


def is_plain(keys: Sequence[str | int]) -> bool:
    """Whether SQLite finds these keys: what JSON would escape, its paths cannot say."""
    return all(isinstance(key, int) or bool(_PLAIN.fullmatch(key)) for key in keys)


def quoted_path(keys: Sequence[str | int]) -> str:
    path = "".join(f"[{key}]" if isinstance(key, int) else f'."{key}"' for key in keys)
    return "'$" + path.replace("'", "''") + "'"


def extracted(keys: Sequence[str | int]) -> str:
    return f"json_extract(doc,{quoted_path(keys)})"


def rank_of(keys: Sequence[str | int]) -> str:
    """The place of the value's type in the order of the query language, as :class:`local.cosmos.sql.values.Kind`."""
    cases = "WHEN 'null' THEN 1 WHEN 'false' THEN 2 WHEN 'true' THEN 2 WHEN 'integer' THEN 3 WHEN 'real' THEN 3"
    return f"CASE {type_of(keys)} {cases} WHEN 'text' THEN 4 WHEN 'array' THEN 5 WHEN 'object' THEN 6 ELSE 0 END"


def type_of(keys: Sequence[str | int]) -> str:
    return f"json_type(doc,{quoted_path(keys)})"
