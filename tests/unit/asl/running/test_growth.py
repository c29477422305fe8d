"""Large inputs and deep ones: no recursion error, and no work that grows faster than what is given.

Work is counted in calls of Python functions, which neither the machine nor its load changes.
"""

from __future__ import annotations

import cProfile
import gc
import json
import pstats
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from asl.rules.findings import DefinitionError
from asl.running import states
from asl.running.execution import Execution, Names
from asl.running.steps import Program
from asl.testing.outcomes import Given, Raises
from asl.testing.run import STARTS_AT, prepared, run
from tests.unit.asl.running.machines import FUNCTION, distributed, each, jsonata, machine, task

LINEAR = 2.3
"""What twice as much may take: 2, and what is sorted or hashed a little more."""
DEPTH = 3_000


def ran(
    definition: dict[str, Any], input: Any, tasks: dict[str, Given] | None = None, type: str = "STANDARD"
) -> Execution:
    """Run without the check, whose own growth is tested elsewhere."""
    program = Program.read(definition, type=type)
    execution = prepared(program, input, tasks, None, Random(0), STARTS_AT, Names())
    execution.loop.run(lambda: execution.status != "RUNNING")
    return execution


def calls(work: Callable[[], object]) -> int:
    """How many functions are called."""
    profile = cProfile.Profile()
    # What other tests left behind is not to be finalised while this one is counted.
    gc.disable()
    try:
        profile.runcall(work)
    finally:
        gc.enable()
    return pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = {"in": value}
    return value


PASS = {"Tell": {"Type": "Pass", "End": True}}
ZERO = {"Tell": {"Type": "Pass", "Result": 0, "End": True}}
CAUGHT = {"Work": task(Catch=[{"ErrorEquals": ["Late"], "Next": "Tell"}]), **ZERO}
MAPS: dict[str, tuple[dict[str, Any], str]] = {
    "distributed map": (distributed(PASS, "EXPRESS", ResultPath=None), "STANDARD"),
    "batches": (distributed(PASS, "EXPRESS", ItemBatcher={"MaxItemsPerBatch": 10}), "STANDARD"),
    "inline map": (each(PASS), "EXPRESS"),
    "item selector": (each(PASS, ItemSelector={"n.$": "$$.Map.Item.Value"}), "EXPRESS"),
    "failures that are caught": (each(CAUGHT), "EXPRESS"),
}


@pytest.mark.parametrize("name", MAPS)
def test_twice_as_many_items_take_twice_the_work(name: str) -> None:
    state, type = MAPS[name]
    definition, size = machine({"Each": state}), 400

    def work(items: int) -> Execution:
        return ran(definition, list(range(items)), {FUNCTION: Raises("Late")}, type)

    assert work(size).status == "SUCCEEDED"
    once, twice = calls(lambda: work(size)), calls(lambda: work(2 * size))
    assert twice <= LINEAR * once


def test_twice_as_many_branches_take_twice_the_work() -> None:
    def work(size: int) -> Execution:
        return ran(machine({"All": {"Type": "Parallel", "Branches": [machine(ZERO)] * size, "End": True}}), {})

    assert work(200).output == [0] * 200
    assert calls(lambda: work(400)) <= LINEAR * calls(lambda: work(200))


def test_a_hundred_thousand_items_are_no_trouble() -> None:
    execution = ran(machine({"Each": each(PASS)}), [0] * 100_000, type="EXPRESS")
    assert (execution.status, execution.output) == ("SUCCEEDED", [0] * 100_000)


def test_a_megabyte_goes_through_a_map_that_takes_its_parts() -> None:
    """Items of a file may be more than a state's input; each is a child's for itself."""
    lines = "\n".join(json.dumps({"n": number, "text": "x" * 1_000}) for number in range(1_000))
    given = {"Bucket": "b", "Key": "k"}
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"}, "Parameters": given}
    state = distributed(PASS, ItemReader=reader, ResultPath=None)
    execution = run(machine({"Each": state}), {"kept": 1}, objects={("b", "k"): lines.encode()})
    assert execution.output == {"kept": 1}


def test_a_megabyte_as_input_is_told_to_be_too_long() -> None:
    execution = run(machine({"Only": {"Type": "Pass", "End": True}}), {"text": "x" * 1_000_000})
    assert execution.error == "States.DataLimitExceeded"


def test_data_that_states_only_hand_on_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long line of states with long data would spend its time on writing the same text again and again."""
    measured: list[object] = []
    monkeypatch.setattr(states, "is_too_long", measured.append)
    names = [f"S{number}" for number in range(50)]
    steps: dict[str, Any] = {
        name: {"Type": "Pass", "Next": after} for name, after in zip(names, [*names[1:], "Done"], strict=True)
    }
    data = {"items": ["x"] * 1_000}
    assert ran(machine(steps | {"Done": {"Type": "Succeed"}}), data).status == "SUCCEEDED"
    assert measured == [data]


@pytest.mark.parametrize(
    "definition",
    [
        machine({"Only": {"Type": "Pass", "End": True}}),
        machine({"Only": {"Type": "Pass", "Parameters": {"all.$": "$"}, "End": True}}),
        machine({"Only": {"Type": "Pass", "ResultPath": "$.more", "Result": 1, "End": True}}),
        machine({"Only": {"Type": "Pass", "Parameters": {"text.$": "States.JsonToString($)"}, "End": True}}),
        machine(
            {
                "Only": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.in.in", "IsPresent": True, "Next": "Done"}],
                    "Default": "Done",
                },
                "Done": {"Type": "Succeed"},
            }
        ),
        jsonata({"Only": {"Type": "Pass", "Output": {"all": "{% $states.input %}"}, "End": True}}),
    ],
    ids=["pass", "template", "result path", "intrinsic", "choice", "expression"],
)
def test_data_may_be_nested_deeply(definition: dict[str, Any]) -> None:
    execution = ran(definition, deep(DEPTH))
    assert execution.status == "SUCCEEDED"
    assert all(event.as_aws() for event in execution.events)


def ruled(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"Variable": "$", "NumericEquals": 1}
    for _ in range(levels):
        rule = {"Not": rule}
    return {"Type": "Choice", "Choices": [{**rule, "Next": "Done"}], "Default": "Done"}


@pytest.mark.parametrize("part", ["Result", "Parameters", "Output", "Choices"])
def test_what_a_state_holds_may_be_nested_as_deeply_as_the_check_goes_and_is_refused_beyond(part: str) -> None:
    def definition(levels: int) -> dict[str, Any]:
        only = ruled(levels) if part == "Choices" else {"Type": "Pass", part: deep(levels), "Next": "Done"}
        language = "JSONata" if part == "Output" else "JSONPath"
        return machine({"Only": only, "Done": {"Type": "Succeed"}}, QueryLanguage=language)

    assert run(definition(95), 1).status == "SUCCEEDED"
    with pytest.raises(DefinitionError, match="ASL015"):
        run(definition(DEPTH), 1)


def nested(kind: str, levels: int, bottom: dict[str, Any]) -> dict[str, Any]:
    inner = machine({"Bottom": bottom})
    for level in range(levels):
        around = (
            {"Type": "Parallel", "Branches": [inner]} if kind == "Parallel" else {"Type": "Map", "ItemProcessor": inner}
        )
        inner = machine({f"L{level}": {**around, "ResultPath": None, "End": True}})
    return inner


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_states_may_be_nested_as_deeply_as_the_check_goes_and_deeper_ones_are_refused(kind: str) -> None:
    data: Any = 0
    for _ in range(90):
        data = [data]
    execution = run(nested(kind, 90, {"Type": "Pass", "End": True}), data)
    assert (execution.status, execution.transitions) == ("SUCCEEDED", 91)
    with pytest.raises(DefinitionError, match="ASL015"):
        run(nested(kind, DEPTH, {"Type": "Pass", "End": True}), data)


def test_deeply_nested_states_that_fail_are_all_stopped() -> None:
    execution = run(nested("Parallel", 90, {"Type": "Fail", "Error": "Late"}))
    assert (execution.status, execution.error) == ("FAILED", "Late")
    assert sum(event.type == "ParallelStateFailed" for event in execution.events) == 90
