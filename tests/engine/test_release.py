"""Releases that `pulumi up` begins and a machine carries out, in the embedded cloud, where minutes are short."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError
from typer.testing import CliRunner, Result

from emulator.cloud import Cloud, cloud
from emulator.engine import engine
from orderflow.cli import app
from tests.engine.conftest import Faults, planned, resources
from tests.hangs import eventually

PROJECT = Path(__file__).with_name("release")
MACHINE = "order-fulfillment"
WAIT_SCALE = 0.01
"""A minute of the release is 0.6 s, and the canary's day longer than any test."""


@pytest.fixture(scope="module")
def running() -> Iterator[Cloud]:
    with cloud(wait_scale=WAIT_SCALE, enforce_permissions=True) as started:
        yield started


class Team:
    """What a team does with the machine, and what it sees of it."""

    at_first: int
    """The version that was there before the test."""

    def __init__(self, running: Cloud, stack: auto.Stack, faults: Faults) -> None:
        self.running, self.stack, self.faults = running, stack, faults
        self.client = running.client("stepfunctions")
        self.up()

    def version(self) -> int:
        """The version that was published last."""
        return number(self.told()["versionArn"])

    def told(self) -> dict[str, Any]:
        """What the stack tells of the machine."""
        return self.outputs["machines"][MACHINE]

    def up(self, **config: str) -> auto.UpResult:
        for name, value in config.items():
            self.stack.set_config(f"release:{name}", auto.ConfigValue(value))
        done = self.stack.up()
        self.outputs = {name: output.value for name, output in done.outputs.items()}
        return done

    def releases(self, **config: str) -> int:
        """Deploy a version that was not there before; its number."""
        self.up(revision=f"after {self.version()}", **config)
        return self.version()

    def types(self, *arguments: str) -> Result:
        """The command `orderflow`, in a folder that knows the stack."""
        file = Path(".orderflow") / "dev.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({**self.outputs, "endpointUrl": self.running.endpoint}))
        return CliRunner().invoke(app, arguments)

    def shares(self) -> dict[int, int]:
        """By version, the percentage of executions that start with it."""
        found = self.client.describe_state_machine_alias(stateMachineAliasArn=self.told()["aliasArn"])
        return {number(one["stateMachineVersionArn"]): one["weight"] for one in found["routingConfiguration"]}

    def in_state(self) -> dict[int, int]:
        """The same, as Pulumi's state has it."""
        (alias,) = [
            one
            for one in resources(self.stack)
            if one["type"] == "aws:sfn/alias:Alias" and one["urn"].endswith(MACHINE)
        ]
        return {
            number(one["stateMachineVersionArn"]): one["weight"] for one in alias["outputs"]["routingConfigurations"]
        }

    def outcome(self, version: int) -> str:
        """How the release of a version ended."""

        def ended() -> str | None:
            (found,) = [
                json.loads(line) for line in self.types("releases", "--json", "--limit", "99").stdout.splitlines()
            ]
            (one,) = [one for one in found["versions"] if one["number"] == version]
            return one["outcome"] if one["outcome"] not in ("", "SHIFTING") else None

        return eventually(ended)

    def starts(self, count: int) -> list[str]:
        """Executions that were started through the alias."""
        alias = self.told()["aliasArn"]
        return [self.client.start_execution(stateMachineArn=alias)["executionArn"] for _ in range(count)]

    def versions_of(self, executions: Sequence[str]) -> set[int]:
        told = (self.client.describe_execution(executionArn=one) for one in executions)
        return {number(one["stateMachineVersionArn"]) for one in told}

    def answers_all(self) -> None:
        """Have every execution that waits go on to its end."""
        sqs, arn = self.running.client("sqs"), self.told()["arn"]
        queue = self.outputs["queues"]["asked"]["url"]

        def all_ended() -> bool:
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
                self.client.send_task_success(taskToken=message["Body"], output="{}")
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return not self.client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]

        eventually(all_ended)

    def rings(self, state: str = "ALARM") -> None:
        alarm = f"release-dev-{MACHINE}-ExecutionsFailed"
        self.running.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="a test")


def number(version_arn: str) -> int:
    return int(version_arn.rpartition(":")[2])


@pytest.fixture(scope="module")
def lasting_team(running: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    faults = Faults()
    with engine(running, tmp_path_factory.mktemp("engine"), faults) as started:
        yield Team(running, started.stack("dev", PROJECT), faults)


@pytest.fixture
def team(lasting_team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A machine that no release of is under way, and whose last version is all that starts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("orderflow.releases.CALLS_END_SECONDS", 10 * WAIT_SCALE)
    lasting_team.rings("OK")
    lasting_team.at_first = lasting_team.version()
    if lasting_team.shares() != {lasting_team.at_first: 100}:
        assert lasting_team.types("rollback", "--to", str(lasting_team.at_first)).exit_code == 0
    return lasting_team


def test_up_again_in_mid_shift_changes_nothing_and_the_state_says_the_truth(team: Team) -> None:
    new = team.releases(how="canary")
    shifted = {team.at_first: 90, new: 10}
    eventually(lambda: team.shares() == shifted)
    assert set(team.up().summary.resource_changes or {}) == {"same"}
    team.stack.refresh(run_program=False)
    assert team.in_state() == shifted
    assert planned(team.stack) == {}, "nobody wants it otherwise"
    assert team.shares() == shifted


def test_an_alarm_in_mid_shift_takes_the_version_back_and_no_execution_is_lost(team: Team) -> None:
    new = team.releases(how="canary")
    eventually(lambda: team.shares() == {team.at_first: 90, new: 10})
    started: list[str] = []

    def on_both() -> bool:
        started.extend(team.starts(10))
        return team.versions_of(started) == {team.at_first, new}

    eventually(on_both)
    team.rings()
    eventually(lambda: team.shares() == {team.at_first: 100})
    assert team.outcome(new) == "TAKEN_BACK"
    later = team.starts(20)
    assert team.versions_of(later) == {team.at_first}
    team.answers_all()
    ended = [team.client.describe_execution(executionArn=one)["status"] for one in (*started, *later)]
    assert ended == ["SUCCEEDED"] * len(ended), "those of the version that was taken back, too"

    waited = team.types("releases", "--wait", "0")
    assert waited.exit_code == 1
    assert f"version {new} was taken back: these alarms ring: release-dev-{MACHINE}-ExecutionsFailed" in waited.stderr
    assert set(team.up().summary.resource_changes or {}) == {"same"}
    assert team.shares() == {team.at_first: 100}, "an `up` without a change releases nothing"


def test_a_linear_release_goes_to_its_end_and_keeps_the_newest_versions(team: Team) -> None:
    new = team.releases(how="linear")
    assert team.types("releases", "--wait", "900").exit_code == 0
    assert team.shares() == {new: 100}
    assert team.outcome(new) == "RELEASED"
    newest = team.releases()
    assert team.outcome(newest) == "RELEASED"
    examined = team.types("doctor")
    assert examined.exit_code == 0, examined.output
    listed = team.client.list_state_machine_versions(stateMachineArn=team.told()["arn"])["stateMachineVersions"]
    assert [number(one["stateMachineVersionArn"]) for one in listed] == [newest, new]


def test_an_up_that_stops_before_the_release_has_begun_is_made_up_for_by_the_next(team: Team) -> None:
    team.faults.operation, team.faults.urn = "create", f"Invocation::{MACHINE}-release"
    with pytest.raises(CommandError, match="injected by the test"):
        team.releases(how="canary")
    team.faults.urn = ""
    assert team.shares() == {team.at_first: 100}
    team.up()
    eventually(lambda: team.shares() == {team.at_first: 90, team.version(): 10})


def test_a_second_release_in_mid_shift_takes_the_place_of_the_first(team: Team) -> None:
    first = team.releases(how="canary")
    eventually(lambda: team.shares() == {team.at_first: 90, first: 10})
    second = team.releases()
    eventually(lambda: team.shares() == {team.at_first: 90, second: 10})
    assert team.outcome(first) == "SUPERSEDED"


def test_a_rollback_in_mid_shift_stops_the_release(team: Team) -> None:
    new = team.releases(how="canary")
    eventually(lambda: team.shares() == {team.at_first: 90, new: 10})
    told = team.types("rollback").stdout
    assert f"executions start with version {team.at_first} now" in told
    assert f"the release of version {new} is stopped" in told
    assert team.shares() == {team.at_first: 100}
    assert team.outcome(new) == "SUPERSEDED"


def test_from_gradually_to_at_once_and_back(team: Team) -> None:
    """The alias is Pulumi's again, whatever Pulumi last knew of it."""
    new = team.releases(how="canary")
    eventually(lambda: team.shares() == {team.at_first: 90, new: 10})
    team.up(how="at once")
    assert team.shares() == {new: 100}
    assert team.types("releases", "--wait", "0").exit_code == 0
    newer = team.releases(how="canary")
    eventually(lambda: team.shares() == {new: 90, newer: 10})


def test_a_machine_of_another_type_counts_its_versions_anew_and_releases_them(team: Team) -> None:
    assert team.releases(how="linear", type="EXPRESS") == 1
    assert team.shares() == {1: 100}
    assert team.releases() == 2
    assert team.types("releases", "--wait", "900").exit_code == 0
    assert team.shares() == {2: 100}
    assert team.releases(type="STANDARD") == 1
    assert team.shares() == {1: 100}
