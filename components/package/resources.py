"""The components as Pulumi's schema tells them, and as a program hands them over: by reference.

What reads these classes looks at annotations themselves, so that they are not postponed. Each makes the component
itself, under the same type: what one language deploys, another takes over.
"""

from typing import TypeVar

import pulumi

from .. import bucket, function, state_machine, storage
from .arguments import function_args, queue_args, state_machine_args, table_args
from .inputs import BucketInputs, FunctionInputs, QueueInputs, StateMachineInputs, TableInputs

Component = TypeVar("Component", bound=pulumi.ComponentResource)

made: dict[str, pulumi.Resource] = {}
"""What this process has made in the last run of a program, by URN: a reference to it stands for it itself."""


def _kept(component: Component) -> Component:
    component.urn.apply(lambda urn: made.update({urn: component}))
    return component


class StateMachine(pulumi.ComponentResource):
    """A checked Standard or Express machine with a role for just what it calls, its log group, version and alias."""

    name: pulumi.Output[str]
    """Its name in AWS."""
    arn: pulumi.Output[str]
    """The machine's ARN."""
    version_arn: pulumi.Output[str]
    """The ARN of the version that was published last."""
    alias_arn: pulumi.Output[str]
    """The ARN of the alias `live`, through which executions are started."""
    log_group_name: pulumi.Output[str]
    """The name of its log group."""

    def __new__(cls, name: str, args: StateMachineInputs, opts: pulumi.ResourceOptions | None = None):
        return _kept(state_machine.StateMachine(name, state_machine_args(args), opts))

    def __init__(self, name: str, args: StateMachineInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class Function(pulumi.ComponentResource):
    """A Lambda function in Python with its role, log group, version and alias, for which it stands in a definition."""

    name: pulumi.Output[str]
    """Its name in AWS."""
    arn: pulumi.Output[str]
    """The function's ARN."""
    version: pulumi.Output[str]
    """The version that was published last."""
    alias_arn: pulumi.Output[str]
    """The ARN of the alias `live`."""
    log_group_name: pulumi.Output[str]
    """The name of its log group."""

    def __new__(cls, name: str, args: FunctionInputs, opts: pulumi.ResourceOptions | None = None):
        return _kept(function.Function(name, function_args(name, args, opts), opts))

    def __init__(self, name: str, args: FunctionInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class Queue(pulumi.ComponentResource):
    """An encrypted SQS queue that keeps messages for 14 days; in a definition it stands for its URL or ARN."""

    name: pulumi.Output[str]
    """Its name in AWS."""
    arn: pulumi.Output[str]
    """The queue's ARN."""
    url: pulumi.Output[str]
    """The queue's URL."""

    def __new__(cls, name: str, args: QueueInputs, opts: pulumi.ResourceOptions | None = None):
        return _kept(storage.Queue(name, queue_args(args), opts))

    def __init__(self, name: str, args: QueueInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class Table(pulumi.ComponentResource):
    """An encrypted DynamoDB table on demand, recoverable where it is kept; in a definition its name or ARN."""

    name: pulumi.Output[str]
    """Its name in AWS."""
    arn: pulumi.Output[str]
    """The table's ARN."""

    def __new__(cls, name: str, args: TableInputs, opts: pulumi.ResourceOptions | None = None):
        return _kept(storage.Table(name, table_args(args), opts))

    def __init__(self, name: str, args: TableInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class Bucket(pulumi.ComponentResource):
    """A private S3 bucket, encrypted and reached by TLS only; in a definition it stands for its name or ARN."""

    name: pulumi.Output[str]
    """Its name in AWS."""
    arn: pulumi.Output[str]
    """The bucket's ARN."""

    def __new__(cls, name: str, args: BucketInputs, opts: pulumi.ResourceOptions | None = None):
        days = args.get("days")
        return _kept(bucket.Bucket(name, days=None if days is None else int(days), opts=opts))

    def __init__(self, name: str, args: BucketInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""
