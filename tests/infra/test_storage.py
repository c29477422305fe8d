"""Tables with indexes, functions that read nothing but an index, and queues that take what topics send."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from components import (
    BucketRefusedError,
    KeyRefusedError,
    QueueRefusedError,
    RetentionRefusedError,
    TableRefusedError,
    TopicRefusedError,
)
from orderflow.testing.stack import Stack
from tests.infra.conftest import Run

Reading: TypeAlias = Callable[[str], Stack]

PROGRAM = """
from pathlib import Path

from components import Function, FunctionArgs, IndexArgs, Logs, Table, TableArgs, Use

by_day = IndexArgs("by-day", "day", "at", holds=("cents",))
by_shop = IndexArgs("by-shop", "shop", "at", holds=())
sales = Table("sales", TableArgs("id", keep=False, indexes=[by_day, by_shop]))
uses = [Use("SALES", sales.index("INDEX"), ("dynamodb:query", "dynamodb:scan"))]
Function("counts", FunctionArgs("counts", None, uses, Logs(7), tracing=False, sources=Path("SOURCES")))
"""


@pytest.fixture
def reading(run: Run, tmp_path: Path) -> Reading:
    """The stack of a program with a function that reads the index that is named."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "counts.py").write_text("def handler(event, context): ...\n")
    return lambda index: run(PROGRAM.replace("INDEX", index).replace("SOURCES", str(tmp_path / "sources")))


def test_a_table_declares_the_keys_of_all_its_indexes_once_and_nothing_else(reading: Reading) -> None:
    """AWS refuses both a key that is not declared and one that is declared and no key."""
    table = reading("by-day").one("aws:dynamodb/table:Table", "sales").inputs
    assert [attribute["name"] for attribute in table["attributes"]] == ["id", "day", "at", "shop"]
    by_day, by_shop = table["globalSecondaryIndexes"]
    assert (by_day["projectionType"], by_day["nonKeyAttributes"]) == ("INCLUDE", ["cents"])
    assert (by_shop["projectionType"], by_shop.get("nonKeyAttributes")) == ("KEYS_ONLY", None)
    keys = [(key["attributeName"], key["keyType"]) for key in by_shop["keySchemas"]]
    assert keys == [("shop", "HASH"), ("at", "RANGE")]


def test_a_function_that_reads_an_index_knows_the_table_and_may_read_that_index_alone(
    reading: Reading,
) -> None:
    stack = reading("by-shop")
    function = stack.one("aws:lambda/function:Function", "counts").inputs
    assert function["environment"]["variables"]["SALES"] == "orderflow-dev-sales"
    statements = stack.role("counts").policy["Statement"]
    allowed = {(*one["Action"], *one["Resource"]) for one in statements if "dynamodb" in str(one["Action"])}
    index = "arn:aws:dynamodb:us-east-1:000000000000:table/orderflow-dev-sales/index/by-shop"
    assert allowed == {("dynamodb:Query", index), ("dynamodb:Scan", index)}


def test_an_index_that_a_table_does_not_have_stops_the_preview(reading: Reading) -> None:
    with pytest.raises(KeyError, match="sales has no index 'by-dya'; it has by-day, by-shop"):
        reading("by-dya")


TABLE = """
from components import IndexArgs, LocalIndexArgs, Table, TableArgs

Table("readings", TableArgs("sensor", False, ARGS))
"""


def test_a_table_with_local_indexes_numbers_as_keys_and_a_stream_of_both_images(run: Run) -> None:
    by_size = 'LocalIndexArgs("by-size", "size", holds="ALL"), LocalIndexArgs("by-kind", "kind", ("unit",))'
    args = f'sort_key="at", types={{"at": "N", "size": "N"}}, local_indexes=[{by_size}]'
    args += ', stream=True, stream_view="NEW_AND_OLD_IMAGES"'
    table = run(TABLE.replace("ARGS", args)).one("aws:dynamodb/table:Table", "readings").inputs
    assert {one["name"]: one["type"] for one in table["attributes"]} == {
        "sensor": "S",
        "at": "N",
        "size": "N",
        "kind": "S",
    }
    assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")
    by_size, by_kind = table["localSecondaryIndexes"]
    assert by_size == {"name": "by-size", "rangeKey": "size", "projectionType": "ALL"}
    assert (by_kind["projectionType"], by_kind["nonKeyAttributes"]) == ("INCLUDE", ["unit"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ('local_indexes=[LocalIndexArgs("one", "size")]', "has no `sort_key`: make it one of `indexes`"),
        (
            'sort_key="at", local_indexes=[LocalIndexArgs(f"one{n}", "size") for n in range(6)]',
            "6 `local_indexes`, and DynamoDB takes 5",
        ),
        ('indexes=[IndexArgs(f"one{n}", "size") for n in range(21)]', "21 `indexes`, and DynamoDB takes 20"),
        (
            'indexes=[IndexArgs("one", "size", holds=tuple(f"a{n}" for n in range(101)))]',
            "101 attributes that indexes hold, and DynamoDB takes 100",
        ),
        ('indexes=[IndexArgs("one", "size"), IndexArgs("one", "kind")]', "two of its indexes are called 'one'"),
        ('indexes=[IndexArgs("one", "size", holds="unit")]', "'one' holds a tuple of attributes, or ALL, not 'unit'"),
        ('indexes=[IndexArgs("at", "size")]', "'at' cannot name an index, which takes 3 to 255 letters"),
        ('indexes=[IndexArgs("by size", "size")]', "'by size' cannot name an index"),
        ('indexes=[IndexArgs("one", "size", "size")]', "the index 'one' is sorted by its partition key, 'size'"),
        ('sort_key="sensor"', "it is sorted by its partition key, 'sensor'"),
        (
            'sort_key="at", local_indexes=[LocalIndexArgs("one", "sensor")]',
            "the index 'one' is sorted by its partition key, 'sensor'",
        ),
        ('sort_key="a" * 256', "a key of it has 256 characters"),
        (
            'indexes=[IndexArgs("one", "size", holds=tuple(f"a{n}" for n in range(21)))]',
            "the index 'one' holds 21 attributes, and DynamoDB takes 20",
        ),
        ('types={"sensors": "N"}', r"'sensors', which is no key \(did you mean 'sensor'\?\)"),
        ('types={"sensor": "number"}', "the type of 'sensor' is S, N or B, not 'number'"),
        ('stream=True, stream_view="NEW_IMAGES"', r"not 'NEW_IMAGES' \(did you mean 'NEW_IMAGE'\?\)"),
    ],
)
def test_a_table_that_dynamodb_would_refuse_stops_the_preview(run: Run, args: str, said: str) -> None:
    with pytest.raises(TableRefusedError, match=f"table 'readings': .*{said}"):
        run(TABLE.replace("ARGS", args))


MESSAGES = """
from components import Key, Queue, QueueArgs, Subscription, Topic

key = Key("key", days=7)
sales, orders = Topic("sales", key), Topic("orders", key, fifo=True)
Queue("refunds", QueueArgs(False, ARGS))
"""
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def test_a_queue_takes_what_a_filter_lets_through_of_its_topics_and_no_other_may_send(run: Run) -> None:
    filtered = 'Subscription(sales, {"kind": ["refund"]}), Subscription(orders)'
    made = run(MESSAGES.replace("ARGS", f"subscriptions=[{filtered}]"))
    queue, policy = made.one("aws:sqs/queue:Queue", "refunds"), made.one("aws:sqs/queuePolicy:QueuePolicy", "refunds")
    some, all_of = made.one(SUBSCRIPTION, "refunds-sales"), made.one(SUBSCRIPTION, "refunds-orders")
    assert json.loads(some.inputs["filterPolicy"]) == {"kind": ["refund"]}
    assert (some.inputs["filterPolicyScope"], some.inputs["rawMessageDelivery"]) == ("MessageAttributes", True)
    assert all_of.inputs.keys() == {"topic", "protocol", "endpoint", "rawMessageDelivery"}
    assert {some.inputs["endpoint"], all_of.inputs["endpoint"]} == {queue.outputs["arn"]}
    assert policy.urn in some.dependencies, "before the queue lets it, the topic cannot send"
    allowed = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Effect"] == "Allow"]
    assert [(one["Principal"], one["Action"], one["Resource"]) for one in allowed] == [
        ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", queue.outputs["arn"])
    ] * 2
    assert [one["Condition"]["ArnEquals"]["aws:SourceArn"] for one in allowed] == [
        some.inputs["topic"],
        all_of.inputs["topic"],
    ]


def test_a_fifo_topic_is_called_and_declared_as_one(run: Run) -> None:
    topic = run(MESSAGES.replace("ARGS", "fifo=True")).one("aws:sns/topic:Topic", "orders").inputs
    assert (topic["name"], topic["fifoTopic"]) == ("orderflow-dev-orders.fifo", True)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("fifo=True, subscriptions=[Subscription(sales)]", "the topic 'sales' is no FIFO topic"),
        ("visibility_seconds=43201", "`visibility_seconds` is 43201, and SQS takes 0 to 43200"),
        (
            "subscriptions=[Subscription(sales), Subscription(sales, {'kind': ['refund']})]",
            "it subscribes to the topic 'sales' twice",
        ),
        ("receives=0", "`receives` is 0, and SQS takes 1 to 1000"),
    ],
)
def test_a_queue_that_sqs_would_refuse_stops_the_preview(run: Run, args: str, said: str) -> None:
    with pytest.raises(QueueRefusedError, match=f"queue 'refunds': {said}"):
        run(MESSAGES.replace("ARGS", args))


@pytest.mark.parametrize(
    ("filter", "said"),
    [
        ('{"kind": "refund"}', "'kind' is 'refund', and has to be a list of what it may be"),
        ("{}", "its `filter` names 0 and SNS takes 1 to 5"),
        ("dict.fromkeys('abcdef', ['x'])", "its `filter` names 6 and SNS takes 1 to 5"),
        ('{"order": {"kind": ["refund"]}}', "'order' is {'kind'"),
        ('{"kind": ["refund"]}, "Body"', "`filter_on` is MessageAttributes or MessageBody, not 'Body'"),
    ],
)
def test_a_filter_that_sns_would_refuse_stops_the_preview(run: Run, filter: str, said: str) -> None:
    with pytest.raises(TopicRefusedError, match=f"a subscription to the topic 'sales': .*{said}"):
        run(MESSAGES.replace("ARGS", f"subscriptions=[Subscription(sales, {filter})]"))


@pytest.mark.parametrize("days", [0, -1])
def test_a_bucket_that_keeps_nothing_stops_the_preview(run: Run, days: int) -> None:
    with pytest.raises(BucketRefusedError, match=f"bucket 'files': `days` is {days}, and is 1 or more, or None"):
        run(f"from components import Bucket\n\nBucket('files', days={days})")


def test_a_log_that_aws_does_not_keep_so_long_stops_the_preview(run: Run) -> None:
    definition = "{'StartAt': 'A', 'States': {'A': {'Type': 'Succeed'}}}"
    with pytest.raises(RetentionRefusedError, match=r"`retention_days` is 10, and CloudWatch .*: 7 is nearest"):
        run(f"from components import *\n\nStateMachine('m', StateMachineArgs({definition}, Logs(10)))")


@pytest.mark.parametrize("days", [6, 31])
def test_a_key_that_kms_would_delete_too_early_or_too_late_stops_the_preview(run: Run, days: int) -> None:
    with pytest.raises(KeyRefusedError, match=f"key 'key': `days` is {days}, and KMS takes 7 to 30"):
        run(f"from components import Key\n\nKey('key', days={days})")
