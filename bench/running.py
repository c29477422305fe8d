"""The interpreter beside ministack's engine: a loop, a Map, and the order workflow with given outcomes.

ministack's engine runs in a process of its own; over HTTP it runs a sample of the executions, and the time is scaled:
one after the other, as tests do, and all at once, where its pause before each execution hardly counts. Both get the
same definitions, inputs and mocks, and must come to the same end.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import boto3

from asl.running.execution import Execution, Names
from asl.running.steps import Program
from asl.testing.mock_config import outcomes
from asl.testing.run import STARTS_AT, prepared
from bench.earlier import ROOT
from bench.report import Result, at_least, at_most, faster, finish, median_ms, shown
from workflows import Decisions, Delivery, Functions, order_fulfillment

TITLE = "The interpreter, and ministack's engine"
PEER = f"ministack {version('ministack')}"

TURNS, ITEMS, MANY_ITEMS = 10_000, 10_000, 100_000
EXECUTIONS, SAMPLE, SAMPLE_AT_ONCE = 1_000, 10, 200
RUNS, COLD_RUNS = 5, 9
PER_SECOND, LOOP_TIMES, MAP_TIMES, HTTP_TIMES = 25_000, 3, 10, 20
LINEAR_TIMES = 15
"""What ten times as many items may take: more objects are more work for Python's collector, too."""
ORDER_MS, COLD_MS = 2, 400
READY_SECONDS, DONE_SECONDS = 30, 300

COUNT = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"}
ENOUGH = {
    "Type": "Choice",
    "Choices": [{"Variable": "$.n", "NumericLessThan": TURNS, "Next": "Count"}],
    "Default": "Done",
}
LOOP = {"StartAt": "Count", "States": {"Count": COUNT, "Enough": ENOUGH, "Done": {"Type": "Succeed"}}}
TELL = {"StartAt": "Tell", "States": {"Tell": {"Type": "Pass", "End": True}}}
MAP = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": TELL, "ResultPath": None, "End": True}}}
SMALL = {"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "Result": "hello", "End": True}}}

FUNCTIONS = {
    field.name: f"arn:aws:lambda:us-east-1:000000000000:function:{field.name}:live" for field in fields(Functions)
}
ORDER = {"order": {"orderId": "o-1", "items": [{"sku": "tea", "quantity": 1}]}}
ANSWERS = {
    "ValidateOrder": {"amountCents": 0},
    "ChargePayment": {"chargeId": "c-1"},
    "ReserveInventory": {"reservationId": "r-1"},
    "CreateShipment": {"trackingId": "t-1", "giveUpAt": "2099-01-01T00:00:00Z"},
    "CapturePayment": {"chargeId": "c-1", "captured": True},
    "WaitForShipping": {"status": "DELIVERED"},
    "OrderComplete": {"sent": True},
}
MOCKS = {
    "StateMachines": {"order": {"TestCases": {"HappyPath": {name: name for name in ANSWERS}}}},
    "MockedResponses": {name: {"0": {"Return": answer}} for name, answer in ANSWERS.items()},
}
"""In the format of Step Functions Local, which both read."""
_OUTCOMES = outcomes(MOCKS, "order", "HappyPath")


def main() -> None:
    """Measure."""
    finish(TITLE, measured())


def measured() -> Iterator[Result]:
    """Every figure; ours are medians."""
    # In turns, so that a slow minute of the machine hits both; the peer's Map is long enough for itself.
    (peer_map,) = peers([("map", MAP, [0] * ITEMS)])
    turns = [(median_ms(looped, 1), peers([("loop", LOOP, {"n": 0})])[0]) for _ in range(RUNS)]
    loop, peer_loop = (statistics.median(times) for times in zip(*turns, strict=True))
    transitions = looped().transitions
    yield at_least("loop of Pass and Choice", transitions / loop * 1000, "transitions/s", PER_SECOND)
    yield faster(f"loop of Pass and Choice, {transitions:,} transitions", loop, PEER, peer_loop * 1000, LOOP_TIMES)
    taken = [(mapped(ITEMS), mapped(MANY_ITEMS)) for _ in range(RUNS)]
    few, many = (statistics.median(times) for times in zip(*taken, strict=True))
    yield faster(f"inline Map of {ITEMS:,} items", few, PEER, peer_map * 1000, MAP_TIMES)
    yield at_most(f"from {ITEMS:,} to {MANY_ITEMS:,} items", many / few, "times", LINEAR_TIMES)
    workflow = order_fulfillment(Functions(**FUNCTIONS), Delivery(1, 6), Decisions(500_000, 60))
    program = Program.read(workflow)
    yield at_most("one order, happy path", median_ms(lambda: order(program), 101), "ms", ORDER_MS)
    ours = median_ms(lambda: [order(program) for _ in range(EXECUTIONS)], 1)
    in_turn, at_once = over_http(workflow, order(program))
    yield faster(f"{EXECUTIONS:,} orders, over HTTP in turn", ours, PEER, in_turn * 1000, HTTP_TIMES)
    yield shown(f"{EXECUTIONS:,} orders, over HTTP all at once", ours, PEER, at_once * 1000)
    yield at_most("python -m asl run, a small file, cold", cold(), "ms", COLD_MS)


def ended(definition: Any, input: object, type: str) -> Execution:
    """An execution that has succeeded, its definition read anew."""
    return _ended(Program.read(definition, type=type), input, None)


def looped() -> Execution:
    """The loop; an Express machine's, for it has no limit of events."""
    return ended(LOOP, {"n": 0}, "EXPRESS")


def mapped(items: int) -> float:
    """The milliseconds of a Map, also an Express machine's; what the run before it left is cleared away first."""
    gc.collect()
    return median_ms(lambda: ended(MAP, [0] * items, "EXPRESS"), 1)


def order(program: Program) -> Execution:
    """An order that is delivered."""
    return _ended(program, ORDER, _OUTCOMES)


def _ended(program: Program, input: object, tasks: Any) -> Execution:
    execution = prepared(program, input, tasks, None, Random(0), STARTS_AT, Names())
    execution.loop.run(lambda: execution.status != "RUNNING")
    if execution.status != "SUCCEEDED":
        raise RuntimeError(f"it ended as {execution.status}: {execution.error} {execution.cause}")
    return execution


def peers(given: list[tuple[str, Any, Any]]) -> list[float]:
    """The seconds that ministack's engine takes in its own process."""
    environment = {**os.environ, "LOG_LEVEL": "ERROR", "SFN_WAIT_SCALE": "0"}
    run = subprocess.run(
        [sys.executable, "-m", "bench.running_peer"],
        cwd=ROOT,
        env=environment,
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=2 * DONE_SECONDS,
    )
    return json.loads(run.stdout)


def over_http(definition: Any, wanted: Execution) -> tuple[float, float]:
    """The seconds that EXECUTIONS orders take over HTTP, scaled from samples: one after the other, and all at once."""
    with tempfile.TemporaryDirectory() as folder, ministack(Path(folder), MOCKS) as endpoint:
        session = boto3.Session("test", "test", region_name="us-east-1")
        client: Any = session.client("stepfunctions", endpoint_url=endpoint)
        role = "arn:aws:iam::000000000000:role/machine"
        created = client.create_state_machine(name="order", definition=json.dumps(definition), roleArn=role)
        machine, given = f"{created['stateMachineArn']}#HappyPath", json.dumps(ORDER)

        def start() -> str:
            return client.start_execution(stateMachineArn=machine, input=given)["executionArn"]

        def wait(arn: str) -> None:
            deadline = time.monotonic() + DONE_SECONDS
            while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{arn} runs for more than {DONE_SECONDS} s")
                time.sleep(0.01)
            if found["status"] != "SUCCEEDED" or json.loads(found["output"]) != wanted.output:
                raise RuntimeError(f"{PEER} comes to another end: {found}")

        wait(start())
        in_turn = median_ms(lambda: wait(start()), SAMPLE) / 1000 * EXECUTIONS
        at_once = median_ms(lambda: [wait(arn) for arn in [start() for _ in range(SAMPLE_AT_ONCE)]], 1) / 1000
        return in_turn, at_once * EXECUTIONS / SAMPLE_AT_ONCE


@contextmanager
def ministack(folder: Path, given: object) -> Generator[str]:
    """ministack as it is, with mocks, on a free port of the loopback interface."""
    mocks = folder / "mocks.json"
    mocks.write_text(json.dumps(given))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
        "PERSIST_STATE": "0",
        "SFN_MOCK_CONFIG": str(mocks),
        "SFN_WAIT_SCALE": "0",
        "TMPDIR": str(folder),
    }
    command = [sys.executable, "-m", "ministack"]
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        _await(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=READY_SECONDS)


def _await(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def cold() -> float:
    """The median milliseconds of `python -m asl run` on a small file; the first run fills caches."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.asl.json"
        small.write_text(json.dumps(SMALL))

        def once() -> None:
            command = [sys.executable, "-m", "asl", "run", str(small)]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

        once()
        return median_ms(once, COLD_RUNS)


if __name__ == "__main__":
    main()
