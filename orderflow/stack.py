"""A deployed stack as other Pulumi projects refer to it. The one file of the package that needs Pulumi.

    from orderflow.stack import OrderflowStack

    orders = OrderflowStack("my-organization/orderflow/prod")
    aws.iam.RolePolicy("shop", role=role.name, policy=orders.machine("order-fulfillment").start_policy)

The outputs are a contract, described in docs/contract.md; `contract` counts its versions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import pulumi

from orderflow.documents import is_object
from orderflow.outputs import CONTRACT

Outputs: TypeAlias = Mapping[str, Any]


class ContractError(pulumi.RunError):
    """The stack that is referred to is none of this program's, lacks an output, or keeps another contract."""


@dataclass(frozen=True)
class Machine:
    """A state machine. Start executions through the alias: it names what is deployed, and moves with it."""

    arn: pulumi.Output[str]
    alias_arn: pulumi.Output[str]

    @property
    def start_policy(self) -> pulumi.Output[str]:
        """A policy document that allows to start executions of this machine through its alias, and nothing else.

        The resource is the machine and the alias a condition:
        https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
        """
        return pulumi.Output.all(self.arn, self.alias_arn).apply(lambda arns: json.dumps(_may_start(*arns)))


@dataclass(frozen=True)
class Table:
    """A DynamoDB table."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


@dataclass(frozen=True)
class Queue:
    """An SQS queue."""

    url: pulumi.Output[str]
    arn: pulumi.Output[str]


@dataclass(frozen=True)
class Function:
    """A Lambda function. Call it by its alias: it names what is deployed, and moves with it."""

    name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    log_group: pulumi.Output[str]


class OrderflowStack:
    """The outputs of a stack of Orderflow, typed.

    `name` is the stack's full name, `organization/orderflow/prod`. What the stack lacks is told when it is asked for:
    the program then fails, in preview too, with a `ContractError` that names the stack and the output.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        self._name = name
        reference = pulumi.StackReference(name, opts=opts)
        self._outputs = cast(pulumi.Output[Outputs], reference.outputs).apply(self._checked)
        self.region: pulumi.Output[str] = self._text("region")

    def machine(self, name: str) -> Machine:
        """The state machine `name`, such as `order-fulfillment`."""
        return Machine(self._text("machines", name, "arn"), self._text("machines", name, "aliasArn"))

    def table(self, name: str) -> Table:
        """The table `name`, such as `order-views`."""
        return Table(self._text("tables", name, "name"), self._text("tables", name, "arn"))

    def queue(self, name: str) -> Queue:
        """The queue `name`, such as `poison-events`."""
        return Queue(self._text("queues", name, "url"), self._text("queues", name, "arn"))

    def function(self, name: str) -> Function:
        """The function `name`, such as `decide`."""
        return Function(*(self._text("functions", name, key) for key in ("name", "aliasArn", "logGroup")))

    def topic_arn(self, name: str) -> pulumi.Output[str]:
        """The ARN of the topic `name`, such as `notices`."""
        return self._text("topics", name)

    def _checked(self, outputs: Outputs) -> Outputs:
        contract = outputs.get("contract")
        if contract is None:
            raise ContractError(
                f"stack {self._name} has no output 'contract': it is not deployed yet, or is no stack of Orderflow"
            )
        if contract != CONTRACT:
            raise ContractError(
                f"stack {self._name} keeps contract {contract:g} and this package knows {CONTRACT}: "
                "install the orderflow that belongs to that stack"
            )
        return outputs

    def _text(self, *path: str) -> pulumi.Output[str]:
        return self._outputs.apply(lambda outputs: self._found(outputs, path))

    def _found(self, outputs: Outputs, path: tuple[str, ...]) -> str:
        inside: object = outputs
        for depth, key in enumerate(path):
            if not is_object(inside) or key not in inside:
                known = ", ".join(sorted(inside)) if is_object(inside) and inside else "nothing"
                among = f"its output {'.'.join(path[:depth])}" if depth else "its outputs"
                raise ContractError(f"stack {self._name} has no '{key}' in {among}, which holds {known}")
            inside = inside[key]
        return str(inside)


def _may_start(arn: str, alias_arn: str) -> dict[str, object]:
    alias = alias_arn.rpartition(":")[2]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "states:StartExecution",
                "Resource": arn,
                "Condition": {"StringEquals": {"states:StateMachineQualifier": alias}},
            }
        ],
    }
