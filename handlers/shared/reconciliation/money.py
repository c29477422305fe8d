"""Whether the payment provider and the ledger say the same of an order's money, and whether the sum is right.

The workflow acts at the provider and records it afterwards, so for a while the two differ rightfully. A difference is
an issue when no step under way explains it, or when one does and the order stands still for longer than any step takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from handlers.shared.catalogue import Price
from handlers.shared.ledger import FINAL, UNDONE, OrderRow
from handlers.shared.payments import Payment, PaymentStatus
from handlers.shared.quotes import Line
from handlers.shared.reconciliation.books import Books
from handlers.shared.reconciliation.difference import Difference, Kind
from handlers.shared.unread import Unread

Stage: TypeAlias = Literal["UNCHARGED", "VALIDATED", "CHARGED", "CAPTURED", "UNDOING", "REFUNDED", "SETTLED"]

HOLDS_MONEY: frozenset[PaymentStatus] = frozenset({"AUTHORIZED", "CAPTURED"})
NEVER_HELD: frozenset[PaymentStatus] = frozenset({"OPEN", "DECLINED"})

LASTING: Mapping[tuple[Stage, PaymentStatus], Kind] = {
    ("UNCHARGED", "AUTHORIZED"): "CHARGE_NOT_RECORDED",
    ("UNCHARGED", "CAPTURED"): "CHARGE_NOT_RECORDED",
    ("VALIDATED", "CAPTURED"): "CHARGE_NOT_RECORDED",
    ("CHARGED", "OPEN"): "NEVER_CHARGED",
    ("CHARGED", "DECLINED"): "NEVER_CHARGED",
    ("CHARGED", "CANCELED"): "MONEY_GONE",
    ("CHARGED", "REFUNDED"): "MONEY_GONE",
    ("CAPTURED", "OPEN"): "NEVER_CHARGED",
    ("CAPTURED", "AUTHORIZED"): "NOT_CAPTURED",
    ("CAPTURED", "DECLINED"): "NEVER_CHARGED",
    ("CAPTURED", "CANCELED"): "MONEY_GONE",
    ("CAPTURED", "REFUNDED"): "MONEY_GONE",
    ("REFUNDED", "AUTHORIZED"): "NOT_GIVEN_BACK",
    ("REFUNDED", "CAPTURED"): "NOT_GIVEN_BACK",
    ("SETTLED", "REFUNDED"): "REFUNDED_AND_SETTLED",
}
"""What no step of the workflow leads to, even for a moment: each act at the provider is recorded only after it."""

PASSING: Mapping[tuple[Stage, PaymentStatus], Kind] = {
    ("VALIDATED", "AUTHORIZED"): "CHARGE_NOT_RECORDED",
    ("CHARGED", "CAPTURED"): "CAPTURE_NOT_RECORDED",
    ("UNDOING", "OPEN"): "UNDO_UNFINISHED",
    ("UNDOING", "AUTHORIZED"): "UNDO_UNFINISHED",
    ("UNDOING", "CAPTURED"): "UNDO_UNFINISHED",
    ("UNDOING", "DECLINED"): "UNDO_UNFINISHED",
    ("UNDOING", "CANCELED"): "REFUND_NOT_RECORDED",
    ("UNDOING", "REFUNDED"): "REFUND_NOT_RECORDED",
}
"""What a step that is under way explains, between its act and its record.

All else agrees; of an order that a person has settled by other means, the provider need not know, unless it has given
the money back as well, or never had any.
"""


def payments(books: Books) -> Iterator[Difference]:
    """What the provider says of each payment, against the order's row."""
    if not isinstance(books.order, Unread):
        for payment in books.payments.values():
            if isinstance(payment, Payment):
                yield from of_payment(books.order_id, books.ordered.row if books.ordered else None, payment)


def of_payment(order_id: str, row: OrderRow | None, payment: Payment) -> Iterator[Difference]:
    """Where one payment and the row of the order `order_id` differ; the row is None where there is none."""
    for kind, passes in _kinds(order_id, row, payment):
        yield Difference(kind, said(payment), recorded(row), passes, payment.payment_id)


def _kinds(order_id: str, row: OrderRow | None, payment: Payment) -> Iterator[tuple[Kind, bool]]:
    """The kind of each difference, and whether it may pass."""
    if payment.order_id != order_id:
        yield "PAYMENT_OF_ANOTHER", False
        return
    if row is None or payment.payment_id != row.payment_id:
        # The id stands in the row before any money is held; a payment that holds none was never used.
        if payment.status in HOLDS_MONEY:
            yield "UNKNOWN_PAYMENT" if row else "PAYMENT_WITHOUT_ORDER", False
        return
    stage = stage_of(row)
    if stage == "CAPTURED" and row.returned.ids and payment.status in ("CAPTURED", "REFUNDED"):
        yield from _given_back_in_part(row, payment)
        return
    key = (stage, payment.status)
    if key in LASTING:
        yield LASTING[key], False
    if key in PASSING:
        yield PASSING[key], True
    if stage in ("REFUNDED", "SETTLED") and "CHARGED" in row.events and payment.status in NEVER_HELD:
        yield "NEVER_CHARGED", False
    in_hand = stage in ("CHARGED", "CAPTURED") and payment.status in HOLDS_MONEY
    if in_hand and payment.amount_cents != row.charged_cents:
        yield "AMOUNT_DIFFERS", False


def _given_back_in_part(row: OrderRow, payment: Payment) -> Iterator[tuple[Kind, bool]]:
    """Of a payment that was taken, and of which returns have given back some or all."""
    left = 0 if payment.status == "REFUNDED" else payment.amount_cents
    # What a person gave back by other means, the provider still has.
    right = row.held_cents + row.returned.settled_cents
    if left < right:
        yield "RETURN_REFUND_NOT_RECORDED", True
    if left > right:
        yield "RETURN_NOT_GIVEN_BACK", False


def missing_payment(books: Books) -> Iterator[Difference]:
    """An order that was charged by a payment that there is not."""
    if not books.ordered:
        return
    row = books.ordered.row
    if row.payment_id is None:
        if "CHARGED" in row.events:
            yield Difference("PAYMENT_MISSING", "no payment", recorded(row))
    elif row.payment_id in books.payments and books.payments[row.payment_id] is None:
        yield Difference("PAYMENT_MISSING", f"no payment {row.payment_id}", recorded(row), about=row.payment_id)


def ended(books: Books) -> Iterator[Difference]:
    """An order that has ended with the customer's money and undelivered, or delivered and without the money: there all
    books may agree, and the promise is broken."""
    if not books.ordered:
        return
    row = books.ordered.row
    payments = (payment for payment in books.payments.values() if isinstance(payment, Payment))
    says = ", ".join(said(payment) for payment in payments)[:400] or "no payment"
    if row.status == "DELIVERED" and not row.events >= {"CHARGED", "CAPTURED"}:
        yield Difference("DELIVERED_UNPAID", says, recorded(row))
    elif row.status in FINAL - {"DELIVERED"} and "CHARGED" in row.events and not row.events & set(UNDONE):
        yield Difference("MONEY_KEPT", says, recorded(row))


def amount(books: Books) -> Iterator[Difference]:
    """The sum that was quoted and charged, against what was ordered at the catalogue's prices."""
    if not books.ordered or not books.ordered.lines or isinstance(books.prices, Unread):
        return
    row, prices = books.ordered.row, books.prices
    each = [(line, _price(line, books.ordered.at, prices)) for line in books.ordered.lines]
    right = sum(line.quantity * cents for line, cents in each)
    charged = [row.charged_cents] if "CHARGED" in row.events else []
    if any(cents != right for cents in (row.amount_cents, *charged)):
        reckoned = " + ".join(f"{line.quantity} x {cents} {line.sku}" for line, cents in each)
        quoted = f"{row.status}, {row.amount_cents} cents quoted, {row.charged_cents} cents charged"
        yield Difference("AMOUNT_WRONG", f"{right} cents: {reckoned}"[:400], quoted)


def is_priced_by_quote(books: Books) -> bool:
    """Whether the catalogue no longer says what something in the order cost, so that the quote's word is taken."""
    if not books.ordered or isinstance(books.prices, Unread):
        return False
    return any(not _holds(books.prices.get(line.sku), books.ordered.at) for line in books.ordered.lines)


def _price(line: Line, at: str, prices: Mapping[str, Price]) -> int:
    price = prices.get(line.sku)
    return price.cents if price and _holds(price, at) else line.price_cents


def _holds(price: Price | None, at: str) -> bool:
    """Whether a price of the catalogue is the one that held at that time."""
    return price is not None and price.since is not None and price.since <= at


def stage_of(row: OrderRow) -> Stage:
    """What the ledger says of an order's money."""
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


def said(payment: Payment) -> str:
    """What the provider says of a payment, in a line."""
    return f"{payment.status}, {payment.amount_cents} cents, {payment.payment_id}"


def recorded(row: OrderRow | None) -> str:
    """What the ledger says of an order's money, in a line."""
    if row is None:
        return "no such order"
    return f"{row.status}, {row.held_cents} cents, {row.payment_id or 'no payment'}"
