"""The tables of the order program."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..storage import IndexArgs, Table, TableArgs

OPEN_ORDERS = IndexArgs("open", "openStatus", "updatedAt", holds=("amountCents",))
"""The orders that are under way, by their status: a row has the attribute `openStatus` only as long as it is one."""


@dataclass(frozen=True)
class OrderTables:
    """What is written where. `payments` and `parcels` are the sandboxes' own books, as a provider and a carrier keep
    them; the program reads and writes them through their adapters only."""

    products: Table
    stock: Table
    reservations: Table
    orders: Table
    entries: Table
    order_views: Table
    decisions: Table
    shipments: Table
    returns: Table
    payments: Table
    parcels: Table
    issues: Table
    seen_events: Table
    idempotency: Table

    def all(self) -> list[Table]:
        """Every table."""
        return [getattr(self, field.name) for field in fields(self)]


def order_tables(keep: bool) -> OrderTables:
    """Make them; with `keep` they survive the stack."""

    def table(name: str, key: str, *, stream: bool = False, expires_at: str | None = None) -> Table:
        return Table(name, TableArgs(key, keep, stream, expires_at))

    return OrderTables(
        products=table("products", "sku"),
        stock=table("stock", "sku"),
        reservations=table("reservations", "orderId"),
        orders=Table("orders", TableArgs("orderId", keep, stream=True, indexes=[OPEN_ORDERS])),
        entries=table("entries", "entryId"),
        order_views=table("order-views", "orderId"),
        decisions=table("decisions", "orderId"),
        shipments=table("shipments", "shipmentId"),
        returns=table("returns", "returnId"),
        payments=table("payments", "paymentId"),
        parcels=table("parcels", "shipmentId"),
        issues=table("issues", "issueId"),
        seen_events=table("seen-events", "id", expires_at="expiration"),
        idempotency=table("idempotency", "id", expires_at="expiration"),
    )
