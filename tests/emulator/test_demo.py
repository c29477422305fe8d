"""The demo as its user runs it: bad input, a broken definition, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asl import DefinitionError
from emulator.cloud import cloud
from emulator.demo import PAGE
from emulator.deploy import deploy
from emulator.program import ROOT
from tests.broken import broken_program
from tests.deployed import order
from tests.hangs import HANG_SECONDS

COMMAND = [sys.executable, "-m", "emulator", "demo"]


def test_your_own_orders_run_though_others_of_the_file_are_rejected(tmp_path: Path) -> None:
    lines = [
        json.dumps(order("mine-1")),
        "{not json",
        json.dumps(order("mine-2", items=[{"sku": "tea", "quantity": -1}])),
        json.dumps(order("mine/3")),
        json.dumps(order("mine-4", paymentMethodId="pm_card_chargeDeclined")),
        json.dumps(order("mine-5", shipTo={"name": "Ada 🎉", "postcode": "98101"})),
        json.dumps(order("mine-6", note="x" * 300_000)),
        json.dumps(order("mine-7", amountCents=10**9)),
        json.dumps(order("mine-8", items=[{"sku": "unknown-9", "quantity": 1}])),
        json.dumps(order("mine-9", items=[{"sku": "gold", "quantity": 501}])),
    ]
    orders, report = tmp_path / "orders.jsonl", tmp_path / "report.json"
    orders.write_text("\n".join(lines))
    environment = {**os.environ, "ORDERS": str(orders), "DEMO_REPORT": str(report), "COLUMNS": "200"}
    run = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert run.returncode == 0, run.stdout + run.stderr
    for line, said in {
        2: "JSON",
        3: "items[0].quantity",
        4: "orderId",
        6: "shipTo.name",
        7: "262",
        8: "amountCents",
    }.items():
        told = [text for text in run.stdout.splitlines() if text.startswith(f"line {line}:")]
        assert told, (line, run.stdout)
        assert said in " ".join(told), (line, told)
    written = json.loads(report.read_text())
    assert written["counts"] == {"delivered": 1, "declined": 1, "rejected": 8, "refunded": 0, "failed": 0}
    assert written["outcomes"]["NOT_APPROVED"] == 1, "above the approval limit at 10.00 each, and nobody approves"
    assert written["ok"] is True
    assert written["sums"]["held or taken by the provider"] == 3_000, "two teas and a cup at 10.00 each"
    assert "open .orderflow/demo.html in a browser" in run.stdout
    shown = re.search('<script type="application/json" id="data">(.*?)</script>', (ROOT / PAGE).read_text(), re.DOTALL)
    assert shown
    ways = json.loads(shown[1])["views"][0]["flow"]["ways"]
    assert {(way["name"], way["outcome"]) for way in ways} >= {("mine-1", "DELIVERED"), ("mine-4", "DECLINED")}
    assert all(way["taken"] for way in ways), "each has its way"


def test_the_demo_deploys_through_pulumis_own_engine_too(tmp_path: Path) -> None:
    orders, report = tmp_path / "orders.jsonl", tmp_path / "report.json"
    orders.write_text(json.dumps(order("engine-1")))
    environment = {**os.environ, "ORDERS": str(orders), "DEMO_REPORT": str(report), "ENGINE": "1"}
    run = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(report.read_text())["counts"]["delivered"] == 1


def test_a_file_that_is_not_there_is_told_in_one_line() -> None:
    run = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={**os.environ, "ORDERS": "no.jsonl"},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
    )
    assert run.returncode == 2
    assert "no.jsonl is no file" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize("lines", ["", "\n\n", "{not json\n[]\n"])
def test_a_file_without_any_order_is_told_before_anything_starts(tmp_path: Path, lines: str) -> None:
    orders = tmp_path / "orders.jsonl"
    orders.write_text(lines)
    environment = {**os.environ, "ORDERS": str(orders), "COLUMNS": "300"}
    run = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert run.returncode == 2, run.stdout + run.stderr
    assert f"there is no order in {orders} that could be started" in run.stdout
    assert "line 1: " in run.stdout
    assert "embedded cloud at" not in run.stdout


def test_a_misspelt_target_stops_before_anything_is_created(tmp_path: Path) -> None:
    program = broken_program(tmp_path, 'then="ChargePayment"', 'then="ChargePaymnt"')
    with cloud() as empty:
        with pytest.raises(DefinitionError, match=r"States\.IsApproved\.Choices.*did you mean 'ChargePayment'"):
            deploy(empty, program=program)
        assert empty.client("dynamodb").list_tables()["TableNames"] == []
        assert empty.client("lambda").list_functions()["Functions"] == []
        assert empty.client("iam").list_roles()["Roles"] == []
