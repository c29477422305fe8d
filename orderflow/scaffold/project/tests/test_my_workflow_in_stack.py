"""My workflow as the program deploys it."""

from __future__ import annotations

from orderflow.testing.stack import Stacks


def test_it_may_call_its_own_function_and_no_other(stack: Stacks) -> None:
    policy = stack("dev").machine("my-workflow").policy
    (reached,) = (one["Resource"] for one in policy["Statement"] if "lambda:InvokeFunction" in one["Action"])
    name = "my-project-dev-my-workflow"
    assert [arn.split(":function:")[1] for arn in reached] == [f"{name}:*"]
