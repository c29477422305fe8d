"""Who may write, what runs unseen, and what is installed unchecked: what the workflows of this repository promise."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").glob("*.yml")}
OURS = re.compile(r"make |python|uv |pulumi ")
"""Commands that run this repository's code."""


def triggers(workflow: dict[Any, Any]) -> set[str]:
    on = workflow[True]  # YAML 1.1 takes `on` for a truth value
    return {on} if isinstance(on, str) else set(on)


def jobs(*events: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The jobs that start with one of the events, those that they call included."""
    for file, workflow in WORKFLOWS.items():
        if triggers(workflow) & {*events, "workflow_call"}:
            for name, job in workflow["jobs"].items():
                yield f"{file}: {name}", job


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return job.get("steps", [])


def test_nothing_that_runs_a_pull_requests_code_may_write() -> None:
    allowed = {"contents": "read", "id-token": "write"}
    found = dict(jobs("pull_request"))
    assert len(found) >= 6
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] == {}, "what a job does not ask for it does not get"
    for name, job in found.items():
        assert set(job.get("permissions", {}).items()) <= set(allowed.items()), name
        assert "secrets" not in job, name
    assert not [file for file, one in WORKFLOWS.items() if "pull_request_target" in triggers(one)]


def test_what_may_write_runs_none_of_this_repositorys_code() -> None:
    writing = {
        name: job
        for name, job in jobs("pull_request", "workflow_run", "push")
        if set(job.get("permissions", {}).items()) & {("pull-requests", "write"), ("contents", "write")}
    }
    assert list(writing) == ["comment.yml: write"]
    for step in steps(writing["comment.yml: write"]):
        assert not step.get("uses", "").startswith("actions/checkout")
        assert not OURS.search(step.get("run", ""))


def test_the_comment_is_made_by_the_default_branchs_code_for_pull_requests_into_it() -> None:
    (describing,) = [job for name, job in jobs("workflow_run") if name == "comment.yml: describe"]
    (checkout,) = [step for step in steps(describing) if step.get("uses", "").startswith("actions/checkout")]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    (finding,) = [step for step in steps(describing) if step.get("id") == "pull"]
    assert ".base.ref == $default and .head.sha == $run.head_sha" in finding["run"]
    assert describing["permissions"] == {"actions": "read", "contents": "read"}
    for step in steps(describing):
        assert not re.search(r"\$\{\{[^}]*(head_branch|display_title|head_commit)", str(step)), "what others wrote"


def test_production_is_previewed_in_its_own_environment_by_a_run_that_nothing_waits_for() -> None:
    assert WORKFLOWS["preview-stack.yml"]["jobs"]["preview"]["environment"] == "preview-${{ inputs.stack }}"
    calls = {
        (file, job["with"]["stack"]) for file, one in WORKFLOWS.items() for job in one["jobs"].values() if "with" in job
    }
    assert calls == {("preview.yml", "dev"), ("preview.yml", "staging"), ("preview-prod.yml", "prod")}
    runbook = (ROOT / "docs/runbook.md").read_text()
    assert '$(trust "environment:preview-$S")' in runbook
    assert 'environments/preview-prod" --input - <<< "{$team}"' in runbook


@pytest.mark.parametrize("file", WORKFLOWS)
def test_every_action_is_named_by_its_commit_and_no_package_is_installed_unchecked(file: str) -> None:
    for job in WORKFLOWS[file]["jobs"].values():
        for used in [job.get("uses"), *(step.get("uses") for step in steps(job))]:
            assert used is None or used.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used
        for step in steps(job):
            assert not re.search(r"pipx? install|pipx run|uvx|npx|npm install|curl", step.get("run", "")), step["run"]


def test_uv_is_installed_by_its_hashes() -> None:
    (installing,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line]
    assert "--require-hashes --requirement .github/uv/requirements.txt" in installing
    lines = (ROOT / ".github/uv/requirements.txt").read_text().replace("\\\n", "").splitlines()
    (pinned,) = lines
    assert re.match(r"uv==[\d.]+ ( *--hash=sha256:[0-9a-f]{64})+ *$", pinned)


def codeowners(rule: str) -> re.Pattern[str]:
    """The files that a rule is about: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners"""
    return re.compile(re.escape(rule[1:]).replace(r"\*", "[^/]*") + ("" if rule.endswith("/") else "$"))


def test_what_decides_over_jobs_and_roles_has_an_owner_and_each_rule_is_about_something() -> None:
    rules = [line.split() for line in (ROOT / ".github/CODEOWNERS").read_text().splitlines() if line[:1] == "/"]
    files = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    patterns = {rule: codeowners(rule) for rule, *_ in rules}
    assert [rule for rule, pattern in patterns.items() if not any(pattern.match(file) for file in files)] == []
    assert all(owners for _, *owners in rules)
    owned = {file for file in files if any(pattern.match(file) for pattern in patterns.values())}
    watched = {f".github/workflows/{name}" for name in WORKFLOWS} | {
        "components/role.py",
        "asl/permissions/roles.py",
        "asl/permissions/grants.py",
    }
    assert watched <= owned


def test_every_update_waits_and_is_of_something_that_is_there() -> None:
    manifests = {
        "uv": "uv.lock",
        "pip": "requirements.txt",
        "github-actions": ".github/workflows",
        "gomod": "go.mod",
        "npm": "package.json",
    }
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == set(manifests)
    for update in updates:
        assert update["cooldown"]["default-days"] >= 7
        for directory in update.get("directories") or [update["directory"]]:
            assert (ROOT / directory[1:] / manifests[update["package-ecosystem"]]).exists(), directory
