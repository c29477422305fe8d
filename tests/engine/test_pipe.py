"""A pipe that AWS could not finish making: it is there, it carries nothing, and only a new one will."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.automation.errors import CommandError

from emulator.cloud import Cloud
from emulator.engine import Engine
from tests.deployed import order
from tests.engine.conftest import Faults, deployment, planned, seeded, short
from tests.hangs import eventually

PIPE = "pipes.Pipe order-events"


def test_a_pipe_that_failed_after_it_was_made_comes_last_and_is_made_anew_by_the_next_up(
    own_cloud: Cloud, own_engine: Engine, faults: Faults
) -> None:
    stack, client = own_engine.stack("local"), own_cloud.client("pipes")
    faults.operation, faults.urn = "initialize", "Pipe::order-events"
    with pytest.raises(CommandError, match="injected by the test"):
        stack.up()
    failed: dict[str, list[str]] = {
        short(one["urn"]): one["initErrors"] for one in deployment(stack)["resources"] if one.get("initErrors")
    }
    assert failed == {PIPE: ["ServiceUnavailable: injected by the test"]}
    (dead,) = client.list_pipes()["Pipes"]

    faults.urn = ""
    # Nothing else is left to do: all that takes time was there before the pipe.
    assert planned(stack) == {PIPE: "create-replacement"}
    steps: list[tuple[str, str]] = []

    def note(event: Any) -> None:
        if event.resource_pre_event and event.resource_pre_event.metadata.op.value != "same":
            steps.append((event.resource_pre_event.metadata.op.value, short(event.resource_pre_event.metadata.urn)))

    stack.up(on_event=note)
    changing = [step for step in steps if step[0] not in ("replace", "discard")]
    assert changing == [("delete-replaced", PIPE), ("create-replacement", PIPE)], "it keeps its name, so the old goes"
    (alive,) = client.list_pipes()["Pipes"]
    assert (alive["Name"], alive["CreationTime"] > dead["CreationTime"]) == (dead["Name"], True)
    assert not [one for one in deployment(stack)["resources"] if one.get("initErrors")]
    stack.preview(expect_no_changes=True)
    deployed = seeded(own_cloud, stack)
    assert deployed.run(order("after-1"))["status"] == "SUCCEEDED"
    eventually(lambda: [row for row in deployed.rows("order-views") if row["status"] == "DELIVERED"])
