"""Every derived resource of the machines' roles is needed by an order that ran: without it IAM would deny a call.

The embedded cloud holds functions to their roles but not machines, so IAM's policy simulator judges the calls: those
of the states that a delivered order entered, and both of the projection's.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.deployed import Deployed, order

WHERE = "us-east-1:000000000000"


def machine(deployed: Deployed, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A machine's definition and its role's policy."""
    arn = deployed.outputs["machines"][name]["arn"]
    found = deployed.cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    role = found["roleArn"].rpartition("/")[2]
    policy = deployed.cloud.client("iam").get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
    return json.loads(found["definition"]), policy


def states(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All states by name, inner ones too."""
    found = dict(definition["States"])
    for state in definition["States"].values():
        for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            found |= states(inner)
    return found


def allowed(deployed: Deployed, statements: list[dict[str, Any]], action: str, resource: str) -> bool:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    answer = deployed.cloud.client("iam").simulate_custom_policy(
        PolicyInputList=[policy], ActionNames=[action], ResourceArns=[resource]
    )
    return all(one["EvalDecision"] == "allowed" for one in answer["EvaluationResults"])


def without_one(policy: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The policy without one resource, once for each that AWS can limit."""
    mutants: list[tuple[str, list[dict[str, Any]]]] = []
    for statement in policy["Statement"]:
        others = [one for one in policy["Statement"] if one is not statement]
        for resource in statement["Resource"]:
            if resource != "*":
                rest = [one for one in statement["Resource"] if one != resource]
                mutants.append((resource, [*others, *([{**statement, "Resource": rest}] if rest else [])]))
    return mutants


def order_calls(deployed: Deployed, definition: dict[str, Any]) -> set[tuple[str, str]]:
    """What a delivered order called."""
    assert deployed.run(order("permitted-1"))["status"] == "SUCCEEDED"
    known = states(definition)
    entered = [known[name] for name in deployed.states("permitted-1")]
    return {("lambda:InvokeFunction", state["Resource"]) for state in entered if state["Type"] == "Task"}


def event_calls(deployed: Deployed, definition: dict[str, Any]) -> set[tuple[str, str]]:
    """What the projection calls: it writes the view, and sets aside what it cannot write."""
    known = states(definition)
    table = known["UpdateView"]["Arguments"]["TableName"]
    queue = known["SetAside"]["Arguments"]["QueueUrl"].rpartition("/")[2]
    return {
        ("dynamodb:UpdateItem", f"arn:aws:dynamodb:{WHERE}:table/{table}"),
        ("sqs:SendMessage", f"arn:aws:sqs:{WHERE}:{queue}"),
    }


@pytest.mark.parametrize(("name", "find_calls"), [("order-fulfillment", order_calls), ("order-events", event_calls)])
def test_the_role_allows_what_ran_and_without_any_one_resource_it_would_not(
    deployed: Deployed, name: str, find_calls: Any
) -> None:
    definition, policy = machine(deployed, name)
    calls = find_calls(deployed, definition)
    assert calls
    for action, resource in calls:
        assert allowed(deployed, policy["Statement"], action, resource), (action, resource)
    mutants = without_one(policy)
    assert len(mutants) == len(calls), "one resource for each call"
    for removed, statements in mutants:
        assert not all(allowed(deployed, statements, *call) for call in calls), f"{removed} is not needed"
