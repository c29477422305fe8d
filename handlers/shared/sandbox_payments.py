"""A payment provider for trying things out: it moves no money, but keeps books like one that does.

Test payment methods, named as in Stripe's sandbox (https://docs.stripe.com/testing):

    pm_card_visa, pm_card_mastercard, pm_card_amex    charged
    pm_card_chargeDeclined                            declined: generic_decline
    pm_card_chargeDeclinedInsufficientFunds           declined: insufficient_funds
    pm_card_chargeDeclinedExpiredCard                 declined: expired_card
    any other                                         declined: invalid_payment_method
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.clock import Clock, written
from handlers.shared.errors import TechnicalError
from handlers.shared.payments import CardError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCEPTED = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_amex"})
DECLINED = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}


class SandboxPayments:
    """Books in a table: one row per idempotency key, declines too, never changed once written."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def charge(self, *, idempotency_key: str, amount_cents: int, payment_method_id: str) -> str:
        """Charge once per key and return the payment's id.

        Raises:
            CardError: with the reason for which the key was declined first.
            TechnicalError: when the key has been used for another amount or method.
        """
        asked = {"amountCents": amount_cents, "paymentMethodId": payment_method_id}
        booked = self._book(idempotency_key, asked)
        if any(booked[name] != value for name, value in asked.items()):
            raise TechnicalError(
                f"{booked['paymentId']} was asked for with other terms; use a new key for a new charge"
            )
        if booked["status"] == "DECLINED":
            raise CardError(booked["reason"])
        return booked["paymentId"]

    def _book(self, key: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The row that stands for `key`: a new one, or the one that an earlier call wrote."""
        method = asked["paymentMethodId"]
        row = {"paymentId": f"pay_{key}", "orderId": key, **asked, "at": written(self._clock())}
        if method in ACCEPTED:
            row["status"] = "CHARGED"
        else:
            row |= {"status": "DECLINED", "reason": DECLINED.get(method, "invalid_payment_method")}
        try:
            self._client.put_item(
                TableName=self._table, Item=row, ConditionExpression="attribute_not_exists(paymentId)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            name = {"paymentId": row["paymentId"]}
            booked = self._client.get_item(TableName=self._table, Key=name, ConsistentRead=True)
            if "Item" not in booked:
                raise TechnicalError(f"{row['paymentId']} was in the books and is gone; try again") from None
            return booked["Item"]
        return row
