"""The commands of whoever is on duty, as people and scripts see them."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from orderflow.books import Money, OrderBooks
from orderflow.cli import app
from orderflow.cli.diagnosis import show
from orderflow.cli.output import out
from orderflow.logs import LogLine
from orderflow.order_executions import later_name
from orderflow.why import Diagnosis
from tests.unit.orderflow.conftest import LAMBDA, MACHINE, item
from tests.unit.orderflow.test_why import CASES, announce, differ

pytestmark = pytest.mark.usefixtures("stack")

DECIDE = f"{LAMBDA}:orderflow-local-decide:live"
ME = "arn:aws:sts::123456789012:assumed-role/on-duty/ada"
NOW = datetime.now(UTC)


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=stdin)


def json_lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


# why


def test_a_diagnosis_begins_with_the_verdict_and_ends_with_what_to_do(stubs: dict[str, Stubber]) -> None:
    announce(stubs, CASES["nobody answered the question about a stuck order"])
    result = run("why", "order-1")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    assert lines[0].startswith("order-1 FAILED in AskForHelp, ended in CompensationStuck, ")
    assert "error RefundPayment: TechnicalError" in lines
    assert "cause the provider does not answer within 3 s" in lines
    assert (
        "what failed 2026-03-01 02:00:18Z ReserveInventory failed: OutOfStock: not enough in stock of 995242" in lines
    )
    assert [line for line in lines if "ReserveInventory" in line][1].startswith(
        "+15.0 s │ ├─ ✗ ReserveInventory 3.0 s Out"
    )
    books = (
        "books UNDOING since 2026-03-01 02:00:09Z; 18.95 of the customer's money held (payment pay-1); stock RESERVED"
    )
    assert f"{books} (5)" in lines
    assert any(line.startswith("asked STUCK, EXPIRED at 2026-03-01 04:00:00Z") for line in lines)
    assert 'shipTo {"name": "Ada", "postcode": "98101"}' in lines
    assert "stuck TechnicalError: no answer" in lines, "of an error in the input what it says, and no stack trace"
    assert lines[-1] == "orderflow redrive order-1"


@pytest.mark.parametrize(
    ("money", "said"),
    [
        ("HELD", "18.95 of the customer's money held (payment pay-1)"),
        ("TAKEN", "18.95 of the customer's money taken (payment pay-1)"),
        ("REFUNDED", "18.95 charged and refunded (payment pay-1)"),
        ("SETTLED", "18.95 charged and settled by a person (payment pay-1)"),
        (None, "nothing charged"),
    ],
)
def test_a_diagnosis_says_what_has_become_of_the_money(money: Money | None, said: str) -> None:
    charged = 1_895 if money else 0
    at = NOW.isoformat()
    books = OrderBooks("UNDOING", at, 1_895, charged, charged, money, "pay-1", None, None, None, None, None)
    with out.capture() as captured:
        show(Diagnosis(order_id="order-1", execution=None, books=books), "orderflow", NOW)
    assert f"; {said}\n" in "\n".join(line.rstrip() for line in captured.get().splitlines())


def test_a_diagnosis_says_since_when_and_until_when_something_waits(stubs: dict[str, Stubber]) -> None:
    announce(stubs, CASES["a large order waits for approval"])
    printed = " ".join(run("why", "order-1").stdout.split())
    assert " AwaitApproval since 2026-03-01 02:00:08Z, until 2026-03-03 02:00:09Z at most " in printed


def test_a_line_of_the_log_has_its_detail_only_where_there_is_one() -> None:
    at = NOW - timedelta(hours=1)
    log = tuple(LogLine(at, "f", "ERROR", "failed", detail) for detail in ("E: no", ""))
    with out.capture() as captured:
        show(Diagnosis(order_id="order-1", execution=None, log=log), "orderflow", NOW)
    lines = [" ".join(line.split()) for line in captured.get().splitlines()]
    assert [line.partition("ERROR ")[2] for line in lines if "ERROR" in line] == ["failed: E: no", "failed"]


def test_a_diagnosis_is_one_json_document(stubs: dict[str, Stubber]) -> None:
    announce(stubs, CASES["a large order waits for approval"])
    (document,) = json_lines(run("why", "order-1", "--json"))
    assert (document["state"], document["execution"]["status"]) == ("AwaitApproval", "RUNNING")
    assert document["books"]["heldCents"] == 0
    assert document["question"]["expiresAt"] == "2026-03-03T02:00:10.000Z"
    assert document["input"]["shipTo"] == {"name": "Ada", "postcode": "98101"}
    assert document["nextSteps"][0]["commands"][0] == "approve order-1 --why 'REASON'"
    assert document["until"] == "2026-03-03T02:00:09+00:00"


def test_the_advised_command_names_the_stack_that_was_meant(stubs: dict[str, Stubber]) -> None:
    announce(stubs, CASES["the order could not be checked"])
    assert run("--stack", "local", "why", "order-1").stdout.splitlines()[-1].strip() == (
        "orderflow --stack local redrive order-1"
    )


def test_nothing_from_elsewhere_reaches_the_terminal_as_control_characters(stubs: dict[str, Stubber]) -> None:
    case = CASES["a large order waits for approval"]
    asked = {"question": "APPROVAL", "status": "OPEN", "text": "\x1b[31m[red]really?"}
    announce(stubs, type(case)(**{**vars(case), "asked": asked}))
    output = run("why", "order-1").stdout
    assert "\x1b" not in output
    assert "\\x1b[31m[red]really?" in output


# decisions, approve, reject


def question(order_id: str, expires: datetime, **more: Any) -> dict[str, Any]:
    asked = {"orderId": order_id, "question": "APPROVAL", "status": "OPEN", "text": "May it?", "cents": 525_000}
    times = {"askedAt": "2026-03-01T02:00:00.000Z", "expiresAt": expires.isoformat()}
    return item(**asked, **times, token="a secret", **more)


def test_the_queue_holds_open_questions_and_what_expires_first_comes_first(stubs: dict[str, Stubber]) -> None:
    rows = [
        question("later", NOW + timedelta(hours=9)),
        question("over", NOW - timedelta(hours=1)),
        question("soon", NOW + timedelta(hours=1)),
    ]
    for _ in range(2):
        page = {"Items": deepcopy(rows[:1]), "LastEvaluatedKey": item(orderId="later")}
        stubs["dynamodb"].add_response("scan", page)
        stubs["dynamodb"].add_response("scan", {"Items": deepcopy(rows[1:])})
    table = [line.split() for line in run("decisions").stdout.splitlines()]
    assert [row[0] for row in table if row and row[0] in ("later", "over", "soon")] == ["soon", "later"]
    assert "5,250.00" in table[2]
    first, second = json_lines(run("decisions", "--json"))
    assert (first["orderId"], second["orderId"]) == ("soon", "later")
    assert "token" not in first


def test_an_empty_queue_says_so_beside_the_output(stubs: dict[str, Stubber]) -> None:
    stubs["dynamodb"].add_response("scan", {"Items": []})
    result = run("decisions")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nobody is asked anything.\n")


def decides(stubs: dict[str, Stubber], verdict: str, by: str, answer: dict[str, Any], error: str | None = None) -> None:
    said = {"order": {"orderId": "order-1"}, "verdict": verdict, "by": by, "why": "a good customer"}
    body = json.dumps(answer).encode()
    response = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}
    response |= {"FunctionError": error} if error else {}
    stubs["lambda"].add_response("invoke", response, {"FunctionName": DECIDE, "Payload": json.dumps(said).encode()})


@pytest.mark.parametrize(
    ("command", "verdict"),
    [("approve", "APPROVED"), ("reject", "REJECTED"), ("settle", "SETTLED"), ("retry", "RETRIED")],
)
def test_a_decision_is_made_as_whom_the_credentials_belong_to(
    stubs: dict[str, Stubber], command: str, verdict: str
) -> None:
    stubs["sts"].add_response("get_caller_identity", {"Arn": ME})
    decides(stubs, verdict, ME, {"orderId": "order-1", "decided": True, "message": "order order-1 goes on"})
    result = run(command, "order-1", "--why", "a good customer")
    assert (result.exit_code, result.stdout) == (0, "order order-1 goes on\n")


def test_a_decision_that_comes_too_late_fails_and_says_so(stubs: dict[str, Stubber]) -> None:
    message = "order order-1 has been decided already, rejected by bob at 2026-03-01T02:00:00.000Z: no [red]"
    decides(stubs, "APPROVED", "ada", {"orderId": "order-1", "decided": False, "by": "bob", "message": message})
    result = run("approve", "order-1", "--why", "a good customer", "--by", "ada")
    assert (result.exit_code, result.stdout) == (1, f"{message}\n")


def test_a_decision_is_json_too(stubs: dict[str, Stubber]) -> None:
    decided = {"orderId": "order-1", "decided": True, "verdict": "APPROVED", "by": "ada", "why": "w", "at": "t"}
    decides(stubs, "APPROVED", "ada", {**decided, "message": "m"})
    (document,) = json_lines(run("approve", "order-1", "--why", "a good customer", "--by", "ada", "--json"))
    assert document == {**decided, "message": "m"}


def test_a_decision_that_the_function_refuses_is_one_line(stubs: dict[str, Stubber]) -> None:
    error = {"errorType": "ValidationError", "errorMessage": "why: must give a reason"}
    decides(stubs, "APPROVED", "ada", error, "Unhandled")
    result = run("approve", "order-1", "--why", "a good customer", "--by", "ada")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "orderflow-local-decide did not take the decision: why: must give a reason" in result.stderr


def test_a_decision_needs_a_reason() -> None:
    assert run("approve", "order-1").exit_code == 2


def test_a_stack_that_takes_no_decisions_says_so() -> None:
    outputs = json.loads(Path(".orderflow/local.json").read_text())
    Path(".orderflow/local.json").write_text(json.dumps({**outputs, "functions": {}}))
    result = run("approve", "order-1", "--why", "w", "--by", "ada")
    assert result.exit_code == 1
    assert "no function decide is known here" in result.stderr


# redrive


def arn(name: str) -> str:
    return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"


def failed(aws: Stubber, *names: str) -> None:
    rows = [
        {"executionArn": arn(name), "stateMachineArn": MACHINE, "name": name, "status": "FAILED", "startDate": NOW,
         "stopDate": NOW} for name in names
    ]  # fmt: skip
    aws.add_response("list_executions", {"executions": rows})
    aws.add_response("list_executions", {"executions": []})


def goes_on(aws: Stubber, name: str) -> None:
    found = {"executionArn": arn(name), "stateMachineArn": MACHINE, "status": "FAILED", "startDate": NOW}
    aws.add_response("describe_execution", {**found, "redriveStatus": "NOT_REDRIVABLE", "input": "{}"})
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    later = later_name(name, 1)
    asked = {"stateMachineArn": MACHINE, "name": later, "input": "{}"}
    aws.add_response("start_execution", {"executionArn": arn(later), "startDate": NOW}, asked)


def test_one_order_is_redriven_and_told_of_in_a_line(aws: Stubber) -> None:
    goes_on(aws, "order-1")
    result = run("redrive", "order-1")
    assert result.exit_code == 0
    assert "order-1 started anew AWS cannot redrive its execution" in " ".join(result.stdout.split())


def test_one_order_that_is_not_there_is_a_message_beside_the_output(aws: Stubber) -> None:
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    result = run("redrive", "order-1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no order order-1" in result.stderr


def test_many_orders_are_asked_about_first(aws: Stubber) -> None:
    failed(aws, "order-1", "order-2")
    result = run("redrive", "--all-failed-since", "2h", stdin="n\n")
    assert result.exit_code == 1
    assert "2 orders failed or timed out since" in result.stderr
    failed(aws, "order-1")
    goes_on(aws, "order-1")
    assert run("redrive", "--all-failed-since", "2h", stdin="y\n").exit_code == 0


def test_one_that_cannot_be_redriven_does_not_keep_the_others(aws: Stubber) -> None:
    failed(aws, "order-1", "order-2")
    aws.add_client_error("describe_execution", "AccessDeniedException", "no")
    goes_on(aws, "order-2")
    result = run("redrive", "--all-failed-since", "2h", "--yes", "--json")
    assert result.exit_code == 1
    first, second = json_lines(result)
    assert (first["orderId"], first["result"]) == ("order-1", "failed")
    assert "allow states:DescribeExecution" in first["detail"]
    assert (second["orderId"], second["result"]) == ("order-2", "started anew")
    assert second["executionArn"] == arn(later_name("order-2", 1))


def test_no_failed_order_is_no_question(aws: Stubber) -> None:
    failed(aws)
    result = run("redrive", "--all-failed-since", "2026-03-01")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No orders have failed or timed out since 2026-03-01 00:00:00Z." in result.stderr


@pytest.mark.parametrize("arguments", [[], ["order-1", "--all-failed-since", "2h"], ["--all-failed-since", "soon"]])
def test_what_is_to_be_redriven_is_said_in_one_way(arguments: list[str]) -> None:
    assert run("redrive", *arguments).exit_code == 2


# issues, reconcile, repair


COMPARE = f"{LAMBDA}:orderflow-local-compare-orders:live"


def issue(order_id: str, kind: str, at: str) -> dict[str, Any]:
    said = {"provider": "CAPTURED, 1895 cents, pay-1", "ledger": "CHARGED, 1895 cents, pay-1", "detected": "tonight"}
    return item(issueId=f"{order_id}#{kind}#pay-1", orderId=order_id, kind=kind, about="pay-1", at=at, **said)


def differing(stubs: dict[str, Stubber]) -> None:
    newest = issue("order-2", "MONEY_GONE", "2026-03-01T03:00:00.000Z")
    oldest = issue("order-1", "CAPTURE_NOT_RECORDED", "2026-03-01T02:00:00.000Z")
    stubs["dynamodb"].add_response("scan", {"Items": [newest, oldest]})


def test_issues_are_shown_oldest_first_with_what_to_do(stubs: dict[str, Stubber]) -> None:
    differing(stubs)
    table = run("issues").stdout
    assert table.index("order-1") < table.index("order-2")
    assert "ask the customer to pay" in " ".join(table.split())
    differing(stubs)
    first, second = json_lines(run("issues", "--json"))
    assert (first["kind"], second["kind"]) == ("CAPTURE_NOT_RECORDED", "MONEY_GONE")
    assert second["do"] == "Stop the parcel, or ask the customer to pay."


# accept


OPEN = issue("order-1", "REFUNDED_AND_SETTLED", "2026-03-01T02:00:00.000Z")
RIGHT = {"acceptedBy": ME, "acceptedWhy": "paid back by it\x1b[2J", "acceptedAt": "2026-03-02T09:00:00.000Z"}


def accepts(stubs: dict[str, Stubber], answer: dict[str, Any], *rows: dict[str, Any]) -> None:
    """What is open, and what the function says to accepting the first of it."""
    stubs["dynamodb"].add_response("scan", {"Items": deepcopy(list(rows))})
    stubs["sts"].add_response("get_caller_identity", {"Arn": ME})
    said = {"issue": {"issueId": "order-1#REFUNDED_AND_SETTLED#pay-1"}, "by": ME, "why": "paid back by it"}
    body = json.dumps(answer).encode()
    response = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}
    stubs["lambda"].add_response("invoke", response, {"FunctionName": DECIDE, "Payload": json.dumps(said).encode()})


def test_a_difference_is_accepted_as_whom_the_credentials_belong_to_and_shown(stubs: dict[str, Stubber]) -> None:
    accepts(stubs, {"decided": True, "message": "it is accepted"}, OPEN)
    result = run("accept", "order-1", "refunded_and_settled", "--why", "paid back by it")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "REFUNDED_AND_SETTLED: CAPTURED, 1895 cents, pay-1; the ledger says CHARGED, 1895 cents, pay-1",
            "it is accepted",
        ],
    )


def test_a_difference_that_somebody_else_has_accepted_is_told_and_fails(stubs: dict[str, Stubber]) -> None:
    accepts(stubs, {"decided": False, "by": "bob", "why": "w", "at": "t", "message": "accepted already, by bob"}, OPEN)
    result = run("accept", "order-1", "REFUNDED_AND_SETTLED", "--why", "paid back by it", "--json")
    assert result.exit_code == 1
    assert json_lines(result) == [
        {"issueId": "order-1#REFUNDED_AND_SETTLED#pay-1", "decided": False, "message": "accepted already, by bob",
         "by": "bob", "why": "w", "at": "t"},
    ]  # fmt: skip


def test_which_difference_is_meant_has_to_be_clear(stubs: dict[str, Stubber]) -> None:
    other = {**OPEN, "about": {"S": "pay-2"}, "issueId": {"S": "order-1#REFUNDED_AND_SETTLED#pay-2"}}
    meant = ["accept", "order-1", "REFUNDED_AND_SETTLED", "--why", "paid back by it"]
    stubs["dynamodb"].add_response("scan", {"Items": deepcopy([OPEN, other])})
    result = run(*meant)
    assert (result.exit_code, result.stdout) == (1, "")
    told = "2 issues REFUNDED_AND_SETTLED of order-1 are open; say by --about which is meant: pay-1, pay-2"
    assert told in " ".join(result.stderr.split())
    accepts(stubs, {"decided": True, "message": "m"}, OPEN, other)
    assert run(*meant, "--about", "pay-1").exit_code == 0
    stubs["dynamodb"].add_response("scan", {"Items": deepcopy([OPEN])})
    result = run("accept", "-", "REFUNDED_AND_SETTLED", "--why", "w")
    assert (result.exit_code, "no issue REFUNDED_AND_SETTLED of nobody is open" in result.stderr) == (1, True)


def test_what_people_have_found_right_is_listed_apart_with_who_and_why(stubs: dict[str, Stubber]) -> None:
    rows = [{**OPEN, **item(**RIGHT)}, issue("order-2", "MONEY_GONE", "2026-03-01T03:00:00.000Z")]
    for _ in range(3):
        stubs["dynamodb"].add_response("scan", {"Items": deepcopy(rows)})
    assert [line["orderId"] for line in json_lines(run("issues", "--json"))] == ["order-2"]
    (right,) = json_lines(run("issues", "--accepted", "--json"))
    assert (right["orderId"], right["acceptedBy"], right["acceptedAt"]) == ("order-1", ME, RIGHT["acceptedAt"])
    table = run("issues", "--accepted").stdout
    assert "\x1b" not in table
    assert "order-2" not in table
    assert "on-duty" in table


REPORT = {
    "listed": 9,
    "notCompared": 0,
    "lookedAt": {"orders": 8, "payments": 7, "moving": 1, "pricedByQuote": 0, "accepted": 3},
    "issues": {"MONEY_GONE": 2},
    "unlisted": {"parcels": "no answer\x1b[2J"},
}


def reconciles(aws: Stubber, *statuses: str) -> None:
    execution = f"{arn('x').replace('orders:x', 'orders-r:x')}"
    started = {"executionArn": execution, "startDate": NOW}
    aws.add_response("start_execution", started, {"stateMachineArn": f"{MACHINE}-r"})
    for status in statuses:
        found = {"executionArn": execution, "stateMachineArn": f"{MACHINE}-r", "status": status, "startDate": NOW}
        ended = {"SUCCEEDED": {"output": json.dumps(REPORT)}, "FAILED": {"cause": "1 of 9 lines were not compared"}}
        aws.add_response("describe_execution", found | ended.get(status, {}), {"executionArn": execution})


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderflow.issues.POLL_SECONDS", 0.001)


@pytest.mark.usefixtures("in_no_time")
@pytest.mark.parametrize(("ended", "code"), [("SUCCEEDED", 0), ("FAILED", 1)])
def test_a_reconciliation_is_waited_for_and_what_it_found_is_shown(
    stubs: dict[str, Stubber], ended: str, code: int
) -> None:
    reconciles(stubs["stepfunctions"], "RUNNING", ended)
    differing(stubs)
    result = run("reconcile", "--wait", "1", "--json")
    assert result.exit_code == code
    lines = json_lines(result)
    assert [line["orderId"] for line in lines[:2]] == ["order-1", "order-2"]
    assert [line for line in lines[2:] if "error" not in line] == ([{"report": REPORT}] if code == 0 else [])
    assert [line["error"]["exitCode"] for line in lines[2:] if "error" in line] == ([code] if code else [])
    assert ("ended FAILED: 1 of 9 lines were not compared" in result.stderr) == (code == 1)


@pytest.mark.usefixtures("in_no_time")
def test_a_reconciliations_report_says_what_was_looked_at_and_what_could_not_be_seen(stubs: dict[str, Stubber]) -> None:
    reconciles(stubs["stepfunctions"], "SUCCEEDED")
    differing(stubs)
    assert run("reconcile", "--wait", "1").stdout.endswith(
        "Looked at 8 orders, 7 payments.\n"
        "Issues: 2 MONEY_GONE.\n"
        "Accepted: 3 differences that people have found right.\n"
        "Not seen: 1 orders that kept changing while they were compared.\n"
        "Not seen: parcels, which could not be listed: no answer\\x1b[2J\n"
    )


@pytest.mark.usefixtures("in_no_time")
def test_a_report_without_issues_says_that_there_are_none(
    stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REPORT, "issues", {})
    reconciles(stubs["stepfunctions"], "SUCCEEDED")
    differing(stubs)
    assert "Issues: none.\n" in run("reconcile", "--wait", "1").stdout


def test_a_difference_that_this_command_does_not_know_is_shown_all_the_same(stubs: dict[str, Stubber]) -> None:
    stubs["dynamodb"].add_response("scan", {"Items": [issue("order-1", "SOMETHING_NEW", "2026-03-01T02:00:00.000Z")]})
    (shown,) = json_lines(run("issues", "--json"))
    assert (shown["kind"], shown["do"]) == ("SOMETHING_NEW", "Upgrade the command.")


def test_a_long_reconciliation_goes_on_without_whoever_started_it(
    stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow.issues.POLL_SECONDS", 1)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    reconciles(stubs["stepfunctions"], "RUNNING", "RUNNING")
    stubs["dynamodb"].add_response("scan", {"Items": []})
    result = run("reconcile", "--wait", "2")
    assert result.exit_code == 0
    assert "Still comparing after 2 s" in result.stderr


def compares(stubs: dict[str, Stubber], *after: str) -> None:
    stubs["sts"].add_response("get_caller_identity", {"Arn": ME})
    said = json.dumps({"items": [{"orderId": "order-1"}], "executionId": f"orderflow repair, {ME}"}).encode()
    body = json.dumps({"lines": 1, "issues": dict.fromkeys(after, 1), "lookedAt": {"orders": 1}}).encode()
    response = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}
    stubs["lambda"].add_response("invoke", response, {"FunctionName": COMPARE, "Payload": said})
    differ(stubs["dynamodb"], *after)


def test_books_that_agree_again_need_no_repair(stubs: dict[str, Stubber]) -> None:
    compares(stubs)
    result = run("repair", "order-1")
    assert (result.exit_code, result.stdout) == (0, "No difference of order order-1 is open.\n")


def test_what_goes_on_is_redriven(stubs: dict[str, Stubber]) -> None:
    compares(stubs, "CAPTURE_NOT_RECORDED")
    goes_on(stubs["stepfunctions"], "order-1")
    result = run("repair", "order-1", "--json")
    assert result.exit_code == 0
    difference, outcome = json_lines(result)
    assert (difference["kind"], outcome["result"]) == ("CAPTURE_NOT_RECORDED", "started anew")


def test_what_only_a_person_can_bring_in_line_is_shown_and_nothing_is_redriven(stubs: dict[str, Stubber]) -> None:
    compares(stubs, "MONEY_GONE")
    result = run("repair", "order-1")
    assert result.exit_code == 1
    assert "Stop the parcel, or ask the customer to pay." in " ".join(result.stdout.split())


def test_an_order_that_runs_is_left_to_run_and_the_difference_stays_open(stubs: dict[str, Stubber]) -> None:
    compares(stubs, "UNDO_UNFINISHED")
    found = {"executionArn": arn("order-1"), "stateMachineArn": MACHINE, "status": "RUNNING", "startDate": NOW}
    stubs["stepfunctions"].add_response("describe_execution", found)
    result = run("repair", "order-1")
    assert result.exit_code == 1
    assert "not needed" in result.stdout
