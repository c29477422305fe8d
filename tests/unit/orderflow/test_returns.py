"""The commands about returns, as people and scripts see them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from orderflow.cli import app
from orderflow.errors import OrderflowError
from orderflow.returns import pieces_of
from tests.unit.orderflow.conftest import LAMBDA, MACHINE, item

RETURNS = f"{MACHINE}-returns"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:orders-returns"
ORDER = {
    "orderId": "order-1",
    "status": "DELIVERED",
    "updatedAt": "2026-03-01T12:00:00.000Z",
    "amountCents": 1895,
    "chargedCents": 1895,
    "events": {"CHARGED", "CAPTURED", "DELIVERED"},
}
ROW = {
    "returnId": "first",
    "status": "RESTOCKED",
    "updatedAt": "2026-03-01T12:00:00.000Z",
    "lines": {"tea": 1},
    "cents": 450,
    "by": "ada",
    "why": "as new",
}


@pytest.fixture(autouse=True)
def _with_returns(stack: dict[str, Any]) -> None:
    machines = {**stack["machines"], "returns": {"arn": RETURNS}}
    tables = {**stack["tables"], "returns": {"name": "orderflow-local-returns", "arn": "unused"}}
    Path(".orderflow/local.json").write_text(json.dumps({**stack, "machines": machines, "tables": tables}))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})


def known(stubs: dict[str, Stubber], **order: Any) -> None:
    """What the books have of the order."""
    found = {"Item": item(**{**ORDER, **order})}
    stubs["dynamodb"].add_response("get_item", found)
    stubs["dynamodb"].add_response("get_item", {})
    for _ in order.get("returnIds", ()):
        stubs["dynamodb"].add_response("get_item", {"Item": item(**ROW)})


def starts(stubs: dict[str, Stubber], name: str, document: dict[str, Any]) -> None:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    asked = {"stateMachineArn": RETURNS, "name": name, "input": text}
    answer = {"executionArn": f"{EXECUTION}:{name}", "startDate": "2026-03-01T12:00:00Z"}
    stubs["stepfunctions"].add_response("start_execution", answer, asked)


def test_a_return_is_the_orders_next_one_unless_it_has_an_id_of_its_own(stubs: dict[str, Stubber]) -> None:
    items = [{"sku": "tea", "quantity": 2}, {"sku": "cup", "quantity": 1}]
    for number, before in enumerate(([], ["first"]), 1):
        known(stubs, returnIds=before)
        answer = {"executionArn": f"{EXECUTION}:next", "startDate": "2026-03-01T12:00:00Z"}
        stubs["stepfunctions"].add_response("start_execution", answer)
        result = run("return", "order-1", "--item", "tea=2", "--item", "cup=1", "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["returnId"].startswith(f"order-1_return{number}_")
    document = {"returnId": "mine", "orderId": "order-1", "items": items, "reason": "too many"}
    starts(stubs, "mine", document)
    result = run("return", "order-1", "--item", "tea=2", "--item", "cup=1", "--reason", "too many", "--id", "mine")
    assert result.stdout.startswith("started: return mine"), result.output


def test_a_return_under_an_id_that_is_taken_is_refused(stubs: dict[str, Stubber]) -> None:
    stubs["stepfunctions"].add_client_error("start_execution", "ExecutionAlreadyExists")
    result = run("return", "order-1", "--item", "tea=2", "--id", "mine")
    assert result.exit_code == 1
    assert "a return was started as mine already" in result.output


def test_a_return_of_an_order_that_nobody_knows_is_not_started(stubs: dict[str, Stubber]) -> None:
    stubs["dynamodb"].add_response("get_item", {})
    result = run("return", "order-9", "--item", "tea=2")
    assert (result.exit_code, "the ledger has no order order-9" in result.output) == (1, True)


@pytest.mark.parametrize("written", ["tea", "tea=0", "tea=-1", "tea=two", "=2", "te a=2", "tea=1000000"])
def test_pieces_that_are_none_are_told_with_an_example(written: str) -> None:
    with pytest.raises(OrderflowError, match="--item takes SKU=PIECES, such as 1029743=2, not"):
        pieces_of([written])


def test_a_product_that_is_named_twice_is_told() -> None:
    with pytest.raises(OrderflowError, match="names tea twice"):
        pieces_of(["tea=1", "tea=2"])


@pytest.mark.parametrize(
    ("found", "verdict"), [("restock", "RESTOCKED"), ("write-off", "WRITTEN_OFF"), ("refuse", "REFUSED")]
)
def test_what_an_inspector_finds_is_a_decision_about_the_return(
    stubs: dict[str, Stubber], found: str, verdict: str
) -> None:
    said = {"orderId": "return/mine", "decided": True, "verdict": verdict, "by": "ada", "why": "so", "at": "now"}
    body = json.dumps({**said, "message": "return mine goes on"}).encode()
    event = {"return": {"returnId": "mine"}, "verdict": verdict, "by": "ada", "why": "so"}
    asked = {"FunctionName": f"{LAMBDA}:orderflow-local-decide:live", "Payload": json.dumps(event).encode()}
    stubs["lambda"].add_response("invoke", {"Payload": StreamingBody(io.BytesIO(body), len(body))}, asked)
    result = run("inspect", "mine", found, "--why", "so", "--by", "ada")
    assert (result.exit_code, result.stdout) == (0, "return mine goes on\n"), result.output


def test_where_an_order_stands_tells_of_its_returns(stubs: dict[str, Stubber]) -> None:
    from orderflow.books import books_of
    from orderflow.cli.returned import told_of_return
    from orderflow.outputs import find_deployment

    known(stubs, returnIds=["first"], refundedCents=450)
    books = books_of(find_deployment(), "order-1")
    assert books
    assert (books.held_cents, books.refunded_cents, books.money) == (1445, 450, "TAKEN")
    told = told_of_return(books.returns[0])
    assert told == "first: RESTOCKED since 2026-03-01 12:00:00Z, 1 tea, 4.50: as new (says ada)"
