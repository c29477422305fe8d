"""Questions about unknown data."""

from __future__ import annotations

from dataclasses import dataclass

from asl.syntax.walk import State
from asl.testing.exploring.unknown import INPUT, Id, Unknown


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be learned of the data: of `id` it may be any of `answers`."""

    id: Id
    answers: tuple[object, ...]
    learns_place: bool = False
    """Whether it asks if there is anything at all."""


class AskedError(Exception):
    """Something depends on unknown data, and what it may be does not follow from the definition."""


def ask(state: State, read: str, value: Unknown) -> str:
    """What to say where a person has to tell what the data are."""
    if value.id[0] == INPUT[0]:
        return f"{state.path} reads {read} of the execution's input, and what it may be does not follow: give an input"
    task = str(value.id[0]).partition("#")[0]
    return (
        f"{state.path} reads {read} of what {task} returns, and what it may be does not follow: give results of its "
        f"own, outcomes={{'{task}': [asl.Returns(...)]}}"
    )


def of_items(value: object) -> Question | None:
    """A Map's items: none, and one that is unknown itself."""
    if not isinstance(value, Unknown) or value:
        return None
    return Question(value.id, ([], [Unknown((*value.id, "one item"), value.read)]))
