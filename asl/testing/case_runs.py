"""Running cases in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
