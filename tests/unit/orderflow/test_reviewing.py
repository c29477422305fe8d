"""The command for reviewers, with a queue in memory that hides what was taken, as SQS does."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from orderflow.cli import app

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:decide-review:live"
ROW = {"name": "Ada Lovelace", "birthDate": "1990-12-10", "email": "ada@example.com", "documentStatus": "MISMATCH"}


class Queue:
    def __init__(self, *bodies: dict[str, Any]) -> None:
        self.messages = {f"receipt-{number}": json.dumps(body) for number, body in enumerate(bodies)}
        self.hidden: set[str] = set()

    def receive_message(self, **given: Any) -> dict[str, Any]:
        found = [one for one in self.messages if one not in self.hidden][: given["MaxNumberOfMessages"]]
        self.hidden |= set(found)
        return {"Messages": [{"Body": self.messages[one], "ReceiptHandle": one} for one in found]} if found else {}

    def change_message_visibility(self, **given: Any) -> None:
        self.hidden.discard(given["ReceiptHandle"])

    def delete_message(self, **given: Any) -> None:
        del self.messages[given["ReceiptHandle"]]
        self.hidden.discard(given["ReceiptHandle"])


class Cloud:
    """DynamoDB, S3, Lambda and STS, as far as reviewers need them; `told` is what the function was told."""

    class exceptions:  # noqa: N801 boto3's name
        ClientError = ClientError

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.answer = {"decided": True, "message": "application ada-1 is approved, and goes on", "verdict": "APPROVED"}

    def get_item(self, **given: Any) -> dict[str, Any]:
        return {"Item": {"applicantId": "ada-1", **ROW, "documentKey": "ada-1.txt"}}

    def get_object(self, **given: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(b"NAME: Ada King")}

    def invoke(self, **given: Any) -> dict[str, Any]:
        assert given["FunctionName"] == FUNCTION
        self.told.append(json.loads(given["Payload"]))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


def asked(applicant: str, expires: str = "2026-03-01T12:00:00.000Z", number: int = 1) -> dict[str, Any]:
    reasons = ["The document cannot be read."]
    told = {"applicantId": applicant, "reviewId": f"{applicant}#{number}", "token": f"t-{number}"}
    return {**told, "reasons": reasons, "expiresAt": expires}


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def queue(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Queue:
    """A stack with onboarding, of whose queue two messages are about ada-1, one of them asked anew."""
    queue = Queue(
        asked("bob-2", "2026-03-01T13:00:00.000Z"),
        asked("ada-1", "2026-03-01T11:00:00.000Z"),
        asked("ada-1", number=2),
    )
    outputs = {
        "contract": 1,
        "region": "us-east-1",
        "endpointUrl": "http://127.0.0.1:1",
        "machines": {"order-fulfillment": {"arn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders"}},
        "queues": {"reviews": {"url": "https://sqs/reviews", "arn": "unused"}},
        "tables": {"applicants": {"name": "applicants", "arn": "unused"}},
        "buckets": {"documents": "documents"},
        "functions": {"decide-review": {"name": "decide-review", "aliasArn": FUNCTION, "logGroup": "unused"}},
    }
    monkeypatch.delenv("ORDERFLOW_STACK", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "orderflow.outputs.Deployment.connect", lambda _, service, **how: queue if service == "sqs" else cloud
    )
    Path(".orderflow").mkdir()
    Path(".orderflow/local.json").write_text(json.dumps(outputs))
    return queue


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("review", *arguments))


def test_all_who_wait_are_listed_with_the_reason_and_stay_in_the_queue(queue: Queue) -> None:
    lines = [" ".join(line.split()) for line in run().stdout.splitlines()]
    assert lines[2] == "ada-1 The document cannot be read. 2026-03-01T11:00:00.000Z"
    assert len(lines) == 5
    assert queue.hidden == set()
    assert "token" not in run("--json").stdout, "nobody answers by hand what the function writes down"


def test_an_applicant_is_shown_with_what_there_is_to_see_and_can_be_looked_at_by_others(queue: Queue) -> None:
    shown = run("ada-1").stdout
    assert "ada-1: The document cannot be read." in shown
    assert "name: Ada Lovelace" in shown
    assert "document: NAME: Ada King" in shown
    assert queue.hidden == set()


def test_a_decision_answers_the_newest_message_and_takes_the_older_ones_away(queue: Queue, cloud: Cloud) -> None:
    result = run("ada-1", "--approve", "--why", "the same face", "--by", "ada")
    assert (result.exit_code, result.stdout) == (0, "application ada-1 is approved, and goes on\n")
    (told,) = cloud.told
    assert told == {
        "applicantId": "ada-1",
        "reviewId": "ada-1#2",
        "token": "t-2",
        "why": "the same face",
        "verdict": "APPROVED",
        "by": "ada",
    }
    assert [json.loads(body)["applicantId"] for body in queue.messages.values()] == ["bob-2"]
    assert queue.hidden == set()


def test_a_second_decision_fails_and_says_by_whom_the_first_was_made(queue: Queue, cloud: Cloud) -> None:
    cloud.answer = {"decided": False, "message": "application ada-1 has been decided already, approved by ada"}
    result = run("ada-1", "--reject", "--why", "no", "--by", "bob")
    assert result.exit_code == 1
    assert "decided already, approved by ada" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ada-1", "--approve"), "a decision needs a reason"),
        (("ada-1", "--approve", "--reject", "--why", "w"), "two decisions"),
    ],
)
def test_half_a_decision_is_none(queue: Queue, cloud: Cloud, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert cloud.told == []


def test_who_is_not_asked_about_is_told_of(queue: Queue) -> None:
    result = run("eve-3", "--approve", "--why", "w")
    assert result.exit_code == 1
    assert "nobody is asked about eve-3" in result.output
    assert queue.hidden == set()


def test_a_stack_without_onboarding_says_so(queue: Queue) -> None:
    file = Path(".orderflow/local.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "queues": {}}))
    result = run()
    assert result.exit_code == 1
    assert "put onboarding into its setting orderflow:workflows" in result.output
