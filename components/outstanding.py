"""How Pulumi's SDK waits for what is under way: for all at once, where it waits for one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from pulumi.runtime.settings import SETTINGS

Task = asyncio.Task[Any]


class Outstanding(set[Task]):
    """The Outputs that a program still waits for, which to whoever looks through them are one: all that there are now.

    In the end pulumi (3.272, `runtime/stack.py`, `wait_for_rpcs`) waits until any of them is known, and then for the
    rest again, which looks at each of them once more. Most of the 18 s that a preview of 100 machines of 50 states took
    on two cores went there; it takes 5 (`bench/engine.py`). One that fails ends the wait at once, here as there.
    """

    def __iter__(self) -> Iterator[Task]:
        if tasks := list(super().__iter__()):
            yield asyncio.ensure_future(_every(tasks))


async def _every(tasks: list[Task]) -> None:
    await asyncio.gather(*tasks)


def wait_for_all_at_once() -> None:
    """Have this program wait for its Outputs together."""
    settings: Any = SETTINGS
    if not isinstance(settings.outputs, Outstanding):
        settings.outputs = Outstanding(settings.outputs)
