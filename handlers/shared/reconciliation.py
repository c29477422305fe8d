"""Whether the payment provider and the ledger say the same of an order's money.

The workflow acts at the provider and records it afterwards, so for a while the two differ rightfully. A difference is
an issue when no step under way explains it, or when one does and the order stands still for longer than any step takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from handlers.shared.backoff import attempts
from handlers.shared.clock import read, written
from handlers.shared.ledger import Ledger, OrderRow
from handlers.shared.payments import Payment, PaymentProvider, PaymentStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Kind: TypeAlias = Literal[
    "CHARGE_NOT_RECORDED",
    "CAPTURE_NOT_RECORDED",
    "NOT_CAPTURED",
    "MONEY_GONE",
    "NOT_GIVEN_BACK",
    "UNDO_UNFINISHED",
    "AMOUNT_DIFFERS",
    "UNKNOWN_PAYMENT",
    "ENTRIES_DIFFER",
    "DELIVERED_AND_REFUNDED",
    "DELIVERY_NOT_RECORDED",
    "NOT_DELIVERED",
]
"""Of money first, then of our own entries and of the parcel: see `checks`."""
Stage: TypeAlias = Literal["UNCHARGED", "VALIDATED", "CHARGED", "CAPTURED", "UNDOING", "REFUNDED", "SETTLED"]

PATIENCE = timedelta(hours=1)
"""A step of the workflow and all its retries are over within minutes; a person may have been asked meanwhile."""

HOLDS_MONEY: frozenset[PaymentStatus] = frozenset({"AUTHORIZED", "CAPTURED"})

LASTING: Mapping[tuple[Stage, PaymentStatus], Kind] = {
    ("UNCHARGED", "AUTHORIZED"): "CHARGE_NOT_RECORDED",
    ("UNCHARGED", "CAPTURED"): "CHARGE_NOT_RECORDED",
    ("VALIDATED", "CAPTURED"): "CHARGE_NOT_RECORDED",
    ("CHARGED", "OPEN"): "MONEY_GONE",
    ("CHARGED", "DECLINED"): "MONEY_GONE",
    ("CHARGED", "CANCELED"): "MONEY_GONE",
    ("CHARGED", "REFUNDED"): "MONEY_GONE",
    ("CAPTURED", "OPEN"): "MONEY_GONE",
    ("CAPTURED", "AUTHORIZED"): "NOT_CAPTURED",
    ("CAPTURED", "DECLINED"): "MONEY_GONE",
    ("CAPTURED", "CANCELED"): "MONEY_GONE",
    ("CAPTURED", "REFUNDED"): "MONEY_GONE",
    ("REFUNDED", "AUTHORIZED"): "NOT_GIVEN_BACK",
    ("REFUNDED", "CAPTURED"): "NOT_GIVEN_BACK",
}
"""What no step of the workflow leads to, even for a moment: each act at the provider is recorded only after it."""

PASSING: Mapping[tuple[Stage, PaymentStatus], Kind] = {
    ("VALIDATED", "AUTHORIZED"): "CHARGE_NOT_RECORDED",
    ("CHARGED", "CAPTURED"): "CAPTURE_NOT_RECORDED",
    **{("UNDOING", status): "UNDO_UNFINISHED" for status in (*HOLDS_MONEY, "OPEN", "DECLINED", "CANCELED", "REFUNDED")},
}
"""What a step that is under way explains, between its act and its record.

All else agrees; of an order that a person has settled by other means, the provider need not know.
"""


@dataclass(frozen=True)
class Difference:
    """What the provider and the ledger say, where they differ; `passes` when a step under way may explain it."""

    kind: Kind
    provider: str
    ledger: str
    passes: bool


@dataclass(frozen=True)
class Issue:
    """A difference that a person has to look at; `detected` says by what it was found.

    `payment_id` is the payment's whose books differ, empty where it is not a payment's.
    """

    order_id: str
    detected: str
    difference: Difference
    payment_id: str = ""

    @property
    def issue_id(self) -> str:
        return f"{self.order_id}#{self.difference.kind}"


def differences(payment: Payment, row: OrderRow | None) -> list[Difference]:
    """Where `payment` and the order's row differ; empty when they agree."""
    return [Difference(kind, _said(payment), _recorded(row), passes) for kind, passes in _kinds(payment, row)]


def _kinds(payment: Payment, row: OrderRow | None) -> Iterator[tuple[Kind, bool]]:
    """The kind of each difference, and whether it may pass."""
    stage = stage_of(row)
    if row is not None and payment.payment_id != row.payment_id:
        # The id stands in the row before any money is held; a payment that holds none was never used.
        if payment.status in HOLDS_MONEY:
            yield "UNKNOWN_PAYMENT", False
        return
    key = (stage, payment.status)
    if key in LASTING:
        yield LASTING[key], False
    if key in PASSING:
        yield PASSING[key], True
    in_hand = stage in ("CHARGED", "CAPTURED") and payment.status in HOLDS_MONEY
    if row is not None and in_hand and payment.amount_cents != row.charged_cents:
        yield "AMOUNT_DIFFERS", False


def stage_of(row: OrderRow | None) -> Stage:
    """What the ledger says of an order's money."""
    if row is None:
        return "UNCHARGED"
    ended: tuple[Stage, ...] = ("SETTLED", "REFUNDED")
    for end in ended:
        if end in row.events:
            return end
    if row.status == "UNDOING":  # not by the event: an order that was being undone may go on after all
        return "UNDOING"
    reached: tuple[Stage, ...] = ("CAPTURED", "CHARGED")
    for stage in reached:
        if stage in row.events:
            return stage
    return "VALIDATED" if row.status == "VALIDATED" else "UNCHARGED"


def issues(payment: Payment, provider: PaymentProvider, ledger: Ledger, now: datetime, detected: str) -> list[Issue]:
    """The issues of the order that `payment` is for, which may be as it was some time ago.

    Neither side stands still while the other is looked at. So a difference counts only when the row is the same before
    and after the provider was asked; an order that keeps moving is left to the next reconciliation.
    """
    order_id = payment.order_id
    row = ledger.read(order_id)
    if not differences(payment, row):
        return []
    for _ in attempts():
        before, payment, row = row, provider.payment(payment.payment_id), ledger.read(order_id)
        if row == before:
            lasts = row is None or read(row.updated_at) + PATIENCE < now
            found = [d for d in differences(payment, row) if lasts or not d.passes]
            return [Issue(order_id, detected, difference, payment.payment_id) for difference in found]
    return []


@dataclass(frozen=True)
class OpenIssue:
    """A recorded issue that is open: what has to be compared again to close it."""

    issue_id: str
    order_id: str
    payment_id: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> OpenIssue:
        return cls(item["issueId"], item["orderId"], item["paymentId"])


class Issues:
    """The table of issues. One that is found again is still the first: it keeps its time and what was seen then.

    One that is not found any more is closed, and begins anew when it is found after that.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def record(self, issue: Issue, at: datetime) -> bool:
        """Record the issue unless it is there; says whether it is new."""
        item: dict[str, Any] = {
            "issueId": issue.issue_id,
            "orderId": issue.order_id,
            "kind": issue.difference.kind,
            "paymentId": issue.payment_id,
            "detected": issue.detected,
            "provider": issue.difference.provider,
            "ledger": issue.difference.ledger,
            "at": written(at),
        }
        new = "attribute_not_exists(issueId) OR attribute_exists(closedAt)"
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression=new)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def open(self) -> Iterator[OpenIssue]:
        """Every issue that is open."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ProjectionExpression="issueId, orderId, paymentId",
            FilterExpression="attribute_not_exists(closedAt)",
        )
        return (OpenIssue.of(row) for page in pages for row in page["Items"])

    def close(self, issue_id: str, at: datetime) -> None:
        """Note that the issue is not found any more, unless that is noted."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"issueId": issue_id},
                UpdateExpression="SET closedAt = :at",
                ConditionExpression="attribute_exists(issueId) AND attribute_not_exists(closedAt)",
                ExpressionAttributeValues={":at": written(at)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return


def _said(payment: Payment) -> str:
    return f"{payment.status}, {payment.amount_cents} cents, {payment.payment_id}"


def _recorded(row: OrderRow | None) -> str:
    if row is None:
        return "no such order"
    return f"{row.status}, {row.held_cents} cents, {row.payment_id or 'no payment'}"
