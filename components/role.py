"""A role for one thing that runs: who may take it on, and the statements it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

import pulumi
import pulumi_aws as aws

from asl import Account, Statement, document
from components.naming import physical_name


class Role:
    """A role with one inline policy, both children of the component that they are made for.

    `for_arns` is the resource that may take the role on, where the service tells it, in every form in which the service
    may name it: then no other can, not even in the same account
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). `purpose` is what its name in AWS ends with,
    `name` unless given.
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
        for_arns: Sequence[str] = (),
        purpose: str | None = None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        where = account()
        role = aws.iam.Role(
            name,
            name=physical_name(purpose or name, 64),
            assume_role_policy=where.apply(lambda known: json.dumps(_trust(service, known, for_arns))),
            opts=opts,
        )
        known = pulumi.Output.all(where, values or {})
        self.policy = aws.iam.RolePolicy(
            name,
            name=physical_name(purpose or name, 128),
            role=role.name,
            policy=known.apply(lambda known: json.dumps(document(statements, known[0], known[1]))),
            opts=opts,
        )
        self.arn = role.arn


_accounts: WeakKeyDictionary[pulumi.Resource, pulumi.Output[Account]] = WeakKeyDictionary()


def account() -> pulumi.Output[Account]:
    """Partition, region and account that the program deploys to: asked for once in each run of the program."""
    run = pulumi.runtime.get_root_resource()
    if run is None:
        return _account()
    if run not in _accounts:
        _accounts[run] = _account()
    return _accounts[run]


def _account() -> pulumi.Output[Account]:
    found = pulumi.Output.all(aws.get_partition_output(), aws.get_region_output(), aws.get_caller_identity_output())
    return found.apply(lambda found: Account(found[0].partition, found[1].region, found[2].account_id))


def _trust(service: str, where: Account, for_arns: Sequence[str]) -> dict[str, object]:
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
                "Condition": condition,
            }
        ],
    }
