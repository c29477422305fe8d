"""Tasks: what a call is asked with, how long it may take, and who answers it.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.running.execution import Execution
from asl.testing.outcomes import MissingOutcomeError, Never, Raises, Returns
from asl.testing.run import run
from tests.unit.asl.running.machines import ACTIVITY, FUNCTION, jsonata, machine, seconds_of, task, types, waiting

SERVICE = "arn:aws:states:::dynamodb:getItem"


def done(state: dict[str, Any], outcome: Any, input: Any = None) -> Execution:
    return run(machine({"Work": state}), {} if input is None else input, {"Work": outcome})


def test_fields_are_applied_in_order_from_input_path_to_output_path() -> None:
    """Selected input, parameters, result, selected result, placed into the raw input, filtered:
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html"""
    asked: list[Any] = []

    def work(arguments: Any, context: Any) -> Any:
        asked.append(arguments)
        return {"found": {"n": 5}, "noise": 1}

    state = task(
        InputPath="$.order",
        Parameters={"id.$": "$.id"},
        ResultSelector={"n.$": "$.found.n"},
        ResultPath="$.result",
        OutputPath="$.result",
    )
    assert done(state, work, {"order": {"id": 7}, "other": 1}).output == {"n": 5}
    assert asked == [{"id": 7}]
    assert done({**state, "OutputPath": "$"}, work, {"order": {"id": 7}}).output == {
        "order": {"id": 7},
        "result": {"n": 5},
    }


def test_without_fields_the_input_goes_in_and_the_result_comes_out() -> None:
    assert done(task(), lambda arguments, context: {"given": arguments}, {"a": 1}).output == {"given": {"a": 1}}


def test_jsonata_arguments_and_output() -> None:
    state = task(Arguments={"id": "{% $states.input.id %}"}, Output={"n": "{% $states.result.n + 1 %}"})
    execution = run(jsonata({"Work": state}), {"id": 7}, {"Work": lambda arguments, context: {"n": arguments["id"]}})
    assert execution.output == {"n": 8}


@pytest.mark.parametrize(
    "fields",
    [{"TimeoutSeconds": 30}, {"TimeoutSecondsPath": "$.limit"}],
    ids=["literal", "path"],
)
def test_a_task_that_is_not_answered_in_time_fails_with_states_timeout(fields: dict[str, Any]) -> None:
    execution = done(task(**fields), Never(), {"limit": 30})
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")
    assert seconds_of(execution, "LambdaFunctionTimedOut") == [30]


def test_an_answer_in_time_keeps_the_timeout_from_coming() -> None:
    states = {"Work": task(TimeoutSeconds=30, Next="Pause"), "Pause": {"Type": "Wait", "Seconds": 60, "End": True}}
    execution = run(machine(states), {}, {"Work": Returns("done", after=29)})
    assert (execution.status, execution.output) == ("SUCCEEDED", "done")
    assert seconds_of(execution, "ExecutionSucceeded") == [89]


def test_each_attempt_has_the_whole_timeout() -> None:
    state = task(TimeoutSeconds=10, Retry=[{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 5}])
    execution = done(state, [Never(), Returns("late", after=9)])
    assert (execution.output, seconds_of(execution, "ExecutionSucceeded")) == ("late", [24])


@pytest.mark.parametrize("limit", [0, -1, 1.5, "3", None])
def test_a_timeout_path_must_find_a_positive_whole_number(limit: Any) -> None:
    execution = done(task(TimeoutSecondsPath="$.limit"), "done", {"limit": limit})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")


def test_heartbeats_keep_a_task_alive_until_they_stop() -> None:
    state = waiting(HeartbeatSeconds=10, TimeoutSeconds=100)
    alive = done(state, Returns("done", after=28, heartbeats=(9, 18, 27)))
    assert (alive.status, alive.output) == ("SUCCEEDED", "done")
    silent = done(state, Returns("done", after=40, heartbeats=(9, 18)))
    assert (silent.status, silent.error) == ("FAILED", "States.Timeout")
    assert seconds_of(silent, "TaskTimedOut") == [28]


def test_heartbeats_do_not_move_the_timeout() -> None:
    execution = done(waiting(HeartbeatSeconds=10, TimeoutSeconds=25), Never(heartbeats=tuple(range(5, 100, 5))))
    assert seconds_of(execution, "TaskTimedOut") == [25]


def test_a_callback_is_submitted_with_its_token_and_waits_for_the_answer() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token"""
    execution = done(waiting(), Returns({"approved": True}, after=86_400, submitted={"MessageId": "m"}))
    assert execution.output == {"approved": True}
    assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    scheduled = execution.events[2].details["parameters"]
    assert isinstance(scheduled, dict)
    assert scheduled["MessageBody"]
    assert execution.events[4].details["output"] == {"MessageId": "m"}
    assert seconds_of(execution, "TaskSucceeded") == [86_400]


def test_each_attempt_has_a_token_of_its_own() -> None:
    tokens: list[Any] = []

    def answer(arguments: Any, context: Any) -> Any:
        assert context["Task"]["Token"] == arguments["MessageBody"]
        tokens.append(arguments["MessageBody"])
        return Raises("Late") if len(tokens) == 1 else Returns("done")

    assert done(waiting(Retry=[{"ErrorEquals": ["Late"]}]), answer).output == "done"
    assert len(set(tokens)) == 2


def test_a_callback_that_fails_gives_its_error_and_cause() -> None:
    execution = done(waiting(), Raises("Refused", "no budget", after=60))
    assert (execution.error, execution.cause) == ("Refused", "no budget")


def test_a_callback_that_nobody_ever_answers_ends_with_the_execution_s_longest_time() -> None:
    """A Standard execution may take a year: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    execution = done(waiting(), Never())
    assert execution.status == "TIMED_OUT"
    assert seconds_of(execution, "ExecutionTimedOut") == [365 * 86_400]


def test_an_activity_is_scheduled_and_started_by_a_worker() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html"""
    execution = done(task(Resource=ACTIVITY), Returns("seen", after=3), {"photo": 1})
    assert execution.output == "seen"
    assert types(execution)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert execution.events[2].details["input"] == {"photo": 1}


def test_a_service_s_events_name_it_and_its_call_again_and_again() -> None:
    key = {"TableName": "orders", "Key": {"id": {"S": "1"}}}
    execution = done(task(Resource=SERVICE, Parameters=key), {"Item": {}})
    calls = execution.events[2:5]
    assert [event.type for event in calls] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    assert {(event.details["resourceType"], event.details["resource"]) for event in calls} == {("dynamodb", "getItem")}
    assert calls[0].details["parameters"] == key


def test_credentials_are_computed_and_told_with_the_call() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html"""
    role = "arn:aws:iam::111122223333:role/other"
    execution = done(task(Credentials={"RoleArn.$": "$.role"}), "done", {"role": role})
    assert execution.events[2].details["taskCredentials"] == {"roleArn": role}


def test_a_call_without_an_outcome_says_which_state_it_is_and_how_to_give_one() -> None:
    with pytest.raises(MissingOutcomeError) as missing:
        run(machine({"Work": task()}), {"order": 7})
    assert "States.Work" in str(missing.value)
    assert '{"order":7}' in str(missing.value)
    assert "Returns({...})" in str(missing.value)


def test_a_list_of_outcomes_that_is_too_short_is_told() -> None:
    with pytest.raises(MissingOutcomeError, match="call number 2, and outcomes for 1"):
        done(task(Retry=[{"ErrorEquals": ["Late"]}]), [Raises("Late")])


def test_an_outcome_can_be_given_by_state_by_path_and_by_resource() -> None:
    states = {"First": task(Next="Second"), "Second": task()}
    given = {"First": "by name", "States.Second": "by path", FUNCTION: "by resource"}
    execution = run(machine(states), {}, given)
    results = [event.details["output"] for event in execution.events if event.type == "LambdaFunctionSucceeded"]
    assert results == ["by name", "by path"]
    assert run(machine(states), {}, {FUNCTION: "by resource"}).output == "by resource"


@pytest.mark.parametrize("pattern", ["", ".waitForTaskToken"])
def test_events_that_are_not_taken_fail_the_task_with_the_answer_as_its_cause(pattern: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html"""
    detail = {"Detail.$": "$$.Task.Token"} if pattern else {"Detail": "{}"}
    entry = {**detail, "DetailType": "told", "Source": "tests"}
    resource = f"arn:aws:states:::events:putEvents{pattern}"
    state = task(Resource=resource, Parameters={"Entries": [entry]}, TimeoutSeconds=60)
    answer = {"Entries": [{"ErrorCode": "MalformedDetail", "ErrorMessage": "no"}], "FailedEntryCount": 1}
    execution = done(state, Returns({}, 1, answer) if pattern else answer)
    assert (execution.status, execution.error) == ("FAILED", "EventBridge.FailedEntry")
    assert json.loads(execution.cause or "") == answer
    assert types(execution)[-2:] == ["TaskFailed", "ExecutionFailed"]
