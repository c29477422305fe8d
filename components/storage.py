"""Tables, queues and secrets: what holds orders survives in production whatever happens to the stack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from asl.permissions.resource_policies import tls_only

from .naming import FIFO_QUEUE, QUEUE, SECRET, TABLE, physical_name


@dataclass(frozen=True)
class IndexArgs:
    """A global secondary index of the rows that have `key` and, where it has one, `sort_key`, which are strings; rows
    that lack one are not in it. It holds the attributes `holds` beside these and the table's key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
    """

    name: str
    key: str
    sort_key: str | None = None
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableArgs:
    """`key` is the partition key and `sort_key` the sort key, where it has one, both strings; `stream` sends new rows
    on; `expires_at` names a time-to-live attribute.

    `purpose` is what its name in AWS ends with, the component's name unless given: a component that is renamed keeps
    its table, and the orders in it, by the old name here and an alias.
    """

    key: str
    keep: bool
    stream: bool = False
    expires_at: str | None = None
    purpose: str | None = None
    indexes: Sequence[IndexArgs] = ()
    sort_key: str | None = None


@dataclass(frozen=True)
class Index:
    """One index of a table, for those who read nothing but it: `name` is the table's, `arn` the index's."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


class Table(pulumi.ComponentResource):
    """A DynamoDB table on demand, encrypted, with point-in-time recovery where it is kept."""

    purpose: str
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str]
    recovery: bool

    def __init__(self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Table", name, None, opts)
        self.purpose, self.recovery = args.purpose or name, args.keep
        self._indexes = [index.name for index in args.indexes]
        keys = [key for each in (args, *args.indexes) for key in (each.key, each.sort_key) if key]
        table = aws.dynamodb.Table(
            name,
            name=physical_name(self.purpose, TABLE),
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.key,
            range_key=args.sort_key,
            attributes=[aws.dynamodb.TableAttributeArgs(name=key, type="S") for key in dict.fromkeys(keys)],
            global_secondary_indexes=[_index(index) for index in args.indexes] or None,
            stream_enabled=args.stream,
            stream_view_type="NEW_IMAGE" if args.stream else None,
            ttl=aws.dynamodb.TableTtlArgs(attribute_name=args.expires_at, enabled=True) if args.expires_at else None,
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=args.keep),
            deletion_protection_enabled=args.keep,
            opts=kept(self, args.keep),
        )
        self.name, self.arn, self.stream_arn = table.name, table.arn, table.stream_arn
        self.register_outputs({"name": self.name, "arn": self.arn, "stream_arn": self.stream_arn})

    def index(self, name: str) -> Index:
        """One of its indexes.

        Raises:
            KeyError: when it has none of this name.
        """
        if name not in self._indexes:
            raise KeyError(f"{self.purpose} has no index '{name}'; it has {', '.join(self._indexes) or 'none'}")
        return Index(self.name, self.arn.apply(lambda arn: f"{arn}/index/{name}"))


def _index(args: IndexArgs) -> aws.dynamodb.TableGlobalSecondaryIndexArgs:
    key = aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs
    sorted_by = [key(attribute_name=args.sort_key, key_type="RANGE")] if args.sort_key else []
    return aws.dynamodb.TableGlobalSecondaryIndexArgs(
        name=args.name,
        key_schemas=[key(attribute_name=args.key, key_type="HASH"), *sorted_by],
        projection_type="INCLUDE" if args.holds else "KEYS_ONLY",
        non_key_attributes=list(args.holds) or None,
    )


@dataclass(frozen=True)
class QueueArgs:
    """With `keep` it survives the stack. `fifo` keeps the order of messages; `visibility_seconds` is how long a message
    that was taken stays unseen by others, 12 hours at most, and longer than its consumer may take.

    A message that was taken `receives` times and not deleted goes to `dead_letters`, of the same kind:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """

    keep: bool
    fifo: bool = False
    visibility_seconds: int = 30
    dead_letters: Queue | None = None
    receives: int = 5


class QueueRefusedError(ValueError, pulumi.RunError):
    """A queue that SQS would refuse, which Pulumi shows as what the user has to mend."""


class Queue(pulumi.ComponentResource):
    """An encrypted SQS queue that keeps messages as long as SQS can, 14 days, and is reached by TLS only.

    Raises:
        QueueRefusedError: for dead letters of another kind, before any resource is registered.
    """

    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    fifo: bool

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if args.dead_letters and args.dead_letters.fifo != args.fifo:
            kinds = ("a standard queue", "a FIFO queue")
            raise QueueRefusedError(
                f"queue '{name}': `dead_letters` is {kinds[args.dead_letters.fifo]}, and it is {kinds[args.fifo]} "
                "itself: SQS wants both of one kind; give both the same `fifo`"
            )
        super().__init__("orderflow:index:Queue", name, None, opts)
        self.fifo = args.fifo
        queue = aws.sqs.Queue(
            name,
            # The suffix is part of what SQS takes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
            name=physical_name(f"{name}.fifo", FIFO_QUEUE) if args.fifo else physical_name(name, QUEUE),
            fifo_queue=args.fifo or None,
            visibility_timeout_seconds=args.visibility_seconds,
            message_retention_seconds=14 * 86_400,
            sqs_managed_sse_enabled=True,
            redrive_policy=_redrive(args.dead_letters, args.receives) if args.dead_letters else None,
            opts=kept(self, args.keep),
        )
        refusing = queue.arn.apply(lambda arn: json.dumps(tls_only("sqs:*", arn)))
        aws.sqs.QueuePolicy(name, queue_url=queue.url, policy=refusing, opts=pulumi.ResourceOptions(parent=self))
        self.url, self.arn, self.name = queue.url, queue.arn, queue.name
        self.register_outputs({"url": self.url, "arn": self.arn, "name": self.name})


def _redrive(dead_letters: Queue, receives: int) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": receives})


class Secret(pulumi.ComponentResource):
    """A secret without a value: whoever operates the stack puts it in, so that no program or state ever holds it."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, *, keep: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Secret", name, None, opts)
        secret = aws.secretsmanager.Secret(
            name,
            name=physical_name(name, SECRET),
            recovery_window_in_days=30 if keep else 0,
            opts=kept(self, keep),
        )
        self.arn = secret.arn
        self.register_outputs({"arn": self.arn})


def kept(parent: pulumi.Resource, keep: bool) -> pulumi.ResourceOptions:
    """Options of a resource that holds orders."""
    return pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep)
