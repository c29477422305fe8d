"""Retriers and catchers: when a failed state is tried again, and who takes over.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from asl.running.failures import Failure
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number
from asl.syntax.walk import State

INTERVAL_SECONDS, MAX_ATTEMPTS, BACKOFF_RATE = 1, 3, 2.0
"""What a retrier has where it does not say, by the page above."""


@dataclass(frozen=True, slots=True)
class Retrier:
    path: str
    errors: frozenset[str]
    interval: float
    attempts: int
    rate: float
    most: float | None
    """MaxDelaySeconds."""
    jitter: bool

    def delay(self, tried: int, random: Random) -> float:
        """Seconds before the next attempt after `tried` retries of this retrier."""
        try:
            delay = self.interval * self.rate**tried
        except OverflowError:
            delay = float("inf")
        delay = min(delay, self.most if self.most is not None else _LONGEST)
        return random.uniform(0, delay) if self.jitter else delay


_LONGEST = 31_622_400
"""Seconds of MaxDelaySeconds at most, by the page above."""


@dataclass(frozen=True, slots=True)
class Catcher:
    path: str
    errors: frozenset[str]
    node: Object
    next: str

    @property
    def place(self) -> str:
        """Where it stands in its state, `Catch[0]`."""
        return self.path.rpartition(".")[2]


class Attempts:
    """How often each retrier of a state has been used in one visit."""

    def __init__(self, retriers: Sequence[Retrier]) -> None:
        self._retriers = retriers
        self._tried = [0] * len(retriers)

    def delay(self, failure: Failure, random: Random, taken: set[str]) -> float | None:
        """Seconds until the state is tried again after `failure`; None where it is not.

        The first retrier that takes the error decides, also where its attempts are used up; it is noted in `taken`.
        """
        for index, retrier in enumerate(self._retriers):
            if failure.is_one_of(retrier.errors):
                taken.add(retrier.path)
                tried = self._tried[index]
                if tried >= retrier.attempts:
                    return None
                self._tried[index] += 1
                return retrier.delay(tried, random)
        return None


def retriers(state: State) -> tuple[Retrier, ...]:
    """The retriers of a state, in order."""
    return tuple(retrier(handler.node, handler.path) for handler in state.retriers)


def retrier(node: Object, path: str) -> Retrier:
    """An element of Retry."""
    most = node.get("MaxDelaySeconds")
    return Retrier(
        path,
        _errors(node),
        _number(node.get("IntervalSeconds"), INTERVAL_SECONDS),
        int(_number(node.get("MaxAttempts"), MAX_ATTEMPTS)),
        _number(node.get("BackoffRate"), BACKOFF_RATE),
        most if is_number(most) else None,
        node.get("JitterStrategy") == "FULL",
    )


def catchers(state: State) -> tuple[Catcher, ...]:
    """The catchers of a state, in order."""
    found = [(handler.path, as_object(handler.node)) for handler in state.catchers]
    return tuple(Catcher(path, _errors(node), node, as_text(node.get("Next"))) for path, node in found)


def _errors(node: Object) -> frozenset[str]:
    return frozenset(as_text(name) for name in as_list(node.get("ErrorEquals")))


def _number(value: object, default: float) -> float:
    return value if is_number(value) else default
