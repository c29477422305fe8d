"""The way that an execution took, drawn as a tree: when each state was entered, how long it took, how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from orderflow.cli.output import cell, plain, print_out, span
from orderflow.history import ENDS, History
from orderflow.map_runs import MapRun
from orderflow.text import one_line
from orderflow.way import Leg, Status, way

DATA_CHARACTERS = 100
"""How much of an input or output is shown; --json has all of it."""


NAME_CHARACTERS = 50
"""How much of a name: AWS takes 80 characters, and what there is to tell stands beside it."""


class _Look(NamedTuple):
    mark: str
    style: str


LOOKS: Mapping[Status, _Look] = {
    "done": _Look("✓", "green"),
    "caught": _Look("↷", "yellow"),
    "failed": _Look("✗", "red"),
    "aborted": _Look("⊘", "dim"),
    "open": _Look("●", "bold yellow"),
}
"""A mark beside the colour: not everybody sees that, and no file has it."""

ENDED = {"succeeded": "bold green", **dict.fromkeys(("failed", "timed out", "aborted"), "bold red")}


def print_way(name: str, history: History, runs: Mapping[str, MapRun]) -> None:
    """An execution on one page: how it stands, what it was given and came to, and between them the way it took."""
    now = datetime.now(UTC)
    first, last = history.steps[:1], history.steps[-1:]
    ended = next((step for step in last if step.state is None and step.event in ENDS), None)
    status, style = (ended.event.upper(), ENDED[ended.event]) if ended else ("RUNNING", LOOKS["open"].style)
    took = brief((ended.at if ended else now).timestamp() - first[0].at.timestamp()) if first else ""
    since = f" since {plain(first[0].at)}, {took}" if first else ""
    print_out(Text.assemble((one_line(name), "bold"), "  ", (status, style), since))
    if first and first[0].input is not None:
        print_out(cell(shown(first[0].input), "dim", DATA_CHARACTERS))
    legs = way(history, now, runs)
    print_out(draw(legs))
    if ended and ended.detail and not any(leg.failure == ended.detail for leg in _all(legs)):
        print_out(cell(ended.detail, style))
    if ended and ended.output is not None:
        print_out(cell(shown(ended.output), "dim", DATA_CHARACTERS))


def draw(legs: Sequence[Leg]) -> Table:
    """A row for each leg: after how long, the tree, how long it took, and what is to be told of it."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for row in _rows(legs, ""):
        table.add_row(*row)
    return table


def _rows(legs: Sequence[Leg], before: str) -> Iterator[tuple[Text, Text, Text, Text]]:
    for number, leg in enumerate(legs, 1):
        is_last = number == len(legs)
        turn, further = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        look = LOOKS[leg.status]
        title = f"{leg.times:,} {leg.title}" if leg.times > 1 else leg.title
        name = cell(title, "" if leg.status == "done" else look.style, NAME_CHARACTERS)
        tree = Text.assemble((before + turn, "dim"), (f"{look.mark} ", look.style), name)
        took = "" if leg.took is None else brief(leg.took)
        yield Text(f"+{brief(leg.at)}"), tree, Text(took), _told(leg)
        yield from _rows(leg.legs, before + further)


def _all(legs: Sequence[Leg]) -> Iterator[Leg]:
    for leg in legs:
        yield leg
        yield from _all(leg.legs)


def brief(seconds: float) -> str:
    """A length of time with tenths below a minute: `0.3 s`, `12 min 5 s`."""
    return f"{max(0, seconds):.1f} s" if seconds < 59.95 else span(seconds)


def _told(leg: Leg) -> Text:
    """What went wrong and where, what was begun, or what it came to; of what did not come to an end, its input."""
    failure = "" if any(inner.failure == leg.failure for inner in leg.legs) else leg.failure
    is_over = leg.output is not None
    data = leg.output if is_over and leg.output != leg.input else None if is_over else leg.input
    parts = [
        cell(failure, LOOKS[leg.status].style if leg.status != "done" else ""),
        cell(leg.detail),
        cell(shown(data), "dim", DATA_CHARACTERS),
    ]
    told = Text("  ").join(part for part in parts if part.plain)
    told.no_wrap, told.overflow = not failure, "fold" if failure else "ellipsis"
    return told


def shown(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
