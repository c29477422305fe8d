"""The pytest plugin: the fixtures `workflow` and `stack`, what a failed test tells of its runs, and files of cases.

pytest loads this file at every start, wherever the wheel is installed: `asl` and Pulumi are imported once a test needs
them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from asl.testing.runs import Run
    from asl.testing.workflow import Workflow
    from orderflow.testing.covering import Covering
    from orderflow.testing.stack import Stacks

KEPT = 20
"""Runs of one test that have ended and are still known when it fails; of hundreds the last ones tell enough."""


class Runs:
    """The runs of the test that is running."""

    def __init__(self, covering: Covering | None) -> None:
        self.all: list[Run] = []
        self._covering = covering

    def add(self, run: Run) -> None:
        """Keep a run that begins, and of those that have ended the last ones."""
        self.all.append(run)
        self._let_go([one for one in self.all if one.status != "RUNNING"][:-KEPT])

    def clear(self) -> None:
        """Another test begins, or none."""
        self._let_go(list(self.all))

    def _let_go(self, runs: list[Run]) -> None:
        for one in runs:
            self.all.remove(one)
            if self._covering:
                self._covering.add(one)


_RUNS = pytest.StashKey[Runs]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("asl", "coverage of workflows (orderflow)")
    group.addoption("--asl-cov", action="store_true", help="tell what the tests took of each machine")
    group.addoption(
        "--asl-cov-fail-under", type=float, metavar="PERCENT", help="fail where less of all machines was taken"
    )
    group.addoption("--asl-cov-json", type=Path, metavar="FILE", help="write the coverage as JSON")
    group.addoption("--asl-cov-svg", type=Path, metavar="FOLDER", help="draw each machine, what was missed in red")
    group.addoption("--asl-cov-mermaid", type=Path, metavar="FOLDER", help="the same as Mermaid")


def pytest_configure(config: pytest.Config) -> None:
    covering = None
    wanted = [config.getoption(f"asl_cov{name}") for name in ("", "_fail_under", "_json", "_svg", "_mermaid")]
    if any(value not in (None, False) for value in wanted):
        from orderflow.testing.covering import Covering

        covering = Covering(config)
        config.pluginmanager.register(covering, "orderflow-coverage")
    config.stash[_RUNS] = Runs(covering)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not file_path.name.endswith((".cases.yaml", ".cases.yml", ".cases.json")):
        return None
    from orderflow.testing.collection import CaseFile

    seen = parent.config.stash[_RUNS].add
    return CaseFile.from_parent(parent, path=file_path, seen=seen)  # pyright: ignore[reportUnknownMemberType]


@pytest.fixture(scope="session")
def workflow(pytestconfig: pytest.Config) -> Callable[..., Workflow]:
    """Workflows under test: `workflow(definition).mock("Charge", error="Declined").run(order)`. See docs/testing.md."""
    from dataclasses import replace

    from asl.testing.workflow import Workflow

    def make(definition: object, *, type: str = "STANDARD", name: str = "machine") -> Workflow:
        return replace(Workflow.of(definition, type=type, name=name), seen=pytestconfig.stash[_RUNS].add)

    return make


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Stacks:
    """Pulumi programs under test: `stack("dev").one("aws:sqs/queue:Queue", "orders")`. See docs/testing.md.

    Each call is a run of its own: what many tests look at belongs into a fixture, of the session's scope too.
    """
    try:
        from orderflow.testing.stack import Stacks
    except ModuleNotFoundError as error:
        if error.name != "pulumi":
            raise
        pytest.fail("the fixture 'stack' runs Pulumi programs: install pulumi", pytrace=False)
    return Stacks(pytestconfig.rootpath)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        item.config.stash[_RUNS].clear()


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
