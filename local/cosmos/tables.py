"""The table of a container's items, and the SQLite indexes that its policies ask for."""

import sqlite3

from local import clock
from local.cosmos.containers import Container
from local.cosmos.indexing import digest, element_tables
from local.cosmos.jsonpath import extracted, is_plain, quoted_path, rank_of, segments, type_of


def table_of(number: int) -> str:
    return f"docs_{number}"


def create(connection: sqlite3.Connection, container: Container) -> None:
    table = table_of(container.number)
    connection.execute(
        f"CREATE TABLE {table}(seq INTEGER PRIMARY KEY AUTOINCREMENT, pk TEXT NOT NULL, id TEXT NOT NULL,"
        " epk TEXT NOT NULL, lsn INTEGER NOT NULL, ts INTEGER NOT NULL, expires INTEGER, etag TEXT NOT NULL,"
        " doc TEXT NOT NULL) STRICT"
    )
    connection.execute(f"CREATE UNIQUE INDEX {table}_key ON {table}(pk, id)")
    connection.execute(f"CREATE INDEX {table}_lsn ON {table}(lsn)")
    connection.execute(f"CREATE INDEX {table}_ttl ON {table}(expires) WHERE expires IS NOT NULL")
    if container.is_hierarchical:  # the SDK asks for a prefix of the key as a range of hashes
        connection.execute(f"CREATE INDEX {table}_epk ON {table}(epk)")
    for position, unique in enumerate(container.body["uniqueKeyPolicy"]["uniqueKeys"]):
        columns = ",".join(f"coalesce(doc->{quoted_path(segments(path))},'null')" for path in unique["paths"])
        connection.execute(f"CREATE UNIQUE INDEX {table}_unique{position} ON {table}(pk,{columns})")
    index(connection, container)


def index(connection: sqlite3.Connection, container: Container) -> None:
    """Creates the indexes of the indexing policy, and drops those of a former one."""
    table = table_of(container.number)
    wanted = dict(_policy_indexes(container).values())
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type='index' AND tbl_name=? AND name LIKE ?", (table, f"{table}_policy_%")
    )
    existing = {name for (name,) in found}
    for name in existing - wanted.keys():
        connection.execute(f"DROP INDEX {name}")
    for name in wanted.keys() - existing:
        connection.execute(f"CREATE INDEX {name} ON {table}({wanted[name]})")
    _index_elements(connection, container)


def drop(connection: sqlite3.Connection, number: int) -> None:
    for name in _element_tables_of(connection, table_of(number)):
        connection.execute(f"DROP TABLE {name}")
    connection.execute(f"DROP TABLE {table_of(number)}")


def _index_elements(connection: sqlite3.Connection, container: Container) -> None:
    """SQLite has no index on the elements of arrays: each path has a table of them, which triggers keep."""
    table = table_of(container.number)
    wanted = element_tables(container.body["indexingPolicy"], table)
    existing = _element_tables_of(connection, table)
    for name in existing - wanted.keys():
        for event in ("insert", "update", "delete"):
            connection.execute(f"DROP TRIGGER {name}_{event}")
        connection.execute(f"DROP TABLE {name}")
    for name in wanted.keys() - existing:
        path, kind = quoted_path(wanted[name]), type_of(wanted[name])
        found = f"SELECT DISTINCT each.value, {{0}}.seq FROM {{1}}json_each({{0}}.doc,{path}) AS each"
        found += f" WHERE {kind.replace('(doc,', '({0}.doc,')}='array' AND each.type IN ('text','integer','real')"
        add, of_all = f"INSERT INTO {name} {found.format('new', '')}", found.format(table, f"{table}, ")
        remove = f"DELETE FROM {name} WHERE (value,seq) IN ({found.format('old', '')})"
        changed = " IS NOT ".join(extracted(wanted[name]).replace("(doc,", f"({row}.doc,") for row in ("old", "new"))
        connection.execute(f"CREATE TABLE {name}(value, seq INTEGER NOT NULL, PRIMARY KEY(value, seq)) WITHOUT ROWID")
        connection.execute(f"INSERT INTO {name} {of_all}")
        connection.execute(f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {add}; END")
        connection.execute(f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {remove}; END")
        connection.execute(
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF doc ON {table} WHEN {changed} BEGIN {remove}; {add}; END"
        )


def _element_tables_of(connection: sqlite3.Connection, table: str) -> set[str]:
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type='table' AND name GLOB ?", (f"{table}_elements_*",)
    )
    return {name for (name,) in found}


def purge(connection: sqlite3.Connection, number: int) -> None:
    """Removes what has expired. Nobody sees it any more, but it is still in the file."""
    connection.execute(f"DELETE FROM {table_of(number)} WHERE expires<=?", (int(clock.now()),))


def ordered_by(container: Container) -> dict[tuple[str, ...], str]:
    """The name of the index in the order of these properties (``a/b`` for ``c.a.b``)."""
    return {paths: name for paths, (name, _) in _policy_indexes(container).items()}


def _policy_indexes(container: Container) -> dict[tuple[str, ...], tuple[str, str]]:
    """Names and columns by what they are about. Only exact paths and composite indexes: SQLite has nothing like an
    index on all paths. The service has one on ``id`` whatever the policy says.

    Each path is indexed by the rank of its type and its value, as the query language orders them. The partition key
    comes first, because most queries name it; a container with a hierarchical key is mostly asked by a prefix of it, so
    there the hash of the key comes last.
    """
    policy = container.body["indexingPolicy"]
    included = [entry["path"] for entry in policy.get("includedPaths", [])]
    keys = [[["id"]]]
    keys += [[segments(path.removesuffix("/?"))] for path in included if path.endswith("/?") and "[]" not in path]
    keys += [[segments(entry["path"]) for entry in paths] for paths in policy.get("compositeIndexes", [])]
    found = {}
    for paths in [each for each in keys if all(map(is_plain, each))]:
        columns = ",".join(f"{rank_of(path)},{extracted(path)}" for path in paths)
        columns = f"{columns},epk" if container.is_hierarchical else f"pk,{columns}"
        name = f"{table_of(container.number)}_policy_{digest(columns)}"
        found[tuple("/".join(path) for path in paths)] = (name, columns)
    return found
