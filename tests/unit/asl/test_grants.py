"""Permissions: just the actions and resources that a definition needs, whatever form the target has."""

from __future__ import annotations

from typing import Any

import pytest

import asl
from asl.integrations import INTEGRATIONS

ACCOUNT = asl.Account("aws", "eu-west-1", "123456789012")
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:charge"


def resources(resource: str, parameters: dict[str, Any], **values: str) -> dict[str, list[str]]:
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    statements = asl.grants({"StartAt": "A", "States": {"A": state}})
    document: Any = asl.document(statements, ACCOUNT, values)
    return {statement["Action"][0]: statement["Resource"] for statement in document["Statement"]}


# What AWS says: an unqualified ARN does not allow a qualified call, so both forms are there where none was chosen.
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
FUNCTIONS = [
    (FUNCTION, [FUNCTION, f"{FUNCTION}:*"]),
    (f"{FUNCTION}:live", [f"{FUNCTION}:*"]),
    ("charge", [FUNCTION, f"{FUNCTION}:*"]),
    ("charge:7", [f"{FUNCTION}:*"]),
    ("123456789012:function:charge", [FUNCTION, f"{FUNCTION}:*"]),
]


@pytest.mark.parametrize(("named", "expected"), FUNCTIONS)
def test_a_function_is_reached_by_name_or_arn_with_and_without_qualifier(named: str, expected: list[str]) -> None:
    found = resources("arn:aws:states:::lambda:invoke", {"FunctionName": named, "Payload": {}})
    assert found == {"lambda:InvokeFunction": expected}


def test_a_function_may_stand_in_resource_itself_and_be_unknown_until_later() -> None:
    assert resources("${charge.arn}:live", {}) == {"lambda:InvokeFunction": ["${charge.arn}:*"]}
    assert resources("${charge.arn}:live", {}, **{"charge.arn": FUNCTION}) == {
        "lambda:InvokeFunction": [f"{FUNCTION}:*"]
    }


TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/views"


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ("getItem", "dynamodb:GetItem"),
        ("putItem", "dynamodb:PutItem"),
        ("updateItem", "dynamodb:UpdateItem"),
        ("deleteItem", "dynamodb:DeleteItem"),
    ],
)
@pytest.mark.parametrize("named", ["views", TABLE, "${views.name}"])
def test_a_table_call_allows_that_call_on_that_table(call: str, action: str, named: str) -> None:
    found = resources(f"arn:aws:states:::dynamodb:{call}", {"TableName": named}, **{"views.name": "views"})
    assert found == {action: [TABLE]}


@pytest.mark.parametrize(("call", "action"), [("query", "dynamodb:Query"), ("scan", "dynamodb:Scan")])
@pytest.mark.parametrize("named", ["views", TABLE, "${views.name}"])
def test_what_is_asked_of_an_index_is_allowed_on_that_index_and_not_on_its_table(
    call: str, action: str, named: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-specific-table-indexes.html"""
    resource = f"arn:aws:states:::aws-sdk:dynamodb:{call}"
    of_index = resources(resource, {"TableName": named, "IndexName": "by-day"}, **{"views.name": "views"})
    assert of_index == {action: [f"{TABLE}/index/by-day"]}
    assert resources(resource, {"TableName": named}, **{"views.name": "views"}) == {action: [TABLE]}
    with pytest.raises(ValueError, match=f"IndexName of aws-sdk:dynamodb:{call} is read from data"):
        resources(resource, {"TableName": named, "IndexName.$": "$.index"})
    function = asl.document(asl.allow(f"dynamodb:{call}", "${INDEX}"), None, {"INDEX": f"{TABLE}/index/by-day"})
    assert function["Statement"] == [
        {"Sid": f"Dynamodb{call.title()}", "Effect": "Allow", "Action": [action], "Resource": [f"{TABLE}/index/by-day"]}
    ]


def test_a_queue_is_named_by_its_url_and_allowed_by_its_arn() -> None:
    url = "https://sqs.us-west-2.amazonaws.com/999999999999/poison"
    found = resources("arn:aws:states:::sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody": "x"})
    assert found == {"sqs:SendMessage": ["arn:aws:sqs:us-west-2:999999999999:poison"]}
    no_url = resources("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "https://[poison/x", "MessageBody": "x"})
    assert no_url.keys() == {"sqs:SendMessage"}, "what is no URL is another rule's matter"
    unknown = resources("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "${poison.url}", "MessageBody": "x"})
    assert unknown == {"sqs:SendMessage": ["${poison.url}"]}


def test_tasks_in_branches_and_processors_are_granted_too() -> None:
    task = {"Type": "Task", "Resource": FUNCTION, "End": True}
    inner = {"StartAt": "T", "States": {"T": task}}
    definition = {
        "StartAt": "P",
        "States": {"P": {"Type": "Parallel", "End": True, "Branches": [
            {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": inner, "End": True}}}]}},
    }  # fmt: skip
    assert len(asl.grants(definition)) == 1


def test_nothing_is_granted_by_guess() -> None:
    with pytest.raises(ValueError, match="no known integration"):
        resources("arn:aws:states:::braket:createJob", {})
    with pytest.raises(ValueError, match="TableName of dynamodb:getItem is read from data"):
        resources("arn:aws:states:::dynamodb:getItem", {"TableName.$": "$.table"})
    with pytest.raises(KeyError, match=r"did you mean 'dynamodb:getItem'"):
        asl.allow("dynamodb:getItm", "orders")


def test_an_activity_needs_no_permission_of_the_machine() -> None:
    assert resources("arn:aws:states:eu-west-1:123456789012:activity:pick", {}) == {}


def test_every_row_cites_a_page_and_names_its_action_in_full() -> None:
    for row in INTEGRATIONS.values():
        assert row.source.startswith("https://docs.aws.amazon.com/"), row.id
        for permission in row.permissions:
            assert all(":" in action and "*" not in action for action in permission.actions), row.id
