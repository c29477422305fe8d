"""What customers are told about how their order ended, and about what they return of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

OUTCOMES = {
    "DELIVERED": "Your order {order} has been delivered. You paid {charged}.",
    "REJECTED": "We cannot accept your order {order}, and you are not charged for it. {reason}",
    "DECLINED": "The payment for your order {order} was declined, and you are not charged. {reason}",
    "NOT_APPROVED": "We cannot accept your order {order}, and you are not charged for it.",
    "PAYMENT_UNCERTAIN": "The payment for your order {order} could not be completed, and you are not charged.",
    "OUT_OF_STOCK": "Your order {order} has sold out. You have your {charged} back. {reason}",
    "SHIPMENT_REFUSED": "We cannot ship your order {order}. You have your {charged} back. {reason}",
    "FULFILLMENT_FAILED": "We could not fulfil your order {order}. You have your {charged} back.",
    "PAYMENT_NOT_CAPTURED": "The payment for your order {order} could not be completed, and you are not charged.",
    "SHIPPING_FAILED": "Your order {order} came back to us undelivered. You have your {charged} back.",
    "PARCEL_OVERDUE": "Your order {order} has not arrived in time. You have your {charged} back.",
}
"""How an order can end, and the sentence for it. A technical failure's reason is nothing for a customer."""


RETURN_OUTCOMES = {
    "RETURN_LABELED": "Send what you return of your order {order} by the label {label}, until {until}.",
    "RETURN_REJECTED": "We cannot take back what you want to return of your order {order}. {reason}",
    "RETURN_CANCELED": "We could not make a label for your return {return_id}. Please ask for it once more.",
    "RETURN_EXPIRED": "Nothing of your order {order} was sent by the label of your return {return_id}, which is over.",
    "RETURN_REFUSED": "We do not take back what you sent of your order {order}, and send it to you again. {reason}",
    "RETURN_REFUNDED": "You have {refunded} back for what you returned of your order {order}.",
}
"""What is told of a return, and the sentence for it."""


@dataclass(frozen=True)
class ReturnNotice:
    """What has become of a return, for its customer; amounts in cents. Ids are as sent, so they may be anything."""

    return_id: Any
    order_id: Any
    customer_id: Any
    digest: str
    outcome: str
    refunded_cents: int
    reason: str
    label: str
    until: str

    @property
    def key(self) -> dict[str, Any]:
        """What makes two notices the same. The digest is for different returns that were sent under one id."""
        return {"returnId": self.return_id, "digest": self.digest, "outcome": self.outcome}

    @property
    def message(self) -> str:
        """JSON: {"returnId", "orderId", "customerId", "outcome", "refundedCents", "message"}."""
        sentence = RETURN_OUTCOMES[self.outcome].format(
            order=self.order_id,
            return_id=self.return_id,
            refunded=_money(self.refunded_cents),
            reason=f"Reason: {self.reason}" if self.reason else "",
            label=self.label,
            until=self.until,
        )
        return json.dumps(
            {
                "returnId": self.return_id,
                "orderId": self.order_id,
                "customerId": self.customer_id,
                "outcome": self.outcome,
                "refundedCents": self.refunded_cents,
                "message": sentence.strip(),
            }
        )


@dataclass(frozen=True)
class Notice:
    """The end of an order, for its customer; amounts in cents. Ids are as sent, so they may be anything."""

    order_id: Any
    customer_id: Any
    digest: str
    outcome: str
    amount_cents: int
    charged_cents: int
    reason: str

    @property
    def key(self) -> dict[str, Any]:
        """What makes two notices the same. The digest is for different orders that were sent under one id."""
        return {"orderId": self.order_id, "digest": self.digest, "outcome": self.outcome}

    @property
    def message(self) -> str:
        """JSON: {"orderId", "customerId", "outcome", "amountCents", "chargedCents", "message"}."""
        sentence = OUTCOMES[self.outcome].format(
            order=self.order_id,
            charged=_money(self.charged_cents),
            reason=f"Reason: {self.reason}" if self.reason else "",
        )
        return json.dumps(
            {
                "orderId": self.order_id,
                "customerId": self.customer_id,
                "outcome": self.outcome,
                "amountCents": self.amount_cents,
                "chargedCents": self.charged_cents,
                "message": sentence.strip(),
            }
        )


Tell: TypeAlias = Callable[[Notice | ReturnNotice], None]
"""Tells a customer; the same notice again tells nobody."""


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02} USD"
