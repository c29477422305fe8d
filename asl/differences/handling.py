"""Retries, catches and timeouts: how a state's protection became weaker, stronger or other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from asl.differences.values import leaves, same, shown
from asl.syntax.shapes import Object, as_list, as_object, is_number

Told: TypeAlias = tuple[bool, str]
"""Whether the protection is weaker now, and what changed in words."""

_LIMITS = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
_DEFAULT_ATTEMPTS = 3


def error_handling(old: Object, new: Object) -> Iterator[Told]:
    """Retriers and catchers, told apart by the errors that they name."""
    yield from _retries(_by_errors(old, "Retry"), _by_errors(new, "Retry"))
    yield from _catches(_by_errors(old, "Catch"), _by_errors(new, "Catch"))
    for key, words in (("Retry", "retriers"), ("Catch", "catchers")):
        before, after = list(_by_errors(old, key)), list(_by_errors(new, key))
        if before != after and sorted(before) == sorted(after):
            yield False, f"tries its {words} in another order"


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


def _by_errors(node: Object, key: str) -> dict[str, Object]:
    """The first element for each set of errors: a second one is never reached."""
    found: dict[str, Object] = {}
    for element in map(as_object, as_list(node.get(key))):
        found.setdefault(", ".join(sorted(map(str, as_list(element.get("ErrorEquals"))))), element)
    return found


def _retries(old: dict[str, Object], new: dict[str, Object]) -> Iterator[Told]:
    for errors in old:
        if errors not in new:
            yield _attempts(old[errors]) > 0, f"no longer retries {errors}"
    for errors, retrier in new.items():
        count = _attempts(retrier)
        if errors not in old:
            yield count == 0, f"retries {errors} {count} times" if count else f"never retries {errors}"
            continue
        before = _attempts(old[errors])
        if before != count:
            yield count < before, f"retries {errors} {count} times, was {before}"
        for text in leaves(_without(old[errors], "MaxAttempts"), _without(retrier, "MaxAttempts"), ""):
            yield False, f"retry of {errors}: {text.removeprefix('.')}"


def _catches(old: dict[str, Object], new: dict[str, Object]) -> Iterator[Told]:
    for errors in old:
        if errors not in new:
            yield True, f"no longer catches {errors} (went to {old[errors].get('Next')})"
    for errors, catcher in new.items():
        if errors not in old:
            yield False, f"catches {errors} and goes to {catcher.get('Next')}"
        else:
            for text in leaves(_without(old[errors], "Next"), _without(catcher, "Next"), ""):
                yield False, f"catch of {errors}: {text.removeprefix('.')}"


def _attempts(retrier: Object) -> int:
    found = retrier.get("MaxAttempts", _DEFAULT_ATTEMPTS)
    return found if isinstance(found, int) else _DEFAULT_ATTEMPTS


def _without(element: Object, key: str) -> dict[str, object]:
    return {name: value for name, value in element.items() if name not in (key, "ErrorEquals", "Comment")}
