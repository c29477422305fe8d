"""What a run has left behind, as the judge wants it: read from the outside world and from our own books."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from asl.permissions.resource_policies import topic_sends
from emulator.baskets import Product
from emulator.chaos.expected import Shop
from emulator.chaos.judge import Evidence, by_order
from emulator.chaos.plan import PlannedOrder
from emulator.cloud import Cloud
from emulator.program import stack_config
from emulator.reconcile import read_books, scan
from handlers.shared.clock import now
from orderflow.order_executions import OrderExecutions

POISON = "poison-"
"""How the ids of rows begin that are no orders."""


@dataclass
class Mailbox:
    """A queue that is subscribed to the notices topic, and every message to a customer that has come out of it."""

    cloud: Cloud
    url: str
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @classmethod
    def subscribed(cls, cloud: Cloud, outputs: Mapping[str, Any]) -> Mailbox:
        """From now on every notice is put into it."""
        sqs = cloud.client("sqs")
        url = sqs.create_queue(QueueName="customers")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = outputs["topics"]["notices"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [topic_sends(arn, topic)]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        cloud.client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        return cls(cloud, url)

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """Every message so far, by the order that it is about."""
        self.messages += (json.loads(body) for body in emptied(self.cloud, self.url))
        found: dict[str, list[dict[str, Any]]] = {}
        for message in self.messages:
            found.setdefault(message["orderId"], []).append(message)
        return found


def emptied(cloud: Cloud, url: str) -> Iterable[str]:
    """The bodies of all messages of a queue, which is empty afterwards."""
    client = cloud.client("sqs")
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            yield message["Body"]
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def shop_of(products: Sequence[Product], stack: str = "local") -> Shop:
    """What is sold, under the limits of the stack's settings."""
    config = stack_config(stack)
    return Shop(products, int(config["orderflow:approvalLimitCents"]), int(config["orderflow:orderLimitCents"]))


def evidence(cloud: Cloud, outputs: Mapping[str, Any], orders: Sequence[PlannedOrder], mailbox: Mailbox) -> Evidence:
    """Everything that the run has left behind so far."""
    books = read_books(cloud, outputs["tables"])
    ours = {key: row for key, row in books.orders.items() if not key.startswith(POISON)}
    executions = OrderExecutions(outputs["machines"]["order-fulfillment"]["aliasArn"], cloud.client("stepfunctions"))
    return Evidence(
        now(),
        replace(books, orders=ours),
        by_order(scan(cloud, outputs["tables"]["parcels"]["name"])),
        mailbox.read(),
        {row["orderId"]: row for row in scan(cloud, outputs["tables"]["decisions"]["name"])},
        {order.order_id: executions.latest(order.order_id).execution for order in orders},
    )


def looked_at(found: Evidence, shop: Shop) -> dict[str, int]:
    """How much there was to look at, by what it is."""
    return {
        "payments of the provider": len(found.books.payments),
        "parcels of the carrier": sum(map(len, found.parcels.values())),
        "messages to customers": sum(map(len, found.notices.values())),
        "stocks and prices of products": len(shop.products),
        "rows of orders": len(found.books.orders),
        "entries": len(found.books.entries),
        "reservations": len(found.books.reservations),
        "views": len(found.books.views),
        "questions to people": len(found.decisions),
        "executions": len(found.executions),
    }


def leaks(cloud: Cloud, secret: str) -> list[str]:
    """The log groups in which `secret` stands, and the cloud's own log where it does."""
    client = cloud.client("logs")
    found = ["the cloud's log"] if secret in cloud.log.read_text(errors="replace") else []
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            events = client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            if any(secret in event["message"] for logged in events for event in logged["events"]):
                found.append(group["logGroupName"])
    return found
