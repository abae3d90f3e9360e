"""With the audit store failing no personal data leaves any endpoint."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from shared.http.door import ENDPOINTS
from tests.security.access_world import AccessWorld
from tests.security.test_access_matrix import ask
from tests.support.stack import StackUnderTest

TABLE: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("access_matrix.toml").read_text())
PERSONAL = sorted(name for name, each in ENDPOINTS.items() if each.personal and each.access == "user")
BROKEN = {"action": "status", "status": 403, "method": "POST", "path": "/colls/audit/docs", "times": None}


@pytest.mark.parametrize("name", PERSONAL)
async def test_no_entry_no_data(access: AccessWorld, stack: StackUnderTest, name: str) -> None:
    endpoint, row = ENDPOINTS[name], TABLE[name]
    place, roles = ("own", row.get("own", "operator")) if row.get("own") != "" else ("shared", row["shared"])
    caller = access.callers[place, roles.split()[0]]
    wanted = await access.request(name, caller)
    with stack.faults("cosmos").happening(BROKEN):
        answer = await ask(access, endpoint, caller, wanted)
    nothing_there = "also" in row  # found out before anything would be accounted for
    assert answer.status_code == (404 if nothing_there else 503), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
