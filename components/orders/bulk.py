"""Bulk intake: a bucket whose files become orders, and a topic that has what came of each."""

from __future__ import annotations

import asl
from workflows import INTAKE_PROMISES, bulk_intake
from workflows.bulk import INCOMING, PLACES, RESULTS

from ..bucket import Bucket
from ..function import Use
from ..state_machine import StateMachine, StateMachineArgs
from ..storage import Queue, QueueArgs, Table, TableArgs
from ..topic import Topic
from ..triggers import ObjectTrigger, ObjectTriggerArgs
from ..uses import Elsewhere
from .shop import Added, Shop

KEPT_DAYS = 30
READING_SECONDS, STARTING_SECONDS = 300, 100
"""Below the timeouts of the states."""
_ACCEPTED = [asl.Accepted("ASL057", "the report is there, and a redrive has it sent", "States.TellSender")]
_ALLOW = [
    asl.Allow("StartOrders", PLACES, "each file has a folder of its own", "ItemReader.Key"),
    asl.Allow(
        "StartOrders", RESULTS.removesuffix("/*"), "each execution has a folder of its own", "ResultWriter.Prefix"
    ),
]


def bulk(shop: Shop) -> Added:
    """The bucket, the machine that takes in what is put there, and where it tells of it."""
    bucket = Bucket("intake", days=KEPT_DAYS)
    topic = Topic("intakes", shop.key)
    intakes = Table("intakes", TableArgs("fileId", shop.settings.production, expires_at="expiration"))
    dead_letters = Queue("intake-dead-letters", QueueArgs(shop.settings.production, from_rules=True))
    machine = _machine(shop, bucket, topic, intakes)
    trigger = ObjectTrigger(
        "intake",
        ObjectTriggerArgs(
            machine,
            bucket,
            prefix=INCOMING,
            input={
                "key": "<$.detail.object.key>",
                "etag": "<$.detail.object.etag>",
                "requester": "<$.detail.requester>",
            },
            dead_letters=dead_letters,
        ),
    )
    return Added([machine], [bucket, topic, intakes, dead_letters], triggers=[trigger])


def _machine(shop: Shop, bucket: Bucket, topic: Topic, intakes: Table) -> StateMachine:
    keeps = Use("INTAKE_BUCKET", bucket, ("s3:getObject", "s3:putObject", "s3:listBucket"))
    orders = Elsewhere(shop.fulfillment.arn, shop.fulfillment.alias_arn)
    other = shop.functions.other
    definition = bulk_intake(
        other(
            "read_intake",
            *(keeps, Use("INTAKES_TABLE", intakes, ("dynamodb:getItem", "dynamodb:putItem"))),
            timeout=READING_SECONDS,
            memory=1024,
        ),
        other(
            "start_orders",
            Use("INTAKE_BUCKET", bucket, ("s3:getObject",)),
            Use("ORDER_MACHINE", orders, ("states:startExecution", "states:describeExecution")),
            timeout=STARTING_SECONDS,
        ),
        other(
            "report_intake",
            *(keeps, Use("INTAKES_TABLE", intakes, ("dynamodb:updateItem",))),
            timeout=READING_SECONDS,
            memory=1024,
        ),
        bucket.name,
        intakes,
        topic,
    )
    return StateMachine(
        "bulk-intake",
        StateMachineArgs(
            definition,
            shop.logs,
            tracing=shop.settings.tracing,
            promises=INTAKE_PROMISES,
            accepted=_ACCEPTED,
            allow=_ALLOW,
        ),
    )
