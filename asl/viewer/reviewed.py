"""What a program's change does to its machines, as a page: each one before and after, where it differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from asl.analysis.promises import MustReach
from asl.review.across_stacks import Told
from asl.review.comparison import Comparison, compare_all, findings_between
from asl.review.description import Description, Stack
from asl.review.explored import Explored, explored
from asl.review.text import count
from asl.rules.promises import prove
from asl.syntax.walk import Machine, walk
from asl.viewer.data import Change, Page, ShownMachine, ShownPromise, View
from asl.viewer.exploration import in_words, shown_exploration
from asl.viewer.machine import shown_finding, shown_machine, shown_permission


def review_page(before: Mapping[str, Stack], after: Mapping[str, Stack], *, volume: float) -> Page:
    """The page of a change, given by stack as for `review`; prices are for `volume` executions a month.

    Machines that differ stand first, those whose errors or permissions deserve a look before others. What is the same
    in several stacks is one view, with the values of the last of them.
    """
    machines = [Told(name, stacks) for name, stacks in compare_all(before, after, volume).items()]
    differing = sorted((one for one in machines if one.differs), key=lambda one: (not one.errors, not one.alarming))
    views = tuple(view for one in differing or machines for view in _views(one, before, after, volume))
    stopped = (*_stopped(before, "before"), *_stopped(after, "after"))
    told = f"{len(differing)} of {len(machines)} machines changed" if differing else "No machine changed"
    nothing = View(ShownMachine("nothing", {}), notes=stopped or ("No machine is described.",))
    return Page(told, views or (nothing,), made="Made from two previews of the program, without credentials.")


def _views(told: Told, before: Mapping[str, Stack], after: Mapping[str, Stack], volume: float) -> Iterator[View]:
    alike: dict[Comparison, list[str]] = {}
    for stack, found in told.stacks.items():
        if found.status != "same" or not told.differs:
            alike.setdefault(found, []).append(stack)
    for found, names in alike.items():
        stack = names[-1]
        old, new = (side.get(stack, Stack({})).machines.get(told.name) for side in (before, after))
        machine = new or old
        if machine is None:
            continue
        title = f"{told.name} ({', '.join(names)})" if len(told.stacks) > 1 else told.name
        tried = explored(new) if new else None
        change = _change(old, new, found, volume, tried) if new and found.status in ("changed", "new") else None
        notes = (*_notes(found, old, new), *_stopped({stack: before.get(stack, Stack({}))}, "before"))
        notes += tuple(_stopped({stack: after.get(stack, Stack({}))}, "after"))
        exploration = shown_exploration(tried) if tried else None
        yield View(_shown(machine, volume), title, change=change, exploration=exploration, notes=notes)


def _shown(one: Description, volume: float) -> ShownMachine:
    return shown_machine(
        one.definition,
        name=one.name,
        type=one.type,
        findings=one.findings,
        assumed=one.assumed,
        executions_per_month=volume,
    )


def _change(
    old: Description | None, new: Description, found: Comparison, volume: float, tried: Explored | None
) -> Change:
    """A machine that is new was nothing before: all its states are added, and what it may is gained."""
    fresh, gone = findings_between(old, new) if old else (new.findings, ())
    return Change(
        _shown(old, volume) if old else ShownMachine(new.name, {}, new.type),
        tuple(map(shown_permission, found.gained)),
        tuple(map(shown_permission, found.lost)),
        tuple(map(shown_finding, fresh)),
        tuple(map(shown_finding, gone)),
        tuple(_promises(old, new, tried or Explored())),
    )


def _promises(old: Description | None, new: Description, tried: Explored) -> Iterator[ShownPromise]:
    """Each promise, proven over every way through the machine, errors included, as the preview itself proves it.

    Exploration says besides whether data can take the way that breaks it.
    """
    was, now = walk(old.definition) if old else None, walk(new.definition)
    for promise in new.promises:
        broken = _broken(now, promise)
        before = not _broken(was, promise) if was and old and promise in old.promises else None
        ways = [in_words(one.way) for one in tried.found.broken if one.promise == promise] if tried.found else []
        detail = ways[0] if ways else "; ".join(broken)
        yield ShownPromise(_words(promise), not broken, before, detail, tried.kept(promise))


def _broken(machine: Machine, promise: MustReach) -> list[str]:
    return [finding.message for finding in prove(machine, [promise])]


def _words(promise: MustReach) -> str:
    unless = f", unless it fails with {_or(promise.unless)}" if promise.unless else ""
    return f"{promise.state} is followed by {_or(promise.ends)}{unless}"


def _or(names: Iterable[str]) -> str:
    *others, last = sorted(names)
    return f"{', '.join(others)} or {last}" if others else last


def _notes(found: Comparison, old: Description | None, new: Description | None) -> Iterator[str]:
    if new and (wrong := sum(one.rule.severity == "error" for one in new.findings)):
        yield f"It cannot be deployed: {count(wrong, 'error')} among its findings."
    if new:
        yield from (f"It cannot be deployed: {reason}" for reason in new.refused)
    match found.status:
        case "new":
            yield "The machine is new."
        case "not compared":
            yield "It is not known whether the machine was there before."
        case "not reached":
            yield "The program stopped before it came to this machine."
        case "removed":
            yield from (change.text for change in found.changes)
        case _:
            yield from (change.text for change in found.changes if not change.path)
    if old and new:
        given_up = [promise for promise in old.promises if promise not in new.promises]
        yield from (f"No longer promised: {_words(promise)}" for promise in given_up)


def _stopped(stacks: Mapping[str, Stack], when: str) -> Iterator[str]:
    for name, stack in stacks.items():
        if stack.stopped:
            yield f"The program {when} the change stops in {name}: {stack.stopped.splitlines()[0]}"
