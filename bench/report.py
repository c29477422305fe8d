"""What every benchmark prints: a table, or with --json one object a line; exit 1 where a bound is missed."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` is the peer's figure divided by ours; `bound` says what it has to be."""

    name: str
    value: float
    unit: str
    peer: str
    ratio: float | None
    bound: str
    ok: bool


def median_ms(work: Callable[[], object], runs: int) -> float:
    """The median of `runs` runs of `work`, in milliseconds."""
    taken: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def at_most(name: str, value: float, unit: str, limit: float) -> Result:
    """A figure that must not exceed a limit of its own."""
    return Result(name, value, unit, "", None, f"<= {limit:g} {unit}", value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Result:
    """A figure that must reach a limit of its own."""
    return Result(name, value, unit, "", None, f">= {limit:g} {unit}", value >= limit)


def no_more(name: str, ours: int, unit: str, peer: str, theirs: int) -> Result:
    """A count that must not exceed the peer's."""
    return Result(name, ours, unit, f"{peer}: {theirs}", None, f"<= {theirs}", ours <= theirs)


def faster(name: str, ours: float, peer: str, theirs: float, times: float) -> Result:
    """A time, in milliseconds, that must be at least `times` shorter than the peer's in the same run."""
    ratio = theirs / ours
    return Result(name, ours, "ms", f"{peer}: {theirs:.1f} ms", ratio, f">= {times:g}x", ratio >= times)


def no_slower(name: str, ours: float, peer: str, theirs: float, times: float) -> Result:
    """A time, in milliseconds, that may be at most `times` the peer's in the same run."""
    return Result(
        name, ours, "ms", f"{peer}: {theirs:.0f} ms", theirs / ours, f"<= {times:g} x", ours <= times * theirs
    )


def shown(name: str, ours: float, peer: str, theirs: float) -> Result:
    """A time, in milliseconds, beside the peer's in the same run, without a bound."""
    return Result(name, ours, "ms", f"{peer}: {theirs:.1f} ms", theirs / ours, "", True)


def finish(title: str, results: Iterable[Result]) -> None:
    """Print and exit."""
    report(title, results, arguments(title).parse_args().json)


def arguments(title: str) -> argparse.ArgumentParser:
    """What every benchmark takes on its command line."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", action="store_true", help="one object a line")
    return parser


def report(title: str, results: Iterable[Result], as_json: bool) -> None:
    """Print and exit."""
    rows = list(results)
    if as_json:
        for row in rows:
            print(json.dumps(asdict(row)))
    else:
        Console().print(_table(title, rows))
    sys.exit(0 if all(row.ok for row in rows) else 1)


def _table(title: str, rows: Iterable[Result]) -> Table:
    table = Table("what", "value", "peer", "ratio", "bound", "", title=title)
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}x"
        table.add_row(
            row.name,
            f"{row.value:.2f}".removesuffix(".00") + f" {row.unit}",
            row.peer,
            ratio,
            row.bound,
            "ok" if row.ok else "MISSED",
        )
    return table
