"""Sagas: steps that are undone in reverse when a later one fails, each step declared with its undo.

    charge = Step("ChargePayment", {...}, undo=(Undo("RefundPayment", {...}),))
    fulfill = Step("Fulfill", {...}, undo=(Undo("CancelShipment", {...}), Undo("ReleaseStock", {...})))
    states = saga(charge, fulfill, then="WaitForShipping", undone="OrderRefunded", stuck="AskForHelp")

A catcher of a step leads to `fulfill.undo_from`: what the step itself may have half done is undone first, then what
came before it. `asl.MustReach` proves that no way was forgotten.

The pattern: https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/saga-orchestration.html
"""

from __future__ import annotations

from dataclasses import dataclass

from asl.syntax.builders import Node, catch


@dataclass(frozen=True)
class Undo:
    """A state that takes back one effect of a step: idempotent, and content where there is nothing to take back."""

    name: str
    state: Node


@dataclass(frozen=True)
class Step:
    """A state with effects, and what takes them back, in the order in which that is done."""

    name: str
    state: Node
    undo: tuple[Undo, ...]

    @property
    def undo_from(self) -> str:
        """Where the undoing begins when this step, or anything after it, has failed."""
        return self.undo[0].name


def saga(*steps: Step, then: str, undone: str, stuck: str) -> Node:
    """The states of all steps, in turn and then `then`, and of their undos, the last step's first and then `undone`.

    An undo that keeps failing leads to `stuck`, with the error at `$.stuck`; catchers of its own come before that.

    Raises:
        ValueError: for a step without an undo, or a name that is used twice.
    """
    undos = [undo for step in reversed(steps) for undo in step.undo]
    names = [step.name for step in steps] + [undo.name for undo in undos]
    for step in steps:
        if not step.undo:
            raise ValueError(f"{step.name} has no undo: leave it out of the saga, or say how it is taken back")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two states of the saga are called {', '.join(twice)}: rename one of each")
    following = dict(zip([step.name for step in steps], [*(step.name for step in steps[1:]), then], strict=True))
    after = dict(zip([undo.name for undo in undos], [*(undo.name for undo in undos[1:]), undone], strict=True))
    forward = {step.name: {**step.state, "Next": following[step.name]} for step in steps}
    return forward | {undo.name: _undoing(undo, after[undo.name], stuck) for undo in undos}


def _undoing(undo: Undo, then: str, stuck: str) -> Node:
    return {
        **undo.state,
        "Catch": [*undo.state.get("Catch", ()), catch("States.ALL", to=stuck, result_path="$.stuck")],
        "Next": then,
    }
