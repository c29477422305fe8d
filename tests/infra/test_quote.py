"""What quotes may do: ask, and nothing that changes anything."""

from __future__ import annotations

from orderflow.testing.stack import Stacks
from tests.infra.conftest import policies

READS = {"dynamodb:BatchGetItem", "lambda:InvokeFunction", "states:StartSyncExecution"}


def test_no_role_of_a_quote_may_write_anything_but_logs_and_traces(stack: Stacks) -> None:
    made = stack("dev", config={"orderflow:workflows": "quote"})
    roles = {name: role["policy"]["Statement"] for name, role in policies(made).items() if "-quote" in name}
    assert len(roles) == 5, sorted(roles)
    allowed = {action for statements in roles.values() for one in statements for action in one["Action"]}
    assert {one for one in allowed if not one.startswith(("logs:", "xray:"))} == READS
