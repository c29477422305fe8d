"""A chaos run: the plan's orders through the deployed program, with its faults, its people and its carrier."""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from emulator.carrier import Answer, CarrierWebhooks
from emulator.chaos.judge import Evidence
from emulator.chaos.plan import Plan, PlannedOrder
from emulator.cloud import Cloud
from emulator.reconcile import read_books, scan
from handlers.shared.carriers import ARRIVED, Status
from orderflow.executions import Executions
from orderflow.redrive import Redrives

LOOK_SECONDS = 0.5
LATE_SECONDS = 4
TAKEN: Answer = (200, "")
DOWN: Answer = (503, "")


class PlanServer:
    """Answers what strikes a function's call, and keeps what has struck."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lock = threading.Lock()

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        order = self._plan.by_id.get(question["subject"])
        with self._lock:
            for planned in order.faults if order else ():
                if planned.function != question["function"] or planned.struck >= planned.times:
                    continue
                if question["asks"] == "which":
                    return {"fault": planned.fault}
                if planned.fault == question["fault"]:
                    planned.struck += 1
                    return {}
        return {}

    @contextlib.contextmanager
    def listening(self, address: Path) -> Iterator[None]:
        """While inside, answer at the Unix socket `address`."""
        answer = self.answer

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(json.dumps(answer(json.loads(self.rfile.readline()))).encode() + b"\n")

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads, request_queue_size = True, 256

        with Server(str(address), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


@dataclass
class News:
    """Stands between the carrier and the stack: some news gets lost, comes late, comes twice, or is not signed."""

    plan: Plan
    webhooks: CarrierWebhooks
    first_try: dict[str, float] = field(default_factory=dict[str, float])
    happened: set[str] = field(default_factory=set[str])
    unwelcome: list[str] = field(default_factory=list[str])
    """Forged events that the stack took: there must be none."""

    def send(self, shipment_id: str, status: Status, event_id: str) -> Answer:
        order = self.plan.by_id.get(shipment_id.removeprefix("shp_"))
        news = order.news if order else "sent"
        if news == "lost":
            self.happened.add("lost")
            return TAKEN
        if news == "late" and time.monotonic() - self.first_try.setdefault(event_id, time.monotonic()) < LATE_SECONDS:
            self.happened.add("late")
            return DOWN
        if news == "unsigned":
            self._forge(shipment_id, status, event_id)
        answer = self.webhooks.send(shipment_id, status, event_id)
        if news == "twice" and answer[0] == 200 and status in ARRIVED:
            self.happened.add("twice")
            self.webhooks.send(shipment_id, status, event_id)
            self.webhooks.send(shipment_id, status)
        return answer

    def _forge(self, shipment_id: str, status: Status, event_id: str) -> None:
        """The same event unsigned, signed by someone else, and signed long ago."""
        self.happened.add("unsigned")
        body = json.dumps({"shipmentId": shipment_id, "status": status})
        stranger = CarrierWebhooks(self.webhooks.cloud, self.webhooks.url, "whsec_c29tZW9uZSBlbHNlJ3Mgc2VjcmV0")
        old = self.webhooks.signed(body, event_id, datetime.now(UTC) - timedelta(minutes=6))
        for headers in ({}, stranger.signed(body, event_id, datetime.now(UTC)), old):
            if self.webhooks.post(body, headers)[0] < 400:
                self.unwelcome.append(event_id)


@dataclass(frozen=True)
class People:
    """Whoever is asked; what they do about an order its plan says."""

    cloud: Cloud
    outputs: Mapping[str, Any]
    plan: Plan

    @contextlib.contextmanager
    def deciding(self) -> Iterator[None]:
        """While inside, decide what is asked."""
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(LOOK_SECONDS):
                for row in scan(self.cloud, self.outputs["tables"]["decisions"]["name"]):
                    if row["status"] == "OPEN" or not row.get("answered"):
                        self._decide(row)

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _decide(self, row: Mapping[str, Any]) -> None:
        order_id = row["orderId"]
        people = self.plan.by_id[order_id].people
        if people == "absent":
            return
        stuck = sum(event.get("question") == "STUCK" for event in row["history"])
        if row["question"] == "APPROVAL":
            verdict = "REJECTED" if people == "reject" else "APPROVED"
        else:
            verdict = "RETRIED" if stuck == 1 else "SETTLED"
        event = {"order": {"orderId": order_id}, "verdict": verdict, "by": f"person-{stuck}", "why": "it is so"}
        self.cloud.client("lambda").invoke(
            FunctionName=self.outputs["functions"]["decide"]["aliasArn"], Payload=json.dumps(event).encode()
        )


def poison(cloud: Cloud, outputs: Mapping[str, Any]) -> int:
    """Rows in the ledger's stream that no projection can make anything of; how many there are."""
    rows = [
        {"orderId": {"S": "poison-1"}, "version": {"S": "one"}},
        {"orderId": {"S": "poison-2"}, "status": {"N": "7"}, "version": {"N": "1"}},
        {"orderId": {"S": "poison-3"}},
    ]
    for row in rows:
        cloud.client("dynamodb").put_item(TableName=outputs["tables"]["orders"]["name"], Item=row)
    return len(rows)


def set_aside(cloud: Cloud, outputs: Mapping[str, Any]) -> set[str]:
    """The poison rows that lie in the dead-letter queue."""
    client, url = cloud.client("sqs"), outputs["queues"]["poison-events"]["url"]
    found: set[str] = set()
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.add(json.loads(message["Body"])["record"]["dynamodb"]["NewImage"]["orderId"]["S"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def operate(cloud: Cloud, outputs: Mapping[str, Any], plan: Plan, since: datetime, seconds: float) -> int:
    """Have every order go on that failed and that nobody has been asked about in vain; how many there were.

    As whoever is on duty does: `orderflow redrive --all-failed-since`.
    """
    machine = outputs["machines"]["order-fulfillment"]["aliasArn"]
    sfn = cloud.client("stepfunctions")
    redrives, executions = Redrives(machine, sfn), Executions(machine, sfn)
    failed = [order_id for order_id in redrives.unsuccessful(since) if plan.by_id[order_id].people != "absent"]
    for order_id in failed:
        redrives.redrive(order_id)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if all(executions.latest(order_id).execution["status"] != "RUNNING" for order_id in failed):
            break
        time.sleep(LOOK_SECONDS)
    return len(failed)


def evidence(cloud: Cloud, outputs: Mapping[str, Any], orders: Sequence[PlannedOrder]) -> Evidence:
    """Everything that the run has left behind."""
    books = read_books(cloud, outputs["tables"])
    ours = {key: row for key, row in books.orders.items() if not key.startswith("poison-")}
    decisions = {row["orderId"]: row for row in scan(cloud, outputs["tables"]["decisions"]["name"])}
    executions = Executions(outputs["machines"]["order-fulfillment"]["aliasArn"], cloud.client("stepfunctions"))
    latest = {order.order_id: executions.latest(order.order_id).execution for order in orders}
    return Evidence(replace(books, orders=ours), decisions, latest)


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
