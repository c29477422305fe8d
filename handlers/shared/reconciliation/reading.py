"""Reading the books of one order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from handlers.shared.carriers import Carrier
from handlers.shared.catalogue import Catalogue
from handlers.shared.entries import balances
from handlers.shared.ledger import Ledger
from handlers.shared.payments import PaymentProvider
from handlers.shared.reconciliation.books import Books, Order, Ordered
from handlers.shared.returns import ReturnRow, Returns
from handlers.shared.stockroom import Stockroom
from handlers.shared.unread import looking_up, reading
from handlers.shared.views import Views


@dataclass(frozen=True)
class Sources:
    """Whoever keeps a book."""

    ledger: Ledger
    provider: PaymentProvider
    carrier: Carrier
    stockroom: Stockroom
    views: Views
    catalogue: Catalogue
    returns: Returns

    def order(self, order_id: str) -> Order:
        """The order by our ledger as it is now."""
        return order_of(self.ledger, order_id)

    def books(
        self,
        order_id: str,
        payments: Collection[str],
        parcels: Collection[str],
        entries: Collection[str],
        returns: Collection[str] = (),
    ) -> Books:
        """Every book of an order: of `payments`, `parcels`, `entries` and `returns` those that others name, beside its
        own."""
        order = self.order(order_id)
        row = order.row if isinstance(order, Ordered) else None
        skus = {line.sku for line in order.lines} if isinstance(order, Ordered) else set[str]()
        payment_ids = {*payments, *([row.payment_id] if row and row.payment_id else [])}
        return_ids = row.returned.ids if row else ()
        sent_back = {id: looking_up(id, lambda id=id: self.returns.read(id)) for id in sorted({*returns, *return_ids})}
        labels = {one.label_id for one in sent_back.values() if isinstance(one, ReturnRow) and one.label_id}
        parcel_ids = {*parcels, *labels, *([row.shipment_id] if row and row.shipment_id else [])}
        return Books(
            order_id,
            order,
            {id: looking_up(id, lambda id=id: self.provider.payment(id)) for id in sorted(payment_ids)},
            {id: looking_up(id, lambda id=id: self.carrier.parcel(id)) for id in sorted(parcel_ids)},
            reading(order_id, lambda: _entries(self.ledger, order_id, return_ids, entries)),
            tuple(sorted(entries)),
            reading(order_id, lambda: self.stockroom.reserved(order_id)),
            reading(order_id, lambda: self.views.read(order_id)),
            reading(order_id, lambda: self.catalogue.priced(skus)),
            sent_back,
        )


def order_of(ledger: Ledger, order_id: str) -> Order:
    """An order by our ledger as it is now."""

    def look() -> Ordered | None:
        item = ledger.item(order_id)
        return None if item is None else Ordered.of(item)

    return reading(order_id, look)


def _entries(
    ledger: Ledger, order_id: str, returns: Collection[str], strays: Collection[str]
) -> list[dict[str, object]]:
    """The order's entries, each of which can be added up."""
    found = ledger.entries(order_id, returns, strays)
    balances(found)
    return found
