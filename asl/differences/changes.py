"""The difference of two definitions in words: what happens differently, never lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from asl.differences.handling import error_handling, limits
from asl.differences.matching import Matches, match
from asl.differences.transitions import transitions
from asl.differences.values import leaves, same
from asl.permissions.grants import grants
from asl.permissions.policy import allowed, document
from asl.syntax.shapes import Object, as_text
from asl.syntax.walk import Machine, State, walk


class Danger(IntEnum):
    """What a reviewer should look at first, the most dangerous first."""

    PERMISSION_GAINED = 0
    STATE_REMOVED = 1
    PROTECTION_REMOVED = 2
    """A retry, a catch or a timeout that is no longer there, or is weaker."""
    TRANSITION = 3
    PROTECTION_CHANGED = 4
    FIELD = 5
    STATE_ADDED = 6
    PERMISSION_LOST = 7
    NAME = 8
    COMMENT = 9


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `path` is the place in the new definition, or in the old one where it is no longer there."""

    danger: Danger
    path: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Difference:
    """Two walked definitions, which state became which, and the changes, the most dangerous first."""

    old: Machine
    new: Machine
    matches: Matches
    changes: tuple[Change, ...]


def difference(old: Object, new: Object) -> Difference:
    """What a machine does differently when it goes from `old` to `new`. The order of keys is no difference."""
    before, after = walk(old), walk(new)
    matches = match(before, after)
    changes = [
        *_permissions(old, new),
        *(
            Change(Danger.STATE_REMOVED, state.path, f"{state.name} ({state.type}) removed")
            for state in matches.removed
        ),
        *(_added(state) for state in matches.added),
        *_scopes(matches),
        *(change for pair in matches.states for change in _state(*pair, matches)),
    ]
    return Difference(before, after, matches, tuple(sorted(changes, key=lambda change: change.danger)))


def _added(state: State) -> Change:
    where = f", in {state.scope.owner.name}" if state.scope.owner else ""
    return Change(Danger.STATE_ADDED, state.path, f"{state.name} ({state.type}) added{where}")


def _permissions(old: Object, new: Object) -> Iterator[Change]:
    try:
        before, after = _allowed(old), _allowed(new)
    except ValueError as error:
        yield Change(Danger.PERMISSION_GAINED, "", f"permissions not compared: {error}")
        return
    for action, resource, condition in sorted(after - before):
        yield Change(Danger.PERMISSION_GAINED, "", f"gains {action} on {resource}{condition}")
    for action, resource, condition in sorted(before - after):
        yield Change(Danger.PERMISSION_LOST, "", f"loses {action} on {resource}{condition}")


def _allowed(definition: Object) -> set[tuple[str, str, str]]:
    """Action, resource, and under which condition, of all that the machine's role allows."""
    return {
        (one.action, one.resource, f" if {one.condition}" if one.condition else "")
        for one in allowed(document(grants(definition)))
    }


def _scopes(matches: Matches) -> Iterator[Change]:
    """What stands beside `States`: where the scope starts, the machine's timeout, how a Map processes."""
    for old, new in matches.scopes:
        name = f"{new.owner.name}: " if new.owner else "the machine: "
        before, after = old.start_at, new.start_at
        if matches.names.get(before, before) != after:
            yield Change(Danger.TRANSITION, new.at("StartAt"), f"{name}starts at {after}, was {before}")
        yield from _rest(name, old.node, new.node, new.path, ("States", "StartAt", "Comment"))
        yield from _comment(name, old.node, new.node, new.path)


def _state(old: State, new: State, matches: Matches) -> Iterator[Change]:
    if old.name != new.name:
        yield Change(Danger.NAME, new.path, f"{old.name} renamed to {new.name}")
    if _home(old) != _home(new) and matches.names.get(_home(old)) != _home(new):
        yield Change(Danger.TRANSITION, new.path, f"{new.name} moved {_where(old)} → {_where(new)}")
    name = f"{new.name}: "
    for text in transitions(old, new, matches.names):
        yield Change(Danger.TRANSITION, new.path, name + text)
    for weaker, text in (*error_handling(old, new, matches.names), *limits(old.node, new.node)):
        yield Change(Danger.PROTECTION_REMOVED if weaker else Danger.PROTECTION_CHANGED, new.path, name + text)
    if len(old.inner) != len(new.inner):
        yield Change(Danger.FIELD, new.path, f"{name}{len(old.inner)} → {len(new.inner)} branches")
    yield from _rest(name, old.node, new.node, new.path, _TOLD_APART)
    yield from _comment(name, old.node, new.node, new.path)


_TOLD_APART = (
    "Next", "End", "Default", "Choices", "Retry", "Catch", "Comment", "Branches", "ItemProcessor", "Iterator",
    "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath",
)  # fmt: skip


def _home(state: State) -> str:
    return state.scope.owner.name if state.scope.owner else ""


def _where(state: State) -> str:
    return f"in {_home(state)}" if _home(state) else "on the outside"


def _rest(name: str, old: Object, new: Object, path: str, apart: tuple[str, ...]) -> Iterator[Change]:
    before = {key: value for key, value in old.items() if key not in apart}
    after = {key: value for key, value in new.items() if key not in apart}
    for text in leaves(before, after, ""):
        yield Change(Danger.FIELD, path, name + text.removeprefix("."))


def _comment(name: str, old: Object, new: Object, path: str) -> Iterator[Change]:
    if not same(old.get("Comment"), new.get("Comment")):
        kind = "removed" if "Comment" not in new else "reworded" if as_text(old.get("Comment")) else "added"
        yield Change(Danger.COMMENT, path, f"{name}comment {kind}")
