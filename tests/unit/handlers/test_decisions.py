"""ask_person and decide: a question is put to people, and the first decision stands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handlers.shared.decisions import Decisions
from handlers.shared.errors import TechnicalError, ValidationError

ORDER = {"orderId": "order-1001"}
STUCK = {"stuck": {"Error": "LedgerConflict", "Cause": '{"errorMessage": "the provider is down"}'}}


def ask(
    shop: Any, order: dict[str, Any], question: str = "APPROVAL", token: str = "token-1", attempt: str = ""
) -> dict[str, Any]:
    """A state of the workflow that asks, and waits for 600 seconds."""
    shop.executions.waiting.add(token)
    state = {**order, "quote": {"amountCents": 900_000}, **(STUCK if question == "STUCK" else {})}
    # A later attempt has a later token here, where a test does not say otherwise.
    return shop.call("ask_person", state, question=question, token=token, attempt=attempt or token, seconds=600)


def decide(shop: Any, verdict: str = "APPROVED", by: str = "ada", why: str = "a good customer") -> dict[str, Any]:
    return shop.call("decide", ORDER, verdict=verdict, by=by, why=why)


def said(verdict: str, by: str, why: str) -> dict[str, Any]:
    return {"verdict": verdict, "by": by, "why": why, "at": "2026-03-01T12:00:00.000Z"}


def test_a_question_says_what_is_asked_and_until_when(shop: Any, order: dict[str, Any]) -> None:
    assert ask(shop, order) == {"orderId": "order-1001", "expiresAt": "2026-03-01T12:10:00.000Z"}
    (row,) = shop.rows("DECISIONS_TABLE")
    assert (row["question"], row["status"], row["askedAt"]) == ("APPROVAL", "OPEN", "2026-03-01T12:00:00.000Z")
    assert ("900000 cents" in row["text"], row["askedOf"]) == (True, "orders-team")


def test_a_question_about_an_order_that_is_stuck_says_why(shop: Any, order: dict[str, Any]) -> None:
    ask(shop, order, "STUCK")
    assert "keeps failing: the provider is down." in shop.rows("DECISIONS_TABLE")[0]["text"]


def test_a_question_that_nobody_knows_is_a_technical_error(shop: Any, order: dict[str, Any]) -> None:
    with pytest.raises(TechnicalError, match="'LUNCH' is no question"):
        ask(shop, order, "LUNCH")
    assert shop.rows("DECISIONS_TABLE") == []


@pytest.mark.parametrize("verdict", ["APPROVED", "REJECTED"])
def test_the_first_decision_stands_and_the_second_is_told_so(shop: Any, order: dict[str, Any], verdict: str) -> None:
    ask(shop, order)
    first = decide(shop, verdict)
    assert (first["decided"], first["message"]) == (True, f"order order-1001 is {verdict.lower()}, and goes on")
    second = decide(shop, "REJECTED" if verdict == "APPROVED" else "APPROVED", by="bob", why="no")
    assert (second["decided"], second["verdict"], second["by"]) == (False, verdict, "ada")
    assert f"has been decided already, {verdict.lower()} by ada" in second["message"]
    assert shop.executions.outputs == [("token-1", said(verdict, "ada", "a good customer"))]


def test_nothing_is_asked_about_an_order_that_nobody_asked_about(shop: Any) -> None:
    assert decide(shop)["message"] == "nothing is asked about order order-1001"
    assert shop.rows("DECISIONS_TABLE") == []


@pytest.mark.parametrize(("seconds", "decided"), [(599.999, True), (600, False)])
def test_a_question_can_be_decided_until_it_expires(
    shop: Any, order: dict[str, Any], seconds: float, decided: bool
) -> None:
    ask(shop, order)
    shop.clock.advance(seconds)
    answer = decide(shop)
    assert answer["decided"] is decided
    if not decided:
        assert answer["message"] == "the question about order order-1001 expired at 2026-03-01T12:10:00.000Z"
        assert (shop.executions.outputs, shop.rows("DECISIONS_TABLE")[0]["status"]) == ([], "OPEN")


def test_a_decision_whose_call_broke_off_before_the_workflow_knew_is_told_by_the_next_call(
    shop: Any, order: dict[str, Any]
) -> None:
    ask(shop, order)
    shop.wire.heal()
    shop.wire.lose = range(1, 2)
    with pytest.raises(ConnectionError):
        decide(shop)
    shop.wire.heal()
    assert shop.executions.outputs == []
    second = decide(shop, "REJECTED", by="bob", why="no")
    assert shop.executions.outputs == [("token-1", said("APPROVED", "ada", "a good customer"))]
    assert (second["decided"], second["by"]) == (False, "ada")


def test_a_decision_whose_call_broke_off_after_the_workflow_knew_is_not_told_twice(
    shop: Any, order: dict[str, Any]
) -> None:
    ask(shop, order)
    shop.wire.heal()
    shop.wire.lose = range(2, 3)
    with pytest.raises(ConnectionError):
        decide(shop)
    shop.wire.heal()
    assert "has been decided already, approved by ada" in decide(shop, by="bob")["message"]
    mine = decide(shop)
    assert (mine["decided"], mine["message"]) == (True, "order order-1001 is approved, and goes on"), "and took effect"
    assert len(shop.executions.outputs) == 1


def test_a_decision_that_another_call_has_told_the_workflow_took_effect(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob finds Ada's decision and tells the workflow before her call does; that is noted a moment after she looked."""
    ask(shop, order)
    usual, looks = Decisions.read, iter([False, False, False, True])
    bobs: list[dict[str, Any]] = []

    def slow_note(self: Decisions, decision: Any) -> None:
        """Bob has told the workflow, and has not noted it yet."""

    def read(self: Decisions, order_id: str) -> Any:
        found = usual(self, order_id)
        if found and found.status == "DECIDED" and next(looks, False):
            monkeypatch.undo()
            self.has_answered(found)
            return usual(self, order_id)
        return found

    decided = Decisions.decide

    def record(self: Decisions, *said: Any) -> Any:
        made = decided(self, *said)
        if not bobs:
            bobs.append({})
            bobs[0] = decide(shop, "REJECTED", by="bob", why="no")
        return made

    monkeypatch.setattr("handlers.shared.backoff.time.sleep", lambda seconds: None)
    monkeypatch.setattr(Decisions, "has_answered", slow_note)
    monkeypatch.setattr(Decisions, "decide", record)
    monkeypatch.setattr(Decisions, "read", read)
    ada = decide(shop)
    assert (ada["decided"], ada["message"]) == (True, "order order-1001 is approved, and goes on")
    assert (bobs[0]["decided"], bobs[0]["by"]) == (False, "ada")
    assert shop.executions.outputs == [("token-1", said("APPROVED", "ada", "a good customer"))]


@pytest.mark.parametrize("ended", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_decision_that_comes_too_late_says_so(shop: Any, order: dict[str, Any], ended: str) -> None:
    """As between the end of the task and that of the question, which began a moment later."""
    ask(shop, order)
    shop.executions.waiting.clear()
    shop.executions.ended_with = ended
    answer = decide(shop)
    assert (answer["decided"], answer["message"]) == (
        False,
        "it came too late, or its answer was lost: order order-1001 does not wait for a decision any more;"
        " see how it went on",
    )


def test_of_two_people_at_the_same_moment_one_decides_and_both_hear_what_stands(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob's call comes when Ada's decision is recorded, and the workflow does not know it yet."""
    ask(shop, order)
    record, answers = Decisions.decide, []

    def overtaken(decisions: Decisions, *decision: Any) -> Any:
        recorded = record(decisions, *decision)
        monkeypatch.setattr(Decisions, "decide", record)
        answers.append(decide(shop, "REJECTED", by="bob", why="no"))
        return recorded

    monkeypatch.setattr(Decisions, "decide", overtaken)
    answers.append(decide(shop))
    assert [(answer["decided"], answer["by"]) for answer in answers] == [(False, "ada"), (True, "ada")]
    assert shop.executions.outputs == [("token-1", said("APPROVED", "ada", "a good customer"))]


@pytest.mark.parametrize("other", ["expired", "replaced"])
def test_a_decision_about_what_is_not_asked_any_more_is_refused(
    shop: Any, order: dict[str, Any], other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question changes while the decision is on its way."""
    ask(shop, order)
    record = Decisions.decide

    def overtaken(decisions: Decisions, *decision: Any) -> Any:
        if other == "expired":
            shop.clock.advance(600)
        else:
            ask(shop, order, "STUCK", "token-2")
        return record(decisions, *decision)

    monkeypatch.setattr(Decisions, "decide", overtaken)
    answer = decide(shop)
    assert answer["decided"] is False
    assert ("expired at" if other == "expired" else "has a new question by now: Undoing") in answer["message"]
    assert (shop.executions.outputs, shop.rows("DECISIONS_TABLE")[0]["status"]) == ([], "OPEN")


def test_a_question_that_is_asked_again_is_open_again_and_its_answer_goes_to_who_asked_last(
    shop: Any, order: dict[str, Any]
) -> None:
    ask(shop, order)
    decide(shop)
    shop.clock.advance(3_600)
    ask(shop, order, "STUCK", "token-2")
    assert decide(shop, "RETRIED", why="try again")["decided"] is True
    assert [(token, output["verdict"]) for token, output in shop.executions.outputs] == [
        ("token-1", "APPROVED"),
        ("token-2", "RETRIED"),
    ]
    (row,) = shop.rows("DECISIONS_TABLE")
    assert [event["event"] for event in row["history"]] == ["ASKED", "APPROVED", "ASKED", "RETRIED"]


@pytest.mark.parametrize(
    ("question", "verdict", "answers"),
    [
        ("STUCK", "APPROVED", "settled or retried: Undoing"),
        ("STUCK", "REJECTED", "settled or retried: Undoing"),
        ("APPROVAL", "SETTLED", "approved or rejected: May"),
        ("APPROVAL", "RETRIED", "approved or rejected: May"),
    ],
)
def test_the_answer_to_another_question_decides_nothing(
    shop: Any, order: dict[str, Any], question: str, verdict: str, answers: str
) -> None:
    """Whoever approves a large order too late must not say thereby that a stuck one is settled."""
    ask(shop, order, question)
    said = decide(shop, verdict)
    assert (said["decided"], answers in said["message"]) == (False, True)
    assert (shop.executions.outputs, shop.rows("DECISIONS_TABLE")[0]["status"]) == ([], "OPEN")


def test_a_call_that_comes_after_a_later_attempt_leaves_the_later_one_its_answer(
    shop: Any, order: dict[str, Any]
) -> None:
    """A function that is slow to begin is still at it when the workflow has called again, with another token."""
    ask(shop, order, token="second", attempt="2026-03-01T12:00:00.000Z#1")
    late = ask(shop, order, token="first", attempt="2026-03-01T12:00:00.000Z#0")
    assert late == {"orderId": "order-1001", "expiresAt": "2026-03-01T12:10:00.000Z"}
    assert decide(shop)["decided"] is True
    assert [token for token, _ in shop.executions.outputs] == ["second"]
    (row,) = shop.rows("DECISIONS_TABLE")
    assert [event["event"] for event in row["history"]] == ["ASKED", "APPROVED"]


def test_a_note_that_comes_late_does_not_answer_the_next_question(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workflow knows the decision, goes on, and asks something else before the note about the first is written."""
    ask(shop, order)
    usual = Decisions.has_answered

    def late(decisions: Decisions, decision: Any) -> None:
        ask(shop, order, "STUCK", "token-2")
        usual(decisions, decision)

    with monkeypatch.context() as slow:
        slow.setattr(Decisions, "has_answered", late)
        assert decide(shop)["decided"] is True
    (row,) = shop.rows("DECISIONS_TABLE")
    assert (row["status"], row["question"], "answered" in row) == ("OPEN", "STUCK", False)
    # With the note on it, a decision whose call then breaks off would never be told.
    shop.wire.heal()
    shop.wire.lose = range(1, 2)
    with pytest.raises(ConnectionError):
        decide(shop, "SETTLED")
    shop.wire.heal()
    decide(shop, "SETTLED")
    assert [token for token, _ in shop.executions.outputs] == ["token-1", "token-2"]


BAD = {
    "order.orderId": [{}, {"orderId": "no such id!"}, None],
    "verdict": ["approved", None, 1],
    "by": ["", "  ", 7, "x" * 2_049],
    "why": [None, "", "x" * 1_001],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BAD.items() for value in values])
def test_each_field_that_is_wrong_is_named(shop: Any, field: str, value: Any) -> None:
    good = {"order": ORDER, "verdict": "APPROVED", "by": "ada", "why": "because"}
    bad = {**good, field.partition(".")[0]: value}
    with pytest.raises(ValidationError, match=f"^{field}: [^;]*$"):
        shop.call("decide", bad.pop("order"), **bad)


def test_everything_that_is_wrong_is_named_at_once(shop: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        shop.call("decide", {})
    assert [problem.partition(":")[0] for problem in str(refusal.value).split("; ")] == list(BAD)


ADA = "arn:aws:sts::111122223333:assumed-role/on-duty/ada"


def request(verdict: str = "APPROVED", *, arn: str | None = ADA, **more: Any) -> dict[str, Any]:
    """What a function URL of the type AWS_IAM hands on, by
    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads"""
    iam = {"accountId": "111122223333", "callerId": "AROA:ada", "userArn": arn, "userId": "AROA:ada"}
    body = json.dumps({"order": ORDER, "verdict": verdict, "why": "a good customer", **more})
    context = {"authorizer": {"iam": iam}} if arn else {}
    return {"version": "2.0", "requestContext": context, "body": body, "isBase64Encoded": False}


def answered(shop: Any, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = shop.invoke("decide", event)
    return answer["statusCode"], json.loads(answer["body"])


def test_who_decides_is_whom_aws_names_and_not_whom_the_request_names(shop: Any, order: dict[str, Any]) -> None:
    ask(shop, order)
    status, answer = answered(shop, request(by="the managing director"))
    assert (status, answer["decided"], answer["by"]) == (200, True, ADA)
    assert shop.rows("DECISIONS_TABLE")[0]["by"] == ADA


def test_who_accepts_an_issue_is_whom_aws_names_as_well(shop: Any) -> None:
    shop.put("ISSUES_TABLE", [{"issueId": "order-1#MONEY_GONE", "orderId": "order-1", "kind": "MONEY_GONE"}])
    issue = {"issueId": "order-1#MONEY_GONE"}
    status, answer = answered(shop, request(issue=issue, by="the managing director"))
    assert (status, answer["decided"], answer["by"]) == (200, True, ADA)
    assert shop.rows("ISSUES_TABLE")[0]["acceptedBy"] == ADA
    assert answered(shop, request(issue=issue, arn=None))[0] == 403


@pytest.mark.parametrize("issue", [None, {}, {"issueId": 7}, {"issueId": " "}, {"issueId": "x" * 2_049}, "order-1"])
def test_an_issue_needs_an_id_and_a_reason(shop: Any, issue: Any) -> None:
    status, answer = answered(shop, request(issue=issue, why=""))
    assert (status, answer["message"]) == (400, "issue.issueId: must be the id of an issue; why: must give a reason")


def test_a_url_that_is_open_to_everyone_takes_no_decision(shop: Any, order: dict[str, Any]) -> None:
    ask(shop, order)
    status, answer = answered(shop, request(arn=None, by="ada"))
    assert (status, "AWS_IAM" in answer["message"]) == (403, True)
    assert (shop.executions.outputs, shop.rows("DECISIONS_TABLE")[0]["status"]) == ([], "OPEN")


def test_a_request_that_says_nothing_usable_is_told_what_is_wrong(shop: Any) -> None:
    assert answered(shop, request("MAYBE"))[1]["message"].startswith("verdict: must be one of")
    assert [answered(shop, {**request(), "body": body})[0] for body in ("", "[]", "[" * 9_000)] == [400] * 3
