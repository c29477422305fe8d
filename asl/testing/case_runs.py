"""Running cases in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from asl.testing.at_aws import Ask, Followed, follow
from asl.testing.cases import Case
from asl.testing.expectations import Difference, differences, ended
from asl.testing.outcomes import MisshapenResultError, MissingOutcomeError
from asl.testing.runs import Run
from asl.testing.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Ran:
    """A case that was run, what of it is not as expected, and how long that took."""

    case: Case
    run: Run
    differences: Sequence[Difference]
    problem: str
    """Why the run could not go on to an end; empty where it did."""
    took: float
    """Seconds of this machine's time."""

    @property
    def passed(self) -> bool:
        return not self.problem and not self.differences


def run_case(workflow: Workflow, case: Case) -> Ran:
    """Run a case of a workflow."""
    began = time.perf_counter()
    runs: list[Run] = []

    def seen(run: Run) -> None:
        runs.append(run)
        workflow.seen(run)

    problem, found = "", list[Difference]()
    try:
        run = replace(workflow, mocks=case.mocks, seen=seen).run(case.input)
        found = differences(case.expect, ended(run))
    except (MissingOutcomeError, MisshapenResultError) as wrong:
        problem = str(wrong)
    return Ran(case, runs[0], found, problem, time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class AtAws:
    """A case that AWS's TestState was asked about: what it made of it, and what of its end is not as expected."""

    followed: Followed
    differences: Sequence[Difference]
    took: float
    """Seconds of this machine's time."""

    @property
    def agrees(self) -> bool:
        """Whether nothing differs; where something could not be asked, `followed.notes` says so."""
        return not self.followed.differences and not self.differences


def run_at_aws(ran: Ran, ask: Ask, role: str | None = None) -> AtAws | None:
    """Have AWS run a case that has come to an end here; None for one that has not.

    Raises:
        What `ask` raises, but RefusedError.
    """
    if ran.problem:
        return None
    began = time.perf_counter()
    followed = follow(ran.run, ask, role)
    found = differences(ran.case.expect, followed.ended) if followed.ended and not ran.differences else []
    return AtAws(followed, found, time.perf_counter() - began)
