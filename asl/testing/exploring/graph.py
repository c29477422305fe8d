"""What an exploration finds: visits of states that are alike, and the ways between them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from asl.running.failures import Failure
from asl.running.steps import Step
from asl.running.variables import Variables
from asl.testing.exploring.promised import Open
from asl.testing.exploring.unknown import Id
from asl.testing.exploring.visits import Answer, Ran

Fact: TypeAlias = tuple[Id, object]
"""What was learned of unknown data."""
How: TypeAlias = Literal["succeeded", "failed", "stuck", "full"]


@dataclass(frozen=True, slots=True)
class Spent:
    """The least and the most of something."""

    least: float
    most: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.least + other.least, self.most + other.most)


NOTHING = Spent(0, 0)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a visit takes: seconds of virtual time, events of the history, state transitions as AWS bills them."""

    seconds: Spent = NOTHING
    events: Spent = NOTHING
    transitions: Spent = NOTHING

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.events + other.events, self.transitions + other.transitions)


FREE = Cost()


def exactly(ran: Ran) -> Cost:
    """What a visit has taken, where it always takes the same."""
    return Cost(Spent(ran.seconds, ran.seconds), Spent(ran.events, ran.events), Spent(ran.transitions, ran.transitions))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a scope ends, in which state, and with what."""

    how: How
    path: str
    output: object = None
    failure: Failure | None = None


@dataclass(eq=False, slots=True)
class Edge:
    """One thing that can happen in a visit, or something that is learned of unknown data before it."""

    source: Node
    target: Node
    answers: tuple[Answer, ...] = ()
    facts: tuple[Fact, ...] = ()
    is_visit: bool = True
    cost: Cost = FREE
    ways: int = 1
    """How many sequences of outcomes it stands for."""
    caught: str = ""
    """The path of the catcher that took over."""
    renamed: Mapping[object, object] = field(default_factory=dict[object, object])
    """The names by which the target knows unknown data that this edge brings there by others."""
    unread: bool = False
    """Whether what lies in S3 could not be read."""
    late: bool = False
    """Whether it is there only when much time has passed."""


@dataclass(eq=False, slots=True)
class Node:
    """Visits of a state that are alike: with data that make no difference, and the same promises open. Or an end."""

    step: Step | None
    data: object
    variables: Variables
    open: Open
    outer: tuple[Fact, ...]
    """What was learned of data from outside the scope."""
    ended: Ended | None = None
    came: Edge | None = None
    """The last step of the shortest way here."""
    depth: int = 0
    seconds: float = 0
    events: int = 0
    edges: list[Edge] = field(default_factory=list[Edge])
    tried: bool = False
    origins: tuple[object, ...] = ()
    """The unknown data that count here, in the order in which they come."""

    def way(self) -> list[Edge]:
        """The shortest way here."""
        found: list[Edge] = []
        edge = self.came
        while edge is not None:
            found.append(edge)
            edge = edge.source.came
        return found[::-1]


@dataclass(eq=False, slots=True)
class Graph:
    """All visits of a scope's states that were found."""

    start: Node
    nodes: dict[Hashable, Node]
    over_time: list[Node] = field(default_factory=list[Node])
    """Reached only after the machine's timeout."""
    over_full: list[Node] = field(default_factory=list[Node])
    """Reached only when the history is full."""

    def ends(self) -> Iterator[Node]:
        """How the scope can end."""
        return (node for node in self.nodes.values() if node.ended is not None)
