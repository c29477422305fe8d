"""`orderflow intake FILE`: the file is put there, and what is said of it is told."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from typer.testing import CliRunner

from orderflow.cli import app

BUCKET = "orderflow-local-intake"
REPORT = {"Bucket": BUCKET, "Key": "reports/orders.csv/1f0c.json"}
TOLD: dict[str, Any] = {
    "summary": "incoming/orders.csv: lines 2, orders started 1, started before 0, lines refused 1",
    "outcome": "TAKEN_IN",
    "executionId": "e-1",
    "started": 1,
    "refused": 1,
    "notStarted": 0,
    "refusedLines": "reports/orders.csv/1f0c.refused.jsonl",
    "firstRefused": [{"line": 3, "orderId": None, "why": "has 5 cells, and the header 6"}],
}


@pytest.fixture
def s3(stack: Any, stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch) -> Stubber:
    monkeypatch.setattr("time.sleep", lambda _: None)
    Path("orders.csv").write_text("…")
    stubs["s3"].add_response("put_object", {"ETag": '"1f0c"'})
    return stubs["s3"]


def says(s3: Stubber, report: dict[str, Any] | None) -> None:
    if report is None:
        s3.add_client_error("get_object", "NoSuchKey", http_status_code=404, expected_params=REPORT)
        return
    body = json.dumps(report).encode()
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(body), len(body))}, REPORT)


def test_a_file_is_put_there_and_its_refused_lines_are_told(s3: Stubber) -> None:
    for report in (None, None, TOLD):
        says(s3, report)
    result = CliRunner().invoke(app, ["intake", "orders.csv"])
    assert result.exit_code == 1, "a line was refused"
    assert "has 5 cells, and the header 6" in result.stdout
    assert TOLD["summary"] in result.stdout
    assert f"s3://{BUCKET}/incoming/orders.csv" in result.stderr


def test_a_file_that_was_taken_in_whole_has_its_report_already(s3: Stubber) -> None:
    says(s3, {**TOLD, "refused": 0, "firstRefused": []})
    result = CliRunner().invoke(app, ["intake", "orders.csv", "--json"])
    assert (result.exit_code, json.loads(result.stdout)["started"]) == (0, 1)


def test_of_a_file_that_was_left_the_next_report_is_waited_for(s3: Stubber) -> None:
    for report in ({**TOLD, "notStarted": 4}, {**TOLD, "notStarted": 4}, {**TOLD, "executionId": "e-2"}):
        says(s3, report)
    result = CliRunner().invoke(app, ["intake", "orders.csv", "--json"])
    assert json.loads(result.stdout)["executionId"] == "e-2"


def test_a_report_that_does_not_come_is_not_waited_for_without_end(s3: Stubber) -> None:
    says(s3, None)
    result = CliRunner().invoke(app, ["intake", "orders.csv", "--timeout", "0"])
    assert result.exit_code == 1
    assert f"the report will be s3://{BUCKET}/{REPORT['Key']}" in " ".join(result.stderr.split())


def test_a_stack_that_takes_no_files_says_how_it_would(stack: dict[str, Any]) -> None:
    del stack["buckets"]
    Path(".orderflow/local.json").write_text(json.dumps(stack))
    Path("orders.csv").write_text("…")
    result = CliRunner().invoke(app, ["intake", "orders.csv"])
    assert result.exit_code == 1
    assert "put bulk into its setting orderflow:workflows" in " ".join(result.stderr.split())
