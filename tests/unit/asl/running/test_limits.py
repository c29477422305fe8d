"""What an execution may hold and how long it may take.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from typing import Any

import pytest

from asl.testing.outcomes import Never
from asl.testing.run import run
from tests.unit.asl.running.machines import each, machine, seconds_of, task, types

KIB_256 = 256 * 1024
ASK = {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "Done"}], "Default": "Here"}


def text_of(size: int, character: str = "x") -> str:
    """A text that takes `size` bytes as JSON."""
    return character * ((size - 2) // len(character.encode()))


@pytest.mark.parametrize("character", ["x", "\u00e9", "\U0001f375"], ids=["1 byte", "2 bytes", "4 bytes"])
def test_a_state_s_output_may_have_256_kib_counted_in_utf_8(character: str) -> None:
    definition = machine({"Only": {"Type": "Pass", "End": True}})
    assert run(definition, text_of(KIB_256, character)).status == "SUCCEEDED"
    execution = run(definition, text_of(KIB_256 + 4, character))
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")


def test_an_output_that_only_becomes_too_long_fails_too() -> None:
    double = {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "Next": "Again"}
    states = {"Double": double, "Again": {"Type": "Pass", "End": True}}
    execution = run(machine(states), text_of(150_000))
    assert execution.error == "States.DataLimitExceeded"
    assert execution.visited == ["States.Double"]


def test_a_task_may_not_be_given_more_and_may_not_give_more() -> None:
    given = task(Parameters={"a.$": "$", "b.$": "$"}, ResultPath=None)
    execution = run(machine({"Work": given}), text_of(150_000), {"Work": 1})
    assert execution.error == "States.DataLimitExceeded"
    assert "LambdaFunctionScheduled" not in types(execution)
    execution = run(machine({"Work": task()}), {}, {"Work": text_of(KIB_256 + 4)})
    assert execution.error == "States.DataLimitExceeded"


def test_a_result_that_is_too_long_can_be_caught_by_its_name() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    states = {
        "Work": task(Catch=[{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Done"}]),
        "Done": {"Type": "Succeed"},
    }
    assert run(machine(states), {}, {"Work": text_of(KIB_256 + 4)}).status == "SUCCEEDED"


def test_an_endless_loop_ends_at_25_000_events() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-history-limit

    Event 25,000 is the failure itself, as it was measured at AWS: https://github.com/floci-io/floci/issues/2734
    """
    states = {"Here": {"Type": "Pass", "Next": "Ask"}, "Ask": ASK, "Done": {"Type": "Succeed"}}
    execution = run(machine(states))
    assert execution.status == "FAILED"
    assert len(execution.events) == 25_000
    assert execution.events[-1].type == "ExecutionFailed"
    cause = "The execution reached the maximum number of history events (25000)."
    assert execution.events[-1].as_aws()["executionFailedEventDetails"] == {"error": "States.Runtime", "cause": cause}


def test_an_execution_may_succeed_by_its_25_000th_event_and_do_nothing_else_then() -> None:
    """24,998 events, and then the end: Start, Map (4), N iterations of 2 + 2 events, Pass (2), Succeeded."""

    def with_items(count: int, passes: int) -> Any:
        after = {f"P{number}": {"Type": "Pass", "Next": f"P{number + 1}"} for number in range(passes)}
        states = {
            "Each": {**each({"Tell": {"Type": "Pass", "End": True}}), "Next": "P0"},
            **after,
            f"P{passes}": {"Type": "Succeed"},
        }
        del states["Each"]["End"]
        return run(machine(states), [0] * count)

    # 1 + 4 + 4 * 6248 + 2 * 1 = 24,999 events before the last one.
    fits = with_items(6248, 0)
    assert (fits.status, len(fits.events)) == ("SUCCEEDED", 25_000)
    over = with_items(6248, 1)
    assert (over.status, len(over.events)) == ("FAILED", 25_000)


def test_an_express_execution_has_no_limit_of_events_but_five_minutes() -> None:
    states = {
        "Here": {"Type": "Wait", "Seconds": 1, "Next": "Each"},
        "Each": {"Type": "Map", "ItemProcessor": machine({"Tell": {"Type": "Pass", "End": True}}), "Next": "Ask"},
        "Ask": ASK,
        "Done": {"Type": "Succeed"},
    }
    execution = run(machine(states), [0] * 100, type="EXPRESS")
    assert (execution.status, seconds_of(execution, "ExecutionTimedOut")) == ("TIMED_OUT", [300])
    assert len(execution.events) > 100_000


@pytest.mark.parametrize(("type", "seconds"), [("STANDARD", 400), ("EXPRESS", 300)])
def test_a_machine_s_own_timeout_ends_it_and_cannot_exceed_that_of_its_type(type: str, seconds: int) -> None:
    caught = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}])
    states = {"Work": caught, "Done": {"Type": "Succeed"}}
    execution = run(machine(states, TimeoutSeconds=400), {}, {"Work": Never()}, type=type)
    assert (execution.status, execution.error) == ("TIMED_OUT", "States.Timeout")
    assert seconds_of(execution, "ExecutionTimedOut") == [seconds]
