"""The history: what GetExecutionHistory returns, held against botocore's model of it, and the same for the same run.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape
from botocore.validate import ParamValidator

from asl.running.execution import Execution
from asl.testing.outcomes import Never, Raises, Returns
from asl.testing.run import run
from tests.unit.asl.running.machines import (
    ACTIVITY,
    distributed,
    each,
    jsonata,
    machine,
    task,
    types,
    waiting,
)


@cache
def output_shape() -> StructureShape:
    model = botocore.session.get_session().get_service_model("stepfunctions")
    shape = model.operation_model("GetExecutionHistory").output_shape
    assert shape
    return shape


def unknown(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """What botocore's own validator lets pass: members that a shape does not have, and words outside an enum."""
    if isinstance(shape, StructureShape):
        for name, one in value.items():
            if name not in shape.members:
                yield f"{path}.{name} is no member of {shape.name}"
            else:
                yield from unknown(one, shape.members[name], f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for one in value:
            yield from unknown(one, shape.member, f"{path}[]")
    elif (words := getattr(shape, "enum", None)) and value not in words:
        yield f"{path} is {value}, and not one of {words}"


def problems(execution: Execution) -> list[str]:
    """What keeps an execution's history from being an answer of AWS's API."""
    answer = {"events": [event.as_aws() for event in execution.events]}
    report = ParamValidator().validate(answer, output_shape())
    return [report.generate_report()] * report.has_errors() + list(unknown(answer, output_shape(), ""))


ROLE = "arn:aws:iam::111122223333:role/other"
SERVICE = "arn:aws:states:::dynamodb:getItem"
JOB = "arn:aws:states:::ecs:runTask.sync"
RETRY: dict[str, Any] = {"Retry": [{"ErrorEquals": ["Late"]}]}
CATCH: dict[str, Any] = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]}
DONE = {"Done": {"Type": "Succeed"}}
JOB_FIELDS = {"Resource": JOB, "Parameters": {"TaskDefinition": "scan", "Cluster": "c"}}

RUNS: dict[str, tuple[dict[str, Any], Any, dict[str, Any], str]] = {
    "pass, choice and wait": (
        machine(
            {
                "Set": {"Type": "Pass", "Assign": {"x": [1, {"y": None}]}, "Next": "Choose"},
                "Choose": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "IsNull": True, "Next": "Pause"}],
                    "Default": "Pause",
                },
                "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
                **DONE,
            }
        ),
        {"\u00e9": "\U0001f375"},
        {},
        "ChoiceStateExited WaitStateEntered SucceedStateEntered",
    ),
    "fail": (
        machine({"Stop": {"Type": "Fail", "Error": "E", "Cause": "C"}}),
        {},
        {},
        "FailStateEntered ExecutionFailed",
    ),
    "fail without a reason": (machine({"Stop": {"Type": "Fail"}}), {}, {}, "ExecutionFailed"),
    "function": (
        machine({"Work": task(TimeoutSeconds=9, HeartbeatSeconds=5, Credentials={"RoleArn": ROLE}, **RETRY)}),
        {},
        {"Work": [Raises("Late", "rain"), Raises("Late"), {"n": 1.5}]},
        "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed LambdaFunctionSucceeded",
    ),
    "function too late": (
        machine({"Work": task(TimeoutSeconds=9)}),
        {},
        {"Work": Never()},
        "LambdaFunctionTimedOut ExecutionFailed",
    ),
    "activity": (
        machine({"Work": task(Resource=ACTIVITY, TimeoutSeconds=9, HeartbeatSeconds=5, **CATCH), **DONE}),
        {},
        {"Work": Raises("Late")},
        "ActivityScheduled ActivityStarted ActivityFailed",
    ),
    "activity that is silent": (
        machine({"Work": task(Resource=ACTIVITY, TimeoutSeconds=9, HeartbeatSeconds=5)}),
        {},
        {"Work": Never()},
        "ActivityTimedOut",
    ),
    "service": (
        machine({"Work": task(Resource=SERVICE, Parameters={"TableName": "t", "Key": {"id": {"S": "1"}}}, **RETRY)}),
        {},
        {"Work": [Raises("Late"), {"Item": {}}]},
        "TaskScheduled TaskStarted TaskFailed TaskSucceeded",
    ),
    "callback": (
        machine({"Work": waiting(HeartbeatSeconds=5, TimeoutSeconds=9, **CATCH), **DONE}),
        {},
        {"Work": Never()},
        "TaskSubmitted TaskTimedOut",
    ),
    "job": (machine({"Work": task(**JOB_FIELDS)}), {}, {"Work": {"Tasks": []}}, "TaskSubmitted TaskSucceeded"),
    "parallel": (
        machine(
            {
                "All": {
                    "Type": "Parallel",
                    "Branches": [machine({"A": task()}), machine({"B": task()})],
                    **CATCH,
                    "Next": "Done",
                },
                **DONE,
            }
        ),
        {},
        {"A": Returns(1, after=5), "B": Raises("Late", after=1)},
        "ParallelStateStarted ParallelStateFailed TaskStateAborted",
    ),
    "map": (
        machine({"Each": each({"Work": task()}, **CATCH), **DONE}),
        [1, 2],
        {"Work": [Returns(1, after=5), Raises("Late", after=1)]},
        "MapStateStarted MapIterationStarted MapIterationFailed MapIterationAborted MapStateFailed",
    ),
    "distributed map": (
        machine({"Each": distributed({"Work": task()}, **CATCH), **DONE}),
        [1],
        {"Work": Raises("Late")},
        "MapRunStarted MapRunFailed",
    ),
    "expression that fails": (
        jsonata({"Tell": {"Type": "Pass", "Output": "{% $states.input.none %}", "End": True}}),
        {},
        {},
        "EvaluationFailed ExecutionFailed",
    ),
    "machine too late": (
        machine({"Pause": {"Type": "Wait", "Seconds": 9, "End": True}}, TimeoutSeconds=5),
        {},
        {},
        "ExecutionTimedOut",
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_every_event_is_one_of_aws_s_model(name: str) -> None:
    definition, input, tasks, wanted = RUNS[name]
    execution = run(definition, input, tasks)
    assert set(wanted.split()) <= set(types(execution))
    assert problems(execution) == []
    assert [event.id for event in execution.events] == list(range(1, len(execution.events) + 1))
    assert all(event.previous < event.id for event in execution.events)


def test_the_events_of_a_redriven_and_of_a_stopped_execution_are_of_the_model() -> None:
    states = {"Each": distributed({"Work": task()})}
    execution = run(machine(states), [1], {"Work": [Raises("Late"), "done"]})
    execution.redrive()
    execution.loop.run(lambda: execution.status != "RUNNING")
    assert {"ExecutionRedriven", "MapRunRedriven"} <= set(types(execution))
    assert problems(execution) == []
    assert problems(execution.map_runs[0].children[0]) == []


def test_details_are_json_texts_of_what_went_in_and_came_out() -> None:
    execution = run(machine({"Work": task()}), {"a": "\u00e9"}, {"Work": {"b": 2}})
    entered, scheduled = (event.as_aws() for event in execution.events[1:3])
    assert entered["stateEnteredEventDetails"] == {
        "name": "Work",
        "input": '{"a":"\u00e9"}',
        "inputDetails": {"truncated": False},
    }
    details = scheduled["lambdaFunctionScheduledEventDetails"]
    assert isinstance(details, dict)
    assert json.loads(details["input"]) == {"a": "\u00e9"}


def test_branches_events_lead_back_to_where_the_state_began() -> None:
    branches = [
        machine(
            {
                f"{name}{number}": {"Type": "Pass", **({"Next": f"{name}2"} if number == 1 else {"End": True})}
                for number in (1, 2)
            }
        )
        for name in "AB"
    ]
    execution = run(machine({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}))
    by_name = {event.details.get("name"): event for event in execution.events if event.type == "PassStateEntered"}
    started = next(event.id for event in execution.events if event.type == "ParallelStateStarted")
    assert by_name["A1"].previous == by_name["B1"].previous == started
    left = {event.details["name"]: event.id for event in execution.events if event.type == "PassStateExited"}
    assert (by_name["A2"].previous, by_name["B2"].previous) == (left["A1"], left["B1"])


def told(execution: Execution) -> list[Any]:
    return [event.as_aws() for event in execution.events]


def test_the_same_run_has_the_same_history_and_another_seed_another() -> None:
    """Jitter, tokens, and the order of what runs beside each other come from the seed alone."""
    jitter = {"Retry": [{"ErrorEquals": ["Late"], "JitterStrategy": "FULL", "IntervalSeconds": 30}]}
    inner = {"Work": task(**jitter, Next="Ask"), "Ask": waiting()}

    def once(seed: int) -> Execution:
        tries: dict[Any, int] = {}

        def work(arguments: Any, context: Any) -> Any:
            tries[arguments] = tries.get(arguments, 0) + 1
            return Returns(arguments, after=arguments % 3) if tries[arguments] > arguments % 2 else Raises("Late")

        states = {"Each": each(inner, MaxConcurrency=3)}
        return run(machine(states), list(range(12)), {"Work": work, "Ask": Returns("ok", after=2)}, seed=seed)

    assert told(once(1)) == told(once(1))
    assert told(once(1)) != told(once(2))
    assert problems(once(1)) == []


def test_neither_the_definition_nor_the_input_is_changed() -> None:
    states = {
        "Put": {"Type": "Pass", "Result": {"n": [1]}, "ResultPath": "$.a.b", "Next": "Each"},
        "Each": {
            **each({"Tell": {"Type": "Pass", "Result": 1, "ResultPath": "$.c", "End": True}}),
            "ItemsPath": "$.items",
        },
    }
    definition, input = machine(states), {"a": {"x": 1}, "items": [{"i": 1}]}
    before = json.dumps([definition, input])
    assert run(definition, input).status == "SUCCEEDED"
    assert json.dumps([definition, input]) == before
