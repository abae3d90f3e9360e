"""Runs the tests of the SDK's authors against this broker: ``python tests/local/servicebus/sdist_conformance.py``.

Downloads the source distribution of the installed azure-servicebus to a temporary directory, runs its tests in chunks
and prints how many passed. A failure that ``conformance.md`` explains is no surprise; any other makes the exit code 1.
It takes about an hour: the tests mostly wait for locks and clocks.
"""

import argparse
import importlib.metadata
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
PACKAGE = "azure-servicebus"
FILES = (
    *("test_queues.py", "test_sessions.py", "test_topic.py", "test_subscriptions.py", "test_list_sessions.py"),
    *("async_tests/test_queues_async.py", "async_tests/test_sessions_async.py", "async_tests/test_topic_async.py"),
    *("async_tests/test_subscriptions_async.py", "async_tests/test_list_sessions_async.py"),
)
CHUNK = 10
OUT_OF_SCOPE = "out of scope"
"""How a reason in conformance.md begins if the test needs websockets or the management API."""


@dataclass(frozen=True)
class Result:
    file: str
    name: str
    outcome: str
    message: str = ""


def download(place: Path) -> Path:
    """The directory of its tests."""
    version = importlib.metadata.version(PACKAGE)
    command = [sys.executable, "-m", "pip", "download", f"{PACKAGE}=={version}", "--no-deps", "--quiet"]
    subprocess.run([*command, "--no-binary", ":all:", "--dest", str(place)], check=True)
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    return next(place.glob("*/tests"))


def pytest(tests: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["-p", "tests.local.servicebus.sdist_shim", "--noconftest", "-c", os.devnull, f"--rootdir={tests}"]
    quiet = ["-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "--import-mode=prepend"]
    path = os.pathsep.join(map(str, (PROJECT, tests, tests / "async_tests")))
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *quiet, *arguments],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def collect(tests: Path, pattern: str) -> list[list[str]]:
    """The tests' ids in chunks, each of one file."""
    chunks = []
    for file in FILES:
        listed = pytest(tests, "--collect-only", file)
        ids = [line for line in listed.stdout.splitlines() if "::" in line and re.search(pattern, line)]
        if listed.returncode:
            raise SystemExit(f"{file} cannot be collected:\n{listed.stdout}")
        chunks += [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]
    return chunks


def run(tests: Path, ids: list[str], report: Path, seconds: int) -> list[Result]:
    file = ids[0].partition("::")[0]
    done = pytest(tests, f"--timeout={seconds}", f"--junitxml={report}", *ids)
    if not report.exists():
        return [Result(file, name.rpartition("::")[2], "failed", done.stdout[-300:]) for name in ids]
    results = [_result(file, case) for case in ElementTree.parse(report).iter("testcase")]
    print(f"{file}: {dict(Counter(each.outcome for each in results))}", file=sys.stderr, flush=True)
    return results


def _result(file: str, case: ElementTree.Element) -> Result:
    name = case.get("name", "").partition("[")[0]
    for kind in ("failure", "error"):
        if (found := case.find(kind)) is not None:
            return Result(file, name, "failed", (found.get("message") or "").partition("\n")[0][:200])
    return Result(file, name, "skipped" if case.find("skipped") is not None else "passed")


def known_reasons() -> dict[str, str]:
    """Lines such as "- `test_name`: why" in conformance.md."""
    found = re.finditer(r"^- `(test_\w+)`: (.+)$", (HERE / "conformance.md").read_text(), re.MULTILINE)
    return {match[1]: match[2] for match in found}


def table(results: list[Result], reasons: dict[str, str]) -> Iterator[str]:
    yield "| file | passed | failed | skipped |"
    yield "|---|---|---|---|"
    for file in FILES:
        counted = Counter(each.outcome for each in results if each.file == file)
        if counted:
            yield f"| {file} | {counted['passed']} | {counted['failed']} | {counted['skipped']} |"
    in_scope = [each for each in results if not reasons.get(each.name, "").startswith(OUT_OF_SCOPE)]
    counted = Counter(each.outcome for each in in_scope)
    ran = counted["passed"] + counted["failed"]
    share = counted["passed"] / ran if ran else 0
    yield f"\nIn scope: {counted['passed']} of {ran} passed ({share:.0%}), {counted['skipped']} skipped."
    for each in results:
        if each.outcome == "failed":
            yield f"- {each.file} {each.name}: {reasons.get(each.name) or f'UNEXPLAINED {each.message}'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a pattern for the ids of the tests to run")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=420, help="seconds for one test (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        tests = download(place)
        chunks = collect(tests, options.only)
        with ThreadPoolExecutor(options.processes) as pool:
            done = pool.map(lambda at: run(tests, chunks[at], place / f"{at}.xml", options.timeout), range(len(chunks)))
            results = [each for chunk in done for each in chunk]
    reasons = known_reasons()
    print("\n".join(table(results, reasons)))
    if any(each.outcome == "failed" and each.name not in reasons for each in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
