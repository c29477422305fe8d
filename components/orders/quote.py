"""Quotes: an Express machine that callers of an HTTP API wait for, and the functions that it asks."""

from __future__ import annotations

from workflows import QuoteFunctions
from workflows import quote as definition_of

from ..state_machine import StateMachine, StateMachineArgs
from ..triggers import HttpApi, HttpApiArgs, Route
from ..uses import Use
from .functions import READ_MANY
from .shop import Added, Shop

ROUTE = "POST /quotes"
OUTPUTS, ERRORS = {"refused": 400}, {"NothingAnswered": 503}
"""What callers are answered where there is no quote."""
FUNCTION_MB = 1024
"""Processor time comes with memory: with less, a new environment would not have loaded the SDK in time.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""


def quote(shop: Shop) -> Added:
    """Whoever asks signs, and IAM decides who may; nothing here may write anything."""
    t, settings, seconds = shop.tables, shop.settings, shop.settings.quote_seconds
    asked = {
        "quote_price": (Use("PRODUCTS_TABLE", t.products, (READ_MANY,)),),
        "quote_stock": (Use("STOCK_TABLE", t.stock, (READ_MANY,)), Use("RESERVATIONS_TABLE", t.reservations, ())),
        "quote_delivery": (Use("PARCELS_TABLE", t.parcels, ()),),
    }
    functions = {
        name: shop.functions.other(name, *uses, timeout=seconds - 1, memory=FUNCTION_MB) for name, uses in asked.items()
    }
    definition = definition_of(QuoteFunctions(**functions), seconds)
    args = StateMachineArgs(definition, shop.logs, "EXPRESS", settings.tracing)
    machine = StateMachine("quote", args)
    route = Route(machine, waits=True, outputs=OUTPUTS, errors=ERRORS)
    api = HttpApi(
        "quotes",
        HttpApiArgs({ROUTE: route}, shop.logs, tracing=settings.tracing, snap_start=settings.snap_start),
    )
    shop.functions.include(*api.functions)
    return Added([machine], [api])
