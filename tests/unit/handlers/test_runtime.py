"""What surrounds every handler: logs that can be searched by order, and imports that cost a cold start little."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from handlers.shared import runtime
from handlers.shared.errors import ValidationError
from tests.hangs import HANG_SECONDS

ROOT = Path(__file__).parents[3]
HANDLERS = sorted(path.stem for path in (ROOT / "handlers").glob("*.py") if path.stem != "__init__")


def test_every_log_line_has_the_order_and_the_execution(shop: Any, order: dict[str, Any]) -> None:
    state = shop.captured(order)
    shop.call("check_shipment", state)
    shop.call("send_confirmation", state, outcome="DELIVERED")
    with pytest.raises(ValidationError):
        shop.call("validate_order", {**order, "items": []})
    with pytest.raises(KeyError):
        shop.call("check_shipment", order)
    lines = shop.log()
    assert len(lines) == 9
    assert {line["orderId"] for line in lines} == {"order-1001"}
    assert {line["executionId"].rpartition(":")[2] for line in lines} == {"order-1001"}
    assert [line["message"] for line in lines[-2:]] == ["refused", "failed"]
    assert "KeyError" in lines[-1]["exception"]


def test_a_line_never_carries_the_ids_of_the_invocation_before(shop: Any, order: dict[str, Any]) -> None:
    shop.validated(order)
    with pytest.raises(ValidationError):
        shop.call("validate_order", ["no order"])
    assert shop.log()[-1]["orderId"] == "None"


def test_a_refusal_is_counted_for_the_moment_of_the_call_and_what_goes_wrong_is_not(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda counts both as errors, by the time of the call: less the refusals, what went wrong is left."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "orderflow-dev")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "validate-order")
    began = shop.clock.moment = datetime.now(UTC)

    def slow(*_: Any) -> Any:
        shop.clock.advance(7)
        raise ValidationError("no order")

    monkeypatch.setattr("handlers.validate_order.validate_order", slow)
    with pytest.raises(ValidationError):
        shop.call("validate_order", order)
    written = json.loads(capsys.readouterr().out)
    assert (written["Refusals"], written["service"]) == ([1.0], "validate-order")
    assert written["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "orderflow-dev"
    assert written["_aws"]["Timestamp"] == round(began.timestamp() * 1000)
    with pytest.raises(KeyError):
        shop.call("check_shipment", order)
    assert capsys.readouterr().out == ""


def test_a_refusal_stays_one_where_nothing_can_be_counted(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)
    with pytest.raises(ValidationError):
        shop.call("validate_order", {"orderId": "order-1"})


def test_a_trace_can_be_found_by_the_order(shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of Lambda Powertools traces nothing; so what it is told is looked at."""
    noted: list[tuple[str, str]] = []
    monkeypatch.setattr(runtime.tracer(), "put_annotation", lambda key, value: noted.append((key, value)))
    shop.call("validate_order", order)
    assert noted == [("orderId", "order-1001")]


def test_logs_hold_neither_names_nor_addresses(shop: Any, order: dict[str, Any]) -> None:
    shop.call("send_confirmation", shop.captured(order), outcome="DELIVERED")
    assert "Lovelace" not in str(shop.log())


def test_importing_a_handler_loads_no_aws_client_and_reads_no_setting() -> None:
    heavy = ("boto3", "botocore.session", "aws_xray_sdk", "stripe")
    code = f"""
import importlib, sys
sys.path.insert(0, {str(ROOT)!r})
for name in {HANDLERS!r}:
    importlib.import_module("handlers." + name)
    print(*[f"{{name}} loads {{module}}" for module in {heavy!r} if module in sys.modules], end="")
"""
    found = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS, env={}
    )
    assert "charge_payment" in HANDLERS
    assert found.stdout == ""
