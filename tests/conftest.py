"""How the tests are shared among workers, and what each tier took.

Workers take groups of tests, a file each unless said otherwise below: what a file's tests share is made once. The
longest come first, so that no worker is left with one of them in the end; and Pulumi, where it has to be built, is
built meanwhile.
"""

from __future__ import annotations

import gc
import resource
from collections import Counter
from collections.abc import Generator
from functools import cache
from pathlib import Path
from time import monotonic  # by itself: some tests move the clock of `time`
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
TIERS = ("emulator", "engine", "browser", "infra", "unit")
"""In the order in which they are begun."""
ON_THE_STACK = ("test_events", "test_orders", "test_rescue", "test_security")
"""Files of the tier `emulator` whose tests are on one stack, deployed once."""
WHOLE = ("test_beside", "test_command", "test_lifecycle", "test_storefront")
"""Those of the tier `engine` that deploy the whole program."""
SHIPPED = (
    *("test_packaging", "test_program", "test_resources", "test_runbook_policies", "test_schemas", "test_security"),
    *("test_settings", "test_snapshots", "test_statements", "test_watching"),
)
"""Those of the tier `infra` that look at what the shipped stacks register, which are run once."""
LONGEST = ("test_sabotages", "on the stack", "test_runbook", "the whole program", "test_release", "the shipped stacks")
"""Groups that are begun before the others of their tier."""
COST = "seconds, and seconds of computing"


@cache
def tier_of(path: Path) -> str:
    """The tier that a file of tests belongs to."""
    return path.relative_to(TESTS).parts[0]


@cache
def group_of(path: Path) -> str:
    """The group of tests that one worker runs, in one go."""
    tier = tier_of(path)
    if tier == "emulator" and path.stem in ON_THE_STACK:
        return "on the stack"
    if tier == "engine" and path.stem in WHOLE:
        return "the whole program"
    if tier == "infra" and path.stem in SHIPPED:
        return "the shipped stacks"
    return path.relative_to(TESTS).as_posix()


class Groups(LoadScopeScheduling):
    """Hands out a group at a time. xdist's own marks for that do nothing under pytest 9.2, where the ids of items do
    not change by what it sets."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(TESTS.parent / nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    return Groups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> tuple[int, int]:
        group = Path(group_of(item.path)).stem
        return TIERS.index(tier_of(item.path)), LONGEST.index(group) if group in LONGEST else len(LONGEST)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What was loaded to collect thousands of tests stays: nobody looks through it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None]:
    """Note what a test takes with all that is made and taken down for it, in this process and in those that end."""
    item.stash[_BEGAN] = (monotonic(), _computed())
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "teardown":
        started, before = item.stash[_BEGAN]
        cost = (monotonic() - started, _computed() - before)
        report.user_properties = [*report.user_properties, (COST, cost)]
    return report


_BEGAN: pytest.StashKey[tuple[float, float]] = pytest.StashKey()


def _computed() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line for each tier: how many tests, how long all of them took, and how much of that was computing."""
    tests, took, computed = Counter[str](), Counter[str](), Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            cost = dict(getattr(report, "user_properties", ())).get(COST)
            if cost and report.when == "teardown":
                tier = report.nodeid.split("/")[1]
                tests[tier] += 1
                took[tier] += cost[0]
                computed[tier] += cost[1]
    for tier in tests:
        terminalreporter.write_line(
            f"{tier:<9} {tests[tier]:>6,} tests {took[tier]:>6.0f} s, {computed[tier]:.0f} s of it computing"
        )
