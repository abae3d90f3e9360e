"""The pipelines hold no secret, run nothing that can change under them, and deploy what the code needs."""

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = {file.stem: file.read_text() for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
SECOND = json.loads((ROOT / "infra" / "second-app.json").read_text())
BOTH = "requirements.txt requirements-video.txt"


def jobs(workflow: str) -> dict[str, Any]:
    return dict(yaml.safe_load(WORKFLOWS[workflow])["jobs"])


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_no_secret_is_stored(workflow: str) -> None:
    """Source: GitHub Docs, "Configuring OpenID Connect in Azure": the token is exchanged, nothing is kept."""
    assert "secrets." not in WORKFLOWS[workflow]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_actions_are_pinned_to_a_commit(workflow: str) -> None:
    """Source: GitHub Docs, "Security hardening for GitHub Actions: using third-party actions"."""
    for action in re.findall(r"uses: (.+)", WORKFLOWS[workflow]):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_rights_are_named_and_few(workflow: str) -> None:
    """Source: GitHub Docs, "Controlling permissions for GITHUB_TOKEN"."""
    assert yaml.safe_load(WORKFLOWS[workflow])["permissions"] in ({}, {"contents": "read"})
    for job in jobs(workflow).values():
        assert set(job.get("permissions", {}).items()) <= {("contents", "read"), ("id-token", "write")}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_no_expression_is_put_into_a_script(workflow: str) -> None:
    """Source: GitHub Docs, "Understanding the risk of script injections"."""
    for job in jobs(workflow).values():
        assert not [step["run"] for step in job["steps"] if "${{" in step.get("run", "")]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_job_ends(workflow: str) -> None:
    assert all(job["timeout-minutes"] <= 60 for job in jobs(workflow).values())


def test_the_deployment_offers_the_environments_there_are() -> None:
    triggers = yaml.safe_load(WORKFLOWS["deploy"])[True]  # YAML 1.1 reads `on` as true
    offered = triggers["workflow_dispatch"]["inputs"]["environment"]["options"]
    assert set(offered) == {file.stem for file in (ROOT / "infra").glob("*.bicepparam")}


def test_infrastructure_comes_first_then_code_then_the_check_then_the_events() -> None:
    (job,) = jobs("deploy").values()
    script = "\n".join(step.get("run", "") for step in job["steps"])
    order = ["group create", "config-zip", "deploy_verify.py", "deploy_event_subscription.sh"]
    assert sorted(order, key=script.index) == order


def test_the_variables_that_the_parameters_ask_for_are_given() -> None:
    asked = {
        name
        for file in (ROOT / "infra").glob("*.bicepparam")
        for name in re.findall(r"readEnvironmentVariable\('(\w+)'", file.read_text())
    }
    assert asked
    for workflow in ("ci", "deploy"):
        assert not [name for name in asked if f"{name}: " not in WORKFLOWS[workflow]]


def test_the_package_holds_what_the_app_imports() -> None:
    script = (ROOT / "scripts" / "package.sh").read_text()
    packed = re.search(r"tar --exclude=__pycache__ -c ([^|]+)", script)
    assert packed
    assert packed[1].split() == ["host.json", "functions", "shared"]
    assert "scripts/package.sh" in WORKFLOWS["deploy"]
    calls = re.findall(r"^package (\w+) (.+)$", script, re.MULTILINE)
    assert calls == [("api", "function_app.py requirements.txt"), ("video", f"{SECOND['script']} {BOTH}")]
    assert all((ROOT / name).exists() for _, names in calls for name in names.split())


def test_both_apps_are_deployed_and_looked_at() -> None:
    """Each to the app that its output names, from the package that is called as azd calls the service."""
    pairs = dict(each.split(":") for each in re.findall(r"\b\w+AppName:\w+", WORKFLOWS["deploy"]))
    assert pairs == {"functionAppName": "api", "secondAppName": SECOND["name"]}
    bicep = (ROOT / "infra" / "main.bicep").read_text()
    verify = (ROOT / "scripts" / "deploy_verify.py").read_text()
    for output in pairs:
        assert f"output {output} string" in bicep
        assert f'made["{output}"]' in verify


def test_each_package_has_its_entry_and_its_packages(tmp_path: Path) -> None:
    """The first app has none of the second's packages."""
    environment = os.environ | {"BUILD": str(tmp_path)}
    subprocess.run([ROOT / "scripts" / "package.sh"], check=True, capture_output=True, env=environment)
    wanted = {"api": "function_app.py", SECOND["name"]: SECOND["script"]}
    for name, entry in wanted.items():
        place = tmp_path / name
        assert (place / "function_app.py").read_text() == (ROOT / entry).read_text()
        assert sorted(each.name for each in place.iterdir()) == [
            "function_app.py", "functions", "host.json", "requirements.txt", "shared",
        ]  # fmt: skip
        assert not list(place.rglob("__pycache__"))
        with zipfile.ZipFile(f"{place}.zip") as packed:
            assert {"function_app.py", "requirements.txt", "shared/evidence/video/working.py"} <= set(packed.namelist())
    first, second = ((tmp_path / each / "requirements.txt").read_text() for each in wanted)
    assert second.startswith(first)
    assert sorted(line.partition("==")[0] for line in second.removeprefix(first).split()) == ["av", "numpy"]


def test_azd_names_what_is_there() -> None:
    settings = yaml.safe_load((ROOT / "azure.yaml").read_text())
    assert (ROOT / settings["infra"]["path"] / f"{settings['infra']['module']}.bicepparam").exists()
    assert "'azd-service-name': serviceName" in (ROOT / "infra" / "modules" / "function-app.bicep").read_text()
    assert list(settings["services"]) == ["api", SECOND["name"]]
    main = (ROOT / "infra" / "main.bicep").read_text()
    assert re.findall(r"serviceName: (\S+)", main) == ["'api'", "second.name"]
    assert [each["project"] for each in settings["services"].values()] == [f"build/{n}" for n in settings["services"]]
    for hook in settings["hooks"].values():
        for script in re.findall(r"scripts/\w+\.(?:py|sh)", hook["run"]):
            assert (ROOT / script).exists()
