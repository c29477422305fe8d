"""Retries, catches and timeouts: how a state's protection became weaker, stronger or other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from asl.differences.covering import Covered, Key, covered, errors_of
from asl.differences.values import canonical, leaves, named, same, shown
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_integer, is_number
from asl.syntax.walk import State

Told: TypeAlias = tuple[bool, str]
"""Whether the protection is weaker now, and what changed in words."""

_LIMITS = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
_DEFAULT_ATTEMPTS = 3
_DEFAULTS = {"IntervalSeconds": 1, "BackoffRate": 2.0, "JitterStrategy": "NONE"}
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: as good as not written."""


def error_handling(old: State, new: State, names: Mapping[str, str]) -> Iterator[Told]:
    """What becomes of errors otherwise, each by the element that covers it; `names` has the new name of each old state.

    Where a catcher leads is told as a transition.
    """
    retried, caught = covered(old, new, "Retry"), covered(old, new, "Catch")
    retries, catches = list(_retries(retried)), list(_catches(caught))
    yield from retries
    yield from catches
    elsewhere = any(one.old and one.new and leads_elsewhere(one.old, one.new, names) for one in caught)
    if not retries:
        yield from _writing(old, new, "Retry", "retriers")
    if not catches and not elsewhere:
        yield from _writing(old, new, "Catch", "catchers")


def leads_elsewhere(old: Object, new: Object, names: Mapping[str, str]) -> bool:
    """Whether two catchers lead to different states."""
    before = as_text(old.get("Next"))
    return names.get(before, before) != as_text(new.get("Next"))


def limits(old: Object, new: Object) -> Iterator[Told]:
    """Timeouts and heartbeats."""
    for name in _LIMITS:
        if name in old and name not in new:
            yield not any(name.startswith(other) or other.startswith(name) for other in new), f"{name} removed"
        elif name in new and name not in old:
            yield False, f"{name} added: {shown(new[name])}"
        elif not same(old.get(name), new.get(name)):
            before, after = old[name], new[name]
            yield is_number(before) and is_number(after) and after > before, f"{name} {shown(before)} → {shown(after)}"


def _retries(groups: Sequence[Covered]) -> Iterator[Told]:
    for one in groups:
        before, count = _attempts(one.old), _attempts(one.new)
        if before and not count:
            yield _retried_no_longer(one, before)
    for one in groups:
        before, count = _attempts(one.old), _attempts(one.new)
        if count and before != count:
            yield count < before, f"retries {one.names} {count} times" + (f", was {before}" if before else "")
        elif one.new and not count and not one.old:
            yield False, f"never retries {one.names}"
        if before and count and one.old and one.new:
            for text in leaves(_pace(one.old, one.new), _pace(one.new, one.old), ""):
                yield False, f"retry of {one.names}: {text.removeprefix('.')}"
    yield from _counts([one for one in groups if _attempts(one.old) and _attempts(one.new)])


def _retried_no_longer(one: Covered, before: int) -> Told:
    if one.around and not one.new and (count := _attempts(one.around[1])):
        where = f"leaves {one.names} to {one.around[0].name} around it"
        return count < before, f"{where}, which retries {count} times, was {before}"
    return True, f"no longer retries {one.names}"


def _counts(groups: Sequence[Covered]) -> Iterator[Told]:
    """A retrier counts its attempts over all errors that it names."""
    for side, text in (("new", "with one count of attempts together"), ("old", "with a count of attempts each")):
        together: dict[int, list[Covered]] = {}
        for one in groups:
            together.setdefault(id(getattr(one, side)), []).append(one)
        for members in together.values():
            if len(members) > 1:
                yield False, f"retries {' and '.join(one.names for one in members)} {text}"


def _catches(groups: Sequence[Covered]) -> Iterator[Told]:
    for one in groups:
        if one.old and not one.new:
            went = named(one.old.get("Next"))
            if one.around:
                state, catcher = one.around
                goes = f"goes to {named(catcher.get('Next'))}, went to {went}"
                yield False, f"leaves {one.names} to {state.name} around it: {goes}"
            else:
                yield True, f"no longer catches {one.names} (went to {went})"
    for one in groups:
        if one.new and not one.old:
            yield False, f"catches {one.names} and goes to {named(one.new.get('Next'))}"
        elif one.new and one.old:
            for text in leaves(_without(one.old, "Next"), _without(one.new, "Next"), ""):
                yield False, f"catch of {one.names}: {text.removeprefix('.')}"


def _writing(old: State, new: State, key: Key, word: str) -> Iterator[Told]:
    """What is written otherwise though each error is handled as it was."""
    before, after = _written(old.node, key), _written(new.node, key)
    if before != after:
        how = "in another order" if sorted(before) == sorted(after) else "otherwise"
        yield False, f"writes its {word} {how}, to the same effect"


def _written(node: Object, key: Key) -> list[str]:
    elements = map(as_object, as_list(node.get(key)))
    return [canonical([errors_of(element), _without(element, "Next")]) for element in elements]


def _attempts(retrier: Object | None) -> int:
    found = retrier.get("MaxAttempts", _DEFAULT_ATTEMPTS) if retrier is not None else 0
    return found if is_integer(found) else _DEFAULT_ATTEMPTS


def _pace(retrier: Object, other: Object) -> dict[str, object]:
    """How long a retrier waits, without the defaults that one of the two leaves out."""
    written = _without(retrier, "MaxAttempts")
    return {name: value for name, value in written.items() if name in other or not same(value, _DEFAULTS.get(name))}


def _without(element: Object, key: str) -> dict[str, object]:
    return {name: value for name, value in element.items() if name not in (key, "ErrorEquals", "Comment")}
