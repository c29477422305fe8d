"""Returns: the machine that takes back goods of delivered orders, and its functions."""

from __future__ import annotations

from workflows import RETURN_PROMISES, Decisions, Delivery, ReturnFunctions
from workflows import returns as definition_of

from ..state_machine import StateMachine, StateMachineArgs
from .shop import Added, Shop


def returns(shop: Shop) -> Added:
    """The machine; an inspector has the time that any person has to decide, and a label lasts as a delivery may."""
    settings = shop.settings
    definition = definition_of(
        ReturnFunctions(**shop.functions.of_the_returns(shop.notices)),
        Delivery(settings.poll_seconds, settings.delivery_deadline_seconds),
        Decisions(settings.approval_limit_cents, settings.decision_seconds),
    )
    args = StateMachineArgs(definition, shop.logs, tracing=settings.tracing, promises=RETURN_PROMISES)
    machine = StateMachine("returns", args)
    return Added([machine], asking=[machine])
