"""A program waits for its Outputs together, where Pulumi's SDK looks at all of them each time that one is known."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest
from pulumi.runtime.stack import wait_for_rpcs

from components.outstanding import wait_for_all_at_once
from tests.infra.conftest import Run

OUTPUTS = 100


async def _known_one_after_the_other(looks: list[int], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Outputs came to that are each known a turn later than the one before, in the end of a program."""
    wait: Any = asyncio.wait

    def counted(tasks: Any, **options: Any) -> Any:
        looks.append(len(tasks))
        return wait(tasks, **options)

    monkeypatch.setattr(asyncio, "wait", counted)
    coming: list[asyncio.Future[str]] = [asyncio.get_running_loop().create_future() for _ in range(OUTPUTS)]
    seen = list[str]()
    for one in coming:
        pulumi.Output.from_input(one).apply(seen.append)

    async def come() -> None:
        for number, one in enumerate(coming):
            await asyncio.sleep(0.001)
            one.set_result(f"{number}")

    wait_for_all_at_once()
    told = asyncio.ensure_future(come())
    await wait_for_rpcs()
    await told
    return seen


def test_no_output_is_looked_at_again_for_each_that_is_known_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list[int]()
    seen = asyncio.run(_known_one_after_the_other(looks, monkeypatch))
    assert seen == [f"{number}" for number in range(OUTPUTS)]
    assert 0 < sum(looks) <= 2 * OUTPUTS


def test_an_output_that_fails_while_others_are_waited_for_fails_the_program(run: Run) -> None:
    program = """
import pulumi
from components import *
definition = {"StartAt": "Done", "TimeoutSeconds": 60, "States": {"Done": {"Type": "Succeed"}}}
StateMachine("one", StateMachineArgs(definition, Logs(7)))
def refuse(_): raise pulumi.RunError("refused late")
pulumi.Output.from_input("late").apply(refuse)
"""
    with pytest.raises(pulumi.RunError, match="refused late"):
        run(program)
