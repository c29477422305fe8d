"""Variables that states assign, and how much they may hold.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Mapping

from asl.running.failures import DATA_LIMIT, Failure
from asl.running.sizes import MAX_BYTES, text

MAX_ALL_BYTES = 10 * 1024 * 1024
"""Of all variables: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#limits"""


class Variables(dict[str, object]):
    """What a line of states sees, by name: its own variables and those from outside. It is never changed."""

    __slots__ = ("_bytes",)

    def __init__(self, values: Mapping[str, object] | None = None, sizes: Mapping[str, int] | None = None) -> None:
        super().__init__(values or {})
        self._bytes = dict(sizes or {})

    def assigned(self, values: Mapping[str, object]) -> Variables:
        """These with new `values`.

        Raises:
            Failure: where one Assign, or all of them together, hold more than they may. AWS's page does not name the
                error; it is the one of every other value that is too long.
        """
        sizes = {name: len(text(value).encode("utf-8", "surrogatepass")) for name, value in values.items()}
        if sum(sizes.values()) > MAX_BYTES:
            raise Failure(DATA_LIMIT, f"The variables of one Assign exceed {MAX_BYTES} bytes.")
        after = self._bytes | sizes
        if sum(after.values()) > MAX_ALL_BYTES:
            raise Failure(DATA_LIMIT, f"The variables of the execution exceed {MAX_ALL_BYTES} bytes.")
        return Variables({**self, **values}, after)
