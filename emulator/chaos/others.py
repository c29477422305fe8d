"""A chaos run of a workflow beside the orders: its cells' cases through a stack deployed for them, and their judgement.

The demo of the workflow judges its cases and its books, whatever strikes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from emulator.chaos.cases import CASES, Named
from emulator.chaos.cells import Cell
from emulator.chaos.plan import Planned
from emulator.chaos.report import show_books, show_what_is_wrong
from emulator.chaos.run import struck_cloud
from emulator.demos.frame import Came
from emulator.deploy import up

CONFIG = {"orderflow:decisionSeconds": "60"}
"""Whoever is asked answers in time, also where the function that takes the answer fails at first."""


def trial(workflow: str, cells: Sequence[Cell]) -> dict[str, Any]:
    """Deploy, have the cases of all cells run, and report on what became of them."""
    began, named = time.monotonic(), names(cells)
    cases = CASES[workflow](named)
    faults = {name: [Planned(*one) for one in cell.faults] for name, cell in named.items()}
    with struck_cloud({**faults, **{alias: faults[name] for alias, name in cases.known_as.items()}}) as running:
        came = cases.run(running, up(running, config={**CONFIG, "orderflow:workflows": workflow}))
    return report(workflow, named, faults, came, time.monotonic() - began)


def names(cells: Sequence[Cell]) -> Named:
    """A name for the case of each cell."""
    return {f"{cell.way}-{number:02}": cell for number, cell in enumerate(cells)}


def report(
    workflow: str, named: Named, faults: Mapping[str, Sequence[Planned]], came: Came, seconds: float
) -> dict[str, Any]:
    """What became of each cell, with `ok` where nothing is wrong and every planned fault has struck."""
    ended = {one.case: one.outcome for one in came.ended}
    never = [f"{one.fault} in {one.function}, of {name}" for name, of in faults.items() for one in of if not one.struck]
    return {
        "workflow": workflow,
        "seconds": round(seconds, 1),
        "outcomes": dict(Counter(ended[name] for name in named)),
        "cells": [
            {"case": name, "fault": cell.fault, "function": cell.function, "ended": ended[name]}
            for name, cell in named.items()
        ],
        "never": never,
        "comparisons": [{**asdict(one), "ok": one.ok} for one in came.books],
        "problems": list(came.problems),
        "ok": came.ok and not never,
    }


def show(console: Console, written: dict[str, Any]) -> None:
    """The report as tables."""
    count, workflow = len(written["cells"]), written["workflow"]
    table = Table("fault", "function", "it ended", title=f"Chaos in {workflow}: {count} cases")
    for cell in sorted(written["cells"], key=lambda cell: (cell["function"], cell["fault"])):
        table.add_row(cell["fault"], cell["function"], cell["ended"])
    console.print(table)
    show_books(console, written)
    show_what_is_wrong(console, written)
    counted = ", ".join(f"{number} {outcome}" for outcome, number in sorted(written["outcomes"].items()))
    verdict = "nothing was lost" if written["ok"] else "NOT as promised"
    console.print(f"[bold]{count} cases of {workflow}: {counted}; {verdict}[/], in {written['seconds']} s")
