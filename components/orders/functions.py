"""The functions of the order program, each with what it works on and the calls it makes there."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from ..bucket import Bucket
from ..function import DependencyLayer, Function, FunctionArgs, Use
from ..logs import Logs
from ..state_machine import StateMachine
from ..storage import Secret
from ..topic import Topic
from . import sources
from .settings import WEBHOOKS, Settings
from .tables import OPEN_ORDERS, OrderTables

READ, ADD, CHANGE, DROP = "dynamodb:getItem", "dynamodb:putItem", "dynamodb:updateItem", "dynamodb:deleteItem"
SCAN, READ_MANY = "dynamodb:scan", "dynamodb:batchGetItem"
REFUSING = frozenset(
    {
        *("validate_order", "charge_payment", "reserve_inventory", "create_shipment", "capture_payment"),
        *("follow_shipment", "cancel_shipment", "decide"),
        "read_intake",
        *("quote_price", "quote_stock", "quote_delivery"),
        *("check_application", "create_account", "decide_review"),
        *("open_return", "make_label", "cancel_return"),
    }
)
"""The handlers that raise business errors."""
PRICING = ("validate_order", "quote_price")
"""The handlers that have to know how much an order may come to."""
LISTING_SECONDS, COMPARING_SECONDS, REPORTING_SECONDS = 300, 100, 100
OTHER_SECONDS = 10
"""Below the timeouts of the states that call them."""
RECONCILED_DAYS = 35
"""Longer than a payment can be held or disputed without anyone looking, and than any order takes."""


class OrderFunctions:
    """Makes functions of `handlers/` with a stack's settings.

    Where payments are Stripe's, `stripe_key` and `stripe_webhook_key` are the secrets that its keys go into.
    """

    def __init__(self, tables: OrderTables, settings: Settings, logs: Logs) -> None:
        self._tables, self._settings, self._logs = tables, settings, logs
        self.layer = DependencyLayer("dependencies", sources.LIBRARIES)
        is_stripe = settings.payments == "stripe"
        self.stripe_key = Secret("stripe", keep=settings.production) if is_stripe else None
        self.stripe_webhook_key = Secret("stripe-webhook", keep=settings.production) if is_stripe else None
        self._made: list[Function] = []

    def all(self) -> list[Function]:
        """Every function that has been made, or included."""
        return list(self._made)

    def include(self, *functions: Function) -> None:
        """Have functions that were made elsewhere told of, and watched, like all others."""
        self._made += functions

    def secrets(self) -> list[Secret]:
        """Every secret that the functions read and that was made here."""
        return [secret for secret in (self.stripe_key, self.stripe_webhook_key) if secret]

    def of_the_workflow(self, notices: Topic) -> dict[str, Function]:
        """What the order workflow calls, by the name of the handler."""
        t = self._tables
        # A function that records a change of the order without moving money never writes an entry.
        order, no_entry = Use("ORDERS_TABLE", t.orders, (READ, CHANGE)), Use("ENTRIES_TABLE", t.entries, ())
        entry = Use("ENTRIES_TABLE", t.entries, (ADD,))
        stock = Use("STOCK_TABLE", t.stock, (CHANGE,))
        shipment = Use("SHIPMENTS_TABLE", t.shipments, (READ, CHANGE))
        uses: dict[str, tuple[Use, ...]] = {
            "validate_order": (order, no_entry, Use("PRODUCTS_TABLE", t.products, (READ_MANY,))),
            "ask_person": (Use("DECISIONS_TABLE", t.decisions, (READ, CHANGE)),),
            "charge_payment": (order, entry, self._payments(READ, ADD, CHANGE)),
            "reserve_inventory": (
                *(Use("ORDERS_TABLE", t.orders, (CHANGE,)), no_entry, stock),
                Use("RESERVATIONS_TABLE", t.reservations, (READ, ADD)),
            ),
            "create_shipment": (
                *(order, no_entry, Use("SHIPMENTS_TABLE", t.shipments, (READ, ADD))),
                Use("PARCELS_TABLE", t.parcels, (READ, ADD)),
            ),
            "capture_payment": (order, entry, self._payments(READ, CHANGE)),
            "follow_shipment": (shipment,),
            "check_shipment": (shipment, Use("PARCELS_TABLE", t.parcels, (READ,))),
            "cancel_shipment": (order, no_entry, Use("PARCELS_TABLE", t.parcels, (READ, ADD, CHANGE))),
            "release_stock": (order, no_entry, stock, Use("RESERVATIONS_TABLE", t.reservations, (READ, CHANGE))),
            "refund_payment": (order, entry, self._payments(READ, CHANGE)),
            "record_settlement": (order, entry),
            "send_confirmation": (
                *(order, entry, Use("NOTICES_TOPIC", notices, ("sns:publish",))),
                Use("IDEMPOTENCY_TABLE", t.idempotency, (READ, ADD, CHANGE, DROP)),
            ),
        }
        return {name: self._function(name, used) for name, used in uses.items()}

    def of_the_reconciliation(self, exports: Bucket) -> tuple[Function, Function, Function]:
        """What lists what there is in all books, what compares it, and what reports on that."""
        t = self._tables
        books = {
            "ORDERS_TABLE": t.orders,
            "PARCELS_TABLE": t.parcels,
            "STOCK_TABLE": t.stock,
            "RESERVATIONS_TABLE": t.reservations,
            "ORDER_VIEWS_TABLE": t.order_views,
            "RETURNS_TABLE": t.returns,
        }
        listing = (
            *(Use(name, table, (SCAN,)) for name, table in books.items()),
            *(Use("ENTRIES_TABLE", t.entries, (SCAN,)), Use("ISSUES_TABLE", t.issues, (SCAN,)), self._payments(SCAN)),
            Use("EXPORTS_BUCKET", exports, ("s3:putObject",)),
        )
        comparing = (
            *(Use(name, table, (READ,)) for name, table in books.items()),
            *(Use("ENTRIES_TABLE", t.entries, (READ_MANY,)), Use("PRODUCTS_TABLE", t.products, (READ_MANY,))),
            *(self._payments(READ), Use("ISSUES_TABLE", t.issues, (SCAN, ADD, CHANGE))),
        )
        reporting = (Use("EXPORTS_BUCKET", exports, ("s3:getObject",)),)
        return (
            self._function("list_orders", listing, timeout=LISTING_SECONDS, memory=1024),
            self._function("compare_orders", comparing, timeout=COMPARING_SECONDS),
            self._function("report_reconciliation", reporting, timeout=REPORTING_SECONDS),
        )

    def watch_orders(self) -> Function:
        """What counts the orders that stand still, and what waits for people."""
        t = self._tables
        uses = (
            Use("ORDERS_TABLE", t.orders.index(OPEN_ORDERS.name), ("dynamodb:query",)),
            Use("ENTRIES_TABLE", t.entries, ()),
            *(Use("DECISIONS_TABLE", t.decisions, (SCAN,)), Use("ISSUES_TABLE", t.issues, (SCAN,))),
        )
        return self._function("watch_orders", uses, timeout=LISTING_SECONDS)

    def decide(self, machine: StateMachine, others: Sequence[StateMachine] = ()) -> Function:
        """The door for people's decisions, which orders wait for, and executions of `others`."""
        uses = (
            Use("DECISIONS_TABLE", self._tables.decisions, (READ, CHANGE)),
            Use("ISSUES_TABLE", self._tables.issues, (READ, CHANGE)),
            Use("ORDER_MACHINE", machine, ("states:sendTaskSuccess",)),
            *(Use(f"OTHER_MACHINE_{n}", one, ("states:sendTaskSuccess",)) for n, one in enumerate(others)),
        )
        return self._function("decide", uses)

    def of_the_returns(self, notices: Topic) -> dict[str, Function]:
        """What the workflow of returns calls, by the name of the handler; people are asked by the orders' function."""
        t = self._tables
        order, no_entry = Use("ORDERS_TABLE", t.orders, (READ, CHANGE)), Use("ENTRIES_TABLE", t.entries, ())
        entry, row = Use("ENTRIES_TABLE", t.entries, (ADD,)), Use("RETURNS_TABLE", t.returns, (READ, CHANGE))
        uses: dict[str, tuple[Use, ...]] = {
            "open_return": (order, no_entry, Use("RETURNS_TABLE", t.returns, (READ, ADD))),
            "make_label": (order, no_entry, row, Use("PARCELS_TABLE", t.parcels, (READ, ADD))),
            "cancel_return": (order, no_entry, row, Use("PARCELS_TABLE", t.parcels, (READ, ADD, CHANGE))),
            "check_return": (order, no_entry, row, Use("PARCELS_TABLE", t.parcels, (READ, CHANGE))),
            "record_inspection": (order, no_entry, row),
            "refund_return": (order, entry, row, self._payments(READ, CHANGE)),
            "restock_return": (
                *(order, no_entry, row, Use("STOCK_TABLE", t.stock, (CHANGE,))),
                Use("RESERVATIONS_TABLE", t.reservations, (READ, CHANGE)),
            ),
            "settle_return": (order, entry, row),
            "tell_return": (
                *(Use("ORDERS_TABLE", t.orders, ()), no_entry, Use("RETURNS_TABLE", t.returns, (READ,))),
                Use("NOTICES_TOPIC", notices, ("sns:publish",)),
                Use("IDEMPOTENCY_TABLE", t.idempotency, (READ, ADD, CHANGE, DROP)),
            ),
        }
        (ask_person,) = (one for one in self._made if one.purpose == "ask-person")
        return {**{name: self._function(name, used) for name, used in uses.items()}, "ask_person": ask_person}

    def other(self, handler: str, *uses: Use, timeout: int = OTHER_SECONDS, memory: int = 256) -> Function:
        """The function of a workflow that is not the orders', with what it works on."""
        return self._function(handler, uses, timeout=timeout, memory=memory)

    def carrier_webhook(self, machine: StateMachine, secret: Secret) -> Function:
        """The door for the carrier's news."""
        t = self._tables
        uses = (
            Use("SHIPMENTS_TABLE", t.shipments, (READ, CHANGE)),
            Use("ORDERS_TABLE", t.orders, (READ,)),
            Use("ENTRIES_TABLE", t.entries, ()),
            Use("SEEN_EVENTS_TABLE", t.seen_events, (READ, ADD)),
            Use("CARRIER_SECRET", secret, ("secretsmanager:getSecretValue",)),
            Use("ORDER_MACHINE", machine, ("states:sendTaskSuccess", "states:sendTaskHeartbeat")),
        )
        return self._function("carrier_webhook", uses)

    def payment_webhook(self, key: Secret) -> Function:
        """The door for Stripe's news, which it signs with `key`."""
        t = self._tables
        uses = (
            *(Use("ORDERS_TABLE", t.orders, (READ,)), Use("ENTRIES_TABLE", t.entries, ()), self._payments()),
            *(Use("SEEN_EVENTS_TABLE", t.seen_events, (READ, ADD)), Use("ISSUES_TABLE", t.issues, (ADD,))),
            Use("STRIPE_WEBHOOK_SECRET", key, ("secretsmanager:getSecretValue",)),
        )
        return self._function("payment_webhook", uses)

    def _payments(self, *calls: str) -> Use:
        """The payment provider: Stripe's key, or the sandbox's books and the calls made there."""
        if self.stripe_key:
            return Use("STRIPE_SECRET", self.stripe_key, ("secretsmanager:getSecretValue",))
        return Use("PAYMENTS_TABLE", self._tables.payments, calls)

    def _environment(self, handler: str, uses: Sequence[Use]) -> dict[str, str]:
        """The settings that a handler reads, beside the names of what it uses."""
        settings, used = self._settings, {use.variable for use in uses}
        return {
            **({"ORDER_LIMIT_CENTS": str(settings.order_limit_cents)} if handler in PRICING else {}),
            **({"ASKED_OF": settings.owner} if handler == "ask_person" else {}),
            **(self._limits() if handler == "watch_orders" else {}),
            **({"RECONCILED_DAYS": str(RECONCILED_DAYS)} if handler == "list_orders" else {}),
            **({"STRIPE_STACK": f"{pulumi.get_project()}-{pulumi.get_stack()}"} if "STRIPE_SECRET" in used else {}),
            **({"CARRIER_TRANSIT_SECONDS": str(settings.carrier_transit_seconds)} if "PARCELS_TABLE" in used else {}),
        }

    def _limits(self) -> dict[str, str]:
        """What says how long an order may stand still."""
        settings = self._settings
        return {
            "APPROVAL_LIMIT_CENTS": str(settings.approval_limit_cents),
            "DECISION_SECONDS": str(settings.decision_seconds),
            "DELIVERY_DEADLINE_SECONDS": str(settings.delivery_deadline_seconds),
            "POLL_SECONDS": str(settings.poll_seconds),
        }

    def _function(self, handler: str, uses: Sequence[Use], *, timeout: int = 20, memory: int = 256) -> Function:
        args = FunctionArgs(
            handler,
            self.layer,
            uses,
            self._logs,
            self._environment(handler, uses),
            timeout=timeout,
            memory=memory,
            tracing=self._settings.tracing,
            snap_start=self._settings.snap_start,
            reserved_concurrency=self._settings.reserved_for(handler),
            refuses=handler in REFUSING,
            is_public=handler in WEBHOOKS,
            knows_callers=handler in ("decide", "decide_review"),
            sources=sources.HANDLERS,
        )
        self._made.append(Function(handler.replace("_", "-"), args))
        return self._made[-1]
