"""Tables, queues and secrets: what holds data survives the stack where it is to be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import pulumi
import pulumi_aws as aws

from asl import Account
from asl.permissions.resource_policies import rules_send, tls_only, topic_sends
from asl.syntax.hints import nearest

from .naming import FIFO_QUEUE, QUEUE, SECRET, TABLE, name_of, physical_name
from .role import account
from .topic import Subscription

KeyType: TypeAlias = Literal["S", "N", "B"]
"""A text, a number, or bytes."""
StreamView: TypeAlias = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
"""What a stream tells of a changed row."""
Held: TypeAlias = tuple[str, ...] | Literal["ALL"]
_QUOTAS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
HELD_BY_ONE = 20
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html"""
GLOBAL_INDEXES, LOCAL_INDEXES, HELD_ATTRIBUTES = 20, 5, 100
"""What a table may have, and how many attributes all its indexes may hold together: `_QUOTAS`."""


@dataclass(frozen=True)
class IndexArgs:
    """A global secondary index of the rows that have `key` and, where it has one, `sort_key`; rows that lack one are
    not in it. It holds the attributes `holds` beside these and the table's key, or ALL.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
    """

    name: str
    key: str
    sort_key: str | None = None
    holds: Held = ()


@dataclass(frozen=True)
class LocalIndexArgs:
    """A local secondary index: the rows of one `key` of the table, sorted by `sort_key` instead of the table's own. It
    can be read consistently, is made with the table, and neither comes nor goes later. It holds what `IndexArgs` does.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html
    """

    name: str
    sort_key: str
    holds: Held = ()


@dataclass(frozen=True)
class TableArgs:
    """`key` is the partition key and `sort_key` the sort key, where it has one; keys are texts, except those that
    `types` says are numbers or bytes, `{"at": "N"}`. With `keep` the table survives the stack. `stream` sends changed
    rows on as `stream_view` has them; `expires_at` names an attribute with the second since 1970 after which a row
    goes.

    `purpose` is what its name in AWS ends with, the component's name unless given: a component that is renamed keeps
    its table, and the rows in it, by the old name here and an alias.
    """

    key: str
    keep: bool
    stream: bool = False
    expires_at: str | None = None
    purpose: str | None = None
    indexes: Sequence[IndexArgs] = ()
    sort_key: str | None = None
    local_indexes: Sequence[LocalIndexArgs] = ()
    types: Mapping[str, KeyType] = field(default_factory=dict[str, KeyType])
    stream_view: StreamView = "NEW_IMAGE"

    def key_attributes(self) -> list[str]:
        """The attributes that are keys of the table or of one of its indexes, each once."""
        own = (self.key, self.sort_key)
        of_indexes = [key for index in self.indexes for key in (index.key, index.sort_key)]
        found = (*own, *of_indexes, *(index.sort_key for index in self.local_indexes))
        return list(dict.fromkeys(key for key in found if key))


class TableRefusedError(ValueError, pulumi.RunError):
    """A table that DynamoDB would refuse, which Pulumi shows as what the user has to mend."""


@dataclass(frozen=True)
class Index:
    """One index of a table, for those who read nothing but it: `name` is the table's, `arn` the index's."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


class Table(pulumi.ComponentResource):
    """A DynamoDB table on demand, encrypted, with point-in-time recovery where it is kept.

    Raises:
        TableRefusedError: for keys and indexes that DynamoDB would refuse, before any resource is registered.
    """

    purpose: str
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str]
    streams: bool
    recovery: bool

    def __init__(self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if wrong := list(_wrong_with(args)):
            raise TableRefusedError("\n".join(f"table '{name}': {one}" for one in wrong))
        super().__init__("orderflow:index:Table", name, None, opts)
        self.purpose, self.recovery = args.purpose or name, args.keep
        self._indexes = [index.name for index in (*args.indexes, *args.local_indexes)]
        attribute = aws.dynamodb.TableAttributeArgs
        table = aws.dynamodb.Table(
            name,
            name=physical_name(self.purpose, TABLE, self),
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.key,
            range_key=args.sort_key,
            attributes=[attribute(name=key, type=args.types.get(key, "S")) for key in args.key_attributes()],
            global_secondary_indexes=[_index(index) for index in args.indexes] or None,
            local_secondary_indexes=[_local_index(index) for index in args.local_indexes] or None,
            stream_enabled=args.stream,
            stream_view_type=args.stream_view if args.stream else None,
            ttl=aws.dynamodb.TableTtlArgs(attribute_name=args.expires_at, enabled=True) if args.expires_at else None,
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=args.keep),
            deletion_protection_enabled=args.keep,
            opts=kept(self, args.keep),
        )
        self.name, self.arn, self.stream_arn, self.streams = table.name, table.arn, table.stream_arn, args.stream
        self.register_outputs({"name": self.name, "arn": self.arn, "stream_arn": self.stream_arn})

    def index(self, name: str) -> Index:
        """One of its indexes.

        Raises:
            KeyError: when it has none of this name.
        """
        if name not in self._indexes:
            raise KeyError(f"{self.purpose} has no index '{name}'; it has {', '.join(self._indexes) or 'none'}")
        return Index(self.name, self.arn.apply(lambda arn: f"{arn}/index/{name}"))


def _wrong_with(args: TableArgs) -> Iterator[str]:
    """What DynamoDB would refuse of a table."""
    indexes = [*args.indexes, *args.local_indexes]
    for what, given, limit in (
        ("`indexes`", len(args.indexes), GLOBAL_INDEXES),
        ("`local_indexes`", len(args.local_indexes), LOCAL_INDEXES),
        ("attributes that indexes hold", sum(len(one.holds) for one in indexes if one.holds != "ALL"), HELD_ATTRIBUTES),
    ):
        if given > limit:
            yield f"it has {given} {what}, and DynamoDB takes {limit} ({_QUOTAS})"
    if args.local_indexes and not args.sort_key:
        yield "a local index sorts otherwise what the table sorts, and it has no `sort_key`: make it one of `indexes`"
    names = [index.name for index in indexes]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two of its indexes are called '{name}'"
    own = (args.key, args.sort_key)
    for what, (key, sort_key) in {
        "it": own,
        **{f"the index '{index.name}'": (index.key, index.sort_key) for index in args.indexes},
        **{f"the index '{index.name}'": (args.key, index.sort_key) for index in args.local_indexes},
    }.items():
        if key == sort_key:
            yield f"{what} is sorted by its partition key, '{key}': leave the sort key out, or take another one"
        for name in (key, sort_key):
            if name is not None and not 1 <= len(name) <= 255:
                yield f"a key of {what} has {len(name)} characters, and DynamoDB takes 1 to 255"
    for index in indexes:
        if not re.fullmatch(TABLE.pattern, index.name) or len(index.name) > TABLE.limit:
            yield f"'{index.name}' cannot name an index, which takes 3 to 255 {TABLE.holds} ({TABLE.source})"
        if index.holds != "ALL" and not isinstance(index.holds, str) and len(index.holds) > HELD_BY_ONE:
            yield f"the index '{index.name}' holds {len(index.holds)} attributes, and DynamoDB takes {HELD_BY_ONE}"
        if isinstance(index.holds, str) and index.holds != "ALL":
            yield f"the index '{index.name}' holds a tuple of attributes, or ALL, not {index.holds!r}"
    keys = args.key_attributes()
    for key, type in args.types.items():
        if key not in keys:
            yield f"`types` names '{key}', which is no key{nearest(key, keys)}: other attributes are of any type"
        if type not in get_args(KeyType):
            yield f"the type of '{key}' is S, N or B, not {type!r}"
    if args.stream_view not in (views := get_args(StreamView)):
        yield f"`stream_view` is {', '.join(views)}, not {args.stream_view!r}{nearest(args.stream_view, views)}"


def _index(args: IndexArgs) -> aws.dynamodb.TableGlobalSecondaryIndexArgs:
    key = aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs
    sorted_by = [key(attribute_name=args.sort_key, key_type="RANGE")] if args.sort_key else []
    return aws.dynamodb.TableGlobalSecondaryIndexArgs(
        name=args.name,
        key_schemas=[key(attribute_name=args.key, key_type="HASH"), *sorted_by],
        **_holding(args.holds),
    )


def _local_index(args: LocalIndexArgs) -> aws.dynamodb.TableLocalSecondaryIndexArgs:
    return aws.dynamodb.TableLocalSecondaryIndexArgs(name=args.name, range_key=args.sort_key, **_holding(args.holds))


def _holding(holds: Held) -> dict[str, Any]:
    if holds == "ALL":
        return {"projection_type": "ALL"}
    return (
        {"projection_type": "INCLUDE", "non_key_attributes": list(holds)} if holds else {"projection_type": "KEYS_ONLY"}
    )


@dataclass(frozen=True)
class QueueArgs:
    """With `keep` it survives the stack. `fifo` keeps the order of messages; `visibility_seconds` is how long a message
    that was taken stays unseen by others, 12 hours at most, and longer than its consumer may take. `subscriptions` are
    the topics whose messages come into it.

    A message that was taken `receives` times and not deleted goes to `dead_letters`, of the same kind:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    With `from_rules` the stack's own EventBridge rules may put into it what they could not deliver.
    """

    keep: bool
    fifo: bool = False
    visibility_seconds: int = 30
    dead_letters: Queue | None = None
    receives: int = 5
    subscriptions: Sequence[Subscription] = ()
    from_rules: bool = False


class QueueRefusedError(ValueError, pulumi.RunError):
    """A queue that SQS would refuse, which Pulumi shows as what the user has to mend."""


class Queue(pulumi.ComponentResource):
    """An encrypted SQS queue that keeps messages as long as SQS can, 14 days, and is reached by TLS only.

    Raises:
        QueueRefusedError: for dead letters of another kind, or what else SQS would refuse, before any resource is
            registered.
    """

    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    fifo: bool
    visibility_seconds: int
    dead_letters: Queue | None
    from_rules: bool

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if wrong := list(_wrong_with_queue(args)):
            raise QueueRefusedError("\n".join(f"queue '{name}': {one}" for one in wrong))
        super().__init__("orderflow:index:Queue", name, None, opts)
        self.fifo, self.visibility_seconds = args.fifo, args.visibility_seconds
        self.dead_letters, self.from_rules = args.dead_letters, args.from_rules
        queue = aws.sqs.Queue(
            name,
            # The suffix is part of what SQS takes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
            name=physical_name(name, FIFO_QUEUE if args.fifo else QUEUE, self),
            fifo_queue=args.fifo or None,
            visibility_timeout_seconds=args.visibility_seconds,
            message_retention_seconds=14 * 86_400,
            sqs_managed_sse_enabled=True,
            redrive_policy=_redrive(args.dead_letters, args.receives) if args.dead_letters else None,
            opts=kept(self, args.keep),
        )
        rules = name_of("*") if args.from_rules else None
        topics = pulumi.Output.all(*(one.topic.arn for one in args.subscriptions))
        known = pulumi.Output.all(queue.arn, topics, account(self))
        policy = aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=known.apply(lambda known: _policy(known[0], known[1], known[2], rules)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for one in args.subscriptions:
            _subscribe(f"{name}-{one.topic.pulumi_resource_name}", one, queue, policy, self)
        self.url, self.arn, self.name = queue.url, queue.arn, queue.name
        self.register_outputs({"url": self.url, "arn": self.arn, "name": self.name})


def _wrong_with_queue(args: QueueArgs) -> Iterator[str]:
    """What SQS would refuse of a queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    kinds = ("a standard queue", "a FIFO queue")
    if args.dead_letters and args.dead_letters.fifo != args.fifo:
        yield (
            f"`dead_letters` is {kinds[args.dead_letters.fifo]}, and it is {kinds[args.fifo]} itself: SQS wants both "
            "of one kind; give both the same `fifo`"
        )
    for name, value, least, most in (
        ("visibility_seconds", args.visibility_seconds, 0, 43_200),
        ("receives", args.receives, 1, 1000),
    ):
        if not least <= value <= most:
            yield f"`{name}` is {value}, and SQS takes {least} to {most}"
    topics = [one.topic for one in args.subscriptions]
    for topic in dict.fromkeys(topic for topic in topics if topics.count(topic) > 1):
        # https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
        yield f"it subscribes to the topic '{topic.pulumi_resource_name}' twice, and SNS knows one of a queue"
    for topic in topics:
        # https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-delivery.html
        if args.fifo and not topic.fifo:
            yield f"the topic '{topic.pulumi_resource_name}' is no FIFO topic, and only these send into FIFO queues"


def _policy(queue: str, topics: Sequence[str], where: Account, rules: str | None) -> str:
    allowing = [topic_sends(queue, topic) for topic in topics]
    if rules:
        allowing.append(rules_send(queue, where, rules))
    return json.dumps(tls_only("sqs:*", queue, allowing=tuple(allowing)))


def _subscribe(
    name: str, args: Subscription, queue: aws.sqs.Queue, policy: aws.sqs.QueuePolicy, parent: pulumi.Resource
) -> None:
    aws.sns.TopicSubscription(
        name,
        topic=args.topic.arn,
        protocol="sqs",
        endpoint=queue.arn,
        raw_message_delivery=args.raw,
        filter_policy=json.dumps(args.filter) if args.filter else None,
        filter_policy_scope=args.filter_on if args.filter else None,
        # Before it, SNS may not send: what is published meanwhile would be lost.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )


def _redrive(dead_letters: Queue, receives: int) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": receives})


class Secret(pulumi.ComponentResource):
    """A secret without a value: whoever operates the stack puts it in, so that no program or state ever holds it."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, *, keep: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Secret", name, None, opts)
        secret = aws.secretsmanager.Secret(
            name,
            name=physical_name(name, SECRET, self),
            recovery_window_in_days=30 if keep else 0,
            opts=kept(self, keep),
        )
        self.arn = secret.arn
        self.register_outputs({"arn": self.arn})


def kept(parent: pulumi.Resource, keep: bool) -> pulumi.ResourceOptions:
    """Options of a resource that holds data."""
    return pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep)
