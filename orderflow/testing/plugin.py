"""The pytest plugin: the fixture `workflow`, and what a failed test tells of the runs it made.

pytest loads this file at every start, wherever the wheel is installed: `asl` is imported once a test needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from asl.testing.runs import Run
    from asl.testing.workflow import Workflow

KEPT = 20
"""Runs of one test that have ended and are still known when it fails; of hundreds the last ones tell enough."""


class Runs:
    """The runs of the test that is running."""

    def __init__(self) -> None:
        self.all: list[Run] = []

    def add(self, run: Run) -> None:
        self.all.append(run)
        ended = [one for one in self.all if one.status != "RUNNING"]
        for one in ended[:-KEPT]:
            self.all.remove(one)


_RUNS = pytest.StashKey[Runs]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RUNS] = Runs()


@pytest.fixture(scope="session")
def workflow(pytestconfig: pytest.Config) -> Callable[..., Workflow]:
    """Workflows under test: `workflow(definition).mock("Charge", error="Declined").run(order)`. See docs/testing.md."""
    from dataclasses import replace

    from asl.testing.workflow import Workflow

    def make(definition: object, *, type: str = "STANDARD", name: str = "machine") -> Workflow:
        return replace(Workflow.of(definition, type=type, name=name), seen=pytestconfig.stash[_RUNS].add)

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    item.config.stash[_RUNS].all.clear()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    runs = item.config.stash[_RUNS].all
    if report.failed and runs:
        from orderflow.testing.telling import told

        whole = item.config.get_verbosity() >= 2
        report.sections += [(f"workflow run {number}", told(run, whole)) for number, run in enumerate(runs, 1)]
    return report


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    if "asl.testing.runs" not in sys.modules:
        return None
    from orderflow.testing.telling import compared

    return compared(op, left, right, config.get_verbosity() >= 2)
