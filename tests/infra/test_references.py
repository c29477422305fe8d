"""What a definition may refer to, and how it is named until it is known."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components import gather


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
    with pytest.raises(TypeError, match=r"States\.A\.Parameters\.When\[0\]: a definition cannot hold"):
        gather({"States": {"A": {"Parameters": {"When": [{1, 2}]}}}})


def test_two_definitions_can_be_compared_though_nothing_of_either_is_known() -> None:
    def symbolic(timeout: int) -> Any:
        task = {"Type": "Task", "Resource": pulumi.Output.from_input("f"), "TimeoutSeconds": timeout}
        return gather({"States": {"A": task}}).symbolic()

    assert symbolic(5) == symbolic(5)
    assert symbolic(5) != symbolic(6)


def test_a_secret_stays_a_secret(loop: asyncio.AbstractEventLoop) -> None:
    gathered = gather({"A": pulumi.Output.from_input("x"), "B": pulumi.Output.secret("hidden")})
    assert loop.run_until_complete(gathered.values().apply(gathered.render).is_secret())
