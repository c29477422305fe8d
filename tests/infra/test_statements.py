"""Every statement of every stack, in roles, trust and resources' own policies, against AWS's own list of actions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orderflow.testing.stack import Resource, Stack
from tests.authorization.judge import problems
from tests.infra.conftest import policies


def documents(resource: Resource) -> Iterator[dict[str, Any]]:
    """The policy documents among a resource's inputs, in JSON or as they are, however deep."""

    def search(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, str) and node.startswith("{") and '"Statement"' in node:
            node = json.loads(node)
        if isinstance(node, dict) and "Statement" in node:
            yield node
        elif isinstance(node, dict):
            for value in node.values():
                yield from search(value)
        elif isinstance(node, list):
            for value in node:
                yield from search(value)

    return search(resource.inputs)


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod", "staging with Stripe"])
def test_every_statement_is_one_that_aws_knows(every_stack: dict[str, Stack], name: str) -> None:
    resources = every_stack[name].resources()
    judged = [(resource.name, document) for resource in resources for document in documents(resource)]
    assert [f"{of}: {problem}" for of, document in judged for problem in problems(document)] == []
    # Of each role there is its trust and its policy.
    assert len(judged) >= 2 * len(every_stack[name].resources("aws:iam/role:Role")) > 40


def test_so_is_every_statement_of_the_components_for_any_workflow(parts: Stack) -> None:
    judged = [(resource.name, document) for resource in parts.resources() for document in documents(resource)]
    assert [f"{of}: {problem}" for of, document in judged for problem in problems(document)] == []
    assert {"onboarding-machine", "scan-execution", "scan-task", "reviews"} <= {name for name, _ in judged}


def test_every_statement_of_a_trigger_is_one_too(triggers: Stack) -> None:
    judged = [(resource.name, document) for resource in triggers.resources() for document in documents(resource)]
    assert [f"{of}: {problem}" for of, document in judged for problem in problems(document)] == []
    assert len(judged) >= 2 * len(triggers.resources("aws:iam/role:Role")) > 12


def test_every_stack_is_judged(every_stack: dict[str, Stack]) -> None:
    assert set(every_stack) == {"local", "dev", "staging", "prod", "staging with Stripe"}


def misspell(statement: dict[str, Any]) -> None:
    statement["Action"] = [statement["Action"][0] + "s"]


def widen(statement: dict[str, Any]) -> None:
    statement["Resource"] = ["*"]


def of_another_type(statement: dict[str, Any]) -> None:
    statement["Resource"] = ["arn:aws:s3:::bucket"]


def one_more(statement: dict[str, Any]) -> None:
    statement["Resource"] = [*statement["Resource"], "arn:aws:s3:::bucket"]


def limit(statement: dict[str, Any]) -> None:
    statement["Resource"] = ["arn:aws:logs:us-east-1:1:log-group:g"]


def no_reason(statement: dict[str, Any]) -> None:
    statement["Sid"] = "LogDelivery"


def condition(statement: dict[str, Any]) -> None:
    statement["Condition"] = {"StringEquals": {"sqs:Colour": "red"}}


def drop(statement: dict[str, Any]) -> None:
    statement["Action"] = ["sqs:SendMessage"]
    statement["Resource"] = ["arn:aws:sqs:us-east-1:1:q"]


PIPE = ("order-events-pipe", "SetBatchesAside")
LOGGING = ("order-fulfillment-machine", "LogDeliveryHasNoResourceLevel")
ANSWERING = ("decide", "StatesSendTaskSuccessHasNoResourceLevel")
BROKEN = [
    (*PIPE, misspell, "AWS has no action sqs:SendMessages"),
    (*PIPE, widen, "sqs:SendMessage can be limited to queue"),
    (*PIPE, of_another_type, "sqs:SendMessage works on queue, of which none is named"),
    (*PIPE, one_more, "none of sqs:SendMessage works on arn:aws:s3:::bucket"),
    (*PIPE, condition, "sqs:SendMessage has no condition key sqs:Colour"),
    (*LOGGING, limit, "logs:CreateLogDelivery has no resource level"),
    (*LOGGING, no_reason, "the Sid does not end with"),
    (*ANSWERING, drop, "states:SendTaskSuccess is granted on a resource alone"),
]


@pytest.mark.parametrize(("role", "sid", "spoil", "message"), BROKEN)
def test_a_broken_statement_is_told(
    stacks: dict[str, Stack], role: str, sid: str, spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    found = policies(stacks["dev"])
    (policy,) = [both["policy"] for name, both in found.items() if name.endswith(f"-{role}")]
    policy = json.loads(json.dumps(policy))
    assert problems(policy) == []
    (statement,) = [one for one in policy["Statement"] if one["Sid"] == sid]
    spoil(statement)
    assert any(message in problem for problem in problems(policy)), problems(policy)


def misspell_own(statement: dict[str, Any]) -> None:
    statement["Action"] = ["kms:Decrypts"]


def of_another_service(statement: dict[str, Any]) -> None:
    statement["Action"] = ["sqs:SendMessage"]


def of_a_queue(statement: dict[str, Any]) -> None:
    statement["Resource"] = "arn:aws:sqs:us-east-1:1:q"


OWN = [
    ("aws:s3/bucketPolicy:BucketPolicy", "exports", of_a_queue, "none of s3:* works on arn:aws:sqs"),
    ("aws:kms/key:Key", "key", misspell_own, "AWS has no action kms:Decrypts"),
    ("aws:kms/key:Key", "key", of_another_service, "sqs:SendMessage does not work on a key"),
]


@pytest.mark.parametrize(("type", "name", "spoil", "message"), OWN)
def test_a_broken_statement_of_a_resources_own_policy_is_told(
    stacks: dict[str, Stack], type: str, name: str, spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    (policy,) = documents(stacks["dev"].one(type, name))
    policy = json.loads(json.dumps(policy))
    assert problems(policy) == []
    spoil(policy["Statement"][-1])
    assert any(message in problem for problem in problems(policy)), problems(policy)
