"""The way that an execution took, drawn as a tree: when each state was entered, how long it took, how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions
from rich.text import Text

from orderflow.cli.output import cell, plain, print_out, span
from orderflow.documents import is_object
from orderflow.history import ENDS, History
from orderflow.map_runs import MapRun
from orderflow.text import one_line
from orderflow.way import Leg, Status, way

DATA_CHARACTERS = 100
"""How much of an input or output is shown; --json has all of it."""


NAME_CHARACTERS = 50
"""How much of a name: AWS takes 80 characters, and what there is to tell stands beside it."""

LEAST_NAME, LEAST_TOLD = 24, 28
"""Columns that a name keeps in any case, and what is told has to have beside it."""


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

ABSENT = object()
"""What no field holds."""

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
    print_out(Tree(legs))
    if ended and ended.detail and not any(leg.failure == ended.detail for leg in _all(legs)):
        print_out(cell(ended.detail, style))
    if ended and ended.output is not None:
        print_out(cell(shown(ended.output), "dim", DATA_CHARACTERS))


class Row(NamedTuple):
    """A leg: after how long, its place in the tree, how long it took, what is to be told; `bars` run on below it."""

    at: str
    tree: Text
    took: str
    told: Text
    bars: str


class Tree:
    """A way as wide as there is room: what is told stands beside the tree, or where that is wide below each name."""

    def __init__(self, legs: Sequence[Leg]) -> None:
        self._rows = list(_rows(legs, ""))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        at = max((len(row.at) for row in self._rows), default=0)
        took = max((len(row.took) for row in self._rows), default=0)
        names = max((row.tree.cell_len for row in self._rows), default=0)
        names = min(names, max(LEAST_NAME, options.max_width - at - took - 4))
        beside = options.max_width - at - names - took - 6
        for row in self._rows:
            tree = row.tree.copy()
            tree.truncate(names, overflow="ellipsis", pad=True)
            head = Text.assemble((f"{row.at:>{at}}  ", "dim"), tree, f"  {row.took:>{took}}")
            bars = Text(" " * (at + 2) + row.bars, "dim")
            is_beside = beside >= LEAST_TOLD
            bars.pad_right(head.cell_len - bars.cell_len + 2 if is_beside else 2)
            room = beside if is_beside else options.max_width - bars.cell_len
            told = list(row.told.wrap(console, room)) if row.told else []
            yield Text.assemble(head, "  ", told.pop(0)) if told and is_beside else head
            yield from (Text.assemble(bars, line) for line in told)


def _rows(legs: Sequence[Leg], before: str) -> Iterator[Row]:
    for number, leg in enumerate(legs, 1):
        is_last = number == len(legs)
        turn, further = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        look = LOOKS[leg.status]
        title = f"{leg.times:,} {leg.title}" if leg.times > 1 else leg.title
        name = cell(title, "" if leg.status == "done" else look.style, NAME_CHARACTERS)
        tree = Text.assemble((before + turn, "dim"), (f"{look.mark} ", look.style), name)
        took = "" if leg.took is None else brief(leg.took)
        bars = before + further + ("│" if leg.legs else "")
        yield Row(f"+{brief(leg.at)}", tree, took, _told(leg), bars)
        yield from _rows(leg.legs, before + further)


def _all(legs: Sequence[Leg]) -> Iterator[Leg]:
    for leg in legs:
        yield leg
        yield from _all(leg.legs)


def brief(seconds: float) -> str:
    """A length of time with tenths below a minute: `0.3 s`, `12 min 5 s`."""
    return f"{max(0, seconds):.1f} s" if seconds < 59.95 else span(seconds)


def _told(leg: Leg) -> Text:
    """What went wrong and where, what was begun, or what it added to the data; of what goes on, its input."""
    failure = "" if any(inner.failure == leg.failure for inner in leg.legs) else leg.failure
    data = leg.input if leg.output is None and not leg.failure else added(leg.input, leg.output)
    parts = [
        cell(failure, LOOKS[leg.status].style if leg.status != "done" else ""),
        cell(leg.detail),
        cell(shown(data), "dim", DATA_CHARACTERS),
    ]
    told = Text("  ").join(part for part in parts if part.plain)
    is_whole = bool(failure or leg.detail)  # data is cut, what went wrong and where is not
    told.no_wrap, told.overflow = not is_whole, "fold" if is_whole else "ellipsis"
    return told


def added(before: Any, after: Any) -> Any:
    """What a state's output has that its input had not, where both are objects; None where they are the same."""
    if before == after:
        return None
    if not (is_object(before) and is_object(after)):
        return after
    new = {name: value for name, value in after.items() if before.get(name, ABSENT) != value}
    return {name: added(before.get(name), value) for name, value in new.items()} or after


def shown(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
