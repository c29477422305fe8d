"""What others install: the fixture `stack` and the components from the built wheel, in a folder of their own."""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from emulator.program import ROOT
from tests.infra.conftest import Run
from tests.reader import MIGRATING, TUTORIAL, Reader, minutes, steps_of_the_workflow, without_own_environment
from tests.wheel import done, installed

Pytest: TypeAlias = Callable[[Path, str, str], str]
"""Runs a test beside a program, in a folder; gives what pytest said."""

OTHERS = """
import pulumi
import pulumi_aws as aws

notices = aws.sns.Topic("notices")
tell = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "Parameters": {"TopicArn": notices.arn, "Message.$": "$.text"},
    "End": True,
}
definition = pulumi.Output.json_dumps({"StartAt": "Tell", "States": {"Tell": tell}})
aws.sfn.StateMachine("telling", role_arn=pulumi.Config().require("role"), definition=definition)
"""
THEIR_TEST = """
import subprocess
import sys

def test_telling(stack):
    dev = stack("dev", config={"news:role": "arn:aws:iam::000000000000:role/telling"})
    told = dev.machine("telling").definition["States"]["Tell"]["Parameters"]
    assert told["TopicArn"] == dev.one("aws:sns/topic:Topic", "notices").outputs["arn"]
    assert not {"components", "emulator"} & {*sys.modules}

def test_preview(stack):
    preview = stack("dev", preview=True, config={"news:role": "arn:aws:iam::000000000000:role/telling"})
    assert preview.unknown("aws:sfn/stateMachine:StateMachine", "telling") == ["definition"]
"""
COMPONENTS = """
from PACKAGE import Logs, StateMachine, StateMachineArgs, Topic, Key

notices = Topic("notices", Key("key", days=7))
tell = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "TimeoutSeconds": 10, "End": True}
tell["Parameters"] = {"TopicArn": notices, "Message.$": "$.text"}
definition = {"StartAt": "Tell", "TimeoutSeconds": 60, "States": {"Tell": tell}}
StateMachine("telling", StateMachineArgs(definition, Logs(7)))
"""
THEIR_MACHINE = """
import json

def test_telling(stack):
    made = stack("dev").machine("telling")
    print(json.dumps([made.definition, made.policy]))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what its extras ask for, in the versions of the lock."""
    return installed(tmp_path_factory.mktemp("elsewhere"), "test", "components").parent


@pytest.fixture(scope="module")
def elsewhere(environment: Path) -> Pytest:
    def run(folder: Path, program: str, test: str) -> str:
        (folder / "Pulumi.yaml").write_text("name: news\nruntime: python\n")
        (folder / "__main__.py").write_text(program)
        (folder / "test_news.py").write_text(test)
        return done(f"{environment}/python", "-m", "pytest", "-qs", "-p", "no:cacheprovider", cwd=folder)

    return run


def test_the_fixture_works_in_a_folder_of_others_with_the_wheel_and_pulumi_alone(
    elsewhere: Pytest, tmp_path: Path
) -> None:
    assert "2 passed" in elsewhere(tmp_path, OTHERS, THEIR_TEST)


def test_a_machine_from_the_wheel_is_the_same_as_from_here(elsewhere: Pytest, tmp_path: Path, run: Run) -> None:
    said = elsewhere(tmp_path, COMPONENTS.replace("PACKAGE", "orderflow.components"), THEIR_MACHINE)
    theirs = json.loads(next(line for line in said.splitlines() if line.startswith("[{")))
    ours = run(COMPONENTS.replace("PACKAGE", "components")).machine("telling")
    assert theirs == json.loads(json.dumps([ours.definition, ours.policy]).replace("orderflow-dev", "news-dev"))
    assert {action for one in theirs[1]["Statement"] for action in one["Action"]} >= {"sns:Publish", "kms:Decrypt"}


def test_a_project_begun_in_an_empty_folder_passes_its_own_tests_and_the_lint_that_it_asks_for(
    environment: Path, tmp_path: Path
) -> None:
    """By the commands of the page; the wheel is installed already."""
    (shown,) = re.findall(r"```console\n(mkdir.*?)```", (ROOT / "docs" / "new-workflow.md").read_text(), re.DOTALL)
    commands = re.sub("pip install .*\n", "", shown)
    assert commands != shown
    path = f"PATH={environment}:{os.environ['PATH']}"
    said = done("env", path, "sh", "-ec", commands, cwd=tmp_path)
    assert re.search(r"^restock +4/4 .* 100\.0 %", said, re.MULTILINE)
    folder = tmp_path / "shop"
    done(f"{environment}/orderflow", "new", "workflow", "tell-buyers", "--express", "--jsonpath", cwd=folder)
    done(f"{environment}/python", "-m", "pytest", "--asl-cov-fail-under=100", cwd=folder)
    for lint in (("check",), ("format", "--check")):
        done(sys.executable, "-m", "ruff", *lint, "--no-cache", cwd=folder)


GH = """#!/bin/sh
echo "$@" >> said.txt
cat "$5" >> said.txt
"""
"""Stands in for GitHub's command: notes what it is told, and the comment."""


def test_the_tutorial_is_true_from_the_empty_folder_to_the_comment_on_the_pull_request(
    environment: Path, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    reader = Reader(tmp_path, without_own_environment(environment))
    before = computed()
    reader.follow(TUTORIAL)
    assert computed() - before < 60, "seconds of computing"
    assert minutes(TUTORIAL) < 10
    reader.environment = {**reader.environment, "PATH": f"{tmp_path / 'bin'}:{reader.environment['PATH']}"}
    for step in steps_of_the_workflow(reader.folder):
        reader.type(step)
    told, _, comment = (reader.folder / "said.txt").read_text().partition("\n")
    assert told == "pr comment 7 --body-file review.md --edit-last --create-if-none"
    assert "**gained** `sqs:SendMessage` | `${orders.url}`" in comment


def test_what_is_said_of_coming_from_elsewhere_is_true(environment: Path, tmp_path: Path) -> None:
    Reader(tmp_path, without_own_environment(environment)).follow(MIGRATING)


def computed() -> float:
    """Seconds of processor time that the processes have taken that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
