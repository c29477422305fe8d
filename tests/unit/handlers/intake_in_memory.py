"""Bulk intake without a cloud: a bucket, the table of claims, a topic, and executions that are only noted down.

The workflow runs by the interpreter, its functions are the real ones. Whatever they do to the world outside can be made
to fail before or after it is done.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import IO, Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from asl.running.execution import Execution, Names
from asl.running.loop import Loop
from asl.running.objects import MissingObjectError
from asl.running.steps import Program
from asl.testing.outcomes import Outcome, Outcomes, Raises, Returns
from handlers.read_intake import read_intake
from handlers.report_intake import report_intake
from handlers.shared.intake.bucket import IntakeBucket
from handlers.shared.intake.claims import LEFT, RUNNING, Claim, Claims
from handlers.shared.intake.starting import starter
from handlers.start_orders import start_orders
from workflows import bulk_intake

BUCKET = "intake"
ARN = "arn:aws:lambda:us-east-1:123456789012:function"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:order-fulfillment:live"
TOPIC = "arn:aws:sns:us-east-1:123456789012:intakes"
NOW = 1_735_689_600.0


def definition() -> Any:
    read, start, report = (f"{ARN}:{name}:live" for name in ("read-intake", "start-orders", "report-intake"))
    return bulk_intake(read, start, report, BUCKET, "intakes", TOPIC)


class Memory:
    """The world that files are put into. `breaks_before` and `breaks_after` name effects by their number, from 1."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.executions = Executions(self)
        self.claims = MemoryClaims(self)
        self.bucket = IntakeBucket(BUCKET, self)
        self.told: list[dict[str, Any]] = []
        self.senders: list[str] = []
        """By whose names the summaries were sent."""
        self.effects: list[str] = []
        self.breaks_before: frozenset[int] = frozenset()
        self.breaks_after: frozenset[int] = frozenset()
        self.now = NOW

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def effect(self, what: str) -> Effect:
        return Effect(self, what)

    # What a Distributed Map reads and writes

    def read(self, bucket: str, key: str) -> bytes:
        if key not in self.objects:
            raise MissingObjectError("The specified key does not exist.")
        return self.objects[key]

    def listed(self, bucket: str, prefix: str) -> Iterator[dict[str, object]]:
        raise NotImplementedError

    def write(self, bucket: str, key: str, body: bytes) -> None:
        self.objects[key] = body

    # S3's client

    def get_object(self, *, Bucket: str, Key: str, IfMatch: str = "", Range: str = "") -> dict[str, Any]:  # noqa: N803 boto3's names
        body = self.objects.get(Key)
        if body is None:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        if IfMatch and IfMatch != etag_of(body):
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "GetObject")
        if Range:
            first, last = map(int, Range.removeprefix("bytes=").split("-"))
            body = body[first : last + 1]
        return {"ContentLength": len(body), "Body": StreamingBody(io.BytesIO(body), len(body))}

    def put_object(self, *, Bucket: str, Key: str, Body: IO[bytes] | bytes) -> None:  # noqa: N803 boto3's names
        with self.effect(f"put {Key.rpartition('/')[2]}"):
            self.objects[Key] = Body if isinstance(Body, bytes) else Body.read()

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> dict[str, Any]:  # noqa: N803 boto3's names
        return {"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}

    # What people do, and what they see

    def put(self, name: str, body: bytes, execution: str = "e-1") -> Execution:
        """Put a file there, and run the execution that it starts to its end."""
        self.objects[f"incoming/{name}"] = body
        return self.taken_in({"key": f"incoming/{name}", "etag": etag_of(body), "requester": "ada"}, execution)

    def taken_in(self, file: dict[str, str], execution: str) -> Execution:
        loop = Loop(self.now)
        run = Execution(
            Program.read(definition()),
            file,
            loop=loop,
            perform=Outcomes(self._tasks(loop)).perform,
            names=Names("bulk-intake", execution),
            random=Random(0),
            objects=self,
        )
        run.begin()
        loop.run(lambda: run.status != "RUNNING")
        self.now = loop.now + 60
        return run

    def report(self, name: str) -> dict[str, Any]:
        """The report on what is in the file now."""
        etag = etag_of(self.objects[f"incoming/{name}"])
        return json.loads(self.objects[f"reports/{name}/{etag}.json"])

    def refused(self, name: str) -> dict[int, str]:
        """By number, why a line was refused."""
        body = self.objects[self.report(name)["refusedLines"]]
        return {line["line"]: line["why"] for line in map(json.loads, body.splitlines())}

    def _tasks(self, loop: Loop) -> Mapping[str, Any]:
        start = starter(self.executions, MACHINE)  # type: ignore[arg-type]

        def read(event: Any) -> Any:
            return read_intake(event["file"], event["executionId"], self.bucket, self.claims, self.moment())

        def started(event: Any) -> Any:
            began = datetime.fromisoformat(event["beganAt"])
            return start_orders(event["places"], event["folder"], began, self.bucket, start)

        def reported(event: Any) -> Any:
            return report_intake(event, self.bucket, self.claims)

        def told(event: Any) -> Any:
            with self.effect("tell"):
                self.told.append(json.loads(event["Message"]))
                self.senders.append(event["MessageAttributes"]["sender"]["StringValue"])
            return {"MessageId": "m-1"}

        def left(event: Any) -> Any:
            me = event["ExpressionAttributeValues"][":me"]["S"]
            with self.effect("leave"):
                self.claims.end(event["Key"]["fileId"]["S"], me, LEFT)
            return {}

        works = {"ReadFile": read, "StartBatch": started, "ReportIntake": reported, "TellSender": told}
        return {name: self._attempt(work, loop) for name, work in {**works, "LeaveFile": left}.items()}

    def _attempt(self, work: Any, loop: Loop) -> Any:
        def attempt(event: Any, context: Any) -> Outcome:
            self.now = loop.now
            try:
                return Returns(work(event), after=0.1)
            except Exception as error:
                name = type(error).__name__
                return Raises(name, json.dumps({"errorType": name, "errorMessage": str(error)}))

        return attempt


class Effect:
    """Something that is done to the world; may break before or after it is done."""

    def __init__(self, memory: Memory, what: str) -> None:
        self._memory = memory
        memory.effects.append(what)
        self._number = len(memory.effects)

    def __enter__(self) -> None:
        if self._number in self._memory.breaks_before:
            raise ConnectionError(f"{self._memory.effects[-1]} is not done")

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None and self._number in self._memory.breaks_after:
            raise ConnectionError(f"{self._memory.effects[-1]} is done, and its answer is lost")


class Executions:
    """Step Functions' client, as far as starts go; an order that `ends` is over as soon as it is started."""

    class exceptions:  # noqa: N801 boto3's name
        class ExecutionAlreadyExists(Exception):  # noqa: N818 boto3's name
            pass

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.started: dict[str, tuple[datetime, str]] = {}
        self.times: list[str] = []
        """Every order that was started, as often as it was."""

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803 boto3's names
        with self._memory.effect("start"):
            if name not in self.started:
                self.started[name] = self._memory.moment(), input
                self.times.append(name)
            at, given = self.started[name]
            if given != input:
                raise self.exceptions.ExecutionAlreadyExists
        return {"startDate": at}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 boto3's names
        assert executionArn.startswith("arn:aws:states:us-east-1:123456789012:execution:order-fulfillment:")
        at, given = self.started[executionArn.rpartition(":")[2]]
        return {"startDate": at, "input": given}


class MemoryClaims(Claims):
    """The claims, without their table, which `test_claims` is about."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.rows: dict[str, Claim] = {}

    def claim(self, digest: str, key: str, execution_id: str, now: datetime) -> Claim | None:
        with self._memory.effect("claim"):
            found = self.rows.get(digest)
            if found and found.status != LEFT and found.execution_id != execution_id:
                return found
            self.rows[digest] = Claim(execution_id, key, now.isoformat(), RUNNING)
        return None

    def end(self, digest: str, execution_id: str, status: str) -> None:
        with self._memory.effect("end"):
            found = self.rows.get(digest)
            if found and found.execution_id == execution_id:
                self.rows[digest] = Claim(execution_id, found.key, found.began_at, status)


def etag_of(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def order(order_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "orderId": order_id,
        "customerId": "ada",
        "items": [{"sku": "tea", "quantity": 2}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
        **changes,
    }


def json_lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)
