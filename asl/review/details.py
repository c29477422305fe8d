"""All that is to be said of one machine, as Markdown: words, permissions, warnings, picture, price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from asl.permissions.policy import Allowed
from asl.pricing.prices import REGION
from asl.review.across_stacks import Told
from asl.review.comparison import Price
from asl.review.text import block, code, count, cut, money, relative, say

_MERMAID_CHARACTERS, _MERMAID_EDGES = 50_000, 500
"""What Mermaid draws at most: https://mermaid.js.org/config/schema-docs/config.html#maxtextsize"""


def details(machine: Told, *, volume: float, lines: int, drawn: bool) -> Iterator[str]:
    """The parts, at most `lines` in each list, the pictures only where they are to be `drawn`."""
    yield f"#### {say(machine.name)}: {_summary(machine)}"
    alarming = [f"❌ {text}" for text in _said(machine, machine.errors)] + _said(machine, machine.alarming)
    if alarming:
        yield "> [!CAUTION]\n" + "\n".join(f"> - {line}" for line in cut(alarming, lines))
    if rows := [*_permissions(machine, "gained", machine.gained), *_permissions(machine, "lost", machine.lost)]:
        yield "\n".join(["| permission | on | why |", "| --- | --- | --- |", *cut(rows, lines, "| {} | | |")])
    if other := _said(machine, machine.other):
        yield "\n".join(f"- {line}" for line in cut(other, lines))
    if warnings := _said(machine, machine.spread(lambda one: one.warnings)):
        yield "New warnings:\n\n" + "\n".join(f"- {line}" for line in cut(warnings, lines))
    for told, stacks in machine.spread(lambda one: [one.explored] if one.explored else []).items():
        yield f"Exploration{machine.where(stacks)}: {say(told)}."
    yield from _pictures(machine, drawn)
    yield from _prices(machine, volume)


def _summary(machine: Told) -> str:
    words: list[str] = []
    for status, stacks in machine.spread(lambda one: [one.status]).items():
        if status == "changed" and machine.changes:
            words.append(count(len(machine.changes), "change") + machine.where(stacks))
        elif status != "same":
            words.append(status + machine.where(stacks))
    return ", ".join(words)


def _said(machine: Told, found: Mapping[str, Sequence[str]]) -> list[str]:
    return [say(text) + machine.where(stacks) for text, stacks in found.items()]


def _permissions(machine: Told, word: str, found: Mapping[Allowed, Sequence[str]]) -> Iterator[str]:
    """A row for each resource and each reason that stands in the policy."""
    together: dict[tuple[str, str, str, str], list[str]] = {}
    for one, stacks in found.items():
        key = (one.resource, one.condition, one.reason, machine.where(stacks))
        together.setdefault(key, []).append(one.action)
    for (resource, condition, reason, where), actions in together.items():
        on = code(resource) + (f" if {code(condition)}" if condition else "")
        yield f"| **{word}** {', '.join(map(code, actions))}{where} | {on} | {code(reason)} |"


def _pictures(machine: Told, drawn: bool) -> Iterator[str]:
    for picture, stacks in machine.spread(lambda one: [one.picture] if one.picture else []).items():
        title = f"Picture{machine.where(stacks)}"
        if any(machine.stacks[stack].errors for stack in stacks):
            title += ": errors red, warnings amber"
        elif any(machine.stacks[stack].status == "changed" for stack in stacks):
            title += ": added green, removed red and dashed, changed amber"
        edges = picture.count("-->") + picture.count(".->")
        if len(picture) > _MERMAID_CHARACTERS or edges > _MERMAID_EDGES:
            yield f"{title}: left out, it is larger than Mermaid draws."
        elif not drawn:
            yield f"{title}: left out, it is too long for this place."
        else:
            # Open: in a closed one Mermaid fails on arrows with labels, https://github.com/mermaid-js/mermaid/issues/3504
            yield f"<details open><summary>{title}</summary>\n\n{block('mermaid', picture)}\n\n</details>"


def _prices(machine: Told, volume: float) -> Iterator[str]:
    rows: list[str] = []
    for (before, after), stacks in machine.spread(lambda one: [(one.before, one.after)]).items():
        if before or after:
            more = relative(before.usd_per_execution, after.usd_per_execution) if before and after else ""
            rows.append(f"| {', '.join(map(say, stacks))} | {_priced(before)} | {_priced(after)} | {more} |")
    if rows:
        head = f"| an execution, and {volume:,.0f} a month | before | after | |"
        yield "\n".join([head, "| --- | --- | --- | --- |", *rows])
        yield f"<sub>{' '.join(_notes(machine))}</sub>"


def _priced(price: Price | None) -> str:
    if price is None:
        return ""
    if price.problem:
        return say(f"no price: {price.problem}")
    return f"{money(price.usd_per_execution)}, {money(price.usd_per_month)} a month"


def _notes(machine: Told) -> Iterator[str]:
    yield f"List prices of {REGION} without free tiers, for average executions: an estimate, no bill."
    if assumed := sorted(_said(machine, machine.spread(lambda one: one.after.assumed if one.after else ()))):
        yield f"Assumed: {'; '.join(assumed)}."
    if missing := sorted(_said(machine, machine.spread(lambda one: one.after.without_price if one.after else ()))):
        yield f"Not counted, for want of a price: {', '.join(missing)}."
