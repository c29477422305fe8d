"""Workflows under test: mocks, handlers in this process, questions to a run, and time that is moved on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import asl
from asl.testing.outcomes import MisshapenResultError, MissingOutcomeError
from asl.testing.runs import NotThereError, UnknownStateError
from asl.testing.workflow import Workflow
from tests.unit.asl.running.machines import distributed, each, machine, task, waiting

INVOKE = "arn:aws:states:::lambda:invoke"
CHARGE = "arn:aws:lambda:us-east-1:123456789012:function:charge:live"
ORDER: dict[str, Any] = machine(
    {
        "Charge": task(
            Resource=INVOKE,
            Parameters={"FunctionName": CHARGE, "Payload": {"order.$": "$"}},
            ResultSelector={"paymentId.$": "$.Payload.paymentId"},
            ResultPath="$.payment",
            TimeoutSeconds=30,
            Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 60, "MaxAttempts": 1, "BackoffRate": 1}],
            Catch=[{"ErrorEquals": ["Declined"], "ResultPath": "$.why", "Next": "Refused"}],
            Next="Ask",
        ),
        "Ask": waiting(
            ResultPath="$.answer",
            HeartbeatSeconds=86_400,
            TimeoutSeconds=14 * 86_400,
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "GiveUp"}],
            Next="Rest",
        ),
        "Rest": {"Type": "Wait", "Seconds": 3600, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "GiveUp": {"Type": "Fail", "Error": "GaveUp", "Cause": "Nobody answered."},
        "Refused": {"Type": "Succeed"},
    }
)
PAID = {"Payload": {"paymentId": "p-1"}}


@pytest.fixture
def order() -> Workflow:
    return Workflow.of(ORDER, name="orders")


def test_a_run_tells_its_way_its_calls_its_data_and_its_time(order: Workflow) -> None:
    run = order.mock("Charge", PAID, after=2).mock("Ask", {"yes": True}, after=3600).run({"orderId": "1"})
    assert (run.status, run.error, run.way) == ("SUCCEEDED", None, ["Charge", "Ask", "Rest", "Done"])
    assert run.ended_in("Done")
    assert not run.ended_in("Refused")
    assert run.went_through("Charge", "Rest")
    assert not run.went_through("Rest", "Charge")
    assert (run.called("Charge"), run.called("charge"), run.called("lambda:invoke"), run.called("Ask")) == (1, 1, 1, 1)
    charge = run.state("Charge")
    assert charge.input == {"orderId": "1"}
    assert charge.output == {"orderId": "1", "payment": {"paymentId": "p-1"}}
    assert charge.attempts[0].arguments == {"FunctionName": CHARGE, "Payload": {"order": {"orderId": "1"}}}
    assert charge.attempts[0].result["Payload"] == {"paymentId": "p-1"}
    assert run.output == {"orderId": "1", "payment": {"paymentId": "p-1"}, "answer": {"yes": True}}
    assert run.entered("Ask") - run.started == timedelta(seconds=2)
    assert run.took == timedelta(hours=2, seconds=2) <= timedelta(days=15)


def test_a_task_fails_with_its_error_and_each_attempt_has_its_own_outcome(order: Workflow) -> None:
    refused = order.mock("Charge", error="Declined", cause="no money").run()
    assert refused.ended_in("Refused")
    assert refused.output["why"] == {"Error": "Declined", "Cause": "no money"}
    assert (refused.state("Charge").error, refused.state("Charge").cause) == ("Declined", "no money")
    again = order.mock("Charge", outcomes=[asl.Raises("Busy"), PAID]).mock("Ask", never=True).run()
    assert [attempt.error for attempt in again.state("Charge").attempts] == ["Busy", None]
    assert (again.error, again.cause) == ("GaveUp", "Nobody answered.")
    assert again.ended_in("Done").why.startswith("it ended in GiveUp with GaveUp: ")
    assert again.took == timedelta(seconds=60, days=1), "the delay before the second attempt, and a heartbeat"


def test_a_workflow_is_never_changed_and_its_definition_is_a_copy(order: Workflow) -> None:
    declined = order.mock("Charge", error="Declined")
    paid = declined.mock("Charge", PAID).mock("Ask")
    assert (declined.run().way[-1], paid.run().way[-1]) == ("Refused", "Done")
    assert not order.mocks
    definition = json.loads(json.dumps(ORDER))
    workflow = Workflow.of(definition)
    definition["States"]["Refused"] = {"Type": "Fail"}
    assert workflow.mock("Charge", error="Declined").run().status == "SUCCEEDED"


def test_time_is_moved_on_and_a_waiting_task_is_answered_by_the_test(order: Workflow) -> None:
    run = order.start({"orderId": "1"})
    assert run.waits_in("Charge")
    run.answer("Charge", PAID)
    assert run.waits_in("Ask")
    assert not run.waits_in("Charge")
    assert run.advance(hours=23).heartbeat("Ask").advance(hours=23).waits_in("Ask")
    run.answer("Ask", {"yes": True})
    assert (run.waits_in("Rest"), run.took) == (True, timedelta(hours=46))
    assert run.advance(timedelta(minutes=59), seconds=59).status == "RUNNING"
    assert run.advance(seconds=1).ended_in("Done")
    assert run.took == timedelta(hours=47)


def test_what_is_due_happens_while_time_passes(order: Workflow) -> None:
    silent = order.mock("Charge", PAID).start().advance(days=2)
    assert silent.ended_in("GiveUp")
    assert silent.took == timedelta(days=1), "the heartbeat that did not come"
    failed = order.mock("Charge", PAID).start().fail("Ask", "Refused")
    assert (failed.ended_in("GiveUp"), failed.took) == (True, timedelta())
    rests = order.mock("Charge", PAID).mock("Ask", after=60).start().advance_to("Rest")
    assert rests.took == timedelta(seconds=60)
    assert rests.finish().ended_in("Done")
    with pytest.raises(NotThereError, match="it never waited in Ask: it has SUCCEEDED: Charge → Ask → Rest → Done"):
        rests.advance_to("Ask")
    assert order.start().stop("Stopped").status == "ABORTED"


def test_a_forgotten_mock_and_a_misspelt_name_are_told_with_what_was_probably_meant(order: Workflow) -> None:
    with pytest.raises(MissingOutcomeError, match="no outcome is given"):
        order.run()
    with pytest.raises(MissingOutcomeError, match=r"States\.Ask waits for an answer: .*\.mock\('Ask', never=True\)"):
        order.mock("Charge", PAID).start().finish()
    run = order.mock("Charge", error="Declined").run()
    for question in (run.ended_in, run.called, run.state, run.waits_in, run.went_through, run.answer):
        with pytest.raises(UnknownStateError, match=r"'Chrage' \(did you mean 'Charge'\?\)"):
            question("Chrage")
    with pytest.raises(UnknownStateError, match=r"no task 'chargee' to mock \(did you mean 'charge'\?\)"):
        order.mock("chargee", PAID)
    with pytest.raises(NotThereError, match=r"Ask was never entered: Charge \(Declined\) → Refused"):
        run.state("Ask")
    with pytest.raises(NotThereError, match="no task waits in Charge"):
        run.answer("Charge")
    with pytest.raises(MisshapenResultError, match="StatusCode"):
        order.start().answer("Charge", {"StatusCode": "200"})


def test_arguments_that_exclude_each_other_are_refused(order: Workflow) -> None:
    with pytest.raises(ValueError, match="result and error"):
        order.mock("Charge", PAID, error="Declined")
    with pytest.raises(ValueError, match="outcomes and handler"):
        order.mock("Charge", outcomes=[], handler=print)
    with pytest.raises(ValueError, match="a cause without an error"):
        order.mock("Charge", cause="no money")
    with pytest.raises(ValueError, match="no time zone"):
        order.at(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="the input is no JSON"):
        order.run({1, 2})


def test_a_handler_is_called_as_lambda_calls_it(order: Workflow) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""
    called: list[Any] = []

    def charge(event: Any, context: Any) -> Any:
        called.append((event, context))
        return {"paymentId": "p-1", "cents": Decimal("1895"), "rate": Decimal("0.5"), "items": (1, 2)}

    run = order.mock("Charge", handler=charge).mock("Ask").run({"orderId": "1"})
    ((event, context),) = called
    assert event == {"order": {"orderId": "1"}}
    assert (context.function_name, context.get_remaining_time_in_millis()) == ("charge", 30_000)
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:charge"
    assert context.aws_request_id
    paid = {"paymentId": "p-1", "cents": 1895, "rate": 0.5, "items": [1, 2]}
    assert run.state("Charge").attempts[0].result["Payload"] == paid
    event["order"]["orderId"] = "2"
    assert run.input == {"orderId": "1"}, "the event is a copy"


def test_what_a_handler_raises_is_the_error_by_its_class(order: Workflow) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""

    class Declined(Exception):  # noqa: N818
        pass

    def charge(event: Any, context: Any) -> Any:
        raise Declined("no money")

    run = order.mock("charge", handler=charge).run()
    assert run.ended_in("Refused")
    cause = json.loads(run.output["why"]["Cause"])
    assert list(cause) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (cause["errorMessage"], cause["errorType"]) == ("no money", "Declined")
    (step,) = cause["stackTrace"]
    assert "in charge" in step
    assert 'raise Declined("no money")' in step


def test_a_result_that_is_no_json_is_told_as_lambda_does(order: Workflow) -> None:
    run = order.mock("Charge", handler=lambda event, context: {1, 2}).run()
    assert run.error == "Runtime.MarshalError"
    message = json.loads(run.cause or "")["errorMessage"]
    assert message == "Unable to marshal response: Object of type set is not JSON serializable"


def test_an_assertion_in_a_handler_fails_the_test_and_not_the_task(order: Workflow) -> None:
    def charge(event: Any, context: Any) -> Any:
        assert event == "something else"

    with pytest.raises(AssertionError):
        order.mock("Charge", handler=charge).run()


def test_a_function_that_is_handed_a_token_answers_the_request_and_others_answer_the_token() -> None:
    asks = task(
        Resource=f"{INVOKE}.waitForTaskToken",
        Parameters={"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
        TimeoutSeconds=60,
    )
    tokens: list[str] = []

    def ask(event: Any, context: Any) -> str:
        tokens.append(event["token"])
        return "asked"

    workflow = Workflow.of(machine({"Ask": asks}))
    assert workflow.mock("Ask", {"yes": True}, handler=ask, after=5).run().output == {"yes": True}
    assert workflow.mock("Ask", error="No", handler=ask).run().error == "No"
    assert workflow.mock("Ask", handler=ask).run().error == "States.Timeout"
    run = workflow.mock("ask", handler=ask).start()
    (submitted,) = [event for event in run.history if event.type == "TaskSubmitted"]
    assert submitted.details["output"]["Payload"] == "asked"  # type: ignore[index]
    assert run.answer("Ask", "yes").output == "yes"
    assert len(tokens) == 4

    def decide(event: Any, context: Any) -> Any:
        return asl.Returns(ask(event, context), after=59)

    assert workflow.mock("Ask", handler=decide).run().took == timedelta(seconds=59)


def test_a_function_in_the_resource_is_handed_its_input_and_told_the_virtual_time() -> None:
    told: list[datetime] = []
    workflow = Workflow.of(
        machine({"Rest": {"Type": "Wait", "Seconds": 60, "Next": "Work"}, "Work": task(TimeoutSeconds=5)})
    )
    began = datetime(2026, 3, 1, 12, tzinfo=UTC)
    run = workflow.mock("work", handler=lambda event, context: event["n"] + 1).at(began).with_clock(told.append)
    assert run.run({"n": 1}).output == 2
    assert told == [began + timedelta(minutes=1)]


def test_jitter_is_the_seeds() -> None:
    busy = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "MaxAttempts": 1, "JitterStrategy": "FULL"}
    workflow = Workflow.of(machine({"Work": task(Retry=[busy])})).mock("Work", outcomes=[asl.Raises("Busy"), 1])
    assert workflow.run().took == workflow.run().took
    assert workflow.run().took != workflow.seeded(1).run().took


@pytest.mark.parametrize("kind", [each, distributed])
def test_states_inside_a_map_are_asked_about_like_others(kind: Any) -> None:
    workflow = Workflow.of(machine({"Each": kind({"Work": task(TimeoutSeconds=9)})}))
    run = workflow.mock("Work", handler=lambda event, context: event * 2).run([1, 2, 3])
    assert run.output == [2, 4, 6]
    assert [(one.input, one.output) for one in run.visits("Work")] == [(1, 2), (2, 4), (3, 6)]
    assert (run.called("Work"), run.way) == (3, ["Each", "Work", "Work", "Work"])
    open_run = workflow.start([1, 2])
    assert open_run.waits_in("Work")
    open_run.answer("Work", "a").answer("Work", "b")
    assert open_run.output == ["a", "b"]
    failed = workflow.mock("Work", error="Broken").run([1])
    assert failed.ended_in("Each")
    assert bool(failed.ended_in("Work")) == (kind is each), "a child of a Map Run is an execution of its own"


def test_objects_lie_in_s3() -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    workflow = Workflow.of(machine({"Each": distributed({"Work": {"Type": "Pass", "End": True}}, ItemReader=reader)}))
    assert workflow.with_objects({("b", "k"): b"[1, 2]"}).run().output == [1, 2]
