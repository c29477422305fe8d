"""Executions of any machine: started once, found, listed, followed to their end, and told of where there are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from orderflow.cli import app
from orderflow.executions import INPUT_BYTES
from tests.unit.orderflow.conftest import MACHINE
from tests.unit.orderflow.histories import Told

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NIGHTLY, EXPRESS = f"{MACHINE}-r", f"{MACHINE}-e"
EXECUTION = f"{NIGHTLY.replace(':stateMachine:', ':execution:')}:n-1"
MAP_RUN = f"{NIGHTLY.replace(':stateMachine:', ':mapRun:')}/Each:1f0c3a7e"

pytestmark = pytest.mark.usefixtures("stack")


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderflow.following.ASK_AGAIN_SECONDS", 0.001)


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=stdin)


def documents(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def described(status: str, **more: Any) -> dict[str, Any]:
    found = {"executionArn": EXECUTION, "stateMachineArn": NIGHTLY, "name": "n-1", "startDate": NOW}
    return {**found, "status": status, **more}


def machine(type: str, group: str | None = "/aws/vendedlogs/states/e") -> dict[str, Any]:
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:*"
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}] if group else []
    logging = {"level": "ALL" if group else "OFF", "destinations": destinations}
    found = {"stateMachineArn": NIGHTLY, "name": "r", "roleArn": "r", "creationDate": NOW, "definition": "{}"}
    return {**found, "type": type, "status": "ACTIVE", "loggingConfiguration": logging}


# Starting


def test_a_machine_is_started_with_what_is_typed_in_a_file_or_on_standard_input(aws: Stubber) -> None:
    Path("input.json").write_text('{"day": "2026-03-01"}')
    for given, text in (('{"a": 1}', '{"a": 1}'), ("7", "7"), ("input.json", '{"day": "2026-03-01"}'), ("-", "[2]")):
        asked = {"stateMachineArn": NIGHTLY, "input": text}
        aws.add_response("start_execution", {"executionArn": EXECUTION, "startDate": NOW}, asked)
        result = run("start", "reconciliation", "--input", given, "--json", stdin="[2]")
        started = {"executionArn": EXECUTION, "name": "n-1", "repeated": False, "status": "RUNNING"}
        assert documents(result) == [started]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{'a': 1}", "no JSON"),
        ('{"a": NaN}', "NaN"),
        ("no-such-file.json", "no file no-such-file.json is here"),
        (json.dumps("x" * (INPUT_BYTES - 1)), "262,145 bytes"),
        (json.dumps("é" * (INPUT_BYTES // 2), ensure_ascii=False), "262,146 bytes"),
    ],
)
def test_what_aws_would_not_take_as_an_input_is_not_sent(given: str, says: str) -> None:
    result = run("start", "reconciliation", "--input", given)
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr


def test_the_largest_input_that_aws_takes_is_sent(aws: Stubber) -> None:
    Path("large.json").write_text(json.dumps("x" * (INPUT_BYTES - 2)))
    aws.add_response("start_execution", {"executionArn": EXECUTION, "startDate": NOW})
    assert run("start", "reconciliation", "--input", "large.json").exit_code == 0


@pytest.mark.parametrize(
    "options",
    [["--name", "n"], ["--wait"], ["--follow"], ["--sync"], ["--input", "1", "--wait", "--sync"]],
)
def test_options_of_a_machine_are_refused_without_one_and_so_are_two_ways_to_wait(options: list[str]) -> None:
    assert run("start", "orders.jsonl", *options).exit_code == 2


def test_the_same_name_and_input_is_found_and_another_input_refused(aws: Stubber) -> None:
    """Though the keys stand in another order: it is the same JSON."""
    for _ in range(2):
        aws.add_client_error("start_execution", "ExecutionAlreadyExists")
        aws.add_response("describe_execution", described("FAILED", input='{"a": 1, "b": 2}'))
    named = ("start", "reconciliation", "--name", "n-1", "--input")
    assert "already there, FAILED" in run(*named, '{"b": 2, "a": 1}').stdout
    refused = run(*named, '{"b": 3}')
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "another input" in refused.stderr


# Following


def tells(aws: Stubber, told: Told, known: int) -> None:
    """As much of the history as is known at that moment, newest first as it is asked for."""
    aws.add_response("get_execution_history", {"events": told.events[:known][::-1]})


@pytest.mark.usefixtures("in_no_time")
def test_an_execution_is_followed_step_by_step_until_it_fails(aws: Stubber) -> None:
    told = Told().enters("Compare").calls("compare-orders").fails("TechnicalError", "no answer")
    told.happens("ExecutionFailed", executionFailedEventDetails={"error": "TechnicalError"})
    aws.add_response("describe_state_machine", machine("STANDARD"))
    aws.add_response("start_execution", {"executionArn": EXECUTION, "startDate": NOW})
    aws.add_client_error("get_execution_history", "ExecutionDoesNotExist")  # AWS does not know it yet
    for known in (1, 2, 2, 6):
        tells(aws, told, known)
    result = run("start", "reconciliation", "--input", "{}", "--follow", "--json")
    assert result.exit_code == 1
    happened = [(step["state"], step["event"]) for step in documents(result)]
    assert happened == [(None, "started"), ("Compare", "entered"), ("Compare", "failed"), (None, "failed")]
    assert documents(result)[1]["input"]["orderId"] == "order-1"


@pytest.mark.usefixtures("in_no_time")
def test_following_ends_when_nobody_wants_to_wait_any_longer(aws: Stubber) -> None:
    told = Told().enters("Compare", "Wait")
    aws.add_response("describe_execution", described("RUNNING"))
    tells(aws, told, 2)
    result = run("history", EXECUTION, "--follow", "--timeout", "0", "--json")
    assert result.exit_code == 1
    *_, last = documents(result)
    assert last["error"]["type"] == "StillRunning"
    assert "still runs in Compare after 0 s" in last["error"]["message"]


def test_ctrl_c_ends_the_following_and_says_nothing(aws: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orderflow.following.time.sleep", interrupted)
    aws.add_response("describe_execution", described("RUNNING"))
    tells(aws, Told(), 1)
    result = run("history", EXECUTION, "--follow")
    assert (result.exit_code, result.stderr) == (130, "")
    assert "started" in result.stdout


# Seeing


def test_a_status_has_the_state_the_version_and_the_map_runs(aws: Stubber) -> None:
    told = Told().enters("Each", "Map")
    counts = {"pending": 0, "running": 1, "succeeded": 8, "failed": 1, "timedOut": 0, "aborted": 0, "total": 10}
    counts |= {"resultsWritten": 0}
    times = {"startDate": NOW, "maxConcurrency": 1, "toleratedFailurePercentage": 0, "toleratedFailureCount": 0}
    run_of = {"mapRunArn": MAP_RUN, "executionArn": EXECUTION, "status": "RUNNING", **times}
    listed = {"mapRunArn": MAP_RUN, "executionArn": EXECUTION, "stateMachineArn": NIGHTLY, "startDate": NOW}
    for _ in range(2):
        version = {"stateMachineVersionArn": f"{NIGHTLY}:7"}
        aws.add_response("describe_execution", described("RUNNING", input='{"\\u001b[31m": 1}', **version))
        aws.add_response("get_execution_history", {"events": told.events[::-1]})
        aws.add_response("list_map_runs", {"mapRuns": [listed]})
        aws.add_response("describe_map_run", {**run_of, "itemCounts": counts, "executionCounts": counts})
    shown = run("status", "reconciliation/n-1").stdout
    assert "\x1b" not in shown
    assert "1 running, 8 succeeded, 1 failed of 10" in " ".join(shown.split())
    (status,) = documents(run("status", EXECUTION, "--json"))
    assert (status["state"], status["version"], status["input"]) == ("Each", "7", {"\x1b[31m": 1})
    assert status["mapRuns"][0]["items"] == {"running": 1, "succeeded": 8, "failed": 1, "total": 10}


def test_a_list_ends_with_what_was_started_before_and_skips_none_that_ended_late(aws: Stubber) -> None:
    now = datetime.now(UTC)

    def row(name: str, started: int, ended: int) -> dict[str, Any]:
        arn, at = EXECUTION.replace("n-1", name), {"startDate": now - timedelta(hours=started)}
        ends = {"status": "FAILED", "stopDate": now - timedelta(hours=ended)}
        return {"executionArn": arn, "stateMachineArn": NIGHTLY, "name": name, **at, **ends}

    rows = [row("new", 1, 0), row("long", 5, 1), row("old", 6, 4), row("never-reached", 1, 4)]
    asked = {"stateMachineArn": NIGHTLY, "maxResults": 1000, "statusFilter": "FAILED"}
    aws.add_response("list_executions", {"executions": rows, "nextToken": "t"}, asked)
    result = run("list", "reconciliation", "--status", "failed", "--since", "3h", "--json")
    assert [one["name"] for one in documents(result)] == ["new"]


def test_the_children_of_a_map_run_are_listed_by_its_arn(aws: Stubber) -> None:
    aws.add_response("list_executions", {"executions": []}, {"mapRunArn": MAP_RUN, "maxResults": 20})
    assert run("list", MAP_RUN).stderr == "No executions.\n"


def test_a_misspelt_execution_is_told_with_the_one_that_was_probably_meant(aws: Stubber) -> None:
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    aws.add_response("describe_state_machine", machine("STANDARD"))
    rows = [{"executionArn": EXECUTION, "stateMachineArn": NIGHTLY, "name": "night-2026-03-01", "status": "FAILED"}]
    aws.add_response("list_executions", {"executions": [{**row, "startDate": NOW} for row in rows]})
    result = run("status", "reconciliation/night-2026-03-10")
    assert result.exit_code == 1
    assert "did you mean 'night-2026-03-01'?" in " ".join(result.stderr.split())


def test_a_history_has_inputs_outputs_times_and_what_was_begun(aws: Stubber) -> None:
    begun = {"ExecutionArn": EXECUTION.replace("n-1", "child"), "StartDate": "2026-03-01"}
    task = {"resourceType": "states", "resource": "startExecution.sync:2"}
    told = Told().enters("Begin")
    told.happens("TaskScheduled", taskScheduledEventDetails={**task, "region": "us-east-1", "parameters": "{}"})
    told.happens("TaskSubmitted", taskSubmittedEventDetails={**task, "output": json.dumps(begun)})
    told.passes(60).exits("Begin").enters("Each", "Map")
    told.happens("MapRunStarted", mapRunStartedEventDetails={"mapRunArn": MAP_RUN})
    aws.add_response("describe_execution", described("RUNNING"))
    aws.add_response("get_execution_history", {"events": told.events})
    steps = documents(run("history", EXECUTION, "--json"))
    assert [step["began"] for step in steps if step["event"] == "began"] == [begun["ExecutionArn"], MAP_RUN]
    left = next(step for step in steps if step["event"] == "exited")
    assert (left["state"], left["took"], left["output"]) == ("Begin", 63.0, {})


# Express


@pytest.mark.parametrize("group", ["/aws/vendedlogs/states/e", None])
def test_an_express_machine_is_told_to_keep_no_executions_and_where_its_log_is(aws: Stubber, group: str | None) -> None:
    for refused, code, arguments in (
        ("list_executions", "StateMachineTypeNotSupported", ["list", "order-events"]),
        ("describe_execution", "ExecutionDoesNotExist", ["why", "order-events/e-1"]),
    ):
        aws.add_client_error(refused, code)
        aws.add_response("describe_state_machine", machine("EXPRESS", group))
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        told = " ".join(result.stderr.split())
        assert (group or "its logging is off") in told
        assert "--sync" in told


def test_an_answer_that_is_waited_for_is_shown_and_a_failure_is_one(aws: Stubber) -> None:
    arn = EXPRESS.replace(":stateMachine:", ":express:") + ":e-1:0b1c"
    times = {"executionArn": arn, "startDate": NOW, "stopDate": NOW + timedelta(seconds=1)}
    aws.add_response("start_sync_execution", {**times, "status": "SUCCEEDED", "output": '{"a": [1]}'})
    aws.add_response("start_sync_execution", {**times, "status": "FAILED", "error": "Boom", "cause": "\x1b[2J"})
    (answer,) = documents(run("start", "order-events", "--input", "[]", "--sync", "--json"))
    assert (answer["name"], answer["status"], answer["output"]) == ("e-1", "SUCCEEDED", {"a": [1]})
    failed = run("start", "order-events", "--input", "[]", "--sync")
    assert failed.exit_code == 1
    assert "Boom" in failed.stdout
    assert "\x1b" not in failed.stdout


def test_who_names_an_express_execution_is_told_that_it_starts_each_time(aws: Stubber) -> None:
    arn = EXPRESS.replace(":stateMachine:", ":express:") + ":e-1:0b1c"
    aws.add_response("start_execution", {"executionArn": arn, "startDate": NOW})
    result = run("start", "order-events", "--input", "[]", "--name", "e-1")
    assert result.exit_code == 0
    assert "starts another one each time" in " ".join(result.stderr.split())


# Stopping and going on


def test_a_stopped_execution_is_told_why_and_one_that_has_ended_is_left(aws: Stubber) -> None:
    aws.add_response("describe_execution", described("RUNNING"))
    asked = {"executionArn": EXECUTION, "error": "Mistaken", "cause": "twice"}
    aws.add_response("stop_execution", {"stopDate": NOW}, asked)
    aws.add_response("describe_execution", described("SUCCEEDED"))
    assert run("stop", EXECUTION, "--error", "Mistaken", "--cause", "twice").exit_code == 0
    assert "it is SUCCEEDED" in run("stop", EXECUTION).stderr


def ended(aws: Stubber, told: Told, status: str = "FAILED", **more: Any) -> None:
    aws.add_response("describe_execution", described(status, **more))
    aws.add_response("get_execution_history", {"events": told.without_data()})
    aws.add_response("get_execution_history", {"events": told.events[::-1]})


def both_branches() -> Told:
    """One branch of two has failed, and the other was aborted with it."""
    told = Told().enters("Both", "Parallel").happens("ParallelStateStarted")
    told.enters("Ship").calls("create-shipment").after(3).enters("Reserve").calls("reserve").fails("Boom", "no")
    told.after(6).happens("TaskStateAborted")
    told.happens("ExecutionFailed", executionFailedEventDetails={"error": "Boom"})
    return told


def test_a_redrive_says_which_states_run_again(aws: Stubber) -> None:
    ended(aws, both_branches(), redriveStatus="REDRIVABLE")
    aws.add_response("redrive_execution", {"redriveDate": NOW}, {"executionArn": EXECUTION})
    (done,) = documents(run("redrive", EXECUTION, "--json"))
    assert (done["result"], set(done["runsAgain"])) == ("redriven", {"Ship", "Reserve"})


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": "it ended too long ago"}, "ended too long ago"),
        ({"redriveStatus": "REDRIVABLE_BY_MAP_RUN"}, "whose Map Run began it"),
        ({"redriveStatus": "REDRIVABLE"}, "Broken ends every execution that is redriven"),
    ],
)
def test_what_no_redrive_helps_is_left_and_told(aws: Stubber, more: dict[str, str], says: str) -> None:
    told = Told().enters("Pay").calls("pay").fails("Boom", "no").exits("Pay").ends_in("Broken", "for good")
    ended(aws, told, **more)
    result = run("redrive", EXECUTION)
    assert result.exit_code == 1
    assert says in " ".join(result.stdout.split())


def test_all_of_a_machine_that_failed_go_on(aws: Stubber) -> None:
    now = datetime.now(UTC)
    row = {"executionArn": EXECUTION, "stateMachineArn": NIGHTLY, "name": "n-1", "status": "FAILED"}
    times = {"startDate": now - timedelta(hours=9), "stopDate": now - timedelta(hours=1)}
    aws.add_response("list_executions", {"executions": [{**row, **times}]})
    aws.add_response("list_executions", {"executions": []})
    ended(aws, both_branches(), redriveStatus="REDRIVABLE")
    aws.add_response("redrive_execution", {"redriveDate": NOW})
    result = run("redrive", "reconciliation", "--all-failed-since", "2h", "--yes")
    assert result.exit_code == 0
    assert "n-1 redriven it goes on where it failed" in " ".join(result.stdout.split())


def test_only_orders_are_redriven_anew() -> None:
    assert run("redrive", EXECUTION, "--anew").exit_code == 2
    assert run("redrive").exit_code == 2
