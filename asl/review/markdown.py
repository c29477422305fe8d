"""What a change does to all machines, as Markdown that fits into a pull request's comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from asl.review.across_stacks import Told
from asl.review.comparison import compare_all
from asl.review.description import Stack
from asl.review.details import details
from asl.review.text import block, code, cut, money, relative, say

SMALLEST = 1_000
"""Bytes that are enough to say that there is more."""
_STOPPED_LINES, _STOPPED_WIDTH = 10, 300
_LISTS = (500, 60, 25, 10, 4, 1)
"""Lines of a list, ever fewer."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """What there is room for: lines in a list, machines whose pictures are shown, details at all, rows in the table."""

    lines: int
    drawn: frozenset[str] = frozenset()
    details: bool = True
    rows: int = 100_000


def review(before: Mapping[str, Stack], after: Mapping[str, Stack], *, volume: float, room: int) -> str:
    """What is different between the machines of `before` and `after`, which are given by stack.

    Everything is said once, with the stacks it is true of unless it is all of them. Prices are for `volume` executions
    a month. The text has at most `room` bytes, and at least `SMALLEST` are needed: pictures are left out first, the
    largest before the others, then the ends of lists, then all but the table, each with a word that says so.
    """
    machines = [Told(name, stacks) for name, stacks in compare_all(before, after, volume).items()]
    stopped = [*_stopped("before the change", before), *_stopped("after the change", after)]
    written = ""
    for written in _ever_shorter(machines, stopped, volume):
        if len(written.encode()) <= room:
            break
    return written


def _ever_shorter(machines: Sequence[Told], stopped: Sequence[str], volume: float) -> Iterator[str]:
    sizes = {one.name: sum(map(len, one.spread(lambda found: [found.picture]))) for one in machines if one.differs}
    drawn = sorted(sizes, key=lambda name: sizes[name])
    for many in range(len(drawn), 0, -1):
        yield _written(machines, stopped, volume, _Fit(_LISTS[0], frozenset(drawn[:many])))
    for lines in _LISTS:
        yield _written(machines, stopped, volume, _Fit(lines))
    rows = len(machines)
    while rows:
        yield _written(machines, stopped, volume, _Fit(0, details=False, rows=rows))
        rows //= 2
    yield _written(machines, (), volume, _Fit(0, details=False, rows=0))


def _written(machines: Sequence[Told], stopped: Sequence[str], volume: float, fit: _Fit) -> str:
    parts = [f"### State machines: {_verdict(machines, stopped)}", *stopped]
    if machines:
        parts.append(_table(machines, fit.rows))
    if not fit.details:
        parts.append("All else is too long for this place.")
    for one in machines:
        if fit.details and one.differs:
            parts += details(one, volume=volume, lines=fit.lines, drawn=one.name in fit.drawn)
    return "\n\n".join(parts) + "\n"


def _verdict(machines: Sequence[Told], stopped: Sequence[str]) -> str:
    if wrong := [say(one.name) for one in machines if one.errors]:
        return f"❌ {', '.join(cut(wrong, 3))} cannot be deployed"
    if stopped:
        return "❌ not everything could be compared"
    differing = [one for one in machines if one.differs]
    if not differing:
        return "no changes"
    sign = "⚠️ " if any(one.alarming for one in differing) else ""
    return f"{sign}{len(differing)} of {len(machines)} changed"


def _stopped(when: str, stacks: Mapping[str, Stack]) -> Iterator[str]:
    """Why a program did not get to its end, each reason once."""
    reasons: dict[str, list[str]] = {}
    for name, stack in stacks.items():
        if stack.stopped:
            reasons.setdefault(stack.stopped, []).append(name)
    for reason, names in reasons.items():
        text = "\n".join(line[:_STOPPED_WIDTH] for line in cut(reason.splitlines(), _STOPPED_LINES, "… {} lines"))
        head = f"The program **{when}** stops in {', '.join(map(say, names))}; what it had not reached is not known:"
        yield f"{head}\n\n{block('text', text)}"


def _table(machines: Sequence[Told], rows: int) -> str:
    head = ["| machine | changes | permissions | an execution costs |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *cut([_row(one) for one in machines], rows, "| {} | | | |")])


def _row(machine: Told) -> str:
    statuses = machine.spread(lambda one: [one.status])
    said = [
        {"same": "none", "changed": str(len(machine.changes) or status)}.get(status, status) + machine.where(stacks)
        for status, stacks in statuses.items()
    ]
    sign = "❌ " if machine.errors else "⚠️ " if machine.alarming else ""
    gained, lost = len(machine.gained), len(machine.lost)
    moved = f"+{gained} −{lost}" if gained or lost else ""
    return f"| {code(machine.name)} | {sign}{', '.join(said)} | {moved} | {_price(machine)} |"


def _price(machine: Told) -> str:
    """In the last stack where it changes, else in the last that has one: each stack's own stands in the details."""
    prices = machine.spread(
        lambda one: [tuple(price.usd_per_execution if price else 0.0 for price in (one.before, one.after))]
    )
    priced = [(pair, stacks) for pair, stacks in prices.items() if pair[1]]
    if not priced:
        return ""
    (before, after), stacks = max(reversed(priced), key=lambda one: one[0][0] != one[0][1])
    same = before in (0, after)
    words = money(after) if same else f"{money(before)} → {money(after)} ({relative(before, after)})"
    return words if len(prices) == 1 else f"{words} in {say(stacks[-1])}"
