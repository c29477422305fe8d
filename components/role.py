"""A role for one thing that runs: who may take it on, and the statements it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from asl import Account, Statement, document
from asl.syntax.placeholders import replaced

from .naming import ROLE, name_of, physical_name

INLINE_POLICY_CHARACTERS = 10_240
"""Of all inline policies of a role, of which there is one here, white space not counted:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


class RoleTooLargeError(pulumi.RunError):
    """A role that may do more than IAM can write down, which Pulumi shows as what the user has to mend.

    No ValueError: one that is raised while Outputs are resolved Pulumi wraps, and shows with a traceback.
    """


class Role:
    """A role with one inline policy, both children of the component that they are made for.

    `for_arns` is the resource that may take the role on, where the service tells it, in every form that the service may
    give it: then no other can, not even in the same account
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). A service that does not say for whom it
    acts (`says_for_whom`) would be refused by any condition that asks. `purpose` is what its name in AWS ends with,
    `name` unless given.

    Raises:
        RoleTooLargeError: when IAM would refuse the policy. In a first preview, in which no ARN is known, they are
            taken to be as long as those of queues, which are short; what is known later is held against the limit, too.
    """

    arn: pulumi.Output[str]
    policy: aws.iam.RolePolicy

    def __init__(
        self,
        name: str,
        *,
        service: str,
        statements: Sequence[Statement],
        values: pulumi.Input[Mapping[str, str]] | None = None,
        for_arns: Sequence[pulumi.Input[str]] = (),
        purpose: str | None = None,
        says_for_whom: bool = True,
        opts: pulumi.ResourceOptions,
    ) -> None:
        where, called = account(opts.parent), physical_name(purpose or name, ROLE, opts.parent)
        _require_room(called, _estimate(document(statements, _SOMEWHERE)))
        role = aws.iam.Role(
            name,
            name=called,
            assume_role_policy=pulumi.Output.all(where, list(for_arns)).apply(
                lambda known: json.dumps(_trust(service, known[0], known[1], says_for_whom))
            ),
            opts=opts,
        )
        known = pulumi.Output.all(where, values or {})
        self.policy = aws.iam.RolePolicy(
            name,
            name=called,
            role=role.name,
            policy=known.apply(lambda known: _require_room(called, document(statements, known[0], known[1]))),
            opts=opts,
        )
        self.arn = role.arn


_SOMEWHERE = Account("aws", "us-east-1", "123456789012")


def _estimate(policy: Mapping[str, Any]) -> Any:
    """The policy with a name or an ARN of this stack for each that is not known yet."""

    def guess(name: str) -> str:
        component, _, attribute = name.rpartition(".")
        # An Output by itself is called by its path, which says nothing of how long it is.
        physical = name_of("" if "." in component else component)
        return physical if attribute == "name" else _SOMEWHERE.arn("sqs", physical)

    return json.loads(replaced(json.dumps(policy), guess))


def _require_room(name: str, policy: Mapping[str, Any]) -> str:
    """The policy as text, if IAM takes it."""
    size = _characters(policy)
    if size > INLINE_POLICY_CHARACTERS:
        largest = sorted(policy["Statement"], key=_characters, reverse=True)[:3]
        told = ", ".join(f"{one['Sid']} {_characters(one):,}" for one in largest)
        raise RoleTooLargeError(
            f"the policy of the role '{name}' has {size:,} characters and IAM takes {INLINE_POLICY_CHARACTERS:,}"
            f" (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html); its largest statements:"
            f" {told}. Split what the role is for: a machine into two of which one starts the other, a function by task"
        )
    return json.dumps(policy)


def _characters(value: object) -> int:
    return len(re.sub(r"\s", "", json.dumps(value)))


_ACCOUNT = "_account_asked_for"
"""Where a provider, or the stack's resource, keeps what AWS has answered for it."""


def account(of: pulumi.Resource | None = None) -> pulumi.Output[Account]:
    """Partition, region and account in which the children of the component `of` are made, by the provider that it or
    what is around it was given; else those that the program deploys to. Each provider is asked once in a program's run.

    https://www.pulumi.com/docs/iac/concepts/resources/options/providers/
    """
    provider = of.get_provider("aws:index:Provider") if of else None
    asked = provider or pulumi.runtime.get_root_resource()
    if asked is None:
        return _account(None)
    kept: dict[str, pulumi.Output[Account]] = vars(asked)
    if _ACCOUNT not in kept:
        kept[_ACCOUNT] = _account(provider)
    return kept[_ACCOUNT]


def _account(provider: pulumi.ProviderResource | None) -> pulumi.Output[Account]:
    asking = pulumi.InvokeOptions(provider=provider)
    found = pulumi.Output.all(
        aws.get_partition_output(opts=asking),
        aws.get_region_output(opts=asking),
        aws.get_caller_identity_output(opts=asking),
    )
    return found.apply(lambda found: Account(found[0].partition, found[1].region, found[2].account_id))


def _trust(service: str, where: Account, for_arns: Sequence[str], says_for_whom: bool) -> dict[str, object]:
    condition: dict[str, object] = {"StringEquals": {"aws:SourceAccount": where.id}}
    if for_arns:
        condition["ArnLike"] = {"aws:SourceArn": [where.arn(service, arn) for arn in for_arns]}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                **({"Condition": condition} if says_for_whom else {}),
            }
        ],
    }
