"""A state that can be tried again and caught: tasks, parallel branches and maps alike."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias

from asl.running.calls import too_long
from asl.running.data import Assigned
from asl.running.failures import DATA_LIMIT, RUNTIME, Broken, Failure
from asl.running.frames import Frame
from asl.running.handling import Attempts
from asl.running.sizes import is_too_long

Attempt: TypeAlias = Callable[[Frame, object], Generator[None, object, object]]
"""What a state does with its arguments, once; returns the result."""
Left: TypeAlias = tuple[object, Assigned, str]


def handled(
    frame: Frame, attempt: Attempt, given_up: Callable[[Frame], None] = lambda frame: None
) -> Generator[None, object, Left]:
    """Try until `attempt` succeeds, no retrier takes its failure, and then until a catcher does.

    `given_up` tells of a failure that is not tried again.

    Raises:
        Failure: that no catcher took.
    """
    step, execution = frame.step, frame.execution
    attempts = Attempts(step.retriers)
    while True:
        own = False
        try:
            try:
                effective = step.data.effective(frame)
                result = yield from attempt(frame, effective)
                output, assigned = step.data.finish(frame, effective, result, made=True)
                if output is not frame.measured and is_too_long(output):
                    raise Failure(DATA_LIMIT, too_long(frame))
                frame.measured = output
                return output, assigned, step.next
            except Broken as broken:
                own = broken.error == RUNTIME
                raise frame.failure(broken) from broken
        except Failure as failure:
            delay = attempts.delay(failure, execution.random, execution.taken)
            if delay is None:
                if not own:
                    given_up(frame)
                return _caught(frame, failure)
        if delay > 0:
            yield from frame.thread.sleep(execution.loop.now + delay * execution.loop.pace)
        frame.retries += 1
        frame.standing = None
        execution.transitions += 1


def _caught(frame: Frame, failure: Failure) -> Left:
    for catcher in frame.step.catchers:
        if failure.is_one_of(catcher.errors):
            try:
                output, assigned = frame.step.data.caught(frame, catcher.node, failure.output)
            except Broken as broken:
                raise frame.failure(broken) from broken
            frame.way_out = f"{catcher.path}.Next"
            return output, assigned, catcher.next
    raise failure
