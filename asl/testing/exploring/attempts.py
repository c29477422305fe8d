"""In how many sequences of attempts a visit can end, and what the longest of them takes."""

from __future__ import annotations

from math import comb
from random import Random

from asl.running.handling import Retrier
from asl.testing.exploring.graph import Cost, Spent
from asl.testing.exploring.trials import Trial, Trials
from asl.testing.exploring.visits import Ran

MOST_COUNTED = 60
"""Retries of one retrier that are counted; with more the count says the least."""


class Patient(Random):
    """Chance that always falls on the longest delay."""

    def uniform(self, a: float, b: float) -> float:
        return b


class Sequences:
    """What can go before the last attempt of a visit: retries, as each retrier allows them."""

    def __init__(self, trials: Trials) -> None:
        self.trials = trials
        self.kinds = [0] * len(trials.step.retriers)
        """How many outcomes each retrier takes."""
        for trial in trials.every:
            index = trials.retrier(trial)
            if index is not None:
                self.kinds[index] += len(trial.names) or 1
        self._ways = {trial: self._count(trial) for trial in trials.every}
        self._retries, self._seconds = self._all_retries()

    def ways(self, trial: Trial) -> int:
        """How many sequences end with `trial`. One that is retried ends the visit where its attempts are used up."""
        return self._ways[trial]

    def _count(self, trial: Trial) -> int:
        own = self.trials.retrier(trial)
        by_length = [1]
        for index, retrier in enumerate(self.trials.step.retriers):
            most = min(retrier.attempts, MOST_COUNTED) if self.kinds[index] else 0
            least = most if index == own else 0
            by_length = _interleaved(by_length, range(least, most + 1), self.kinds[index])
        return sum(by_length) * (len(trial.names) or 1)

    def cost(self, trial: Trial, ran: Ran) -> Cost:
        """The least as it ran; the most with every retry used up, and each attempt as slow as may be."""
        each = ran.attempt_events / len(ran.answers) if ran.answers else 0.0
        more = max(0, self._retries - (len(ran.answers) - 1))
        return Cost(
            Spent(ran.seconds, max(ran.seconds, self._seconds + self.trials.longest(trial))),
            Spent(ran.events, ran.events + more * each),
            Spent(ran.transitions, ran.transitions + more),
        )

    def _all_retries(self) -> tuple[int, float]:
        """How many retries there may be in one visit, and how many seconds they may take with their delays."""
        retries, seconds = 0, 0.0
        for index, retrier in enumerate(self.trials.step.retriers):
            taken = [trial for trial in self.trials.every if self.trials.retrier(trial) == index]
            if taken:
                retries += retrier.attempts
                seconds += retrier.attempts * max(map(self.trials.longest, taken)) + longest_delays(retrier)
        return retries, seconds


def _interleaved(by_length: list[int], counts: range, kinds: int) -> list[int]:
    """Sequences of each length, with so many more of `kinds` anywhere in between."""
    found = [0] * (len(by_length) + counts.stop - 1)
    for length, many in enumerate(by_length):
        for count in counts:
            found[length + count] += many * comb(length + count, count) * kinds**count
    return found


def longest_delays(retrier: Retrier) -> float:
    """All delays of a retrier together, at their longest."""
    chance = Patient(0)
    counted = min(retrier.attempts, MOST_COUNTED)
    delays = [retrier.delay(tried, chance) for tried in range(counted)]
    return sum(delays) + (retrier.attempts - counted) * (delays[-1] if delays else 0)
