"""What a reviewer of security asks for: plain text refused, keys for just their uses, doors that starve nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

from components import RoleTooLargeError
from components.role import INLINE_POLICY_CHARACTERS
from emulator.program import ROOT
from orderflow.testing.stack import Resource, Stack, Stacks
from tests.infra.conftest import policies

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orderflow-dev-any"
STORES = {
    # By type: its policies' type, the input that names it there, and by what; and an action of those who use it.
    "aws:s3/bucket:Bucket": ("aws:s3/bucketPolicy:BucketPolicy", "bucket", "bucket", "s3:PutObject"),
    "aws:sqs/queue:Queue": ("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "name", "sqs:SendMessage"),
    "aws:sns/topic:Topic": ("aws:sns/topicPolicy:TopicPolicy", "arn", "name", "sns:Publish"),
}


def decided(
    policy: str,
    action: str,
    arn: str,
    principal: str = ROLE,
    *,
    secure: bool = True,
    said: Mapping[str, str] | None = None,
) -> str:
    """What a resource's policy says of a request that says this: Allow, Deny, or neither."""
    kind = "Service" if principal.endswith(".amazonaws.com") else "AssumedRole"
    asked = EvalContext(
        *(principal, kind, "" if kind == "Service" else ACCOUNT, action, arn, "us-east-1"),
        secure_transport=secure,
        service_context={name.lower(): value for name, value in (said or {}).items()},
    )
    return evaluate_resource_policy(policy, asked, service=principal if kind == "Service" else "").decision


@pytest.mark.parametrize("type", STORES)
def test_buckets_queues_and_topics_refuse_plain_text_and_leave_the_rest_to_the_roles(
    type: str, every_stack: dict[str, Stack]
) -> None:
    kind, names, by, action = STORES[type]
    for stack, registered in every_stack.items():
        found = registered.resources(type)
        assert found, stack
        for resource in found:
            (policy,) = [
                one.inputs["policy"]
                for one in registered.resources(kind)
                if one.inputs[names].endswith(resource.inputs[by]) and one.name == resource.name
            ]
            arn = json.loads(policy)["Statement"][-1]["Resource"][-1].replace("*", "orders.jsonl")
            assert resource.inputs[by] in arn
            assert decided(policy, action, arn, secure=False) == "Deny", (stack, resource.name)
            assert decided(policy, action, arn) not in ("Deny", "Allow"), "what a role may do stands in the role"


def test_a_bucket_itself_is_refused_in_plain_text_too(stacks: dict[str, Stack]) -> None:
    policies = {one.name: one.inputs["policy"] for one in stacks["dev"].resources("aws:s3/bucketPolicy:BucketPolicy")}
    assert "exports" in policies
    for name, policy in policies.items():
        bucket = f"arn:aws:s3:::orderflow-dev-{name}-{ACCOUNT}"
        assert decided(policy, "s3:ListBucket", bucket, secure=False) == "Deny", name


def test_unfinished_uploads_are_dropped_after_a_day(stacks: dict[str, Stack]) -> None:
    for registered in stacks.values():
        kept = registered.resources("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
        assert len(kept) == len(registered.resources("aws:s3/bucket:Bucket"))
        for lifecycle in kept:
            (rule,) = lifecycle.inputs["rules"]
            assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""}), "of every object"
            assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}


def test_every_topic_and_log_group_is_encrypted_with_the_stacks_one_key(every_stack: dict[str, Stack]) -> None:
    for registered in every_stack.values():
        (key,) = registered.resources("aws:kms/key:Key")
        arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key.name}"
        assert key.inputs["enableKeyRotation"] is True
        topics, groups = (
            registered.resources("aws:sns/topic:Topic"),
            registered.resources("aws:cloudwatch/logGroup:LogGroup"),
        )
        assert {one.inputs["kmsMasterKeyId"] for one in topics} == {arn}
        assert {one.inputs["kmsKeyId"] for one in groups} == {arn}, "also where inputs and outputs are not logged"


def test_cloudwatch_may_use_the_key_for_what_this_stack_has_and_for_nothing_else(
    every_stack: dict[str, Stack],
) -> None:
    for registered in every_stack.values():
        (key,) = registered.resources("aws:kms/key:Key")
        account, alarming, logging = json.loads(key.inputs["policy"])["Statement"]
        assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert alarming["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert alarming["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
        assert logging["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
        allowed = logging["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        for group in registered.resources("aws:cloudwatch/logGroup:LogGroup"):
            arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group.inputs['name']}"
            assert any(fnmatchcase(arn, pattern) for pattern in allowed), group.name
            assert not any(fnmatchcase(arn.replace("orderflow-", "others-"), pattern) for pattern in allowed)


def test_the_stacks_own_alarms_and_no_others_may_tell_the_topic_and_use_its_key(stacks: dict[str, Stack]) -> None:
    prod = stacks["prod"]
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:orderflow-prod-alarms"
    policy = prod.one("aws:sns/topicPolicy:TopicPolicy", "alarms").inputs["policy"]
    key = prod.one("aws:kms/key:Key", "key").inputs["policy"]
    alarms = [one.inputs["name"] for one in prod.resources("aws:cloudwatch/metricAlarm:MetricAlarm")]
    assert alarms

    def may(alarm: str, account: str = ACCOUNT) -> list[str]:
        said = {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{account}:alarm:{alarm}"}
        asked = ((policy, "sns:Publish", topic), (key, "kms:GenerateDataKey", "*"), (key, "kms:Decrypt", "*"))
        return [decided(one, action, arn, "cloudwatch.amazonaws.com", said=said) for one, action, arn in asked]

    for alarm in alarms:
        assert may(alarm) == ["Allow"] * 3, alarm
    assert "Allow" not in may("orderflow-staging-orders-stuck")
    assert "Allow" not in may(alarms[0], "111122223333")
    notices = prod.one("aws:sns/topicPolicy:TopicPolicy", "notices").inputs["policy"]
    assert "Allow" not in notices, "nobody but functions of the stack tells customers"


def test_who_publishes_may_use_the_key_and_nobody_else_may(every_stack: dict[str, Stack]) -> None:
    for registered in every_stack.values():
        for name, role in policies(registered).items():
            actions = {action for one in role["policy"]["Statement"] for action in one["Action"]}
            wanted = {"kms:Decrypt", "kms:GenerateDataKey"} if "sns:Publish" in actions else set()
            assert {action for action in actions if action.startswith("kms:")} == wanted, name


def test_a_machine_that_publishes_to_a_topic_may_use_its_key(tmp_path: Path, stack: Stacks) -> None:
    state = """{
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": notices, "Message": "x"},
        "TimeoutSeconds": 9,
        "End": True,
    }"""
    told = f"{{'StartAt': 'Tell', 'States': {{'Tell': {state}}}}}"
    program = _with(tmp_path, f"components.StateMachine('teller', components.StateMachineArgs({told}, logs))")
    allowed = stack("dev", program=program).machine("teller").policy["Statement"]
    (using,) = [one for one in allowed if "kms:GenerateDataKey" in one["Action"]]
    assert using["Resource"] == [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/key"]


def urls(registered: Stack) -> list[Resource]:
    return registered.resources("aws:lambda/functionUrl:FunctionUrl")


def test_webhooks_have_concurrent_calls_of_their_own_which_others_cannot_use_up(
    every_stack: dict[str, Stack],
) -> None:
    for stack, registered in every_stack.items():
        reserved = {
            one.name: one.inputs["reservedConcurrentExecutions"]
            for one in registered.resources("aws:lambda/function:Function")
            if one.inputs["reservedConcurrentExecutions"] != -1
        }
        public = {one.inputs["functionName"] for one in urls(registered) if one.inputs["authorizationType"] == "NONE"}
        assert {f"orderflow-{stack.split()[0]}-{name}" for name in reserved} == public
        assert all(calls > 0 for calls in reserved.values())


def test_the_permissions_of_a_public_url_are_left_to_pulumi_aws_which_adds_them(every_stack: Any) -> None:
    for registered in every_stack.values():
        kinds = {one.name: one.inputs["authorizationType"] for one in urls(registered)}
        assert kinds.pop("decide") == "AWS_IAM", "which tells it who decides"
        assert set(kinds.values()) == {"NONE"}
        granted = registered.resources("aws:lambda/permission:Permission")
        assert not [one for one in granted if one.inputs["principal"] != "apigateway.amazonaws.com"]


LARGE = """
import pathlib

import components

logs = components.Logs(retention_days=7)
NAME = "a-step-whose-name-is-so-long-that-few-do"
args = components.FunctionArgs("work", None, [], logs, sources=pathlib.Path("FOLDER"))
many = [components.Function(f"{NAME}-{number}", args) for number in range(COUNT)]
states = {
    f"Step{number}": {
        "Type": "Task",
        "Resource": function,
        "TimeoutSeconds": 60,
        **({"Next": f"Step{number + 1}"} if number + 1 < COUNT else {"End": True}),
    }
    for number, function in enumerate(many)
}
components.StateMachine("large", components.StateMachineArgs({"StartAt": "Step0", "States": states}, logs))
"""


@pytest.mark.parametrize("unknown", [True, False], ids=["nothing is known yet", "all is known"])
def test_a_role_that_may_do_more_than_iam_can_write_down_is_refused_by_name(
    unknown: bool, tmp_path: Path, stack: Stacks
) -> None:
    program = tmp_path / "__main__.py"
    program.write_text(LARGE.replace("COUNT", "100").replace("FOLDER", str(tmp_path)))
    (tmp_path / "work.py").write_text("def handler(event, context):\n    return event\n")
    with pytest.raises(RoleTooLargeError) as raised:
        stack("dev", preview=unknown, program=program)
    said = str(raised.value)
    assert "the policy of the role 'orderflow-dev-large-machine' has " in said
    assert "IAM takes 10,240" in said
    assert "LambdaInvokeFunction" in said
    assert stack.last
    assert "large" not in [one.resource.name for one in stack.last.machines()]


def test_a_policy_too_large_by_what_is_known_only_later_is_refused_then(tmp_path: Path, stack: Stacks) -> None:
    """Long names of others' resources, which a first preview cannot know."""
    states = """{
        f"S{n}": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": pulumi.Output.from_input(f"{'f' * 60}{n:04}")},
            "TimeoutSeconds": 60,
            **({"Next": f"S{n + 1}"} if n < 49 else {"End": True}),
        }
        for n in range(50)
    }"""
    args = f"components.StateMachineArgs({{'StartAt': 'S0', 'States': {states}}}, logs)"
    program = tmp_path / "__main__.py"
    program.write_text(
        f"import pulumi\nimport components\n\nlogs = components.Logs(7)\ncomponents.StateMachine('large', {args})"
    )
    with pytest.raises(RoleTooLargeError, match=r"'orderflow-dev-large-machine' has 1\d,"):
        stack("dev", program=program)


def test_every_role_of_the_program_has_room_left(every_stack: dict[str, Stack]) -> None:
    for registered in every_stack.values():
        for name, role in policies(registered).items():
            assert len(json.dumps(role["policy"], separators=(",", ":"))) < INLINE_POLICY_CHARACTERS / 2, name


def _with(folder: Path, more: str) -> Path:
    program = folder / "__main__.py"
    program.write_text((ROOT / "__main__.py").read_text() + "\n" + more + "\n")
    return program
