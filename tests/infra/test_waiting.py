"""The function behind a route that waits: what it answers where Step Functions says that something went wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from components.triggers.answering import wait

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:quote:live"


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("stepfunctions", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setenv("MACHINE", MACHINE)
    monkeypatch.setenv("ERRORS", json.dumps({"UnknownSku": 404}))
    monkeypatch.setenv("OUTPUTS", json.dumps({"refused": 400}))
    monkeypatch.setattr(wait, "client", lambda: client)
    with Stubber(client) as answers:
        yield answers
        answers.assert_no_pending_responses()


def ended(status: str, **more: str) -> dict[str, Any]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    arn = MACHINE.replace("stateMachine", "express")
    return {"executionArn": arn, "startDate": now, "stopDate": now, "status": status, **more}


def answered(event: dict[str, Any]) -> tuple[int, Any]:
    found = wait.handler(event, None)
    assert found["headers"] == {"content-type": "application/json"}
    return found["statusCode"], json.loads(found["body"])


@pytest.mark.parametrize(
    ("came", "status", "answer"),
    [
        (ended("SUCCEEDED", output='{"cents": 450}'), 200, {"cents": 450}),
        (ended("SUCCEEDED", output='{"refused": "sku: is missing"}'), 400, {"refused": "sku: is missing"}),
        (ended("SUCCEEDED", output='["refused"]'), 200, ["refused"]),
        (ended("FAILED", error="UnknownSku", cause="none"), 404, {"error": "UnknownSku", "cause": "none"}),
        (ended("FAILED", error="Broken", cause="Traceback"), 500, {"message": "It failed."}),
        (ended("TIMED_OUT"), 504, {"message": "It took too long."}),
    ],
)
def test_an_answer_has_the_status_of_what_came_of_it(
    came: dict[str, Any], status: int, answer: Any, stubbed: Stubber
) -> None:
    stubbed.add_response("start_sync_execution", came, {"stateMachineArn": MACHINE, "input": '{"sku": "tea"}'})
    assert answered({"body": '{"sku": "tea"}'}) == (status, answer)


def test_what_nobody_asked_for_is_logged_and_kept_from_the_caller(
    stubbed: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    stubbed.add_response("start_sync_execution", ended("FAILED", error="Broken", cause="Traceback"))
    answered({"body": "{}"})
    assert json.loads(capsys.readouterr().out)["cause"] == "Traceback"


@pytest.mark.parametrize(
    ("code", "status"),
    [("InvalidExecutionInput", 400), ("ExecutionLimitExceeded", 503), ("AccessDeniedException", 500)],
)
def test_what_was_not_started_says_whose_fault_it_is(code: str, status: int, stubbed: Stubber) -> None:
    stubbed.add_client_error("start_sync_execution", code, "arn:aws:iam::000000000000:role/secret")
    found, answer = answered({"body": "{}"})
    assert found == status
    assert "arn:" not in json.dumps(answer)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b'{"a": "\xff"}', "Its byte 8 is no UTF-8; send JSON in UTF-8."),
        (b'{"a":\n x}', "Line 2, column 2: Expecting value; send JSON."),
        (b"\xef\xbb\xbf{}", "Line 1, column 1: Unexpected UTF-8 BOM"),
        (b'{"a": NaN}', "NaN is no JSON; leave it out, or send null."),
        (b"[" * 100_000, "It is nested too deeply."),
        (b'"' + b"x" * 262_143 + b'"', "It has 262,145 bytes, and may have 262,144."),
    ],
    ids=["no UTF-8", "no JSON", "a mark of the byte order", "no number", "too deep", "too large"],
)
def test_a_body_that_is_no_input_is_told_where_and_starts_nothing(body: bytes, wrong: str, stubbed: Stubber) -> None:
    status, answer = answered({"body": base64.b64encode(body).decode(), "isBase64Encoded": True})
    assert status == 400
    assert answer["message"].startswith(f"The body is no input. {wrong}")


def test_a_body_in_base64_is_read_and_none_is_an_empty_input(stubbed: Stubber) -> None:
    for event, given in (
        ({"body": base64.b64encode(b"[1]").decode(), "isBase64Encoded": True}, "[1]"),
        ({}, "{}"),
    ):
        stubbed.add_response(
            "start_sync_execution", ended("SUCCEEDED", output="1"), {"stateMachineArn": MACHINE, "input": given}
        )
        assert answered(event) == (200, 1)


def test_nothing_is_started_twice_for_an_answer_that_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    config = wait.client.__wrapped__().meta.config
    assert config.retries == {"total_max_attempts": 1, "mode": "legacy"}
    assert config.read_timeout < 30
