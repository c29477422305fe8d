"""Inputs that mean harm, or are large: their time, how it grows when they double, and the time of an earlier build.

`python -m bench.hostile --against COMMIT` unpacks that commit beside this tree and gives it the same inputs in the same
run. Each input runs in a process of its own, loading not counted, the fastest of three; a build that takes longer than
LIMIT_SECONDS is stopped, and that is its figure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.earlier import ROOT, unpacked
from bench.hostile_inputs import blank, dense, misspelt, order, renamed
from bench.report import Result, arguments, report

TITLE = "Inputs that mean harm"
LIMIT_SECONDS = 60
DOUBLED = 3.0
"""What twice the input may take: linear is 2, and these machines are noisy."""
SMALL_MS = 200
"""Below this nobody waits, however it grows."""

WORK = {
    "difference": "from asl.differences import difference, difference_mermaid\n"
    "work = lambda given: difference_mermaid(difference(*given))",
    "check": "import asl\nwork = asl.check",
    "price": "from asl.pricing import cost\nwork = cost",
    "order": "from orderflow import check_order\nwork = check_order",
}
TIMED = """
import json, sys, time
given = json.load(sys.stdin)
def timed():
    start = time.perf_counter()
    work(given)
    return (time.perf_counter() - start) * 1000
print(min(timed() for _ in range(int(sys.argv[1]))))
"""

INPUTS: list[tuple[str, str, Callable[[int], Any], int, float]] = [
    ("difference of {:,} states, all renamed", "difference", renamed, 1_000, DOUBLED),
    ("check of {:,} misspelt targets", "check", misspelt, 200, DOUBLED),
    ("check of paths with {:,} blanks", "check", blank, 25_000, DOUBLED),
    ("check of {:,} states that lead to an eighth of all", "check", dense, 180, 2 * DOUBLED),
    ("price of {:,} states that lead to an eighth of all", "price", dense, 180, 4 * DOUBLED),
    ("order of {:,} repeated items", "order", order, 20_000, DOUBLED),
]
"""What it is, the work, the input by its size, the smaller size, and how much twice the size may take."""


def main() -> None:
    """Measure."""
    parser = arguments(TITLE)
    parser.add_argument("--against", help="the commit of an earlier build", metavar="COMMIT")
    given = parser.parse_args()
    with unpacked(given.against) as earlier:
        report(TITLE, measured(earlier), given.json)


def measured(earlier: Path | None) -> Iterator[Result]:
    """Each input at its size and at twice its size."""
    for title, work, make, size, growth in INPUTS:
        once, twice = make(size), make(2 * size)
        ours = (_ms(ROOT, work, once), _ms(ROOT, work, twice))
        grown = ours[1] / ours[0]
        name, bound = title.format(2 * size), f"<= {growth:g}x for twice as much, or {SMALL_MS} ms"
        theirs = _ms(earlier, work, twice, runs=1) if earlier else None
        peer = (
            ""
            if theirs is None
            else f"before: {theirs:,.0f} ms"
            if theirs < LIMIT_SECONDS * 1000
            else "before: stopped"
        )
        ratio = None if theirs is None else theirs / ours[1]
        yield Result(name, ours[1], "ms", peer, ratio, bound, grown <= growth or ours[1] <= SMALL_MS)
        yield Result("  twice as much as half of it takes", grown, "times", "", None, "", True)


def _ms(root: Path, work: str, given: Any, runs: int = 3) -> float:
    command = [sys.executable, "-c", WORK[work] + TIMED, str(runs)]
    try:
        run = subprocess.run(
            command,
            cwd=root,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return LIMIT_SECONDS * 1000
    return float(run.stdout)


if __name__ == "__main__":
    main()
