"""Gathering and rendering a definition's Outputs, side by side with what Pulumi itself offers for it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pulumi

from bench.report import Result, faster, finish, median_ms
from components.gathering import gather

STATES = 50
RUNS = 21


def main() -> None:
    """Measure."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # an Output belongs to the loop it was made in
    pulumi.runtime.settings.configure(pulumi.runtime.settings.Settings(project="bench", stack="bench"))

    same = definition()

    def ours() -> str:
        gathered = gather(same)
        return loop.run_until_complete(settled(gathered.values().apply(gathered.render)))

    def theirs() -> str:
        return loop.run_until_complete(settled(pulumi.Output.json_dumps(same)))

    assert json.loads(ours()) == json.loads(theirs())
    finish("Resolving the Outputs of a definition", [measured(ours, theirs)])


def measured(ours: Any, theirs: Any) -> Result:
    """Turn about, so that a slow moment of the machine falls on both."""
    pairs = [(median_ms(ours, 1), median_ms(theirs, 1)) for _ in range(RUNS)]
    own, peer = (sorted(column)[RUNS // 2] for column in zip(*pairs, strict=True))
    return faster(f"{STATES} states, {STATES} Outputs", own, "pulumi.Output.json_dumps", peer, 15)


def definition() -> dict[str, Any]:
    """A chain of tasks, each calling a function that is known only by an Output of its own."""
    states = {
        f"Step{number}": {
            "Type": "Task",
            "Resource": pulumi.Output.from_input(f"arn:aws:lambda:us-east-1:123456789012:function:step-{number}"),
            "Parameters": {"order.$": "$", "executionId.$": "$$.Execution.Id"},
            "TimeoutSeconds": 30,
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2.0}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "GaveUp", "ResultPath": "$.failure"}],
            "Next": f"Step{number + 1}" if number + 1 < STATES else "Done",
        }
        for number in range(STATES)
    }
    return {"StartAt": "Step0", "States": {**states, "Done": {"Type": "Succeed"}, "GaveUp": {"Type": "Fail"}}}


async def settled(output: pulumi.Output[str]) -> str:
    """The value of an Output, once it is known."""
    return await output.future()  # type: ignore[return-value]


if __name__ == "__main__":
    main()
