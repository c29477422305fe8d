"""Running a definition without AWS: `asl.run`, files of mocks, and `python -m asl run`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import asl
from asl.testing.mock_config import MockError, outcomes
from asl.testing.outcomes import MissingOutcomeError
from tests.unit.asl.command_line import run as command

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:charge"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/questions"
CHARGE = {
    "Type": "Task",
    "Resource": FUNCTION,
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 90, "BackoffRate": 2, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "Refused"}],
    "Next": "Ship",
}
MACHINE: dict[str, Any] = {
    "StartAt": "Charge",
    "States": {
        "Charge": CHARGE,
        "Ship": {"Type": "Wait", "Seconds": 86_400, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Refused": {"Type": "Fail", "Error": "Refused", "CausePath": "$.why.Error"},
    },
}
ASKS: dict[str, Any] = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q",
                "MessageBody.$": "$$.Task.Token",
            },
            "HeartbeatSeconds": 60,
            "TimeoutSeconds": 600,
            "End": True,
        }
    },
}


def test_attempts_take_their_outcomes_in_turn_and_time_passes_at_once() -> None:
    busy = asl.Raises("Busy", "later")
    execution = asl.run(MACHINE, {"orderId": "1"}, {"Charge": [busy, busy, {"paymentId": "p-1"}]})
    assert (execution.status, execution.output) == ("SUCCEEDED", {"paymentId": "p-1"})
    assert (execution.ended_at or 0) - execution.started_at == 90 + 180 + 86_400
    assert execution.visited == ["States.Charge", "States.Ship", "States.Done"]
    assert execution.transitions == 5, "each retry is one: concepts-transitions"


def test_a_function_answers_with_what_it_returns_or_raises() -> None:
    class RefusedError(Exception):
        pass

    def charge(given: Any, context: Any) -> dict[str, str]:
        if given["orderId"] == "2":
            raise RefusedError("no money")
        return {"seen": context["State"]["Name"]}

    assert asl.run(MACHINE, {"orderId": "1"}, {FUNCTION: charge}).output == {"seen": "Charge"}
    refused = asl.run(MACHINE, {"orderId": "2"}, {FUNCTION: charge})
    assert (refused.status, refused.error, refused.cause) == ("FAILED", "Refused", "RefusedError")


def test_a_callback_is_answered_late_kept_alive_or_lost() -> None:
    late = asl.run(ASKS, tasks={"Ask": asl.Returns({"yes": True}, after=100, heartbeats=(50, 90))})
    assert (late.output, (late.ended_at or 0) - late.started_at) == ({"yes": True}, 100)
    silent = asl.run(ASKS, tasks={"Ask": asl.Returns({"yes": True}, after=100)})
    assert (silent.error, (silent.ended_at or 0) - silent.started_at) == ("States.Timeout", 60)
    lost = asl.run(ASKS, tasks={"Ask": asl.Never(heartbeats=range(50, 1000, 50))})
    assert (lost.error, (lost.ended_at or 0) - lost.started_at) == ("States.Timeout", 600)


def test_the_same_arguments_give_the_same_history_and_another_seed_another_jitter() -> None:
    jitter = {**CHARGE, "Retry": [{**CHARGE["Retry"][0], "JitterStrategy": "FULL"}]}
    machine = {**MACHINE, "States": {**MACHINE["States"], "Charge": jitter}}
    tasks = {"Charge": [asl.Raises("Busy"), {}]}
    first, second, other = (asl.run(machine, {}, tasks, seed=seed) for seed in (1, 1, 2))
    assert [event.as_aws() for event in first.events] == [event.as_aws() for event in second.events]
    assert first.ended_at != other.ended_at


def test_a_task_without_an_outcome_says_what_one_looks_like() -> None:
    with pytest.raises(MissingOutcomeError, match=r'States\.Charge calls .*:charge with {"a":1}.*"Charge": Returns'):
        asl.run(MACHINE, {"a": 1})
    with pytest.raises(MissingOutcomeError, match=r"call number 2, and outcomes for 1 are given"):
        asl.run(MACHINE, {}, {"Charge": [asl.Raises("Busy")]})


def test_a_definition_with_errors_is_not_run() -> None:
    broken = {**MACHINE, "StartAt": "Chrage"}
    with pytest.raises(asl.DefinitionError, match="did you mean 'Charge'"):
        asl.run(broken, {}, {"Charge": {}})


CONFIG: dict[str, Any] = {
    "StateMachines": {"charge": {"TestCases": {"Happy": {"Charge": "Paid"}, "Busy": {"Charge": "BusyThenPaid"}}}},
    "MockedResponses": {
        "Paid": {"0": {"Return": {"paymentId": "p-1"}}},
        "BusyThenPaid": {
            "0-1": {"Throw": {"Error": "Busy", "Cause": "later"}},
            "2": {"Return": {"paymentId": "p-2"}},
        },
    },
}


def test_a_mock_config_file_of_step_functions_local_is_read() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html"""
    execution = asl.run(MACHINE, {}, outcomes(CONFIG, case="Busy"))
    assert (execution.output, execution.transitions) == ({"paymentId": "p-2"}, 5)


@pytest.mark.parametrize(
    ("config", "case", "told"),
    [
        (CONFIG, None, r"StateMachines\.charge\.TestCases has Happy, Busy: choose one by --case"),
        (CONFIG, "Hapy", r"has no 'Hapy' \(did you mean 'Happy'\?\)"),
        (
            {**CONFIG, "MockedResponses": {"Payd": CONFIG["MockedResponses"]["Paid"]}},
            "Happy",
            r"TestCases\.Happy\.Charge names the response 'Paid'.*did you mean 'Payd'",
        ),
        (
            {**CONFIG, "MockedResponses": {"Paid": {"1": {"Return": 1}}}},
            "Happy",
            r"MockedResponses\.Paid has no '0': attempts are counted from 0",
        ),
        (
            {**CONFIG, "MockedResponses": {"Paid": {"0": {"Retrun": 1}}}},
            "Happy",
            r'MockedResponses\.Paid\.0 has to be {"Return"',
        ),
        ({"Charge": {"Throw": {"Cause": "no name"}}}, None, r"Charge\.Throw has to have an 'Error'"),
        ([1], None, r"the file holds an array"),
    ],
)
def test_what_is_wrong_in_a_file_of_mocks_is_told_with_its_place(config: Any, case: str | None, told: str) -> None:
    with pytest.raises(MockError, match=told):
        outcomes(config, case=case)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    machine, mocks = tmp_path / "charge.asl.json", tmp_path / "mocks.json"
    machine.write_text(json.dumps(MACHINE))
    mocks.write_text('{"Charge": [{"Throw": {"Error": "Busy", "Cause": "later"}}, {"Return": {"paymentId": "p-1"}}]}')
    return machine, mocks


def test_the_command_shows_each_state_as_it_goes(files: tuple[Path, Path]) -> None:
    done = command("run", files[0], "--mock", files[1])
    assert done.exit_code == 0
    assert "+0s    failed: Busy: later" in done.stdout
    assert "+1m30s    calls arn:aws:lambda" in done.stdout
    assert "+1d00h01m  Done (Succeed)" in done.stdout
    assert "SUCCEEDED (4 state transitions" in done.stderr
    assert done.stdout.endswith('{\n  "paymentId": "p-1"\n}\n')
    verbose = command("run", files[0], "--mock", files[1], "--verbose", "--input", '{"a": 1}').stdout
    assert 'input: {"a":1}' in verbose
    assert 'output: {"paymentId":"p-1"}' in verbose


def test_what_is_shown_is_cut_where_it_is_longer_than_300_characters(files: tuple[Path, Path]) -> None:
    def shown(characters: int) -> str:
        given = json.dumps({"a": "x" * (characters - len('{"a":""}'))})
        told = command("run", files[0], "--mock", files[1], "--verbose", "--input", given).stdout
        return next(line for line in told.splitlines() if "input: " in line).partition("input: ")[2]

    assert shown(300).endswith('x"}')
    assert len(shown(301)) == 300
    assert shown(301).endswith("x...")


def test_the_command_gives_the_history_as_aws_does(files: tuple[Path, Path]) -> None:
    history = json.loads(command("run", files[0], "--mock", files[1], "--format", "json").stdout)
    assert [event["id"] for event in history["events"]] == list(range(1, len(history["events"]) + 1))
    failed = next(event for event in history["events"] if event["type"] == "LambdaFunctionFailed")
    assert failed["lambdaFunctionFailedEventDetails"] == {"error": "Busy", "cause": "later"}
    assert json.loads(history["output"]) == {"paymentId": "p-1"}


def test_the_command_ends_with_1_where_the_execution_fails_or_cannot_be(files: tuple[Path, Path]) -> None:
    machine, mocks = files
    mocks.write_text('{"Charge": {"Throw": {"Error": "NoMoney"}}}')
    failed = command("run", machine, "--mock", mocks)
    assert (failed.exit_code, "FAILED: Refused: NoMoney" in failed.stderr) == (1, True)
    missing = command("run", machine)
    assert (missing.exit_code, "no outcome is given for it" in missing.stderr) == (1, True)
    machine.write_text(json.dumps({**MACHINE, "StartAt": "Chrage"}))
    broken = command("run", machine, "--mock", mocks)
    assert (broken.exit_code, "ASL" in broken.stderr, "with errors is not run" in broken.stderr) == (1, True, True)
    assert command("run", machine, "--input", "{").exit_code == 2
    assert "--input is no JSON" in command("run", machine, "--input", "{").stderr
