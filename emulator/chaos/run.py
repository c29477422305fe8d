"""A chaos run: the plan's orders through the deployed program, with its faults, its people and its carrier."""

from __future__ import annotations

import contextlib
import json
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from emulator.carrier import Answer, CarrierWebhooks
from emulator.chaos.plan import Plan, Planned
from emulator.cloud import Cloud, Faults, cloud
from emulator.reconcile import scan
from handlers.shared.carriers import ARRIVED, Status
from handlers.shared.clock import now, read
from orderflow.order_executions import OrderExecutions
from orderflow.redrive import Redrives

LOOK_SECONDS = 0.5
WAIT_SCALE = 0.4
LATE_SECONDS = 4
TAKEN: Answer = (200, "")
DOWN: Answer = (503, "")


class PlanServer:
    """Answers what strikes a function's call, and keeps what has struck; `faults` are by whom a call is about."""

    def __init__(self, faults: Mapping[str, Sequence[Planned]]) -> None:
        self._faults = faults
        self._lock = threading.Lock()

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            for planned in self._faults.get(question["subject"], ()):
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


@contextlib.contextmanager
def struck_cloud(faults: Mapping[str, Sequence[Planned]]) -> Iterator[Cloud]:
    """A cloud whose functions suffer `faults`, which are by whom a call is about."""
    with tempfile.TemporaryDirectory() as home:
        address = Path(home) / "plan.sock"
        installed = Faults(str(address))
        with PlanServer(faults).listening(address), cloud(wait_scale=WAIT_SCALE, faults=installed) as running:
            yield running


@dataclass
class News:
    """Stands between the carrier and the stack: some news gets lost, comes late, comes twice, or is not signed."""

    plan: Plan
    webhooks: CarrierWebhooks
    first_try: dict[str, float] = field(default_factory=dict[str, float])
    happened: set[str] = field(default_factory=set[str])
    unwelcome: list[str] = field(default_factory=list[str])
    """How events were forged that the stack took: there must be none."""

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
            self.happened.add("unsigned")
            self.unwelcome += self.webhooks.forge(shipment_id, status, event_id)
        answer = self.webhooks.send(shipment_id, status, event_id)
        if news == "twice" and answer[0] == 200 and status in ARRIVED:
            self.happened.add("twice")
            self.webhooks.send(shipment_id, status, event_id)
            self.webhooks.send(shipment_id, status)
        return answer


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


def operate(cloud: Cloud, outputs: Mapping[str, Any], plan: Plan, since: datetime, seconds: float) -> int:
    """Have every order go on that failed, and wait until each has ended or asks; how many there were.

    As whoever is on duty does: `orderflow redrive --all-failed-since`. Those that nobody answers come last, so that
    what they ask is still open when the run is judged.
    """
    machine = outputs["machines"]["order-fulfillment"]["aliasArn"]
    redrives = Redrives(machine, cloud.client("stepfunctions"))
    failed = list(redrives.unsuccessful(since))
    unheard = [order_id for order_id in failed if plan.by_id[order_id].people == "absent"]
    deadline = time.monotonic() + seconds
    for order_ids in ([order_id for order_id in failed if order_id not in unheard], unheard):
        for order_id in order_ids:
            redrives.redrive(order_id)
        while time.monotonic() < deadline and any(_is_busy(cloud, outputs, order_id) for order_id in order_ids):
            time.sleep(LOOK_SECONDS)
    return len(failed)


def _is_busy(cloud: Cloud, outputs: Mapping[str, Any], order_id: str) -> bool:
    """Whether the order's execution runs, and waits for no person."""
    executions = OrderExecutions(outputs["machines"]["order-fulfillment"]["aliasArn"], cloud.client("stepfunctions"))
    if executions.latest(order_id).execution["status"] != "RUNNING":
        return False
    key = {"orderId": {"S": order_id}}
    asked = cloud.client("dynamodb").get_item(
        TableName=outputs["tables"]["decisions"]["name"], Key=key, ConsistentRead=True
    )
    row = asked.get("Item")
    return row is None or row["status"]["S"] != "OPEN" or read(row["expiresAt"]["S"]) <= now()
