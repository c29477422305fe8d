"""Which parts of a machine its tests took: states, transitions, choice branches, retriers, catchers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from asl.running.execution import Execution
from asl.syntax.shapes import as_text
from asl.syntax.walk import Edge, Machine, State
from asl.testing.visits import executions

Kind: TypeAlias = Literal["state", "transition", "branch", "retrier", "catcher"]
KINDS: Mapping[Kind, str] = {
    "state": "states",
    "transition": "transitions",
    "branch": "branches",
    "retrier": "retriers",
    "catcher": "catchers",
}
"""In the order in which they are told. A Choice's Default is a branch; a retrier is taken when it decides about an
error, also where it decides that the state is not tried again."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a machine that a test can take; `path` is the field's."""

    kind: Kind
    path: str
    state: str
    label: str
    """What of the state it is: `Catch[0] (Declined) → Refused`."""

    def __str__(self) -> str:
        return f"{self.state}: {self.label}" if self.label else self.state


class Coverage:
    """A machine, and the paths of what was taken of it."""

    def __init__(self, name: str, machine: Machine) -> None:
        self.name = name
        self.machine = machine
        self.parts = parts(machine)
        self.taken: set[str] = set()

    def add(self, execution: Execution) -> None:
        """Count what an execution has taken so far, and the children of its Map Runs."""
        for one in executions(execution):
            self.taken.update(one.visited, one.taken)

    @property
    def missed(self) -> list[Part]:
        """What nothing took."""
        return [part for part in self.parts if part.path not in self.taken]

    @property
    def percent(self) -> float:
        """The share of the parts that were taken."""
        return percent([self])

    def count(self, kind: Kind) -> tuple[int, int]:
        """How many of a kind were taken, and how many there are."""
        found = [part.path in self.taken for part in self.parts if part.kind == kind]
        return sum(found), len(found)

    def as_json(self) -> dict[str, object]:
        """What a file of coverage says of the machine."""
        told: dict[str, object] = {"name": self.name, "percent": round(self.percent, 2)}
        for kind, plural in KINDS.items():
            taken, every = self.count(kind)
            missed = [part.path for part in self.missed if part.kind == kind]
            told[plural] = {"taken": taken, "all": every, "missed": missed}
        return told


UNNAMED = "machine"
"""What a machine is called that nobody named."""


class Covered:
    """The coverage of every machine that tests ran.

    Machines are one where they have the same states, transitions and handlers, and no other names: a definition that
    is made with other settings is the same machine.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, Machine], Coverage] = {}
        self.all: list[Coverage] = []
        """In the order in which the machines were first seen."""

    def of(self, name: str, machine: Machine) -> Coverage:
        """The coverage of a machine; one that was not seen before has nothing taken."""
        if (name, machine) not in self._known:
            self._known[name, machine] = self._alike(Coverage(name, machine))
        return self._known[name, machine]

    def _alike(self, new: Coverage) -> Coverage:
        same = [
            one
            for one in self.all
            if one.parts == new.parts and (one.name == new.name or UNNAMED in (one.name, new.name))
        ]
        if not same:
            self.all.append(new)
            return new
        if same[0].name == UNNAMED:
            same[0].name = new.name
        return same[0]

    def as_json(self) -> dict[str, object]:
        """What a file of coverage holds."""
        return {"percent": round(percent(self.all), 2), "machines": [one.as_json() for one in self.all]}


def percent(covered: Sequence[Coverage]) -> float:
    """The share of the parts of all machines that were taken; of no machine it is 0."""
    every = sum(len(one.parts) for one in covered)
    return 100 * (every - sum(len(one.missed) for one in covered)) / every if every else 0


def parts(machine: Machine) -> list[Part]:
    """Every part of a machine that a test can take, in the order of the definition."""
    return [part for state in machine.states for part in _parts(state)]


def _parts(state: State) -> Iterator[Part]:
    yield Part("state", state.path, state.name, "")
    for number, retrier in enumerate(state.retriers):
        yield Part("retrier", retrier.path, state.name, f"Retry[{number}] ({_names(retrier.errors)})")
    for edge in state.exits:
        yield _exit(state, edge)


def _exit(state: State, edge: Edge) -> Part:
    field = edge.path.removeprefix(f"{state.path}.").removesuffix(".Next")
    to = f"→ {as_text(edge.target)}"
    if edge.kind == "catch":
        errors = next(one.errors for one in state.catchers if edge.path == f"{one.path}.Next")
        return Part("catcher", edge.path, state.name, f"{field} ({_names(errors)}) {to}")
    if edge.kind == "next":
        return Part("transition", edge.path, state.name, to)
    return Part("branch", edge.path, state.name, f"{field} {to}")


def _names(errors: Sequence[object]) -> str:
    return ", ".join(map(str, errors))
