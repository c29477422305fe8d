"""Whether the books agree: the provider's with the ledger, the stock before with the one after, the view with both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from emulator.cloud import Cloud
from handlers.shared.entries import balances
from handlers.shared.ledger import FINAL, OrderRow
from handlers.shared.reconciliation.books import SHOWN_OF_RETURNS

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Books:
    """Every table, row by key, as it is at one moment."""

    orders: Mapping[str, Row]
    entries: Mapping[str, Row]
    payments: Mapping[str, Row]
    reservations: Mapping[str, Row]
    stock: Mapping[str, Row]
    views: Mapping[str, Row]


@dataclass(frozen=True)
class Comparison:
    """Two figures that have to be equal, and where they are not, whose they are."""

    title: str
    left: tuple[str, int]
    right: tuple[str, int]
    differing: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.left[1] == self.right[1] and not self.differing


def read_books(cloud: Cloud, tables: Mapping[str, Mapping[str, str]]) -> Books:
    """Read every table of the deployed stack; `tables` is the stack's output of that name."""

    def rows(name: str, key: str) -> dict[str, Row]:
        return {row[key]: row for row in scan(cloud, tables[name]["name"])}

    return Books(
        rows("orders", "orderId"),
        rows("entries", "entryId"),
        rows("payments", "paymentId"),
        rows("reservations", "orderId"),
        rows("stock", "sku"),
        rows("order-views", "orderId"),
    )


def scan(cloud: Cloud, table: str) -> list[dict[str, Any]]:
    """All rows of a table, numbers as Decimal."""
    plain = TypeDeserializer().deserialize
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [{key: plain(value) for key, value in item.items()} for page in pages for item in page["Items"]]


def reconcile(books: Books, stock_before: Mapping[str, int]) -> list[Comparison]:
    """Every comparison, those that agree included."""
    return [_provider(books), _customers(books), _stock(books, stock_before), _views(books)]


def same_picture(row: Row, view: Row | None) -> bool:
    """Whether the view shows an order just as the ledger has it."""
    seen = ("status", "version", "amountCents", "chargedCents", "customerId", "timeline")
    returned = all(row.get(name, nothing) == (view or {}).get(name) for name, nothing in SHOWN_OF_RETURNS.items())
    return view is not None and returned and all(row[name] == view[name] for name in seen)


def _provider(books: Books) -> Comparison:
    """What the provider holds or has taken, against what the ledger says that customers have paid and not got back."""
    taken = ("AUTHORIZED", "CAPTURED")
    # What a person has settled by other means the provider may still have.
    settled = {key for key, row in books.orders.items() if "SETTLED" in row["events"]}
    by_provider = {
        row["orderId"]: cents
        for row in books.payments.values()
        if row["status"] in taken
        and row["orderId"] not in settled
        and (cents := int(row["amountCents"]) - int(row.get("refundedCents", 0)))
    }
    rows = {key: OrderRow.of(row) for key, row in books.orders.items()}
    held = {key: row.held_cents + row.returned.settled_cents for key, row in rows.items()}
    by_ledger = {key: cents for key, cents in held.items() if cents}
    return Comparison(
        "money, in cents",
        ("held or taken by the provider", sum(by_provider.values())),
        ("paid by customers and not refunded", sum(by_ledger.values())),
        _unequal(by_provider, by_ledger),
    )


def _customers(books: Books) -> Comparison:
    """What the entries say that is owed to customers, against the orders that are still on their way."""
    by_order: dict[str, list[Row]] = {}
    for entry in books.entries.values():
        by_order.setdefault(entry["orderId"], []).append(entry)
    sums = {key: balances(rows) for key, rows in by_order.items()}
    owed = {key: -found.get("customer", 0) for key, found in sums.items() if found.get("customer")}
    under_way = {key: OrderRow.of(row).held_cents for key, row in books.orders.items() if row["status"] not in FINAL}
    one_sided = tuple(sorted(key for key, found in sums.items() if sum(found.values())))
    return Comparison(
        "double entry, in cents",
        ("paid, and neither delivered nor refunded", sum(owed.values())),
        ("orders that are under way", sum(under_way.values())),
        (*_unequal(owed, {key: cents for key, cents in under_way.items() if cents}), *one_sided),
    )


def _stock(books: Books, before: Mapping[str, int]) -> Comparison:
    """What has gone from the stock, against what was reserved and did not come back."""
    reserved: dict[str, int] = {}
    for row in books.reservations.values():
        if row["status"] != "RELEASED":
            back = row.get("restocked", {})
            for line in row["lines"]:
                kept = int(line["quantity"]) - int(back.get(line["sku"], 0))
                reserved[line["sku"]] = reserved.get(line["sku"], 0) + kept
    taken = {sku: count - int(books.stock[sku]["available"]) for sku, count in before.items()}
    return Comparison(
        "stock, in pieces",
        ("gone from stock", sum(taken.values())),
        ("reserved or written off, and not put back", sum(reserved.values())),
        tuple(sorted(sku for sku in before if taken[sku] != reserved.get(sku, 0) or before[sku] < taken[sku])),
    )


def _views(books: Books) -> Comparison:
    return Comparison(
        "orders",
        ("in the ledger", len(books.orders)),
        ("in the view", len(books.views)),
        tuple(sorted(key for key, row in books.orders.items() if not same_picture(row, books.views.get(key)))),
    )


def _unequal(left: Mapping[str, int], right: Mapping[str, int]) -> tuple[str, ...]:
    """The orders for which the two do not say the same, either way round."""
    return tuple(sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key)))
