"""A payment provider for trying things out: it moves no money, but keeps books like one that does.

Test payment methods, named as in Stripe's sandbox (https://docs.stripe.com/testing):

    pm_card_visa, pm_card_mastercard, pm_card_amex    authorized
    pm_card_chargeDeclined                            declined: generic_decline
    pm_card_chargeDeclinedInsufficientFunds           declined: insufficient_funds
    pm_card_chargeDeclinedExpiredCard                 declined: expired_card
    pm_card_refundFail                                authorized; no part of it can be given back
    any other                                         declined: invalid_payment_method
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from handlers.shared.clock import Clock, written
from handlers.shared.errors import TechnicalError
from handlers.shared.payments import CardError, Payment, PaymentStatus
from handlers.shared.unread import NotThereError, Unread, reading

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFUND_FAILS = "pm_card_refundFail"
ACCEPTED = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_amex", REFUND_FAILS})
DECLINED = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}


class SandboxPayments:
    """Books in a table: one row per order, whose status only ever moves on."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def open(self, *, order_id: str, amount_cents: int, payment_method_id: str) -> str:
        """Open the order's payment, or find it.

        Raises:
            TechnicalError: when it has been opened with another amount or method.
        """
        asked = {"amountCents": amount_cents, "paymentMethodId": payment_method_id}
        row = {"paymentId": f"pay_{order_id}", "orderId": order_id, **asked, "status": "OPEN", "at": self._now()}
        try:
            self._client.put_item(
                TableName=self._table, Item=row, ConditionExpression="attribute_not_exists(paymentId)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            booked = self._row(row["paymentId"])
            if any(booked[name] != value for name, value in asked.items()):
                raise TechnicalError(
                    f"{row['paymentId']} was opened with other terms; a new charge needs an order of its own"
                ) from None
        return row["paymentId"]

    def authorize(self, payment_id: str) -> None:
        """Hold the money, by the test payment method.

        Raises:
            CardError: when the method is declined, or the payment was canceled.
        """
        method = self._row(payment_id)["paymentMethodId"]
        if method in ACCEPTED:
            row = self._move(payment_id, "AUTHORIZED", {"OPEN"})
        else:
            row = self._move(payment_id, "DECLINED", {"OPEN"}, reason=DECLINED.get(method, "invalid_payment_method"))
        if row["status"] not in ("AUTHORIZED", "CAPTURED"):
            raise CardError(row.get("reason", "payment_canceled"))

    def capture(self, payment_id: str) -> None:
        """Take the money that is held.

        Raises:
            CardError: when none is held.
        """
        if self._move(payment_id, "CAPTURED", {"AUTHORIZED"})["status"] != "CAPTURED":
            raise CardError("charge_not_capturable")

    def give_back(self, payment_id: str) -> None:
        """Cancel or refund the payment; a declined one stays declined."""
        row = self._move(payment_id, "CANCELED", {"OPEN", "AUTHORIZED"})
        if row["status"] == "CAPTURED":
            self._move(payment_id, "REFUNDED", {"CAPTURED"})

    def give_back_part(self, payment_id: str, cents: int, key: str) -> None:
        """Note what is given back beside what was before; what `key` has had already is not given once more.

        Raises:
            TechnicalError: when so much is not left, and for the test payment method whose refunds fail.
        """
        row = self._row(payment_id)
        if row["paymentMethodId"] == REFUND_FAILS:
            raise TechnicalError(f"the provider's refund of {cents} cents of {payment_id} has failed")
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"paymentId": payment_id},
                UpdateExpression="ADD refundedCents :cents, refundKeys :keys",
                ConditionExpression=(
                    "#status = :taken AND NOT contains(refundKeys, :key)"
                    " AND (attribute_not_exists(refundedCents) OR refundedCents <= :most)"
                ),
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":taken": "CAPTURED",
                    ":cents": cents,
                    ":most": int(row["amountCents"]) - cents,
                    ":key": key,
                    ":keys": {key},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            if key not in self._row(payment_id).get("refundKeys", ()):
                left = self.payment(payment_id)
                said = f"{left.status}, {left.amount_cents} cents"
                raise TechnicalError(f"{cents} cents cannot be given back of {payment_id}, {said}") from None

    def payment(self, payment_id: str) -> Payment:
        """The payment as it is in the books.

        Raises:
            NotThereError: when there is none by this id.
            KeyError: naming what the payment lacks.
            ValueError: when it has a status that no payment has.
        """
        return _payment(self._row(payment_id))

    def payments(self, since: datetime) -> Iterator[Payment | Unread]:
        """Every payment that was not opened before `since`, those that cannot be made out included."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            # A payment without a time is compared with nothing, and so is not before it either.
            FilterExpression="NOT #at < :since",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":since": written(since)},
        )
        return (
            reading(str(row["paymentId"]), lambda row=row: _payment(row), row.get("orderId"))
            for page in pages
            for row in page["Items"]
        )

    def _move(self, payment_id: str, to: PaymentStatus, by: Collection[str], **fields: str) -> Mapping[str, Any]:
        """Move a payment that stands at one of `by` on `to` another status; the row as it is then, moved or not."""
        sets = {"status": to, f"at{to.title()}": self._now(), **fields}
        allowed = {f":from{n}": status for n, status in enumerate(sorted(by))}
        try:
            moved = self._client.update_item(
                TableName=self._table,
                Key={"paymentId": payment_id},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in sets),
                ConditionExpression=f"#status IN ({', '.join(allowed)})",
                ExpressionAttributeNames={f"#{name}": name for name in sets},
                ExpressionAttributeValues={**{f":{name}": value for name, value in sets.items()}, **allowed},
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._row(payment_id)
        return moved["Attributes"]

    def _row(self, payment_id: str) -> dict[str, Any]:
        found = self._client.get_item(TableName=self._table, Key={"paymentId": payment_id}, ConsistentRead=True)
        if "Item" not in found:
            raise NotThereError(f"the provider has no payment {payment_id}; look for it in {self._table}")
        return found["Item"]

    def _now(self) -> str:
        return written(self._clock())


def _payment(row: Mapping[str, Any]) -> Payment:
    if row["status"] not in get_args(PaymentStatus):
        raise ValueError(f"its status is {row['status']}, which no payment has")
    order_id, whole, given_back = row["orderId"], int(row["amountCents"]), int(row.get("refundedCents", 0))
    if row["status"] == "CAPTURED" and given_back == whole:
        return Payment(row["paymentId"], order_id, whole, "REFUNDED")
    return Payment(row["paymentId"], order_id, whole - given_back, row["status"])
