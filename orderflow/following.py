"""Following an execution until it ends, or for as long as somebody waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from orderflow.errors import ExecutionNotFound, StillRunning
from orderflow.executions import events
from orderflow.history import ENDS, Reader, Step

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ASK_AGAIN_SECONDS = 1.0
"""Far below what AWS lets an account ask for.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

KNOWN_AFTER_SECONDS = 10
"""What AWS knows of an execution lags behind its start."""


def follow(client: SFNClient, execution_arn: str, seconds: float, *, data: bool = True) -> Iterator[Step]:
    """Each step of the execution as it comes to be known, from the first one to its end.

    Raises:
        StillRunning: when it has not ended after so many seconds.
        ExecutionNotFound: when there is no such execution.
    """
    reader, begun = Reader(), time.monotonic()
    while True:
        try:
            newest = events(client, execution_arn, data=data, newest_first=True)
            unread = list(takewhile(lambda event: event["id"] > reader.last_event, newest))
        except ExecutionNotFound:
            if time.monotonic() - begun > min(seconds, KNOWN_AFTER_SECONDS):
                raise
            unread = []
        for event in reversed(unread):
            if step := reader.read(event):
                yield step
        if any(step.state is None and step.event in ENDS for step in reader.history.steps[-1:]):
            return
        left = begun + seconds - time.monotonic()
        if left <= 0:
            raise StillRunning(_still(reader, seconds))
        time.sleep(min(ASK_AGAIN_SECONDS, left))


def _still(reader: Reader, seconds: float) -> str:
    open_ = [visit.name for visit in reader.history.visits if visit.left is None]
    where = f" in {open_[-1]}" if open_ else ""
    return f"it still runs{where} after {seconds:g} s, and goes on; wait for longer with --timeout"
