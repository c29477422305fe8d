"""One machine in one stack, before and after a change of the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from asl.differences import Change, Danger, Difference, difference, difference_mermaid
from asl.permissions.policy import Allowed, allowed
from asl.pictures.mermaid import mermaid
from asl.pricing import Cost, cost
from asl.review.description import Description, Stack
from asl.review.explored import explored
from asl.rules.findings import Finding

Status: TypeAlias = Literal["same", "changed", "new", "removed", "not compared", "not reached"]
"""`not compared` where the program before stopped too early to know, `not reached` where the one after did."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars by the machine's own type, and what the estimate rests on; `problem` where there is none."""

    usd_per_execution: float = 0
    usd_per_month: float = 0
    assumed: tuple[str, ...] = ()
    without_price: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different. `errors` and `warnings` are those after the change, warnings only where they are new."""

    status: Status
    changes: tuple[Change, ...] = ()
    gained: tuple[Allowed, ...] = ()
    lost: tuple[Allowed, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    picture: str = ""
    """Mermaid: of the difference; of the machine where there is no difference or it has errors."""
    before: Price | None = None
    after: Price | None = None
    explored: str = field(default="", compare=False)
    """What exploration found, in words."""


def compare_all(
    before: Mapping[str, Stack], after: Mapping[str, Stack], volume: float
) -> dict[str, dict[str, Comparison]]:
    """By machine and stack, in the order of `after`; `volume` is in executions a month."""
    found: dict[str, dict[str, Comparison]] = {}
    nothing = Stack({}, "it was not run")
    for stack in dict.fromkeys([*after, *before]):
        old, new = before.get(stack, nothing), after.get(stack, nothing)
        for name in dict.fromkeys([*new.machines, *old.machines]):
            found.setdefault(name, {})[stack] = _compare(name, old, new, volume)
    return found


def _compare(name: str, before: Stack, after: Stack, volume: float) -> Comparison:
    old, new = before.machines.get(name), after.machines.get(name)
    if old and new:
        return _both(old, new, volume)
    if new:
        return _alone("not compared" if before.stopped else "new", new, volume)
    return _gone(old, volume) if old and not after.stopped else Comparison("not reached")


def _alone(status: Status, new: Description, volume: float) -> Comparison:
    return Comparison(
        status,
        gained=tuple(allowed(new.permissions or {})) if status == "new" else (),
        errors=new.errors,
        warnings=tuple(_warnings(new.findings)),
        picture=mermaid(new.definition, _harmful(new.findings)),
        after=_price(new, volume),
        explored=explored(new).in_words(new.promises),
    )


def _gone(old: Description, volume: float) -> Comparison:
    lost = tuple(allowed(old.permissions or {}))
    removed = Change(Danger.STATE_REMOVED, "", f"the machine is removed: {_ENDS}")
    return Comparison("removed", (removed,), lost=lost, picture=mermaid(old.definition), before=_price(old, volume))


def _both(old: Description, new: Description, volume: float) -> Comparison:
    found = difference(old.definition, new.definition)
    changes = [*_type(old, new), *(one for one in found.changes if one.danger not in _PERMISSIONS)]
    gained, lost = _permissions(old, new)
    warnings = tuple(_new_warnings(old, new, found))
    before, after = _price(old, volume), _price(new, volume)
    same = not (changes or gained or lost or warnings or new.errors) and before == after
    drawn = (
        mermaid(new.definition, _harmful(new.findings))
        if new.errors
        else difference_mermaid(found)
        if found.changes
        else ""
    )
    return Comparison(
        "same" if same else "changed",
        tuple(changes), gained, lost, new.errors, warnings, drawn, before, after,
        "" if same else explored(new).in_words(new.promises),
    )  # fmt: skip


_PERMISSIONS = (Danger.PERMISSION_GAINED, Danger.PERMISSION_LOST)
"""Told by the policies: they hold what was declared, and what a machine needs beside its calls."""


_ENDS = "what still runs on it ends with its next transition"
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html"""


def _type(old: Description, new: Description) -> Iterator[Change]:
    """AWS cannot change a machine's type."""
    if old.type != new.type:
        text = f"becomes {new.type}, was {old.type}: another machine takes the place of the old one; {_ENDS}"
        yield Change(Danger.STATE_REMOVED, "", text)


def _permissions(old: Description, new: Description) -> tuple[tuple[Allowed, ...], tuple[Allowed, ...]]:
    if old.permissions is None or new.permissions is None:
        return (), ()
    before = {one[:3]: one for one in allowed(old.permissions)}
    after = {one[:3]: one for one in allowed(new.permissions)}
    gained = (one for key, one in after.items() if key not in before)
    lost = (one for key, one in before.items() if key not in after)
    return tuple(gained), tuple(lost)


def findings_between(
    old: Description, new: Description, found: Difference | None = None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings at places where the same rule had none before, and those that are gone; names that changed count."""
    found = found or difference(old.definition, new.definition)
    now = {one.path: other.path for one, other in found.matches.states}
    had = [(one.rule.id, _moved(one.path, now)) for one in old.findings]
    has = {(one.rule.id, one.path) for one in new.findings}
    fresh = (one for one in new.findings if (one.rule.id, one.path) not in had)
    gone = (one for one, key in zip(old.findings, had, strict=True) if key not in has)
    return tuple(fresh), tuple(gone)


def _new_warnings(old: Description, new: Description, found: Difference) -> Iterator[str]:
    fresh, _ = findings_between(old, new, found)
    yield from (str(one) for one in fresh if one.rule.severity == "warning")


def _moved(path: str, now: Mapping[str, str]) -> str:
    state = path
    while state and state not in now:
        state = state.rpartition(".")[0]
    return now[state] + path[len(state) :] if state else path


def _warnings(findings: Sequence[Finding]) -> Iterator[str]:
    """Of a machine that is new as a whole: what can lose something in words, and how much advice there is beside."""
    yield from (str(one) for one in _harmful(findings) if one.rule.severity == "warning")
    if advice := sum(one.rule.is_advice for one in findings):
        yield f"{advice} piece{'s' * (advice != 1)} of advice, which pulumi preview --debug shows"


def _harmful(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if not one.rule.is_advice]


def _price(machine: Description, volume: float) -> Price | None:
    if machine.errors:
        return None
    try:
        found = cost(machine.definition, executions_per_month=volume, assumed=machine.assumed)
    except ValueError as problem:
        return Price(problem=str(problem))
    bill = found.express if machine.type == "EXPRESS" else found.standard
    return Price(bill.usd_per_execution, bill.usd_per_month, tuple(_assumed(found)), tuple(found.usage.without_price))


def _assumed(found: Cost) -> Iterator[str]:
    """What was assumed of this machine beyond the figures that every estimate starts from."""
    given = found.assumptions
    for choice, rounds in given.rounds.items():
        yield f"{choice} is asked {rounds:g} times"
    for state, shares in given.shares.items():
        for target, share in shares.items():
            yield f"{share * 100:g} % of {state} goes to {target}"
    for name, items in given.items.items():
        yield f"{name} has {items:g} items"
