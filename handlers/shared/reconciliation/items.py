"""One line of the list, compared: what differs now, and which of the open issues no longer do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handlers.shared.carriers import Parcel
from handlers.shared.payments import Payment
from handlers.shared.reconciliation import goods, money
from handlers.shared.reconciliation.comparing import lasting
from handlers.shared.reconciliation.difference import THINGS, UNSEEN, Difference, Thing
from handlers.shared.reconciliation.issues import Issue, OpenIssue
from handlers.shared.reconciliation.listing import Listed
from handlers.shared.reconciliation.reading import Sources
from handlers.shared.reconciliation.unreadable import of_parcel, of_payment, of_return
from handlers.shared.returns import ReturnRow
from handlers.shared.unread import Unread, looking_up, reading

NOBODYS = "nobody's"
NO_TIME = "no time was left to look at it: what was before it in its batch took too long"


@dataclass
class Outcome:
    """What came of some lines: the issues there are, the ids of those that are none any more, and how much was looked
    at, by what it is."""

    issues: list[Issue] = field(default_factory=list[Issue])
    gone: list[str] = field(default_factory=list[str])
    looked_at: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True)
class Comparison:
    """Compares lines with `sources`, at one time; `still_open` are the issues that are open, `detected` says by what
    new ones are found."""

    sources: Sources
    still_open: Sequence[OpenIssue]
    now: datetime
    detected: str

    def of(self, listed: Listed) -> Outcome:
        """Compare whatever a line names."""
        outcome = Outcome()
        if listed.order_id:
            self._order(outcome, listed.order_id, listed)
            return outcome
        self._nobodys(outcome, "payments", self._payments(outcome, listed.payments), listed.payments)
        self._nobodys(outcome, "parcels", self._parcels(outcome, listed.parcels), listed.parcels)
        self._nobodys(outcome, "skus", self._stock(listed.skus), listed.skus)
        self._nobodys(outcome, "returns", self._returns(outcome, listed.returns), listed.returns)
        for book, why in listed.books.items():
            found = [Difference("BOOK_NOT_LISTED", why, NOBODYS, about=book)] if why else []
            self._note(outcome, "", found, [one for one in self.still_open if _is_of(one, "BOOK_NOT_LISTED", book)])
        return outcome

    def not_at_all(self, listed: Listed) -> Outcome:
        """Of a line for which no time is left."""
        found = [
            *([Difference("NOT_COMPARED", NO_TIME, "", about="time")] if listed.order_id else []),
            *(of_payment(Unread(id, NO_TIME), NOBODYS) for id in listed.payments if not listed.order_id),
            *(of_parcel(Unread(id, NO_TIME), NOBODYS) for id in listed.parcels if not listed.order_id),
            *(of_return(Unread(id, NO_TIME), NOBODYS) for id in listed.returns if not listed.order_id),
            *(Difference("STOCK_UNREADABLE", NO_TIME, NOBODYS, about=sku) for sku in listed.skus),
        ]
        return Outcome([Issue(listed.order_id, self.detected, one) for one in found])

    def _order(self, outcome: Outcome, order_id: str, named: Listed) -> None:
        """Compare an order with what others have of it, and with what its open issues are about."""
        mine = [one for one in self.still_open if one.order_id == order_id]
        payments = {*named.payments, *_about(mine, "payments")}
        parcels = {*named.parcels, *_about(mine, "parcels")}
        entries = {*named.entries, *_about(mine, "entries")}
        returns = {*named.returns, *_about(mine, "returns")}
        seen = lasting(
            lambda: self.sources.books(order_id, payments, parcels, entries, returns),
            lambda: self.sources.order(order_id),
            self.now,
        )
        if seen is None:
            outcome.looked_at["moving"] += 1
            return
        books, found = seen
        counts = {"orders": 1, "payments": len(books.payments), "parcels": len(books.parcels)}
        outcome.looked_at.update({**counts, "pricedByQuote": int(money.is_priced_by_quote(books))})
        is_whole = not any(one.kind in UNSEEN for one in found)
        self._note(outcome, order_id, found, mine if is_whole else [])

    def _payments(self, outcome: Outcome, ids: Iterable[str]) -> Iterator[Difference]:
        """What is wrong with payments that nobody owned when they were listed; one that has an owner is compared."""
        for id in ids:
            payment = looking_up(id, lambda id=id: self.sources.provider.payment(id))
            if isinstance(payment, Unread):
                yield of_payment(payment, NOBODYS)
            elif isinstance(payment, Payment) and _is_owner(payment.order_id):
                self._order(outcome, payment.order_id, Listed(payments=(id,)))
            elif isinstance(payment, Payment):
                yield from money.of_payment(payment.order_id, None, payment)

    def _parcels(self, outcome: Outcome, ids: Iterable[str]) -> Iterator[Difference]:
        """Likewise of parcels."""
        for id in ids:
            parcel = looking_up(id, lambda id=id: self.sources.carrier.parcel(id))
            if isinstance(parcel, Unread):
                yield of_parcel(parcel, NOBODYS)
            elif isinstance(parcel, Parcel) and _is_owner(parcel.order_id):
                self._order(outcome, parcel.order_id, Listed(parcels=(id,)))
            elif isinstance(parcel, Parcel):
                yield from goods.of_parcel(parcel.order_id, None, parcel)

    def _returns(self, outcome: Outcome, ids: Iterable[str]) -> Iterator[Difference]:
        """Likewise of returns."""
        for id in ids:
            found = looking_up(id, lambda id=id: self.sources.returns.read(id))
            if isinstance(found, Unread):
                yield of_return(found, NOBODYS)
            elif isinstance(found, ReturnRow):
                self._order(outcome, found.order_id, Listed(returns=(id,)))

    def _stock(self, skus: Iterable[str]) -> Iterator[Difference]:
        for sku in skus:
            available = reading(sku, lambda sku=sku: self.sources.stockroom.available(sku))
            if isinstance(available, Unread):
                yield Difference("STOCK_UNREADABLE", available.reason, NOBODYS, about=sku)
            elif available is not None and available < 0:
                yield Difference("STOCK_NEGATIVE", f"{available} {sku}", "no fewer than 0", about=sku)

    def _nobodys(self, outcome: Outcome, thing: Thing, found: Iterable[Difference], ids: Iterable[str]) -> None:
        looked_at = set(ids)
        before = [one for one in self.still_open if not one.order_id and THINGS.get(one.kind) == thing]
        self._note(outcome, "", list(found), [one for one in before if one.about in looked_at])

    def _note(self, outcome: Outcome, order_id: str, found: list[Difference], before: Iterable[OpenIssue]) -> None:
        """Put down what was found, and which of the issues that were open `before` were not."""
        issues = [Issue(order_id, self.detected, one) for one in found]
        outcome.issues += issues
        outcome.gone += sorted({one.issue_id for one in before} - {one.issue_id for one in issues})


def _is_owner(order_id: object) -> bool:
    """Whether this can be an order's id at all."""
    return isinstance(order_id, str) and order_id != ""


def _about(issues: Iterable[OpenIssue], thing: Thing) -> set[str]:
    return {one.about for one in issues if one.about and THINGS.get(one.kind) == thing}


def _is_of(issue: OpenIssue, kind: str, about: str) -> bool:
    return not issue.order_id and (issue.kind, issue.about) == (kind, about)
