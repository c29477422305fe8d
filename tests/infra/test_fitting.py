"""Components fit what others need of them: sort keys, FIFO queues and dead letters, buckets that keep, time zones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest

from components import QueueRefusedError
from orderflow.testing.stack import Stack
from tests.infra.cloudformation import problems
from tests.infra.conftest import Run, policies

Ran: TypeAlias = Callable[[str], Stack]

HEAD = """
import pulumi
from components import *
definition = {"StartAt": "Done", "TimeoutSeconds": 60, "States": {"Done": {"Type": "Succeed"}}}
"""


@pytest.fixture
def ran(run: Run) -> Ran:
    """The stack of a program, each resource of which is as AWS's schemas want it."""

    def ran(program: str) -> Stack:
        stack = run(HEAD + program)
        assert problems(stack.resources()) == []
        return stack

    return ran


def test_a_table_with_a_sort_key_declares_it(ran: Ran) -> None:
    index = 'IndexArgs("by-day", "day")'
    stack = ran(f'Table("sales", TableArgs("shop", keep=False, sort_key="at", indexes=[{index}]))')
    table = stack.one("aws:dynamodb/table:Table", "sales").inputs
    assert (table["hashKey"], table["rangeKey"]) == ("shop", "at")
    assert [attribute["name"] for attribute in table["attributes"]] == ["shop", "at", "day"]
    (by_day,) = table["globalSecondaryIndexes"]
    assert [key["keyType"] for key in by_day["keySchemas"]] == ["HASH"]


def test_a_queue_hands_what_nobody_can_handle_to_its_dead_letters(ran: Ran) -> None:
    stack = ran(
        'dead = Queue("dead", QueueArgs(keep=True, fifo=True))\n'
        'Queue("jobs", QueueArgs(keep=False, fifo=True, visibility_seconds=900, dead_letters=dead, receives=3))',
    )
    jobs = stack.one("aws:sqs/queue:Queue", "jobs").inputs
    assert (jobs["name"], jobs["fifoQueue"], jobs["visibilityTimeoutSeconds"]) == ("orderflow-dev-jobs.fifo", True, 900)
    arn = "arn:aws:sqs:us-east-1:000000000000:orderflow-dev-dead.fifo"
    assert json.loads(jobs["redrivePolicy"]) == {"deadLetterTargetArn": arn, "maxReceiveCount": 3}


def test_dead_letters_of_another_kind_are_refused_before_anything_is_made(ran: Ran) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    with pytest.raises(QueueRefusedError, match="'jobs': `dead_letters` is a standard queue, and it is a FIFO queue"):
        ran(
            'dead = Queue("dead", QueueArgs(keep=True))\n'
            'Queue("jobs", QueueArgs(keep=False, fifo=True, dead_letters=dead))',
        )


def test_a_bucket_that_keeps_lets_nothing_expire_and_survives(ran: Ran) -> None:
    stack = ran('Bucket("archive", days=None)')
    bucket = stack.one("aws:s3/bucket:Bucket", "archive")
    assert (bucket.protect, bucket.retain, bucket.inputs["forceDestroy"]) == (True, True, False)
    (rule,) = stack.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "archive").inputs["rules"]
    assert "expiration" not in rule
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}


def test_a_schedule_has_a_time_zone_an_input_and_a_place_for_what_was_not_started(ran: Ran) -> None:
    stack = ran(
        'dead = Queue("dead", QueueArgs(keep=False))\n'
        'daily = StateMachine("daily", StateMachineArgs(definition, Logs(7)))\n'
        'when = ScheduleArgs(daily, "cron(0 9 * * ? *)", "Europe/Vienna", {"to": dead.arn}, 5, dead)\n'
        'Schedule("daily", when)',
    )
    schedule = stack.one("aws:scheduler/schedule:Schedule", "daily").inputs
    arn = "arn:aws:sqs:us-east-1:000000000000:orderflow-dev-dead"
    assert schedule["scheduleExpressionTimezone"] == "Europe/Vienna"
    assert json.loads(schedule["target"]["input"]) == {"to": arn}
    assert schedule["target"]["deadLetterConfig"] == {"arn": arn}
    allowed = policies(stack)["orderflow-dev-daily-schedule"]["policy"]["Statement"]
    assert {(*one["Action"], *one["Resource"]) for one in allowed} >= {("sqs:SendMessage", arn)}
