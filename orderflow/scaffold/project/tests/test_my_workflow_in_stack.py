"""My workflow as the program deploys it."""

from __future__ import annotations

from orderflow.testing.stack import Stacks


def test_it_may_call_its_own_function_and_no_other(stack: Stacks) -> None:
    made = stack("dev")
    name = "my-workflow"
    function = made.one("aws:lambda/function:Function", name).outputs["arn"]
    policy = made.machine(name).policy
    (reached,) = (one["Resource"] for one in policy["Statement"] if "lambda:InvokeFunction" in one["Action"])
    assert reached == [f"{function}:*"]
