"""What a definition may refer to, and how it is named until it is known."""

from __future__ import annotations

import asyncio
import copy
import enum
import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components import ReferencesRefusedError, gather


@pytest.fixture(autouse=True)
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Outputs live on an event loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    asyncio.set_event_loop(None)


def settled(loop: asyncio.AbstractEventLoop, output: pulumi.Output[Any]) -> Any:
    return loop.run_until_complete(output.future())


def test_a_bare_output_is_named_by_its_path_and_resolved_in_place(loop: asyncio.AbstractEventLoop) -> None:
    definition = {"States": {"A": {"Parameters": {"Names": ["x", pulumi.Output.from_input('a "quoted" name')]}}}}
    gathered = gather(definition)
    assert gathered.symbolic()["States"]["A"]["Parameters"]["Names"] == ["x", "${States.A.Parameters.Names[1]}"]
    rendered = settled(loop, gathered.values().apply(gathered.render))
    assert json.loads(rendered)["States"]["A"]["Parameters"]["Names"] == ["x", 'a "quoted" name']


def test_one_output_in_many_places_is_gathered_once(loop: asyncio.AbstractEventLoop) -> None:
    shared = pulumi.Output.from_input("t")
    gathered = gather({"A": {"TableName": shared}, "B": {"TableName": shared}})
    assert list(gathered.references) == ["A.TableName"]
    assert gathered.symbolic()["B"]["TableName"] == "${A.TableName}"


def test_one_unknown_leaf_does_not_hide_the_rest() -> None:
    unknown: pulumi.Output[str] = pulumi.Output(
        set(), asyncio.get_event_loop().create_future(), asyncio.get_event_loop().create_future()
    )
    symbolic = gather({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": unknown, "Next": "B"}}}).symbolic()
    assert symbolic["States"]["A"] == {"Type": "Task", "Resource": "${States.A.Resource}", "Next": "B"}


def test_text_that_looks_like_a_placeholder_is_left_alone(loop: asyncio.AbstractEventLoop) -> None:
    gathered = gather({"A": "${States.A}", "B": pulumi.Output.from_input("known")})
    assert json.loads(settled(loop, gathered.values().apply(gathered.render))) == {"A": "${States.A}", "B": "known"}


def test_the_written_definition_is_never_changed() -> None:
    definition = {
        "States": {"A": {"Parameters": {"Name": pulumi.Output.from_input("x"), "List": [1, 2.5, None, True]}}}
    }
    before = copy.copy(definition["States"]["A"]["Parameters"])
    gather(definition)
    assert definition["States"]["A"]["Parameters"] == before


def test_what_is_neither_json_nor_a_reference_is_named_with_its_path() -> None:
    with pytest.raises(ReferencesRefusedError) as refused:
        gather({"States": {"A": {"Parameters": {"When": [{1, 2}], 5: float("nan")}}}}, machine="orders")
    assert refused.value.problems == (
        "orders: States.A.Parameters.When[0]: is a set, which has no order: write a list",
        "orders: States.A.Parameters.key2: a key has to be text",
        "orders: States.A.Parameters.key2: is not a number (NaN) or infinite, which JSON cannot write: write a number,"
        " or null",
    )


def test_two_definitions_can_be_compared_though_nothing_of_either_is_known() -> None:
    def symbolic(timeout: int) -> Any:
        task = {"Type": "Task", "Resource": pulumi.Output.from_input("f"), "TimeoutSeconds": timeout}
        return gather({"States": {"A": task}}).symbolic()

    assert symbolic(5) == symbolic(5)
    assert symbolic(5) != symbolic(6)


def test_a_secret_stays_a_secret(loop: asyncio.AbstractEventLoop) -> None:
    gathered = gather({"A": pulumi.Output.from_input("x"), "B": pulumi.Output.secret("hidden")})
    assert loop.run_until_complete(gathered.values().apply(gathered.render).is_secret())


def rendered(loop: asyncio.AbstractEventLoop, definition: dict[Any, Any]) -> Any:
    gathered = gather(definition, machine="orders")
    return json.loads(settled(loop, gathered.values().apply(gathered.render)))


class Size(enum.StrEnum):
    SMALL = "s"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [(["a", ["b"]], ["a", ["b"]]), ({"a": None}, {"a": None}), (5, 5), (5.0, 5), (2.5, 2.5), (True, True), (None, None),
     (Size.SMALL, "s"), (Level.HIGH, 3), ((1, 2), [1, 2])],
    ids=str,
)  # fmt: skip
def test_what_is_no_text_is_written_as_json(value: Any, expected: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Whether it stands there itself or an Output turns out to be it; the engine has no whole numbers."""
    found = rendered(loop, {"A": value, "B": pulumi.Output.from_input(value)})
    assert found == {"A": expected, "B": expected}
    assert type(found["B"]) is type(expected)


@pytest.mark.parametrize(
    ("value", "word"),
    [(float("inf"), "JSON cannot write"), ({1}, "a set"), (object(), "a object"), ({5: 1}, "a key that is no text")],
    ids=["infinite", "set", "object", "key"],
)
def test_an_output_that_turns_out_to_be_no_json_is_named_with_its_path(
    value: Any, word: str, loop: asyncio.AbstractEventLoop
) -> None:
    output = pulumi.Output.from_input("x").apply(lambda _: value)
    with pytest.raises(ReferencesRefusedError, match=r"orders: States\.A\.Result: its value") as refused:
        rendered(loop, {"States": {"A": {"Result": output}}})
    assert word in str(refused.value)
    assert "0x" not in str(refused.value)


def test_an_output_may_be_a_key(loop: asyncio.AbstractEventLoop) -> None:
    table = pulumi.Output.from_input("parcels")
    definition = {"RequestItems": {table: [{"DeleteRequest": {}}], "b": 1}, "TableName": table}
    assert gather(definition).symbolic() == {
        "RequestItems": {"${RequestItems.key1}": [{"DeleteRequest": {}}], "b": 1},
        "TableName": "${RequestItems.key1}",
    }
    assert rendered(loop, definition)["RequestItems"] == {"parcels": [{"DeleteRequest": {}}], "b": 1}


@pytest.mark.parametrize("key", ["b", 5])
def test_a_key_that_turns_out_to_be_another_or_no_text_is_refused(key: Any, loop: asyncio.AbstractEventLoop) -> None:
    with pytest.raises(ReferencesRefusedError, match="orders: RequestItems: has"):
        rendered(loop, {"RequestItems": {pulumi.Output.from_input(key): 1, "b": 2}})


def test_text_that_pulumi_or_python_makes_of_what_is_none_is_recognised() -> None:
    output = pulumi.Output.from_input("x")
    with pytest.raises(ReferencesRefusedError) as refused:
        gather({"States": {f"Go {output}": {}, "A": {"Comment": f"to {output}", "Result": f"{object()}"}}})
    found = [problem.partition(": holds what ") for problem in refused.value.problems]
    assert [(path, said.split(" ")[0]) for path, _, said in found] == [
        ("States.key1", "Pulumi"), ("States.A.Comment", "Pulumi"), ("States.A.Result", "Python"),
    ]  # fmt: skip


def test_what_an_output_names_is_held_against_its_parameter_and_never_repeated(
    loop: asyncio.AbstractEventLoop,
) -> None:
    queue = pulumi.Output.secret("arn:aws:sqs:us-east-1:123456789012:hidden")
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": queue}}
    with pytest.raises(ReferencesRefusedError) as refused:
        rendered(loop, {"States": {"A": task}})
    assert str(refused.value) == (
        "orders: States.A.Parameters.QueueUrl: its value is the ARN of a queue, and QueueUrl takes the URL of a queue"
    )
