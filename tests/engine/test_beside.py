"""A second stack beside the first one in an account: its pipe fails at first, its orders are its own, and it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from emulator.cloud import Cloud
from tests.deployed import checked, order
from tests.engine.conftest import Lasting, deployment, inventory, planned, resources, seeded, short
from tests.hangs import eventually

PIPE = "pipes.Pipe order-events"


@dataclass(frozen=True)
class Staging:
    """The stack `staging`, whose pipe AWS could not finish making: it was there, and carried nothing."""

    stack: auto.Stack
    before: set[str]
    """What was in the cloud, the stack `local` among it."""
    failed: dict[str, list[str]]
    plan: dict[str, str]
    steps: list[tuple[str, str]]
    """What the next `up` was to do, and did."""
    dead: dict[str, Any]
    alive: dict[str, Any]
    """The pipe before that, and after."""


def pipe(cloud: Cloud) -> dict[str, Any]:
    (found,) = [one for one in cloud.client("pipes").list_pipes()["Pipes"] if "-staging-" in one["Name"]]
    return found


def failures(stack: auto.Stack) -> dict[str, list[str]]:
    """By resource, why it is there and does not work."""
    found = [one for one in deployment(stack)["resources"] if one.get("initErrors")]
    return {short(one["urn"]): one["initErrors"] for one in found}


@pytest.fixture(scope="module")
def staging(lasting: Lasting) -> Staging:
    lasting.restored()
    before, stack = inventory(lasting.cloud), lasting.engine.stack("staging")
    stack.set_config("orderflow:workflows", auto.ConfigValue(""))  # as in the stack `local`
    lasting.faults.operation, lasting.faults.urn = "initialize", "Pipe::order-events"
    with pytest.raises(CommandError, match="injected by the test"):
        stack.up()
    lasting.faults.urn = ""
    failed, dead, plan, steps = failures(stack), pipe(lasting.cloud), planned(stack), list[tuple[str, str]]()

    def note(event: Any) -> None:
        if event.resource_pre_event and event.resource_pre_event.metadata.op.value != "same":
            steps.append((event.resource_pre_event.metadata.op.value, short(event.resource_pre_event.metadata.urn)))

    stack.up(on_event=note)
    return Staging(stack, before, failed, plan, steps, dead, pipe(lasting.cloud))


def test_a_pipe_that_failed_after_it_was_made_comes_last_and_is_made_anew_by_the_next_up(staging: Staging) -> None:
    assert staging.failed == {PIPE: ["ServiceUnavailable: injected by the test"]}
    # Nothing else is left to do: all that takes time was there before the pipe.
    assert staging.plan == {PIPE: "create-replacement"}
    changing = [step for step in staging.steps if step[0] not in ("replace", "discard")]
    assert changing == [("delete-replaced", PIPE), ("create-replacement", PIPE)], "it keeps its name, so the old goes"
    dead, alive = staging.dead, staging.alive
    assert (alive["Name"], alive["CreationTime"] > dead["CreationTime"]) == (dead["Name"], True)


def test_stacks_live_side_by_side_and_of_one_that_is_destroyed_nothing_is_left(
    lasting: Lasting, staging: Staging
) -> None:
    assert failures(staging.stack) == {}
    beside = resources(lasting.standing())
    of_local = {line for line in staging.before if "local" in line and "storefront" not in line}
    of_staging = inventory(lasting.cloud) - staging.before
    assert len(of_staging) > 30
    assert {line.replace("staging", "local") for line in of_staging} == of_local

    in_local, in_staging = seeded(lasting.cloud, lasting.restored()), seeded(lasting.cloud, staging.stack)
    assert in_local.outputs["machines"] != in_staging.outputs["machines"]
    in_staging.client().start(checked(order("only-staging-1")))
    assert in_staging.carrier.send(in_staging.awaited("only-staging-1"), "DELIVERED")[0] == 200
    assert in_staging.execution("only-staging-1")["status"] == "SUCCEEDED"
    eventually(lambda: [row for row in in_staging.rows("order-views") if row["status"] == "DELIVERED"])
    assert "only-staging-1" in in_staging.books().orders
    assert "only-staging-1" not in in_local.books().orders

    staging.stack.destroy()
    assert inventory(lasting.cloud) == staging.before
    assert resources(staging.stack) == []
    assert resources(lasting.standing()) == beside
