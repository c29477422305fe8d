"""What every demo has in common: the cloud, the stack with its workflows, and the tables at its end."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rich.table import Column, Table

from asl.viewer import Page, page
from emulator.cloud import Cloud, cloud
from emulator.flow import Cases, cases_page
from emulator.reconcile import Comparison
from orderflow.console import PlainConsole
from orderflow.files import write_whole

console = PlainConsole(highlight=False)

COMMAND = ".venv/bin/orderflow"
"""Works wherever `make` has set up, also where it had to get uv for itself."""
EXAMPLES = Path("examples") / "orders.jsonl"
DELIVERED = f"  {COMMAND} start {EXAMPLES}\n  {COMMAND} history example-1 --follow"
"""What to type to have a delivered order."""

Deploy: TypeAlias = Callable[[Cloud], dict[str, Any]]
"""Puts the stack `local` into a cloud and returns its outputs."""


@dataclass(frozen=True)
class Ended:
    """How one case of a workflow ended: `outcome` in the workflow's own words, `why` in those of its reason."""

    case: str
    outcome: str
    why: str = ""


@dataclass(frozen=True)
class Came:
    """What a demo came to: how each case ended, figures that have to be equal, and what is wrong, a sentence each."""

    ended: Sequence[Ended]
    books: Sequence[Comparison]
    problems: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        return not self.problems and all(one.ok for one in self.books)


def show(
    workflow: str,
    prepare: Callable[[], Deploy],
    run: Callable[[Cloud, dict[str, Any]], Came],
    report: Path | None,
    shown: Cases,
    how: Mapping[str, Any] | None = None,
) -> int:
    """Run a workflow's cases on the stack `local` and return the exit code: 0 when all came to what it should."""
    began = time.monotonic()
    with cloud(**(how or {}), wait=False) as running:
        console.print(f"embedded cloud at {running.endpoint}; deploying the stack [bold]local[/] with {workflow}")
        deploy = prepare()
        running.wait_until_ready()
        outputs = deploy(running)
        came = run(running, outputs)
        drawn = cases_page(running, outputs["machines"][shown.machine]["aliasArn"], shown)
    seconds = round(time.monotonic() - began, 1)
    print_outcomes(workflow, [(one.outcome, one.why) for one in came.ended])
    print_books(came.books)
    for problem in came.problems:
        console.print(problem, style="red", markup=False)
    counts = Counter(one.outcome for one in came.ended)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
    console.print(f"[bold]{len(came.ended)} cases of {workflow}: {counted}[/], in {seconds} s")
    print_page(workflow, drawn)
    if report:
        told = {"outcomes": counts, "problems": list(came.problems), "ok": came.ok, "seconds": seconds}
        report.write_text(json.dumps({**told, "comparisons": [asdict(one) for one in came.books]}, indent=2) + "\n")
    return 0 if came.ok else 1


def print_page(workflow: str, drawn: Page | None) -> None:
    """Write the page of how the cases went through the machine, and say where it is."""
    if drawn is None:
        console.print(f"no page of how they went: {workflow} is an Express machine, of which no history is kept")
        return
    file = Path(".orderflow") / f"demo-{workflow}.html"
    write_whole(file, page(drawn))
    console.print(f"How they went through the machine: open [bold]{file}[/] in a browser", soft_wrap=True)


def print_outcomes(title: str, ended: Sequence[tuple[str, str]]) -> None:
    """How cases ended, how many in each way, and an example of why; each case is its outcome and its reason."""
    table = Table("how they ended", title, "an example of why", title=title.capitalize())
    example = dict(ended)
    for outcome, count in Counter(outcome for outcome, _ in ended).most_common():
        table.add_row(outcome, str(count), example[outcome])
    console.print(table)


def print_books(compared: Sequence[Comparison]) -> None:
    """What was compared, and whether it agrees."""
    table = Table("books", "what is compared", Column("", justify="right"), "", title="Books")
    for one in compared:
        sides, figures = (one.left[0], one.right[0]), (one.left[1], one.right[1])
        verdict = "agree" if one.ok else "DIFFER: " + ", ".join(one.differing[:5])
        table.add_row(one.title, "\n".join(sides), "\n".join(f"{figure:,}" for figure in figures), verdict)
    console.print(table)
