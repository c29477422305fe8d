"""What a comment on a pull request must not hold, and what it must point at."""

from __future__ import annotations

from typing import Any

import pytest

from asl.permissions.policy import Allowed
from asl.permissions.roles import MACHINE_LOGGING
from asl.review.masking import Masks
from asl.review.permissions import dangers

ONE, TWO = "123456789012", "210987654321"


@pytest.mark.parametrize(
    ("text", "published"),
    [
        (f"https://sqs.eu-west-1.amazonaws.com/{ONE}/audit", "https://sqs.eu-west-1.amazonaws.com/ACCOUNT-1/audit"),
        (f"https://sqs.eu-west-1.amazonaws.com/{ONE}", "https://sqs.eu-west-1.amazonaws.com/ACCOUNT-1"),
        (f'"http://localhost:4566/{ONE}/audit"', '"http://localhost:4566/ACCOUNT-1/audit"'),
        (f"arn:aws:sns:eu-west-1:{ONE}:alarms", "arn:aws:sns:eu-west-1:ACCOUNT-1:alarms"),
        (f"arn:aws:iam::{ONE}:role/a, in words", "arn:aws:iam::ACCOUNT-1:role/a, in words"),
        (f"of account arn:aws:iam::{ONE}", "of account arn:aws:iam::ACCOUNT-1"),
        (f"in arn:aws:iam::{ONE} it is", "in arn:aws:iam::ACCOUNT-1 it is"),
        (f"arn:a:b::{ONE}:c arn:a:b::{TWO}:c", "arn:a:b::ACCOUNT-1:c arn:a:b::ACCOUNT-2:c"),
        # No account: another length, or a part of something.
        ("/1234567890123/ :12345678901:", "/1234567890123/ :12345678901:"),
        (f"order-{ONE} costs {ONE} cents", f"order-{ONE} costs {ONE} cents"),
    ],
)
def test_numbers_of_accounts_are_masked_in_names_and_in_the_urls_of_queues(text: str, published: str) -> None:
    assert Masks().text(text) == published


def test_one_account_has_one_name_everywhere_and_two_have_two() -> None:
    masks = Masks()
    url, arn = f"https://sqs.eu-west-1.amazonaws.com/{ONE}/q", f"arn:aws:sqs:eu-west-1:{ONE}:q"
    assert masks.document({"a": [url], "b": arn, "c": f"arn:aws:iam::{ONE}"}) == {
        "a": ["https://sqs.eu-west-1.amazonaws.com/ACCOUNT-1/q"],
        "b": "arn:aws:sqs:eu-west-1:ACCOUNT-1:q",
        "c": "arn:aws:iam::ACCOUNT-1",
    }
    assert masks.text(f":{TWO}: :{ONE}:") == ":ACCOUNT-2: :ACCOUNT-1:"


def test_a_secret_in_a_definition_is_masked_wherever_it_stands_and_nothing_else_is() -> None:
    def definition(token: str) -> dict[str, Any]:
        call = {
            "ApiEndpoint": "x",
            "Headers": {"ApiKey": token, "Keys": [[token]]},
            "Stage": "live",
            "Path": f"/{ONE}/",
        }
        task = {"Type": "Task", "Resource": "arn:aws:states:::apigateway:invoke", "Parameters": call, "End": True}
        inner = {"StartAt": "Call", "States": {"Call": task}}
        return {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": [inner], "End": True}}}

    masks = Masks()
    first, again, other = (masks.definition(definition(f"AKIA{word * 4}")) for word in ("ABCD", "ABCD", "WXYZ"))
    assert first == again != other
    assert "AKIA" not in str(first)
    assert "SECRET-1" in str(first)
    call = first["States"]["Both"]["Branches"][0]["States"]["Call"]  # type: ignore[index,call-overload]
    assert (call["Parameters"]["Stage"], call["End"]) == ("live", True)
    assert call["Parameters"]["Path"].startswith("/ACCOUNT-")


def told(action: str, resource: str) -> list[str]:
    return dangers(Allowed(action, resource, condition="", reason=""))


ARN = "arn:aws:sqs:eu-west-1:123456789012:audit"
DESTROYS = ["sqs:PurgeQueue", "sqs:DeleteMessageBatch", "dynamodb:DeleteItem", "s3:DeleteObject"]
DESTROYS += ["ec2:TerminateInstances", "sns:RemovePermission", "glue:BatchDeleteTable"]
DESTROYS += ["cassandra:Drop", "dynamodb:PartiQLDelete", "cognito-idp:AdminDeleteUser"]
DESTROYS += ["ecs:DeregisterTaskDefinition", "kinesisanalytics:DeleteApplication"]
GRANTS = ["iam:PassRole", "sts:AssumeRole", "lambda:AddPermission", "s3:PutBucketPolicy", "kms:CreateGrant"]
SECRETS = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "kms:Decrypt"]
SECRETS += ["kms:GenerateDataKeyWithoutPlaintext", "ssm:GetParametersByPath", "ssm:GetParameter"]
HARMLESS = ["sqs:SendMessage", "dynamodb:PutItem", "states:StartExecution", "sqs:GetQueueAttributes"]
HARMLESS += ["iam:GetRole", "iam:ListRoles", "ecr:BatchGetImage", "lambda:GetPolicy", "sqs:ListQueues"]


@pytest.mark.parametrize("action", DESTROYS)
def test_an_action_that_destroys_is_pointed_at(action: str) -> None:
    assert "destroys" in told(action, ARN)


@pytest.mark.parametrize("action", GRANTS)
def test_an_action_that_decides_who_may_do_what_is_pointed_at(action: str) -> None:
    assert "decides who may do what" in told(action, ARN)


@pytest.mark.parametrize("action", SECRETS)
def test_an_action_that_reads_secrets_is_pointed_at(action: str) -> None:
    assert told(action, ARN) == ["reads secrets"]


@pytest.mark.parametrize("action", HARMLESS)
def test_an_everyday_action_on_one_resource_is_not(action: str) -> None:
    assert told(action, ARN) == []


@pytest.mark.parametrize(
    ("resource", "is_open"),
    [
        ("*", True),
        ("arn:aws:sqs:eu-west-1:123456789012:*", True),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/orders/*", False),
        (ARN, False),
    ],
)
def test_an_open_name_is_pointed_at_for_whatever_action(resource: str, is_open: bool) -> None:
    for action in ("sqs:SendMessage", "dynamodb:GetItem"):
        assert told(action, resource) == (["on everything of its kind"] if is_open else [])
    assert told("sqs:PurgeQueue", resource) == [*told("sqs:GetQueueUrl", resource), "destroys"]


def test_what_every_machine_may_do_to_write_its_log_is_no_news() -> None:
    assert not any(told(action, "*") for action in MACHINE_LOGGING.actions)
