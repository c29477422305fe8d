"""A Map in distributed mode: a Map Run, whose iterations are executions of their own.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from asl.running.data import expressions, path, template
from asl.running.failures import READER_FAILED, TOLERATED_EXCEEDED, Failure
from asl.running.frames import Frame
from asl.running.items import Items, as_whole, checked_items, most_at_once, tolerated
from asl.running.readers import read_items
from asl.running.sizes import MAX_BYTES, text
from asl.running.writers import result
from asl.syntax.shapes import Object, as_object, as_text

if TYPE_CHECKING:
    from asl.running.execution import Execution
    from asl.running.steps import Step

AT_ONCE = 10_000
"""Children that run at the same time at most: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
EXCEEDED = "The specified tolerated failure threshold was exceeded"


def is_distributed(step: Step) -> bool:
    """Whether a Map's iterations are executions of their own; an `Iterator` can say so, too."""
    return _config(step).get("Mode") == "DISTRIBUTED"


def _config(step: Step) -> Object:
    processor = as_object(step.node.get("ItemProcessor") or step.node.get("Iterator"))
    return as_object(processor.get("ProcessorConfig"))


def run_distributed(frame: Frame, effective: object) -> Generator[None, object, object]:
    """Run the processor for each item or batch; what a Map Run comes to."""
    step, execution = frame.step, frame.execution
    reads = "ItemReader" in step.node
    items = Items(frame, effective, []) if reads else checked_items(frame, effective)
    execution.record(frame.thread, "MapStateStarted", {"length": len(items.values)})
    at_once = min(most_at_once(frame, effective) or AT_ONCE, AT_ONCE)
    tolerated(frame, effective, 0)
    run = MapRun(frame, at_once)
    execution.map_runs.append(run)
    execution.record(frame.thread, "MapRunStarted", {"mapRunArn": run.arn})
    try:
        if reads:
            items = Items(frame, effective, read_items(frame, effective, execution.objects))
        given = _batches(frame, effective, [items.given(number) for number in range(len(items.values))])
        yield from run.run(given, tolerated(frame, effective, len(given)))
        found = result(frame, effective, run.arn, run.children, execution.objects)
    except Failure as failure:
        run.status = "FAILED"
        execution.record(frame.thread, "MapRunFailed", {"error": failure.error, "cause": failure.cause})
        raise
    run.status = "SUCCEEDED"
    succeeded = execution.note(frame.thread, "MapRunSucceeded", {})
    execution.note(frame.thread, "MapStateSucceeded", {}, succeeded)
    return found


def _unique(frame: Frame) -> str:
    return str(UUID(int=frame.execution.random.getrandbits(128), version=4))


class MapRun:
    """Children that run at most `at_once`, until all have ended or more failed than is tolerated."""

    def __init__(self, frame: Frame, at_once: int) -> None:
        names = frame.execution.names
        self._frame = frame
        self.machine = f"{names.machine}/{as_text(frame.step.node.get('Label')) or _unique(frame)}"
        self.arn = f"arn:aws:states:{names.region}:{names.account}:mapRun:{self.machine}:{_unique(frame)}"
        self.started_at = frame.execution.loop.now
        self.at_once = at_once
        self.tolerated: float = 0
        self.total = 0
        self.children: list[Execution] = []
        """Those that were started, in the order of their items."""
        self.status: Literal["RUNNING", "SUCCEEDED", "FAILED"] = "RUNNING"
        self._given: Sequence[object] = ()
        self._running = 0
        self._failed = 0

    def run(self, given: Sequence[object], tolerated: float) -> Generator[None, object, None]:
        """Start a child for each of `given`, and wait for all.

        Raises:
            Failure: when more failed than are `tolerated`.
        """
        self._given, self.total, self.tolerated = given, len(given), tolerated
        try:
            while self._failed <= tolerated:
                while len(self.children) < self.total and self._running < self.at_once:
                    self._start()
                if not self._running:
                    return
                yield
            raise Failure(TOLERATED_EXCEEDED, EXCEEDED)
        finally:
            for child in self.children:
                child.stop()

    def _start(self) -> None:
        frame, step = self._frame, self._frame.step
        program = step.child(as_text(_config(step).get("ExecutionType")) or "STANDARD")
        given = self._given[len(self.children)]
        child = frame.execution.child(program, given, self, _unique(frame), self._ended)
        self.children.append(child)
        self._running += 1
        child.begin()

    def _ended(self, child: Execution) -> None:
        self._running -= 1
        self._failed += child.status != "SUCCEEDED"
        self._frame.thread.wake()


def _batches(frame: Frame, effective: object, given: list[object]) -> list[object]:
    """The items in batches, where the state has an ItemBatcher.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    """
    batcher = as_object(frame.step.node.get("ItemBatcher"))
    if not batcher:
        return given
    most, most_bytes = (
        _bound(frame, batcher, name, effective) for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
    )
    shared: dict[str, object] = {}
    if "BatchInput" in batcher:
        if frame.step.jsonata:
            filled = expressions(batcher["BatchInput"], "ItemBatcher/BatchInput")(frame, frame.names())
        else:
            filled = template(batcher["BatchInput"])(frame, effective)
        shared = {"BatchInput": filled}
    room = min(most_bytes or MAX_BYTES, MAX_BYTES) - len(text({**shared, "Items": []}).encode())
    batches: list[list[object]] = []
    used = 0
    for one in given:
        size = len(text(one).encode()) + 1
        if not batches or len(batches[-1]) == most or used + size > room:
            batches.append([])
            used = 0
        batches[-1].append(one)
        used += size
    return [{**shared, "Items": batch} for batch in batches]


def _bound(frame: Frame, batcher: Object, name: str, effective: object) -> int | None:
    if name in batcher:
        value = expressions(batcher[name], f"ItemBatcher/{name}")(frame, frame.names())
    elif f"{name}Path" in batcher:
        value = path(as_text(batcher[f"{name}Path"]))(frame, effective)
    else:
        return None
    found = as_whole(value)
    if found is None or found < 1:
        raise Failure(READER_FAILED, f"field {name} must be positive")
    return found
