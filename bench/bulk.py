"""Files of 1,000, 10,000 and 100,000 lines taken in: whether it takes longer than they are longer, and how much memory.

The workflow runs in the interpreter with its real functions, and starts each order through boto3, whose requests are
answered before they are sent. The peer is what one would write instead: a loop that starts each line through boto3,
checks nothing, reports nothing, and cannot be gone on with. Each run has a process of its own, whose time is that which
it computes, and whose memory is its peak.
"""

from __future__ import annotations

import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from bench.report import Result, at_most, finish, no_slower
from tests.unit.handlers.intake_in_memory import MACHINE, Memory, json_lines, order

TITLE = "Files of orders, taken in"
RUNS = {1_000: 5, 10_000: 3, 100_000: 1}
"""How often a file of so many lines is taken in."""
MOST_TIMES, MOST_MB, LINEAR = 3, 300, 1.5
"""How much longer than the plain loop it may take, how much memory, and how much longer a line of the largest file."""


def main() -> None:
    """Measure, or be one of the measured runs."""
    if len(sys.argv) == 4:
        one_run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
        return
    finish(TITLE, measured())


def measured() -> Iterator[Result]:
    """Every figure."""
    per_line: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for lines, runs in RUNS.items():
            file = Path(folder) / f"{lines}.jsonl"
            with file.open("wb") as written:
                written.writelines(json_lines(order(f"o-{number}")) for number in range(lines))
            found = [(run("intake", file, lines), run("loop", file, lines)) for _ in range(runs)]
            ours, theirs = (statistics.median(one[side]["ms"] for one in found) for side in (0, 1))
            per_line[lines] = ours / lines
            yield no_slower(f"{lines:,} lines", ours, "a plain loop", theirs, MOST_TIMES)
            peak = statistics.median(mine["MB"] for mine, _ in found)
            yield at_most(f"peak memory at {lines:,} lines", peak, "MB", MOST_MB)
    smaller, larger = per_line[10_000], per_line[100_000]
    yield at_most("a line of 100,000, in lines of 10,000", larger / smaller, "x", LINEAR)


def run(what: str, file: Path, lines: int) -> dict[str, float]:
    """What a process of its own says of one run."""
    command = [sys.executable, "-m", "bench.bulk", what, str(file), str(lines)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def one_run(what: str, file: Path, lines: int) -> None:
    """Take the file in, or start its lines in a loop, and print what that took."""
    memory = Memory()
    client, started = answered(memory)
    began = time.process_time()
    if what == "intake":
        memory.executions = client
        memory.put(file.name, file.read_bytes())
        if memory.report(file.name)["started"] != lines:
            raise RuntimeError(f"not every order was started: {memory.report(file.name)}")
    else:
        with file.open() as every:
            for line in every:
                client.start_execution(stateMachineArn=MACHINE, name=json.loads(line)["orderId"], input=line)
    took = (time.process_time() - began) * 1_000
    if len(started) != lines:
        raise RuntimeError(f"{len(started)} of {lines} orders were started")
    print(json.dumps({"ms": took, "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024}))


def answered(memory: Memory) -> tuple[Any, set[str]]:
    """A client of Step Functions whose requests never leave it, and the names that it was asked to start."""
    names: set[str] = set()
    client: Any = boto3.client(
        "stepfunctions", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
    )

    def answer(request: Any, **_: Any) -> AWSResponse:
        name = json.loads(request.body)["name"]
        if name in names:
            raise RuntimeError(f"{name} was started twice")
        names.add(name)
        body = json.dumps({"executionArn": f"{MACHINE}:{name}", "startDate": memory.now}).encode()
        headers: Any = {"content-type": "application/x-amz-json-1.0"}
        raw: Any = _Raw(body)
        return AWSResponse(request.url, 200, headers, raw)

    client.meta.events.register("before-send.sfn.StartExecution", answer)
    return client, names


class _Raw(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


if __name__ == "__main__":
    main()
