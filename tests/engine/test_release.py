"""Releases that `pulumi up` begins and a machine carries out, in the embedded cloud, where minutes are short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest

from emulator.cloud import Cloud, cloud
from emulator.engine import engine
from tests.engine.conftest import planned, resources
from tests.hangs import eventually

PROJECT = Path(__file__).with_name("release")


@pytest.fixture
def running() -> Iterator[Cloud]:
    with cloud(wait_scale=0.01) as started:
        yield started


@pytest.fixture
def stack(running: Cloud, tmp_path: Path) -> Iterator[auto.Stack]:
    """The stack, deployed: its first version is what the alias leads to."""
    with engine(running, tmp_path / "engine") as started:
        deployed = started.stack("dev", PROJECT)
        deployed.up()
        yield deployed


class Release:
    """What has become of the machine's releases."""

    def __init__(self, running: Cloud, stack: auto.Stack) -> None:
        self.client = running.client("stepfunctions")
        self.alarms = running.client("cloudwatch")
        outputs = stack.outputs()
        self.alias, self.machine = outputs["alias"].value, outputs["machine"].value
        self.alarm: str = outputs["alarms"].value[0]

    def routes(self) -> dict[str, int]:
        """The shares of versions, by their numbers."""
        found = self.client.describe_state_machine_alias(stateMachineAliasArn=self.alias)["routingConfiguration"]
        return {one["stateMachineVersionArn"].rpartition(":")[2]: one["weight"] for one in found}

    def outcome(self, version: int) -> tuple[str, str | None]:
        """How the release of a version ended."""
        arn = f"{self.machine}-release"

        def ended() -> tuple[str, str | None] | None:
            for one in self.client.list_executions(stateMachineArn=arn)["executions"]:
                if one["name"].startswith(f"{version}-") and one["status"] != "RUNNING":
                    found = self.client.describe_execution(executionArn=one["executionArn"])
                    return found["status"], found.get("error")
            return None

        return eventually(ended)

    def executions(self) -> list[dict[str, Any]]:
        return self.client.list_executions(stateMachineArn=self.machine)["executions"]


def changed(stack: auto.Stack, **config: str) -> auto.UpResult:
    for name, value in config.items():
        stack.set_config(f"release:{name}", auto.ConfigValue(value))
    return stack.up()


def alias_in_state(stack: auto.Stack) -> dict[str, Any]:
    (alias,) = [r for r in resources(stack) if r["type"] == "aws:sfn/alias:Alias" and r["urn"].endswith("::steps")]
    told = alias["outputs"]["routingConfigurations"]
    return {one["stateMachineVersionArn"].rpartition(":")[2]: one["weight"] for one in told}


def test_canary(running: Cloud, stack: auto.Stack) -> None:
    release = Release(running, stack)
    assert release.outcome(1) == ("SUCCEEDED", None)
    assert release.routes() == {"1": 100}
    changed(stack, revision="second")
    eventually(lambda: release.routes() == {"1": 90, "2": 10})

    assert planned(stack) == {}
    assert set(stack.up().summary.resource_changes or {}) == {"same"}
    assert release.routes() == {"1": 90, "2": 10}
    changes = stack.refresh(run_program=False).summary.resource_changes
    print(changes)
    assert alias_in_state(stack) == {"1": 90, "2": 10}
    assert planned(stack) == {}
