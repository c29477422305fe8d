"""Files as people send them, put into the bucket of the deployed stack: what becomes of each line and each order."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from asl.permissions.resource_policies import topic_sends
from emulator.baskets import Product
from emulator.chaos.evidence import emptied
from emulator.cloud import Cloud
from emulator.demos.frame import COMMAND, EXAMPLES, Came, Ended, console
from emulator.flow import Cases
from emulator.reconcile import Comparison, scan
from emulator.seed import seed

T = TypeVar("T")
Report: TypeAlias = Mapping[str, Any]
SHOWN = Cases("bulk-intake", "file", named_by="key")
SECONDS = 300
"""How long anything is waited for, before what is there is told as it is."""
PRODUCTS = [Product("tea", "Tea", 450, 10_000), Product("cup", "Cup", 1_200, 10_000)]
HEADER = "orderId,customerId,items,paymentMethodId,name,postcode"
OUTCOMES = {
    "TAKEN_IN": "file taken in",
    "TAKEN_BEFORE": "file taken before",
    "REFUSED": "file refused",
    "STOPPED": "file left",
}


@dataclass(frozen=True)
class File:
    """What is put there as `name`, how that has to end, and what has to be said of which of its lines. Without an
    `outcome` it may end as it will."""

    name: str
    body: bytes
    started: int = 0
    refused: Mapping[int, str] = field(default_factory=dict[int, str])
    outcome: str = "TAKEN_IN"
    why: str = ""
    before: int = 0


def row(order_id: str, name: str = "Ada Lovelace", items: str = "tea:2 cup:1", more: str = "") -> str:
    return f"{order_id},household-1,{items},pm_card_visa,{name},98101{more}"


def document(order_id: str, **changes: Any) -> str:
    order = {
        "orderId": order_id,
        "customerId": "household-1",
        "items": [{"sku": "tea", "quantity": 2}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
    }
    return json.dumps({**order, **changes})


def _csv(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{line}{end}" for line in (header, *rows)).encode()


def _lines(*lines: str | bytes) -> bytes:
    return b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)


WINDOWS = b"\xef\xbb\xbf" + _csv(
    *(row(f"win-{number}", more=',"ring twice,\r\nthen wait"') for number in range(5)),
    header=f"{HEADER},note",
    end="\r\n",
)
FILES = (
    File("windows.csv", WINDOWS, started=5),
    File("germany.csv", _csv(*(row(f"de-{n}", "Jürgen Müller") for n in range(5))).replace(b",", b";"), started=5),
    File("shop.jsonl", _lines(*(document(f"shop-{number}") for number in range(55))), started=55),
    File(
        "untidy.csv",
        _csv(
            *(row("csv-1"), row("csv-2", "Ada, Countess"), row("csv-3", '"Ada'), row("csv-4", items="tea"), ""),
            *(row("csv-5", items="tea:many"), row("csv/6"), row("csv-1"), row("csv-1", items="cup:1"), row("csv-7")),
        ),
        started=2,
        refused={
            3: "has 7 cells, and the header 6",
            4: "opens a quotation mark",
            5: "items[0].quantity: is missing",
            7: "items[0].quantity: must be a whole number",
            8: "orderId: must be",
            9: "is the order of line 2 again",
            10: "line 2 has it with another content",
        },
    ),
    File(
        "untidy.jsonl",
        _lines(
            *(document("json-1"), '{"orderId": "json-2"', document("json-3", note="x" * 1_048_576)),
            *(document("json-4").replace("Ada", "Ad\xe4").encode("latin-1"), document("json-5", gift=True), "null"),
            document("json-6"),
        ),
        started=2,
        refused={
            2: "is no JSON",
            3: "bytes; a line may have 262,144",
            4: "is not UTF-8",
            5: "gift: is no field of an order",
            6: "order: must be an object",
        },
    ),
    File("nothing-right.jsonl", _lines("{", "{}"), refused={1: "is no JSON", 2: "orderId: is missing"}),
    File("empty.csv", b"", outcome="REFUSED", why="the file is empty"),
    File("no-header.csv", _csv(header=row("x-1")), outcome="REFUSED", why="the header lacks orderId"),
    File("old-names.csv", _csv(header=HEADER.replace("I", "_i")), outcome="REFUSED", why="it has order_id"),
    File("unicode.csv", _csv(row("x-2")).decode().encode("utf-16"), outcome="REFUSED", why="the file is UTF-16"),
    File("list.json", f"[{document('x-3')}]".encode(), outcome="REFUSED", why="the file is a list of JSON"),
    File("photo.jpg", bytes(range(256)) * 64, outcome="REFUSED", why="the file is neither CSV nor JSON lines"),
)
LATER = (
    File("windows-again.csv", WINDOWS, outcome="TAKEN_BEFORE", why="was put there as incoming/windows.csv"),
    File(
        "overlapping.jsonl",
        _lines(document("shop-1"), document("shop-2", customerId="another"), document("shop-55")),
        started=1,
        before=1,
        refused={2: "another order was started under it"},
    ),
)
"""What comes once the others have been taken in."""


def run(cloud: Cloud, outputs: dict[str, Any]) -> Came:
    """Put every file there, and see what its sender is told, what stands beside it, and what the ledger holds."""
    return take_in(cloud, outputs, FILES, LATER)


def by_hand(cloud: Cloud, outputs: Mapping[str, Any]) -> AbstractContextManager[str]:
    return nullcontext(
        f"a file is put where files are taken in, and each of its orders is started\n"
        f"  {COMMAND} intake {EXAMPLES}\n"
        f"  {COMMAND} status example-1"
    )


def take_in(cloud: Cloud, outputs: dict[str, Any], files: Sequence[File], later: Sequence[File]) -> Came:
    seed(cloud, outputs["tables"], PRODUCTS)
    mail = _Mail(cloud, outputs)
    console.print(f"{len(files) + len(later)} files as people send them: {', '.join(one.name for one in files)}, …")
    found: dict[str, dict[str, Any]] = {}
    for batch in (files, later):
        with ThreadPoolExecutor(8) as at_once:
            list(at_once.map(mail.put, batch))
        found |= mail.told({f"incoming/{file.name}" for file in batch})
    reports = {file.name: found.get(f"incoming/{file.name}", {}) for file in (*files, *later)}
    started = sum(report.get("started", 0) for report in reports.values())
    orders = outputs["tables"]["orders"]["name"]
    ledger = _awaited(lambda: scan(cloud, orders), lambda rows: len(rows) >= started)
    refused = {file.name: mail.refused(reports[file.name]) for file in (*files, *later)}
    problems = [problem for one in (*files, *later) for problem in _wrong(one, reports[one.name], refused[one.name])]
    return Came(list(_ended(reports, refused, ledger)), _books(cloud, outputs, reports, refused, ledger), problems)


class _Mail:
    """The bucket, and a queue that has every summary."""

    def __init__(self, cloud: Cloud, outputs: Mapping[str, Any]) -> None:
        self._cloud, self._bucket, self._s3 = cloud, outputs["buckets"]["intake"], cloud.client("s3")
        sqs = cloud.client("sqs")
        self._url = sqs.create_queue(QueueName="senders")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic, raw = outputs["topics"]["intakes"], {"RawMessageDelivery": "true"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [topic_sends(arn, topic)]})
        sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)

    def put(self, file: File) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=f"incoming/{file.name}", Body=file.body)

    def told(self, keys: set[str]) -> dict[str, dict[str, Any]]:
        """The summary of each file with one of these keys; those that come too late are left out."""
        found: dict[str, dict[str, Any]] = {}

        def look() -> dict[str, dict[str, Any]]:
            found.update({report["file"]: report for report in map(json.loads, emptied(self._cloud, self._url))})
            return found

        return _awaited(look, lambda seen: keys <= seen.keys())

    def refused(self, report: Mapping[str, Any]) -> dict[int, str]:
        """By number, the reason of each refused line, from the object beside the file."""
        if not report.get("refused"):
            return {}
        body = self._s3.get_object(Bucket=self._bucket, Key=report["refusedLines"])["Body"].read()
        return {line["line"]: line["why"] for line in map(json.loads, body.splitlines())}


def _awaited(look: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    deadline = time.monotonic() + SECONDS
    while not is_there(found := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _wrong(file: File, report: Mapping[str, Any], refused: Mapping[int, str]) -> Iterator[str]:
    if not report:
        yield f"{file.name}: whoever put it there was told nothing"
    if not report or not file.outcome:
        return
    if report["outcome"] != file.outcome or file.why not in report["why"]:
        yield f"{file.name}: ended as {report['outcome']} ({report['why']}), not as {file.outcome} ({file.why})"
    if (report["started"], report["startedBefore"]) != (file.started, file.before):
        yield f"{file.name}: {report['started']} orders started, {report['startedBefore']} before, not {file.started}"
    if refused.keys() != file.refused.keys():
        yield f"{file.name}: lines {sorted(refused)} were refused, not {sorted(file.refused)}"
    for line, why in file.refused.items():
        if why not in refused.get(line, ""):
            yield f"{file.name}: line {line} was refused because it {refused.get(line)}, not: {why}"


def _ended(
    reports: Mapping[str, Report],
    refused: Mapping[str, Mapping[int, str]],
    ledger: Sequence[Mapping[str, Any]],
) -> Iterator[Ended]:
    for order in ledger:
        yield Ended(order["orderId"], "order started")
    for name, lines in refused.items():
        for line, why in lines.items():
            yield Ended(f"{name}, line {line}", "line refused", f"{name}, line {line}: {why}")
    for name, report in reports.items():
        yield Ended(name, OUTCOMES.get(report.get("outcome", ""), "nobody was told"), report.get("summary", ""))


def _books(
    cloud: Cloud,
    outputs: Mapping[str, Any],
    reports: Mapping[str, Report],
    refused: Mapping[str, Mapping[int, str]],
    ledger: Sequence[Mapping[str, Any]],
) -> list[Comparison]:
    def total(*names: str) -> int:
        return sum(report.get(name, 0) for report in reports.values() for name in names)

    machine = outputs["machines"]["order-fulfillment"]["arn"]
    executions = cloud.client("stepfunctions").list_executions(stateMachineArn=machine, maxResults=1_000)["executions"]
    return [
        Comparison(
            "lines",
            ("read in all files", total("lines")),
            (
                "orders started, now or before, lines refused, and orders left",
                total("started", "startedBefore", "refused", "notStarted"),
            ),
        ),
        Comparison(
            "refused lines",
            ("told in the summaries", total("refused")),
            ("with a reason beside the files", sum(bool(why) for lines in refused.values() for why in lines.values())),
        ),
        Comparison("orders", ("started, as senders are told", total("started")), ("in the ledger", len(ledger))),
        Comparison("executions", ("orders in the ledger", len(ledger)), ("of the order workflow", len(executions))),
    ]
