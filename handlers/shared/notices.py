"""What customers are told about how their order ended."""

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


Tell: TypeAlias = Callable[[Notice], None]
"""Tells a customer; the same notice again tells nobody."""


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02} USD"
