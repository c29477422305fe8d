"""Whether the books agree: charged against delivered plus held, stock before against after, view against ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from emulator.cloud import Cloud

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Books:
    """Every table, row by key, as it is at one moment."""

    orders: Mapping[str, Row]
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
    charged = {key: row for key, row in books.payments.items() if row["status"] == "CHARGED"}
    delivered = {key: row for key, row in books.orders.items() if row["status"] == "DELIVERED"}
    held = {key: row for key, row in books.orders.items() if key not in delivered and row["chargedCents"]}
    reserved: dict[str, int] = {}
    for row in books.reservations.values():
        for line in row["lines"]:
            reserved[line["sku"]] = reserved.get(line["sku"], 0) + int(line["quantity"])
    taken = {sku: before - int(books.stock[sku]["available"]) for sku, before in stock_before.items()}
    return [
        Comparison(
            "money, in cents",
            ("charged by the provider", _cents(charged, "amountCents")),
            ("delivered plus held", _cents(delivered, "chargedCents") + _cents(held, "chargedCents")),
            _different_payments(books, charged),
        ),
        Comparison(
            "stock, in pieces",
            ("gone from stock", sum(taken.values())),
            ("reserved for orders", sum(reserved.values())),
            tuple(
                sorted(
                    sku for sku in stock_before if taken[sku] != reserved.get(sku, 0) or stock_before[sku] < taken[sku]
                )
            ),
        ),
        Comparison(
            "orders",
            ("in the ledger", len(books.orders)),
            ("in the view", len(books.views)),
            tuple(sorted(key for key, row in books.orders.items() if not same_picture(row, books.views.get(key)))),
        ),
    ]


def same_picture(row: Row, view: Row | None) -> bool:
    """Whether the view shows an order just as the ledger has it."""
    seen = ("status", "version", "amountCents", "chargedCents", "customerId", "timeline")
    return view is not None and all(row[name] == view[name] for name in seen)


def _cents(rows: Mapping[str, Row], name: str) -> int:
    return sum(int(row[name]) for row in rows.values())


def _different_payments(books: Books, charged: Mapping[str, Row]) -> tuple[str, ...]:
    """Orders whose ledger and provider do not say the same, either way round."""
    by_provider = {row["orderId"]: int(row["amountCents"]) for row in charged.values()}
    by_ledger = {key: int(row["chargedCents"]) for key, row in books.orders.items() if row["chargedCents"]}
    return tuple(
        sorted(key for key in by_provider.keys() | by_ledger.keys() if by_provider.get(key) != by_ledger.get(key))
    )
