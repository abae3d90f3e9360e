"""Rules of the house that no linter knows."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCTION = [*ROOT.glob("shared/**/*.py"), *ROOT.glob("functions/*.py"), ROOT / "function_app.py"]
HEAVY = ("PIL", "cv2", "onnxruntime", "numpy", "av")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("sdk", ["azure.cosmos", "azure.storage"])
def test_only_storage_speaks_to_the_stores(sdk: str) -> None:
    users = {path for path in PRODUCTION if any(name.startswith(sdk) for name in imports(path))}
    assert users
    assert {path.parent.relative_to(ROOT).as_posix() for path in users} == {"shared/storage"}


def test_only_messaging_speaks_to_the_broker() -> None:
    users = {path for path in PRODUCTION if any(name.startswith("azure.servicebus") for name in imports(path))}
    assert {path.parent.relative_to(ROOT).as_posix() for path in users} == {"shared/messaging"}


def test_every_http_function_goes_through_the_door() -> None:
    """The registered functions and the door's own list must be the same."""
    script = (
        "import function_app\n"
        "from shared.http.door import ENDPOINTS\n"
        "http = {f.get_function_name() for f in function_app.app.get_functions()"
        " if f.get_trigger().get_binding_name() == 'httpTrigger'}\n"
        "assert http == set(ENDPOINTS), http ^ set(ENDPOINTS)\n"
        "print(len(http))"
    )
    done = run(script)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 8


def test_heavy_packages_are_not_imported_at_start() -> None:
    script = f"import sys, function_app\nprint([m for m in {HEAVY} if m in sys.modules])"
    assert run(script).stdout.strip() == "[]"


def test_no_route_hides_another() -> None:
    """The host matches routes in order of function name, so two routes may not fit one path unless methods differ."""
    script = (
        "import function_app\n"
        "from shared.http.door import ENDPOINTS\n"
        "import re\n"
        "shapes = [(e.method, re.sub(r'\\{[^}]*\\}', '{}', e.route)) for e in ENDPOINTS.values()]\n"
        "assert len(shapes) == len(set(shapes)), shapes"
    )
    done = run(script)
    assert done.returncode == 0, done.stderr


def run(script: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
    )
