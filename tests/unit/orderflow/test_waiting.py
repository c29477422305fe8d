"""What an execution of any machine waits for, and until when: from its history and its definition."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from orderflow.outputs import Deployment, find_deployment
from orderflow.why import Explanation, explain
from tests.unit.orderflow.conftest import MACHINE
from tests.unit.orderflow.histories import START, Told

EXECUTION = f"{MACHINE.replace(':stateMachine:', ':execution:')}:w-1"
MAP_RUN = f"{MACHINE.replace(':stateMachine:', ':mapRun:')}/Each:1f0c3a7e"
CHILD = EXECUTION.replace("w-1", "child")

pytestmark = pytest.mark.usefixtures("stack")


@pytest.fixture
def deployment(stack: dict[str, Any]) -> Deployment:
    return find_deployment()


def running(aws: Stubber, told: Told, **state: Any) -> None:
    """An execution in mid-way; with `state`, its definition, in which that is the last state of the history."""
    found = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "w-1", "startDate": START}
    aws.add_response("describe_execution", {**found, "status": "RUNNING"})
    aws.add_response("get_execution_history", {"events": told.without_data()})
    aws.add_response("get_execution_history", {"events": told.events[::-1]})
    if state:
        name = next(
            e["stateEnteredEventDetails"]["name"] for e in reversed(told.events) if "stateEnteredEventDetails" in e
        )
        inner = {"StartAt": name, "States": {name: {**state, "End": True}}}
        definition = {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": [inner], "End": True}}}
        machine = {"stateMachineArn": MACHINE, "name": "m", "roleArn": "r", "updateDate": START}
        answer = {**machine, "definition": json.dumps(definition)}
        aws.add_response("describe_state_machine_for_execution", answer, {"executionArn": EXECUTION})


def explained(aws: Stubber, deployment: Deployment, told: Told, **state: Any) -> Explanation:
    running(aws, told, **state)
    return explain(deployment, EXECUTION)


ENTERED = START + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "until"),
    [
        ({"Seconds": 90}, ENTERED + timedelta(seconds=90)),
        ({"SecondsPath": "$.wait.seconds"}, ENTERED + timedelta(seconds=45)),
        ({"Timestamp": "2026-03-02T00:00:00+01:00"}, datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ({"TimestampPath": "$.wait.at"}, datetime(2026, 3, 3, tzinfo=UTC)),
        ({"SecondsPath": "$.wait.nothing"}, None),
        ({"Seconds": "{% $states.input.wait.seconds %}", "QueryLanguage": "JSONata"}, None),
    ],
)
def test_a_wait_ends_when_its_definition_says(
    aws: Stubber, deployment: Deployment, state: dict[str, Any], until: datetime | None
) -> None:
    told = Told().enters("Pause", "Wait", wait={"seconds": 45, "at": "2026-03-03T00:00:00Z"})
    found = explained(aws, deployment, told, Type="Wait", **state)
    assert (found.state, found.waits_for, found.until) == ("Pause", "its time", until)


@pytest.mark.parametrize(
    ("retrier", "seconds"),
    [
        ({"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 3}, 30),
        ({"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 3, "MaxDelaySeconds": 15}, 15),
        ({"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 8, "JitterStrategy": "FULL"}, 16),
        ({"ErrorEquals": ["Other"]}, None),
    ],
)
def test_a_failed_attempt_is_followed_by_another_after_the_retriers_delay(
    aws: Stubber, deployment: Deployment, retrier: dict[str, Any], seconds: int | None
) -> None:
    told = Told().enters("Ship").calls("ship").fails("Busy", "later").calls("ship").fails("Busy", "later")
    found = explained(aws, deployment, told, Type="Task", Resource="arn:f", Retry=[retrier])
    assert (found.error, found.attempts) == ("Busy", 2)
    failed = told.events[-1]["timestamp"]
    assert found.until == (failed + timedelta(seconds=seconds) if seconds else None)
    assert (found.waits_for == "attempt 3") == (seconds is not None)


def test_a_task_token_is_waited_for_until_its_heartbeat_or_timeout(aws: Stubber, deployment: Deployment) -> None:
    told = Told().enters("Ask").asks("ask-person", seconds=3600, heartbeat=60).submitted()
    found = explained(aws, deployment, told)
    assert found.until == told.events[2]["timestamp"] + timedelta(seconds=60)
    assert "task token" in str(found.waits_for)
    assert "every 60 s" in str(found.waits_for)
    assert "a secret" not in str(found), "the token is a key"


def test_a_worker_of_an_activity_is_waited_for(aws: Stubber, deployment: Deployment) -> None:
    resource = "arn:aws:states:us-east-1:123456789012:activity:paint"
    told = Told().enters("Paint")
    told.happens("ActivityScheduled", activityScheduledEventDetails={"resource": resource, "timeoutInSeconds": 300})
    found = explained(aws, deployment, told)
    assert found.waits_for == "a worker of the activity paint"
    assert found.until == told.events[2]["timestamp"] + timedelta(seconds=300)


def test_an_execution_that_was_begun_is_named_and_where_to_look(aws: Stubber, deployment: Deployment) -> None:
    task = {"resourceType": "states", "resource": "startExecution.sync:2"}
    told = Told().enters("Begin")
    told.happens("TaskScheduled", taskScheduledEventDetails={**task, "region": "us-east-1", "parameters": "{}"})
    told.happens("TaskSubmitted", taskSubmittedEventDetails={**task, "output": json.dumps({"ExecutionArn": CHILD})})
    found = explained(aws, deployment, told)
    assert found.began == CHILD
    assert f"why {CHILD}" in [command for step in found.next_steps for command in step.commands]


def test_a_distributed_map_waits_for_its_children_which_are_counted(aws: Stubber, deployment: Deployment) -> None:
    told = Told().enters("Each", "Map")
    told.happens("MapStateStarted", mapStateStartedEventDetails={"length": 10})
    told.happens("MapRunStarted", mapRunStartedEventDetails={"mapRunArn": MAP_RUN})
    running(aws, told)
    counts = dict.fromkeys(("pending", "timedOut", "aborted", "resultsWritten"), 0)
    counts |= {"running": 1, "succeeded": 8, "failed": 1, "total": 10}
    more = {"startDate": START, "maxConcurrency": 1, "toleratedFailurePercentage": 0, "toleratedFailureCount": 0}
    run = {"mapRunArn": MAP_RUN, "executionArn": EXECUTION, "status": "RUNNING", **more}
    aws.add_response("describe_map_run", {**run, "itemCounts": counts, "executionCounts": counts})
    found = explain(deployment, EXECUTION)
    assert found.map_run is not None
    assert (found.waits_for, found.map_run.executions["failed"]) == ("the children of its Map Run", 1)
    assert f"list {MAP_RUN} --status FAILED" in [command for step in found.next_steps for command in step.commands]


def test_what_may_not_be_read_is_noted_and_the_rest_is_told(aws: Stubber, deployment: Deployment) -> None:
    running(aws, Told().enters("Pause", "Wait"))
    aws.add_client_error("describe_state_machine_for_execution", "AccessDeniedException")
    found = explain(deployment, EXECUTION)
    assert (found.state, found.waits_for) == ("Pause", None)
    assert "states:DescribeStateMachineForExecution" in found.notes[0]


def test_states_that_are_done_at_the_same_time_are_all_told(aws: Stubber, deployment: Deployment) -> None:
    told = Told().enters("Both", "Parallel").happens("ParallelStateStarted")
    told.enters("Ship").calls("ship").after(3).enters("Reserve").calls("reserve")
    found = explained(aws, deployment, told)
    assert (found.state, found.others) == ("Reserve", ("Ship",))
