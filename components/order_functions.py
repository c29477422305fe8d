"""The functions of the order program, each with what it works on and the calls it makes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi_aws as aws

from components.function import DependencyLayer, Function, FunctionArgs, Use
from components.order_tables import OrderTables
from components.settings import Settings
from components.state_machine import StateMachine
from components.storage import Secret

READ, ADD, CHANGE, DROP = "dynamodb:getItem", "dynamodb:putItem", "dynamodb:updateItem", "dynamodb:deleteItem"


class OrderFunctions:
    """Makes functions of `handlers/` with a stack's settings."""

    def __init__(self, tables: OrderTables, settings: Settings) -> None:
        self._tables, self._settings = tables, settings
        self._layer = DependencyLayer("dependencies")

    def of_the_workflow(self, notices: aws.sns.Topic) -> dict[str, Function]:
        """What the order workflow calls, by the name of the handler."""
        t, transit = self._tables, {"CARRIER_TRANSIT_SECONDS": self._settings.carrier_transit_seconds}
        # A function that records a change of the order without moving money never writes an entry.
        order, no_entry = Use("ORDERS_TABLE", t.orders, (READ, CHANGE)), Use("ENTRIES_TABLE", t.entries, ())
        entry = Use("ENTRIES_TABLE", t.entries, (ADD,))
        payment = Use("PAYMENTS_TABLE", t.payments, (READ, CHANGE))
        stock = Use("STOCK_TABLE", t.stock, (CHANGE,))
        shipment = Use("SHIPMENTS_TABLE", t.shipments, (READ, CHANGE))
        uses: dict[str, tuple[Use, ...]] = {
            "validate_order": (order, no_entry, Use("PRODUCTS_TABLE", t.products, ("dynamodb:batchGetItem",))),
            "ask_person": (Use("DECISIONS_TABLE", t.decisions, (CHANGE,)),),
            "charge_payment": (order, entry, Use("PAYMENTS_TABLE", t.payments, (READ, ADD, CHANGE))),
            "reserve_inventory": (
                *(Use("ORDERS_TABLE", t.orders, (CHANGE,)), no_entry, stock),
                Use("RESERVATIONS_TABLE", t.reservations, (READ, ADD)),
            ),
            "create_shipment": (
                *(order, no_entry, Use("SHIPMENTS_TABLE", t.shipments, (ADD,))),
                Use("PARCELS_TABLE", t.parcels, (READ, ADD)),
            ),
            "capture_payment": (order, entry, payment),
            "follow_shipment": (shipment,),
            "check_shipment": (shipment, Use("PARCELS_TABLE", t.parcels, (READ,))),
            "cancel_shipment": (order, no_entry, Use("PARCELS_TABLE", t.parcels, (READ, ADD, CHANGE))),
            "release_stock": (order, no_entry, stock, Use("RESERVATIONS_TABLE", t.reservations, (READ, CHANGE))),
            "refund_payment": (order, entry, payment),
            "record_settlement": (order, entry),
            "send_confirmation": (
                *(order, entry, Use("NOTICES_TOPIC", notices, ("sns:publish",))),
                Use("IDEMPOTENCY_TABLE", t.idempotency, (READ, ADD, CHANGE, DROP)),
            ),
        }
        settings: dict[str, Mapping[str, int | str]] = {
            "validate_order": {"ORDER_LIMIT_CENTS": self._settings.order_limit_cents},
            "ask_person": {"ASKED_OF": self._settings.owner},
            **dict.fromkeys(("create_shipment", "check_shipment", "cancel_shipment"), transit),
        }
        return {name: self._function(name, used, settings.get(name, {})) for name, used in uses.items()}

    def decide(self, machine: StateMachine) -> Function:
        """The door for people's decisions."""
        decisions = Use("DECISIONS_TABLE", self._tables.decisions, (READ, CHANGE))
        return self._function("decide", (decisions, Use("ORDER_MACHINE", machine, ("states:sendTaskSuccess",))))

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

    def _function(
        self, handler: str, uses: Sequence[Use], environment: Mapping[str, int | str] | None = None
    ) -> Function:
        settings = self._settings
        args = FunctionArgs(
            handler,
            self._layer,
            uses,
            settings.logs,
            {name: str(value) for name, value in (environment or {}).items()},
            tracing=settings.tracing,
            reserved_concurrency=settings.reserved_concurrency,
        )
        return Function(handler.replace("_", "-"), args)
