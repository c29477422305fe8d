"""A Map in distributed mode: a Map Run, whose iterations are executions of their own.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

from asl.running.data import expressions, path, template
from asl.running.failures import READER_FAILED, TOLERATED_EXCEEDED, Broken, Failure
from asl.running.frames import Frame
from asl.running.items import Items, as_whole, most_at_once, processor_config, tolerated
from asl.running.readers import read_items
from asl.running.sizes import MAX_BYTES, text
from asl.running.writers import result
from asl.syntax.shapes import Object, as_object, as_text

if TYPE_CHECKING:
    from asl.running.execution import Execution

AT_ONCE = 10_000
"""Children that run at the same time at most: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
EXCEEDED = "The specified tolerated failure threshold was exceeded"


def run_distributed(frame: Frame, effective: object) -> Generator[None, object, object]:
    """Run the processor for each item or batch; what a Map Run comes to. A redriven state goes on with its Map Run."""
    execution = frame.execution
    run = frame.standing if isinstance(frame.standing, MapRun) else None
    if run:
        run.redrives += 1
        execution.record(frame.thread, "MapRunRedriven", {"mapRunArn": run.arn, "redriveCount": run.redrives})
    else:
        run = frame.standing = _begun(frame, effective)
    run.status = "RUNNING"
    try:
        if run.shares is None:
            run.tolerated, run.shares = _read(frame, effective)
        yield from run.run(frame)
        found = result(frame, effective, run, execution.objects)
        if run.failed > run.tolerated:
            raise Failure(TOLERATED_EXCEEDED, EXCEEDED)
        run.status, frame.standing = "SUCCEEDED", None
    except Failure as failure:
        run.status = "FAILED"
        execution.record(frame.thread, "MapRunFailed", {"error": failure.error, "cause": failure.cause})
        raise
    except Broken:
        run.status, frame.standing = "FAILED", None
        raise
    finally:
        if run.status == "RUNNING":
            run.status = "ABORTED"
    succeeded = execution.note(frame.thread, "MapRunSucceeded", {})
    execution.note(frame.thread, "MapStateSucceeded", {}, succeeded)
    return found


def _begun(frame: Frame, effective: object) -> MapRun:
    """A new Map Run of a state whose own fields can be applied."""
    execution = frame.execution
    length = 0 if "ItemReader" in frame.step.node else len(Items(frame, effective).values)
    execution.record(frame.thread, "MapStateStarted", {"length": length})
    at_once = min(most_at_once(frame, effective) or AT_ONCE, AT_ONCE)
    tolerated(frame, effective, 0)
    run = MapRun(frame, at_once)
    execution.map_runs.append(run)
    execution.record(frame.thread, "MapRunStarted", {"mapRunArn": run.arn})
    return run


def _read(frame: Frame, effective: object) -> tuple[float, Sequence[Share]]:
    """How many items may fail, and what the children are given."""
    read = "ItemReader" in frame.step.node
    items = Items(frame, effective, read_items(frame, effective, frame.execution.objects) if read else None)
    given = [items.given(number) for number in range(len(items.values))]
    return tolerated(frame, effective, len(given)), _shares(frame, effective, given)


def _unique(frame: Frame) -> str:
    return str(UUID(int=frame.execution.random.getrandbits(128), version=4))


class Share(NamedTuple):
    """What one child is given, and how many items that is."""

    input: object
    items: int


class MapRun:
    """Children that run at most `at_once`, until all have ended or more items failed than are `tolerated`."""

    def __init__(self, frame: Frame, at_once: int) -> None:
        names = frame.execution.names
        self._frame = frame
        self.machine = f"{names.machine}/{as_text(frame.step.node.get('Label')) or _unique(frame)}"
        self.arn = f"arn:aws:states:{names.region}:{names.account}:mapRun:{self.machine}:{_unique(frame)}"
        self.started_at = frame.execution.loop.now
        self.at_once = at_once
        self.tolerated: float = 0
        self.shares: Sequence[Share] | None = None
        """Of the children, in order; None until they are read."""
        self.children: list[Execution] = []
        """Those that were started, in the order of their shares."""
        self.status: Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"] = "RUNNING"
        self.redrives = 0
        self.failed = 0
        """Items whose children failed."""
        self._running = 0

    def run(self, frame: Frame) -> Generator[None, object, None]:
        """Start a child for each share, or those that did not succeed again, until all have ended or too many failed.

        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html#redrive-child-workflow-behavior
        """
        shares = self.shares or ()
        self._frame, self._running, self.failed = frame, 0, 0
        ended = [child.status for child in self.children]
        waiting = deque(number for number in range(len(shares)) if ended[number : number + 1] != ["SUCCEEDED"])
        try:
            while self.failed <= self.tolerated and (waiting or self._running):
                while waiting and self._running < self.at_once:
                    number = waiting.popleft()
                    self._start(number, shares[number])
                if self._running:
                    yield
        finally:
            for child in self.children:
                child.stop()

    def _start(self, number: int, share: Share) -> None:
        before = self.children[number] if number < len(self.children) else None
        if before and before.program.type == "STANDARD":
            if before.not_redrivable() is not None:
                self.failed += share.items
            else:
                self._running += 1
                before.redrive()
            return
        execution, step = self._frame.execution, self._frame.step
        program = step.child(as_text(processor_config(step).get("ExecutionType")) or "STANDARD")
        name = before.names.execution if before else _unique(self._frame)
        child = execution.child(program, share.input, self, name, partial(self._ended, share))
        child.stand_at((*self._frame.thread.place, number))
        self.children[number : number + 1] = [child]
        self._running += 1
        child.begin()

    def _ended(self, share: Share, child: Execution) -> None:
        self._running -= 1
        if child.status != "SUCCEEDED":
            self.failed += share.items
        self._frame.thread.wake()


def _shares(frame: Frame, effective: object, given: list[object]) -> list[Share]:
    """Each item for itself, or in batches, where the state has an ItemBatcher.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    """
    batcher = as_object(frame.step.node.get("ItemBatcher"))
    if not batcher:
        return [Share(one, 1) for one in given]
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
    return [Share({**shared, "Items": batch}, len(batch)) for batch in batches]


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
