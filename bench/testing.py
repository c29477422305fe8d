"""Tests of the order workflow in one process of pytest, beside the same cases in ministack and in LocalStack.

All get the same definition, inputs and mocks, and have to come to the same ends. The peers are servers: a sample of the
cases goes through each over HTTP, one after the other as tests do, and the time is scaled.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from asl.testing.mock_config import outcomes
from asl.testing.workflow import Workflow
from bench.earlier import ROOT
from bench.report import Result, faster, finish
from bench.running import ANSWERS, DONE_SECONDS, FUNCTIONS, ORDER, PEER, READY_SECONDS, ministack
from workflows import Decisions, Delivery, Functions, order_fulfillment

TITLE = "A thousand tests of the order workflow"
TESTS, RUNS = 1_000, 3
SAMPLE = 20
MINISTACK_TIMES, LOCALSTACK_TIMES = 20, 100
LOCALSTACK = "4.6.0"
"""The newest that was found to start with Python 3.11 and without Docker: 4.14.0 wants Python 3.13, and 2026.3.0 comes
without the part that would start it."""
LOCALSTACK_PACKAGES = (
    f"localstack-core[runtime]=={LOCALSTACK}", "cbor2<6", "pyopenssl<25", "cryptography<44", "service-identity",
)  # fmt: skip
"""It says what it needs without upper limits, and newer ones of these lack what it imports."""

DECLINED = {"Error": "PaymentDeclined", "Cause": "no money"}
RESPONSES: Mapping[str, Any] = {
    **{name: {"0": {"Return": answer}} for name, answer in ANSWERS.items()},
    "Declined": {"0": {"Throw": DECLINED}},
    "HandlePaymentDeclined": {"0": {"Return": {"sent": True}}},
}
CASES: Mapping[str, Mapping[str, str]] = {
    "Delivered": {name: name for name in ANSWERS},
    "Declined": {
        "ValidateOrder": "ValidateOrder",
        "ChargePayment": "Declined",
        "HandlePaymentDeclined": "HandlePaymentDeclined",
    },
}
MOCKS = {"StateMachines": {"order": {"TestCases": CASES}}, "MockedResponses": RESPONSES}
"""In the format of Step Functions Local, which all read."""

TEST = f"""
import pytest

from bench.testing import CASES, ENDS, ORDER, definition, mocked


@pytest.fixture(scope="module")
def order(workflow):
    return workflow(definition())


@pytest.mark.parametrize("case", list(CASES))
@pytest.mark.parametrize("number", range({TESTS // len(CASES)}))
def test_order(order, case, number):
    run = mocked(order, case).run(ORDER)
    assert run.ended_in(ENDS[case])
    assert run.called("RefundPayment") == 0
"""
ENDS = {"Delivered": "OrderDelivered", "Declined": "OrderDeclined"}


def definition() -> Any:
    """The order workflow, in which nothing takes long: the peers have no time but the real one."""
    return order_fulfillment(Functions(**FUNCTIONS), Delivery(1, 6), Decisions(500_000, 60))


def mocked(order: Workflow, case: str) -> Workflow:
    """The workflow with the mocks of a case."""
    return replace(order, mocks=outcomes(MOCKS, "order", case))


def main() -> None:
    """Measure."""
    finish(TITLE, measured())


def measured() -> Iterator[Result]:
    """The peers' seconds are those of a sample, scaled to as many tests."""
    ours = min(tested() for _ in range(RUNS)) * 1000
    name = f"{TESTS:,} tests in a process of pytest, its start among them"
    with tempfile.TemporaryDirectory() as folder, ministack(Path(folder), MOCKS) as endpoint:
        yield faster(name, ours, f"{PEER} over HTTP", sampled(endpoint) * 1000, MINISTACK_TIMES)
    try:
        with localstack() as endpoint:
            yield faster(name, ours, f"LocalStack {LOCALSTACK} over HTTP", sampled(endpoint) * 1000, LOCALSTACK_TIMES)
    except CannotRunError as reason:
        print(f"LocalStack {LOCALSTACK} was not measured: {reason}", file=sys.stderr)


def tested() -> float:
    """The seconds that pytest takes, from its start to its end."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_order.py").write_text(TEST)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", folder, folder]
        start = time.perf_counter()
        told = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=DONE_SECONDS
        ).stdout
        took = time.perf_counter() - start
    if not re.search(rf"\b{TESTS} passed", told):
        raise RuntimeError(f"not every test passed: {told}")
    return took


def sampled(endpoint: str) -> float:
    """The seconds of as many tests over HTTP, from those of a sample that has each case as often."""
    config = Config(inject_host_prefix=False)
    session = boto3.Session("test", "test", region_name="us-east-1")
    client: Any = session.client("stepfunctions", endpoint_url=endpoint, config=config)
    role = "arn:aws:iam::000000000000:role/machine"
    machine = client.create_state_machine(name="order", definition=json.dumps(definition()), roleArn=role)
    wanted = {case: mocked(Workflow.of(definition()), case).run(ORDER).output for case in CASES}

    def test(case: str) -> None:
        arn = client.start_execution(stateMachineArn=f"{machine['stateMachineArn']}#{case}", input=json.dumps(ORDER))[
            "executionArn"
        ]
        deadline = time.monotonic() + DONE_SECONDS
        while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{arn} runs for more than {DONE_SECONDS} s")
            time.sleep(0.01)
        if found["status"] != "SUCCEEDED" or json.loads(found["output"]) != wanted[case]:
            raise RuntimeError(f"{case} comes to another end: {found}")

    for case in CASES:
        test(case)
    start = time.perf_counter()
    for _ in range(SAMPLE // len(CASES)):
        for case in CASES:
            test(case)
    return (time.perf_counter() - start) / SAMPLE * TESTS


class CannotRunError(Exception):
    """LocalStack cannot be installed or started here."""


@contextmanager
def localstack() -> Generator[str]:
    """LocalStack's engine without Docker, in an environment and a home of its own, on the loopback interface.

    Raises:
        CannotRunError: with the last that it said.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = folder / "environment" / "bin" / "python"
        _quietly("uv", "venv", "--python", sys.executable, str(folder / "environment"))
        _quietly("uv", "pip", "install", "--python", str(python), *LOCALSTACK_PACKAGES)
        (folder / "mocks.json").write_text(json.dumps(_for_localstack()))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "XDG_CACHE_HOME": f"{name}/cache",
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GATEWAY_SERVER": "hypercorn",  # its usual one listens on every interface
            "SERVICES": "stepfunctions,events",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DNS_ADDRESS": "0",
            "SFN_MOCK_CONFIG": str(folder / "mocks.json"),
        }
        with (folder / "log").open("w") as log:
            command = [python, "-m", "localstack.runtime.main"]
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _await(process, port, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=READY_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _for_localstack() -> Any:
    """The mocks, where it takes a function's answer for that of Lambda's API: a function's result is in its Payload."""
    functions = set(RESPONSES) - {"WaitForShipping", "Declined"}
    wrapped = {
        name: {"0": {"Return": {"StatusCode": 200, "Payload": RESPONSES[name]["0"]["Return"]}}} for name in functions
    }
    return {**MOCKS, "MockedResponses": {**RESPONSES, **wrapped}}


def _quietly(*command: str) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=DONE_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotRunError(f"{' '.join(command[:3])}: {getattr(error, 'stderr', None) or error}") from error


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + DONE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise CannotRunError(f"it does not start: {log.read_text()[-500:]}")


if __name__ == "__main__":
    main()
