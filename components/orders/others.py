"""The workflows that a stack may have beside those of orders: what each is made from, and what it adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from ..key import Key
from ..logs import Logs
from ..state_machine import StateMachine
from ..topic import Topic
from .functions import OrderFunctions
from .settings import Settings
from .tables import OrderTables


@dataclass(frozen=True)
class Shop:
    """What the order program has made when other workflows are added to it."""

    settings: Settings
    key: Key
    logs: Logs
    tables: OrderTables
    functions: OrderFunctions
    notices: Topic
    fulfillment: StateMachine


@dataclass(frozen=True)
class Added:
    """What a workflow adds: its machines, and all else that the stack's outputs tell of.

    Its functions are not among them: `OrderFunctions.all` has every one that it has made.
    """

    machines: Sequence[StateMachine]
    parts: Sequence[pulumi.Resource] = ()


OTHERS: Mapping[str, Callable[[Shop], Added]] = {}
"""By its name in the setting `workflows`, what makes a workflow."""


def others(shop: Shop) -> Added:
    """The workflows that the stack's settings name."""
    added = [OTHERS[name](shop) for name in shop.settings.workflows]
    machines = [machine for one in added for machine in one.machines]
    return Added(machines, [part for one in added for part in one.parts])
