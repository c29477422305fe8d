"""The money of an order in double entry: what leaves one account enters another, in cents, and nothing is ever changed.

    customer      what we owe the customer; below zero while they have paid and not received
    authorized    what the payment provider holds for us
    cash          what the provider has taken for us
    revenue       what we have earned, below zero as is usual for what an order brought in

An order that was delivered or refunded owes nothing either way: its customer account is at zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

Account: TypeAlias = Literal["customer", "authorized", "cash", "revenue"]
CHANGES = ("CHARGED", "CAPTURED", "DELIVERED", "REFUNDED", "SETTLED")
"""The changes of an order that move money."""

Entry: TypeAlias = tuple[tuple[Account, int], ...]
"""Accounts and what each gains, in cents; the sum is zero."""


def charged(cents: int) -> Entry:
    """The provider holds the customer's money."""
    return _moved("customer", "authorized", cents)


def captured(cents: int) -> Entry:
    """The provider has taken what it held."""
    return _moved("authorized", "cash", cents)


def delivered(cents: int) -> Entry:
    """The customer has received what was paid for."""
    return _moved("revenue", "customer", cents)


def given_back(cents: int, *, was_captured: bool) -> Entry:
    """The customer has the money again."""
    return _moved("cash" if was_captured else "authorized", "customer", cents)


def sent_back(cents: int) -> Entry:
    """The customer has sent back goods, and has the money for them again: what they brought in is not earned."""
    return _moved("cash", "revenue", cents)


def of_return(return_id: str) -> str:
    """The change that a return makes, of which an order can have several."""
    return f"RETURNED#{return_id}"


def item(order_id: str, change: str, entry: Entry, at: str) -> dict[str, Any]:
    """The row of an entry: an order makes each change once, so that the change names it."""
    lines = [{"account": account, "cents": cents} for account, cents in entry]
    return {"entryId": f"{order_id}#{change}", "orderId": order_id, "change": change, "at": at, "lines": lines}


def balances(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The sum of each account over the rows of entries."""
    found: dict[str, int] = {}
    for row in rows:
        for line in row["lines"]:
            found[line["account"]] = found.get(line["account"], 0) + int(line["cents"])
    return found


def _moved(source: Account, target: Account, cents: int) -> Entry:
    return ((source, -cents), (target, cents)) if cents else ()
