"""A state that can be tried again and caught: tasks, parallel branches and maps alike."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias

from asl.running.calls import too_long
from asl.running.data import Assigned
from asl.running.failures import DATA_LIMIT, Broken, Failure
from asl.running.frames import Frame
from asl.running.handling import Attempts
from asl.running.sizes import is_too_long

Attempt: TypeAlias = Callable[[Frame, object], Generator[None, object, object]]
"""What a state does with its arguments, once; returns the result."""
Left: TypeAlias = tuple[object, Assigned, str]


def handled(
    frame: Frame,
    attempt: Attempt,
    given_up: Callable[[Frame], None] = lambda frame: None,
    succeeded: Callable[[Frame], None] = lambda frame: None,
) -> Generator[None, object, Left]:
    """Try until `attempt` succeeds, no retrier takes its failure, and then until a catcher does.

    `given_up` tells of a failure that is not tried again, `succeeded` of a success: with an event that is passed by,
    unless what the state makes of its result fails.

    Raises:
        Failure: that no catcher took.
    """
    step, execution = frame.step, frame.execution
    attempts = Attempts(step.retriers)
    while True:
        try:
            try:
                effective = step.data.effective(frame)
                result = yield from attempt(frame, effective)
                before = frame.thread.previous
                succeeded(frame)
                output, assigned = step.data.finish(frame, effective, result, made=True)
                if output is not frame.measured and is_too_long(output):
                    raise Failure(DATA_LIMIT, too_long(frame))
                frame.measured = output
                frame.thread.previous = before
                return output, assigned, step.next
            except Broken as broken:
                raise frame.failure(broken) from broken
        except Failure as failure:
            delay = attempts.delay(failure, execution.random, execution.taken)
            if delay is None:
                return _caught(frame, failure, given_up)
        if delay > 0:
            yield from frame.thread.sleep(execution.loop.now + delay * execution.loop.pace)
        frame.retries += 1
        frame.standing = None
        execution.transitions += 1


def _caught(frame: Frame, failure: Failure, given_up: Callable[[Frame], None]) -> Left:
    before = frame.thread.previous
    _tell(frame, failure, given_up)
    for catcher in frame.step.catchers:
        if failure.is_one_of(catcher.errors):
            try:
                output, assigned = frame.step.data.caught(frame, catcher, failure.output)
            except Broken as broken:
                # The state fails a second time, from where it stood before the first.
                frame.thread.previous = before
                second = frame.failure(broken)
                _tell(frame, second, given_up)
                raise second from broken
            frame.way_out = f"{catcher.path}.Next"
            return output, assigned, catcher.next
    raise failure


def _tell(frame: Frame, failure: Failure, given_up: Callable[[Frame], None]) -> None:
    if not failure.ends_all:
        given_up(frame)
