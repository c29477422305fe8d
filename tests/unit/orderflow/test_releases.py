"""Versions and releases, as `orderflow releases` and `orderflow rollback` tell of them and go back."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from emulator.program import ROOT
from orderflow.cli import app
from tests import pages
from tests.runbook import blocks
from tests.unit.orderflow.conftest import MACHINE
from tests.unit.test_runbook import understood

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALIAS, RELEASES = f"{MACHINE}:live", f"{MACHINE}-release"
TAKEN_BACK = {"error": "TakenBack", "cause": "these alarms ring: failures"}


@pytest.fixture(autouse=True)
def released(stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A stack of one machine, released gradually, whose version 7 was deployed last; the pauses that are made."""
    machines = {
        "order-fulfillment": {
            "arn": MACHINE,
            "aliasArn": ALIAS,
            "versionArn": f"{MACHINE}:7",
            "releasesArn": RELEASES,
        },
        "order-fulfillment-release": {"arn": RELEASES, "aliasArn": f"{RELEASES}:live", "versionArn": f"{RELEASES}:1"},
    }
    Path(".orderflow/local.json").write_text(json.dumps({**stack, "machines": machines}))
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def leads(aws: Stubber, routes: Mapping[int, int]) -> None:
    listed = [{"stateMachineVersionArn": f"{MACHINE}:{number}", "weight": weight} for number, weight in routes.items()]
    aws.add_response(
        "describe_state_machine_alias",
        {"stateMachineAliasArn": ALIAS, "name": "live", "routingConfiguration": listed},
        {"stateMachineAliasArn": ALIAS},
    )


def execution(version: int, status: str, why: Mapping[str, str] | None = None) -> dict[str, Any]:
    name = f"{version}-0123abcd"
    arn = f"{RELEASES.replace(':stateMachine:', ':execution:')}:{name}"
    ended = {} if status == "RUNNING" else {"stopDate": AT}
    basic = {"executionArn": arn, "stateMachineArn": RELEASES, "name": name, "status": status, "startDate": AT}
    return {**basic, **ended, **(why or {})}


def is_there(aws: Stubber, routes: Mapping[int, int], *executions: dict[str, Any], versions: int = 7) -> None:
    """What AWS answers to a look at the releases."""
    leads(aws, routes)
    told = [{name: one[name] for name in one if name not in ("error", "cause")} for one in executions]
    aws.add_response("list_executions", {"executions": told}, {"stateMachineArn": RELEASES, "maxResults": 1000})
    listed = [
        {"stateMachineVersionArn": f"{MACHINE}:{number}", "creationDate": AT} for number in range(versions, 0, -1)
    ]
    aws.add_response(
        "list_state_machine_versions",
        {"stateMachineVersions": listed},
        {"stateMachineArn": MACHINE, "maxResults": 1000},
    )
    for one in executions:
        if one["status"] not in ("RUNNING", "SUCCEEDED"):
            aws.add_response("describe_execution", one, {"executionArn": one["executionArn"]})


def is_led(aws: Stubber, version: int) -> None:
    """The one write: all executions start with `version`."""
    route = {"stateMachineVersionArn": f"{MACHINE}:{version}", "weight": 100}
    aws.add_response(
        "update_state_machine_alias",
        {"updateDate": AT},
        {"stateMachineAliasArn": ALIAS, "routingConfiguration": [route]},
    )


def is_stopped(aws: Stubber, version: int, cause: str) -> None:
    one = execution(version, "RUNNING")
    aws.add_response("list_executions", {"executions": [one]}, {"stateMachineArn": RELEASES, "maxResults": 1000})
    stopped = {"executionArn": one["executionArn"], "error": "Superseded", "cause": cause}
    aws.add_response("stop_execution", {"stopDate": AT}, stopped)


def test_each_version_is_told_with_its_share_and_what_became_of_its_release(aws: Stubber) -> None:
    superseded = {"error": "Superseded", "cause": "version 6 is released in its place"}
    broken = {"error": "Sfn.AccessDeniedException", "cause": "not allowed"}
    is_there(
        aws,
        {3: 90, 7: 10},
        execution(7, "RUNNING"),
        execution(6, "FAILED", TAKEN_BACK),
        execution(5, "ABORTED", superseded),
        execution(4, "FAILED", broken),
        execution(3, "SUCCEEDED"),
    )
    result = run("releases", "--json")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    found = json.loads(line)
    assert (found["machine"], found["told"]) == ("order-fulfillment", 7), "and not the machine that releases it"
    told = [(one["number"], one["share"], one["outcome"], one["why"]) for one in found["versions"]]
    assert told == [
        (7, 10, "SHIFTING", None),
        (6, 0, "TAKEN_BACK", "these alarms ring: failures"),
        (5, 0, "SUPERSEDED", "version 6 is released in its place"),
        (4, 0, "BROKEN_OFF", "not allowed"),
        (3, 90, "RELEASED", None),
        (2, 0, "", None),
        (1, 0, "", None),
    ]


def test_people_see_a_table_of_the_newest_and_of_what_runs(aws: Stubber) -> None:
    is_there(aws, {2: 100}, execution(7, "FAILED", TAKEN_BACK))
    table = [" ".join(line.split()) for line in run("releases", "--limit", "1").stdout.splitlines()]
    assert "order-fulfillment" in table
    assert "7 2026-03-01 12:00:00Z taken back 2026-03-01 12:00:00Z these alarms ring: failures" in table
    assert "2 2026-03-01 12:00:00Z 100 %" in table
    assert not any(line.startswith("6 ") for line in table)


def test_waiting_ends_when_the_deployed_version_has_taken_over(aws: Stubber, released: list[float]) -> None:
    is_there(aws, {6: 100})  # AWS does not tell yet of what began a moment ago
    is_there(aws, {6: 90, 7: 10}, execution(7, "RUNNING"))
    is_there(aws, {7: 100}, execution(7, "SUCCEEDED"))
    result = run("releases", "--wait", "600")
    assert result.exit_code == 0
    assert released == [5, 5]
    assert "Waiting for order-fulfillment (10 % at version 7)" in result.stderr


def test_waiting_for_what_was_taken_back_fails_and_says_why(aws: Stubber, released: list[float]) -> None:
    is_there(aws, {6: 100}, execution(7, "FAILED", TAKEN_BACK))
    result = run("releases", "--wait", "600")
    assert result.exit_code == 1
    assert released == []
    assert (
        "order-fulfillment: version 7 was taken back: these alarms ring: failures; executions start 100 % at 6"
        in result.stderr
    )


def test_waiting_has_an_end(aws: Stubber) -> None:
    is_there(aws, {6: 90, 7: 10}, execution(7, "RUNNING"))
    result = run("releases", "--wait", "0")
    assert result.exit_code == 1
    assert "version 7 is still being released; executions start 10 % at 7, 90 % at 6" in result.stderr


def test_what_was_rolled_back_has_not_taken_over(aws: Stubber) -> None:
    is_there(aws, {6: 100}, execution(7, "SUCCEEDED"))
    result = run("releases", "--wait", "600")
    assert result.exit_code == 1
    assert "version 7 was released, and someone has rolled it back" in result.stderr


def test_back_goes_to_the_last_version_that_ran_in_earnest(aws: Stubber, released: list[float]) -> None:
    is_there(aws, {7: 100}, execution(7, "SUCCEEDED"), execution(6, "FAILED", TAKEN_BACK), execution(5, "SUCCEEDED"))
    leads(aws, {7: 100})
    is_led(aws, 5)
    result = run("rollback", "--json")
    assert json.loads(result.stdout) == {
        "machine": "order-fulfillment",
        "version": 5,
        "before": [{"version": 7, "share": 100}],
        "stopped": None,
    }
    assert released == []


def test_back_in_mid_shift_goes_where_the_release_came_from_and_stops_it(aws: Stubber, released: list[float]) -> None:
    is_there(aws, {5: 90, 7: 10}, execution(7, "RUNNING"), execution(6, "FAILED", TAKEN_BACK))
    leads(aws, {5: 90, 7: 10})
    is_stopped(aws, 7, "rolled back to version 5 while version 7 was released")
    is_led(aws, 5)
    leads(aws, {5: 100})
    result = run("rollback")
    assert "executions start with version 5 now (before: 90 % with version 5, 10 % with version 7)" in result.stdout
    assert released == [10]


def test_a_call_of_the_stopped_release_that_comes_late_is_undone(aws: Stubber) -> None:
    is_there(aws, {5: 90, 7: 10}, execution(7, "RUNNING"))
    leads(aws, {5: 90, 7: 10})
    is_stopped(aws, 7, "rolled back to version 4 while version 7 was released")
    is_led(aws, 4)
    leads(aws, {7: 100})
    is_led(aws, 4)
    assert run("rollback", "--to", "4").exit_code == 0


def test_a_version_that_is_not_kept_is_no_way_back(aws: Stubber) -> None:
    is_there(aws, {7: 100})
    leads(aws, {7: 100})
    result = run("rollback", "order-fulfillment", "--to", "9")
    assert result.exit_code == 1
    assert "order-fulfillment has no version 9; 'orderflow releases' shows those kept: 7, 6, 5" in result.stderr


def test_the_first_version_has_nothing_before_it(aws: Stubber) -> None:
    is_there(aws, {1: 100}, versions=1)
    leads(aws, {1: 100})
    result = run("rollback")
    assert result.exit_code == 1
    assert "order-fulfillment has no version before 1 to go back to" in result.stderr


def test_what_starts_through_no_alias_cannot_be_led_back(aws: Stubber) -> None:
    result = run("rollback", f"{MACHINE}:7")
    assert result.exit_code == 1
    assert f"{MACHINE}:7 is no alias" in result.stderr


@pytest.fixture
def at_once(stack: dict[str, Any], released: list[float]) -> None:
    """The machine is released all at once instead."""
    machine = {"arn": MACHINE, "aliasArn": ALIAS, "versionArn": f"{MACHINE}:7"}
    Path(".orderflow/local.json").write_text(json.dumps({**stack, "machines": {"order-fulfillment": machine}}))


def has_two_versions(aws: Stubber, routes: Mapping[int, int]) -> None:
    leads(aws, routes)
    listed = [{"stateMachineVersionArn": f"{MACHINE}:{number}", "creationDate": AT} for number in (7, 6)]
    aws.add_response("list_state_machine_versions", {"stateMachineVersions": listed})


@pytest.mark.usefixtures("at_once")
def test_a_machine_that_is_released_all_at_once_has_versions_and_a_way_back_too(aws: Stubber) -> None:
    has_two_versions(aws, {7: 100})
    leads(aws, {7: 100})
    is_led(aws, 6)
    assert run("rollback").exit_code == 0


@pytest.mark.usefixtures("at_once")
def test_nothing_is_waited_for_where_nothing_will_change_by_itself(aws: Stubber, released: list[float]) -> None:
    has_two_versions(aws, {6: 100})
    result = run("releases", "--wait", "600")
    assert result.exit_code == 1
    assert "version 7 has not taken over; executions start 100 % at 6; if nobody" in result.stderr
    assert released == []


def test_the_runbook_allows_whoever_is_on_duty_just_these_calls(aws: Stubber, sfn: Any) -> None:
    called: set[str] = set()

    def note(model: Any, **_: Any) -> None:
        called.add(f"states:{model.name}")

    sfn.meta.events.register("before-parameter-build.*.*", note)
    is_there(aws, {6: 100}, execution(7, "FAILED", TAKEN_BACK))
    run("releases")
    is_there(aws, {5: 90, 7: 10}, execution(7, "RUNNING"))
    leads(aws, {5: 90, 7: 10})
    is_stopped(aws, 7, "rolled back to version 5 while version 7 was released")
    is_led(aws, 5)
    leads(aws, {5: 100})
    run("rollback")
    sfn.meta.events.unregister("before-parameter-build.*.*", note)
    (block,) = [block for block in blocks("Releases") if "put-role-policy" in block.text]
    document = json.loads(block.text.partition("<<JSON\n")[2].partition("\nJSON")[0])
    allowed = [action for statement in document["Statement"] for action in statement["Action"]]
    assert sorted(allowed) == sorted(called)


def test_a_deployment_waits_for_its_versions_before_it_looks_whether_all_is_well(aws: Stubber) -> None:
    steps = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())["jobs"]["dev"]["steps"]
    runs = [step.get("run", "") for step in steps]
    (wait,) = [run for run in runs if " releases " in run]
    (deploy,), (doctor,) = ([run for run in runs if said in run] for said in ("pulumi up", " doctor "))
    assert runs.index(deploy) < runs.index(wait) < runs.index(doctor)
    is_there(aws, {6: 100}, execution(7, "FAILED", TAKEN_BACK))
    stack = shlex.split(wait.replace("$STACK", "local"))
    result = run(*stack[stack.index("orderflow") + 1 :])
    assert result.exit_code == 1
    assert "version 7 was taken back" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        line.partition("#")[0].strip()
        for block in pages.blocks("docs/releases.md", "console")
        for line in block.text.splitlines()
    ],
)
def test_the_page_on_releases_shows_commands_that_there_are(command: str) -> None:
    assert understood(command)
