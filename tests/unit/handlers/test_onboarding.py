"""Applicants through the workflow, whose functions and container are called in this process, in virtual time.

What a function writes can be lost on its way back at every write, as when its host goes: an account is then open and
known to its holder, or closed.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl.testing.outcomes import Never, Outcome, Raises, Returns
from asl.testing.runs import Run
from asl.testing.workflow import Workflow
from handlers.containers.document_scan import document_scan
from handlers.decide_review import handler as decide_review
from handlers.shared.accounts import Accounts
from handlers.shared.applications import Application, Applications
from handlers.shared.clock import now
from handlers.shared.documents import LARGEST_BYTES, examine
from handlers.shared.errors import ValidationError
from tests.unit.handlers.conftest import Context, Shop
from tests.unit.workflows.shipped import onboard

ADA = {"applicantId": "ada-1", "name": "Ada Lovelace", "birthDate": "1990-12-10", "email": "ada@example.com"}
ADA |= {"documentKey": "ada-1.txt"}
CARD = b"NAME: Ada Lovelace\nBORN: 1990-12-10\nEXPIRES: 2099-01-01\n"
GRACE = b"NAME: Grace Hopper\nBORN: 1906-12-09\nEXPIRES: 2099-01-01\n"
PASSED = {"StatusCode": 200, "ResponseBody": {"verdict": "PASSED"}}
FUNCTIONS = {
    "CheckApplication": "check_application",
    "CreateAccount": "create_account",
    "CloseAccount": "close_account",
}
COLLISION: Any = {
    "Error": {"Code": "TransactionCanceledException", "Message": ""},
    "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
}
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors"""
PERSONAL = ("Ada", "1990-12-10", "ada@example.com")


class Documents:
    """A bucket with one document, or none."""

    class exceptions:  # noqa: N801 boto3's name
        ClientError = ClientError

    def __init__(self, document: bytes | None) -> None:
        self._document = document

    def get_object(self, **_: str) -> dict[str, Any]:
        if self._document is None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetObject")
        return {"Body": BytesIO(self._document)}


@pytest.fixture(autouse=True)
def _documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCUMENTS_BUCKET", "documents")


def onboarded(
    shop: Shop,
    *,
    document: bytes | None = CARD,
    identity: Any = PASSED,
    verdicts: Mapping[int, str] | None = None,
    lost: Mapping[str, range] | None = None,
    **outcomes: Outcome,
) -> Run:
    """Ada's application to its end. `verdicts` says what reviewers answer, by how often they were asked before; nobody
    answers otherwise. `lost` has for a state the writes, counted from 1 in each of its calls, after which the function
    is gone; `outcomes` are those of other tasks."""

    def call(state: str, event: Any, context: Any) -> object:
        shop.wire.heal()
        shop.wire.lose = (lost or {}).get(state, range(0))
        try:
            return importlib.import_module(f"handlers.{FUNCTIONS[state]}").handler(event, Context())
        finally:
            shop.wire.heal()

    def reviewed(round: int) -> Outcome:
        verdict = (verdicts or {}).get(round)
        return Returns({"verdict": verdict, "reviewId": f"r-{round}"}, after=60) if verdict else Never()

    workflow = Workflow.of(onboard()).at(shop.clock()).with_clock(shop.clock.set)
    for state in FUNCTIONS.keys() - outcomes.keys():
        workflow = workflow.mock(state, handler=partial(call, state))
    document_scan("ada-1", Applications(shop.dynamodb, "APPLICANTS_TABLE"), Documents(document), date(2026, 3, 1))
    found = shop.dynamodb.get_item(TableName="APPLICANTS_TABLE", Key={"applicantId": "ada-1"})["Item"]
    workflow = (
        workflow.mock("CheckIdentity", outcomes=[identity])
        .mock("ScanDocument", {})
        .mock("ReadScan", {"Item": {"documentStatus": {"S": found["documentStatus"]}}})
        .mock("AskReviewer", outcomes=[reviewed(round) for round in range(3)])
    )
    for task in ("Welcome", "NotifyClosed", "NotifyDeclined"):
        workflow = workflow.mock(task, {"MessageId": "m"})
    for task, given in outcomes.items():
        workflow = workflow.mock(task, outcomes=[given] * 20)
    return workflow.run({"applicantId": "ada-1"})


def break_off(shop: Shop, name: str, write: int) -> None:
    """Invoke a handler whose function is gone once its nth write is done."""
    shop.wire.heal()
    shop.wire.lose = range(write, write + 1)
    with pytest.raises(ConnectionError):
        shop.invoke(name, {"executionId": "e", "applicantId": "ada-1"})
    shop.wire.heal()


def accounts(shop: Shop) -> dict[str, str]:
    return {row["accountId"]: row["status"] for row in shop.rows("ACCOUNTS_TABLE") if "status" in row}


def addresses(shop: Shop) -> list[str]:
    return [row["heldBy"] for row in shop.rows("ACCOUNTS_TABLE") if "heldBy" in row]


def test_who_passes_has_an_account_and_holds_the_address(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    assert onboarded(shop).ended_in("Onboarded")
    assert (accounts(shop), addresses(shop)) == ({"acc-ada-1": "OPEN"}, ["acc-ada-1"])


def test_nothing_personal_is_in_the_history_or_a_log(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    run = onboarded(shop, document=GRACE, verdicts={0: "APPROVED"})
    assert run.ended_in("Onboarded")
    told = json.dumps([event.as_aws() for event in run.history], default=str) + json.dumps(shop.log())
    assert [word for word in (*PERSONAL, "Grace") if word in told] == []
    assert '"applicantId": "ada-1"' in json.dumps(shop.log())


def test_an_account_whose_answer_was_lost_once_is_found_open_by_the_next_call(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    break_off(shop, "create_account", 1)
    assert onboarded(shop).ended_in("Onboarded")
    assert (accounts(shop), addresses(shop)) == ({"acc-ada-1": "OPEN"}, ["acc-ada-1"])


def test_an_account_whose_answer_is_lost_each_time_is_closed(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    assert onboarded(shop, lost={"CreateAccount": range(1, 2)}).ended_in("Onboarded"), "a repeat writes nothing"
    shop.open()
    shop.put("APPLICANTS_TABLE", [ADA])
    down = Raises("States.Timeout")
    run = onboarded(shop, CreateAccount=down)
    assert run.ended_in("AccountClosed")
    assert (accounts(shop), addresses(shop)) == ({"acc-ada-1": "CLOSED"}, [])


@pytest.mark.parametrize("times", [2, 1_000])
def test_an_opening_that_collides_with_another_write_is_tried_again_and_no_applicant_is_declined_for_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """The other write may be that of an earlier call, which is still on its way to open this very account."""
    write, tries = shop.dynamodb.transact_write_items, list[Any]()

    def collides(**request: Any) -> Any:
        tries.append(request)
        if len(tries) <= times:
            raise shop.dynamodb.exceptions.TransactionCanceledException(COLLISION, "TransactWriteItems")
        return write(**request)

    monkeypatch.setattr(shop.dynamodb, "transact_write_items", collides)
    shop.put("APPLICANTS_TABLE", [ADA])
    run = onboarded(shop)
    if times == 2:
        assert run.ended_in("Onboarded")
        assert accounts(shop) == {"acc-ada-1": "OPEN"}
    else:
        assert run.ended_in("AccountClosed")
        assert run.output["outcome"] == "NOT_OPENED"


@pytest.mark.parametrize("write", [1, 2])
def test_closing_is_made_good_after_each_write_that_is_lost(shop: Shop, write: int) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    shop.invoke("create_account", {"executionId": "e", "applicantId": "ada-1"})
    break_off(shop, "close_account", write)
    shop.invoke("close_account", {"executionId": "e", "applicantId": "ada-1"})
    assert (accounts(shop), addresses(shop)) == ({"acc-ada-1": "CLOSED"}, [])


def test_an_account_nobody_can_be_told_of_is_closed(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    run = onboarded(shop, Welcome=Raises("SNS.InternalErrorException"))
    assert run.ended_in("AccountClosed")
    assert (accounts(shop), addresses(shop)) == ({"acc-ada-1": "CLOSED"}, [])


def test_a_call_of_opening_that_comes_after_the_closing_opens_nothing(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    shop.invoke("close_account", {"executionId": "e", "applicantId": "ada-1"})
    assert onboarded(shop).ended_in("Declined")
    assert accounts(shop) == {"acc-ada-1": "CLOSED"}


def test_one_address_has_one_account_however_it_is_written(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    assert Accounts(shop.dynamodb, "ACCOUNTS_TABLE", now).open("first", " ADA@Example.COM ")
    run = onboarded(shop)
    assert run.ended_in("Declined")
    assert addresses(shop) == ["acc-first"]


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (CARD, "CLEAR"),
        (b"\xef\xbb\xbf" + CARD.upper().replace(b"\n", b"\r\n"), "CLEAR"),
        (CARD.replace(b"2099", b"2020"), "EXPIRED"),
        (CARD.replace(b"Lovelace", b"King"), "MISMATCH"),
        (CARD.replace(b"1990", b"1991"), "MISMATCH"),
        (b"", "UNREADABLE"),
        (b"\xff\xfe\x00", "UNREADABLE"),
        (CARD.replace(b"2099-01-01", b"soon"), "UNREADABLE"),
        (CARD + b"x" * LARGEST_BYTES, "UNREADABLE"),
    ],
)
def test_a_document_is_what_it_says(document: bytes, status: str) -> None:
    application = Application.of({**ADA})
    assert examine(document, application, date(2026, 3, 1)) == status


def test_a_document_that_is_not_there_cannot_be_read(shop: Shop) -> None:
    shop.put("APPLICANTS_TABLE", [ADA])
    applications = Applications(shop.dynamodb, "APPLICANTS_TABLE")
    assert document_scan("ada-1", applications, Documents(None), date(2026, 3, 1)) == "UNREADABLE"
    with pytest.raises(LookupError, match="application nobody has gone"):
        document_scan("nobody", applications, Documents(CARD), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "ada"}, "email: must be an e-mail address"),
        ({"name": " "}, "name: must be 1 to 200 characters"),
        ({"birthDate": "10.12.1990"}, "birthDate: must be a date such as 1990-12-31"),
        ({"birthDate": "2015-12-10"}, "birthDate: an account is for people of 18 years and more"),
        ({"documentKey": ""}, "documentKey: must name the scanned document"),
    ],
)
def test_what_is_wrong_with_an_application_is_told_by_its_field_and_not_by_what_it_holds(
    shop: Shop, given: dict[str, str], said: str
) -> None:
    shop.put("APPLICANTS_TABLE", [{**ADA, **given}])
    run = onboarded(shop)
    assert run.ended_in("Declined")
    assert run.output == {"applicantId": "ada-1", "outcome": "REFUSED", "reason": said}


REVIEW = {"applicantId": "ada-1", "reviewId": "ada-1#1", "token": "t-1", "by": "ada", "why": "the same face"}


def decide(**given: Any) -> dict[str, Any]:
    return decide_review({**REVIEW, "verdict": "APPROVED", **given}, Context())  # type: ignore[arg-type]


def test_the_first_decision_stands_and_whoever_decides_again_is_told_by_whom_and_why(shop: Shop) -> None:
    shop.executions.waiting.add("t-1")
    assert decide()["message"] == "application ada-1 is approved, and goes on"
    again = decide(verdict="REJECTED", by="bob", why="no")
    assert again["decided"] is False
    assert "has been decided already, approved by ada at 2" in again["message"]
    assert "the same face" in again["message"]
    # Whose answer was lost on the way is told what became of it.
    assert decide()["decided"] is True
    assert shop.executions.outputs == [("t-1", {"verdict": "APPROVED", "reviewId": "ada-1#1"})], "no reason gets there"


def test_a_decision_that_was_noted_and_not_told_is_told_by_whoever_comes_next(shop: Shop) -> None:
    shop.executions.waiting.add("t-1")
    shop.wire.heal()
    shop.wire.lose = range(1, 2)
    with pytest.raises(ConnectionError):
        decide()
    shop.wire.heal()
    assert shop.executions.outputs == []
    assert "has been decided already, approved by ada" in decide(verdict="REJECTED", by="bob")["message"]
    assert shop.executions.outputs == [("t-1", {"verdict": "APPROVED", "reviewId": "ada-1#1"})]


def test_a_decision_about_a_message_that_has_expired_is_none(shop: Shop) -> None:
    late = decide()
    assert late["decided"] is False
    assert late["message"].startswith(
        "it came too late, or its answer was lost: application ada-1 does not wait for this review any more"
    )


def test_a_decision_that_says_too_little_is_told_all_that_it_lacks(shop: Shop) -> None:
    with pytest.raises(ValidationError) as refused:
        decide(verdict="MAYBE", why=" ", token=None)
    assert str(refused.value) == (
        "verdict: must be one of APPROVED, REJECTED; token: must be a text of 1 to 2048 characters; "
        "why: must be a text of 1 to 1000 characters"
    )
