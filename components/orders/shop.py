"""What the order program and the workflows beside it hand each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from ..key import Key
from ..logs import Logs
from ..state_machine import StateMachine
from ..topic import Topic
from ..triggers import ObjectTrigger
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
    """What a workflow adds: its machines, and all else that the stack's outputs tell of. Executions of the machines in
    `asking` wait for people's decisions, as orders do. `triggers` start machines, and are watched with those of orders.

    Its functions are not among them: `OrderFunctions.all` has every one that it has made.
    """

    machines: Sequence[StateMachine]
    parts: Sequence[pulumi.Resource] = ()
    asking: Sequence[StateMachine] = ()
    triggers: Sequence[ObjectTrigger] = ()
