"""A second parser, independent of the first, finds nothing in infra/ that it cannot read.

Parameter files are left out: the grammar of tree-sitter-bicep 1.1 knows modules only.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

INFRA = Path(__file__).parents[2] / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
PARSER = Parser(Language(tree_sitter_bicep.language()))


def errors(node: Node) -> Iterator[str]:
    if node.type == "ERROR" or node.is_missing:
        yield f"line {node.start_point.row + 1}: {node.text!r}"
    for child in node.children:
        yield from errors(child)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_module_is_read_without_an_error(file: Path) -> None:
    assert list(errors(PARSER.parse(file.read_bytes()).root_node)) == []


def test_there_is_something_to_read() -> None:
    assert len(FILES) > 15


def test_it_would_find_an_error() -> None:
    assert list(errors(PARSER.parse(b"resource broken 'x@1' = {\n  name: [\n}\n").root_node))
