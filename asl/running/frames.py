"""One visit of a state: what its fields can read, and how what goes wrong in them is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from asl.running.failures import RUNTIME, Broken, Failure
from asl.running.instants import written
from asl.running.paths import Data

if TYPE_CHECKING:
    from asl.running.branches import Standing
    from asl.running.distributed import MapRun
    from asl.running.execution import Execution
    from asl.running.loop import Thread
    from asl.running.steps import Step


_NOTHING = object()


class Frame:
    """A state between entering and leaving it. A new attempt of the same visit goes on in the same frame."""

    __slots__ = (
        "entered_at",
        "entered_from",
        "entered_id",
        "execution",
        "inspected",
        "item",
        "measured",
        "raw",
        "retries",
        "standing",
        "step",
        "thread",
        "token",
        "way_out",
    )

    def __init__(self, execution: Execution, thread: Thread, step: Step, raw: object, entered_from: int) -> None:
        self.execution = execution
        self.thread = thread
        self.step = step
        self.raw = raw
        """The state's input."""
        self.measured: object = _NOTHING
        """A value that is known to be no longer than a state may give."""
        self.entered_from = entered_from
        """The event before the state was entered."""
        self.entered_id = thread.previous
        self.entered_at = execution.loop.now
        self.retries = 0
        self.way_out = step.way_on
        """The path of the transition by which the state is left."""
        self.token: str | None = None
        """The task token of the attempt, where one waits for it."""
        self.item: Mapping[str, object] | None = None
        """`Index` and `Value` of the item that a Map's fields are evaluated for."""
        self.standing: Standing | MapRun | None = None
        """How far the branches, iterations or children had come when the state failed."""
        self.inspected: dict[str, object] | None = None
        """What became of the data on its way, where somebody wants to know: TestState."""

    def again(self, thread: Thread) -> Frame:
        """The same visit, tried anew by a redriven execution."""
        frame = Frame(self.execution, thread, self.step, self.raw, self.entered_from)
        frame.entered_id = self.entered_id
        frame.standing = self.standing
        return frame

    def data(self, document: object) -> Data:
        """What paths read: `$` is `document`."""
        return Data(document, self.context() if self.step.reads_context else {}, self.thread.variables)

    def context(self) -> dict[str, object]:
        """The context object: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
        execution = self.execution
        if execution.given_context is not None:
            return dict(execution.given_context)
        state: dict[str, object] = {"Name": self.step.name, "EnteredTime": written(self.entered_at)}
        if self.step.type in ("Task", "Parallel", "Map"):
            state["RetryCount"] = self.retries
        context: dict[str, object] = {**execution.context, "State": state}
        item = self.item or self.thread.item
        if item is not None:
            context["Map"] = {"Item": item}
        if self.token is not None:
            context["Task"] = {"Token": self.token}
        return context

    def names(self, **more: object) -> dict[str, object]:
        """What expressions read: `$states` and the variables."""
        states: dict[str, object] = {"input": self.raw, **more}
        if self.step.reads_context:
            states["context"] = self.context()
        return {**self.thread.variables, "states": states}

    def note(self, stage: str, value: object) -> None:
        """Keep what became of the data at `stage`, where it is inspected."""
        if self.inspected is not None:
            self.inspected[stage] = value

    def failure(self, broken: Broken) -> Failure:
        """What the state fails with, in AWS's words. The history tells of an expression that failed."""
        cause = (
            f"An error occurred while executing the state '{self.step.name}' (entered at the event id "
            f"#{self.entered_id}). {broken.detail}"
        )
        if broken.location is not None and broken.error != RUNTIME:
            details = {
                "state": self.step.name,
                "error": broken.error,
                "cause": cause,
                "location": broken.location or None,
            }
            self.thread.previous = self.execution.record(self.thread, "EvaluationFailed", details)
        return Failure(broken.error, cause)
