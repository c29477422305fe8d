"""My workflow: each way through it, with the handler called as Lambda calls it."""

from __future__ import annotations

from collections.abc import Callable

import asl
import pytest
from asl.testing.workflow import Workflow

from handlers.my_workflow import handler
from workflows.my_workflow import my_workflow

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:my-workflow:live"


@pytest.fixture(scope="module")
def machine(workflow: Callable[..., Workflow]) -> Workflow:
    machine = workflow(
        my_workflow(FUNCTION),
        type="STANDARD",
        name="my-workflow",
    )
    return machine.mock("Work", handler=handler)


def test_what_has_an_id_is_accepted(machine: Workflow) -> None:
    run = machine.run({"id": "1"})
    assert run.ended_in("Accepted")
    assert run.output == {"id": "1", "work": {"accepted": True}}


def test_what_has_no_id_is_refused_with_the_reason(machine: Workflow) -> None:
    run = machine.run({})
    assert (run.error, run.cause) == ("Refused", "there is no id")


@pytest.mark.parametrize("error", ["Lambda.ServiceException", "ConnectionError"])
def test_a_call_that_failed_is_made_again(machine: Workflow, error: str) -> None:
    run = machine.mock("Work", outcomes=[asl.Raises(error), {"accepted": True}]).run({"id": "1"})
    assert run.ended_in("Accepted")
    assert run.called("Work") == 2
