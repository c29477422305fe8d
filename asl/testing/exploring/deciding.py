"""Which data decide where an execution goes: only they tell two visits of a state apart.

A value counts where a state that comes later computes or chooses with it. Where it is merely handed on, to a task or
into a text, it counts that it is there. What nobody reads any more does not count at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeAlias, cast

from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.intrinsics import is_call, parse_intrinsic
from asl.syntax.paths import parse_path
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State, reached_from
from asl.testing.exploring.unknown import MISSING, Id, Unknown

Read: TypeAlias = tuple[tuple[str, ...], bool]
"""A path into a state's input, and whether its value decides."""

_HANDED_ON = {"Task": ("Parameters", "Arguments", "Credentials"), "Fail": ("CausePath", "Cause")}
_OF_RESULTS = {"Task": ("ResultSelector", "Assign"), "Parallel": ("ResultSelector", "Assign"),
               "Map": ("ResultSelector", "Assign")}  # fmt: skip
"""Fields that read a result and not the input."""


class Wanted:
    """What counts of a value, as a tree of names; `whole` is everything from here on."""

    __slots__ = ("fields", "whole")

    def __init__(self, reads: Iterable[Read] = ()) -> None:
        self.whole = False
        self.fields: dict[str, Wanted] = {}
        for names, decides in reads:
            self._add(names, decides)

    def _add(self, names: tuple[str, ...], decides: bool) -> None:
        if not names:
            self.whole = self.whole or decides
        else:
            self.fields.setdefault(names[0], Wanted())._add(names[1:], decides)


EVERYTHING = Wanted([((), True)])


def wanted(machine: Machine) -> Mapping[str, Wanted]:
    """What counts in each state of the machine's own scope, by the state's path."""
    own = {state: frozenset(_reads(state)) for state in machine.scopes[0].states.values()}
    return {state.path: Wanted(frozenset[Read]().union(*(own[one] for one in reached_from(state)))) for state in own}


def _reads(state: State) -> Iterator[Read]:
    if state.type == "Succeed":
        return
    yield from _of_expressions(state) if state.query_language == "JSONata" else _of_paths(state)
    for scope in state.inner:
        for inner in scope.states.values():
            yield from _reads(inner)


def _of_expressions(state: State) -> Iterator[Read]:
    handed_on = _HANDED_ON.get(state.type, ())
    for text in state.contents.texts:
        if is_expression(text.value):
            if text.field not in handed_on:
                yield (), True
            yield from ((names[1:], False) for names in parse_expression(text.value).reads if names[0] == "input")
    if state.inner and "Arguments" not in state.node:
        yield (), True


def _of_paths(state: State) -> Iterator[Read]:
    if state.type == "Map" and not {"ItemsPath", "ItemReader"} & state.node.keys():
        yield (), True
    handed_on, passed_over = _HANDED_ON.get(state.type, ()), _OF_RESULTS.get(state.type, ())
    for text in (*state.contents.paths, *state.contents.dynamic):
        if text.field in passed_over or text.key == "ResultPath":
            continue
        for path, is_typed in _paths(text):
            read = parse_path(path)
            if read.root == "$" and (read.steps or text.field not in ("InputPath", "OutputPath")):
                names = tuple(step for step in read.steps if not step.lstrip("-").isdigit())
                yield names, is_typed or text.field not in handed_on


def _paths(text: Text) -> Iterator[tuple[str, bool]]:
    """The paths in a field, each with whether a function wants a certain kind of value there."""
    if not is_call(text.value):
        yield text.value, False
        return
    call = parse_intrinsic(text.value)
    typed = {argument.written.strip() for argument in call.arguments if argument.wanted}
    yield from ((path, path.strip() in typed) for path in call.paths)


class Marks:
    """What values come to, equal for those that are alike.

    Unknown data are told apart by the order in which they come, not by who made them when.
    """

    def __init__(self) -> None:
        self.origins: dict[object, int] = {"input": -1}

    def mark(self, value: object, counts: Wanted) -> Hashable:
        """Of a value of which `counts` says what counts."""
        if counts.whole:
            return self.exact(value)
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            inner = counts.fields
            known = [name for name in sorted(inner) if name in set(fields)]  # an unknown object has all others, too
            told = tuple((name, self.mark(fields[name], inner[name])) for name in known)
            if isinstance(value, Unknown):
                id = self._id(value) if inner else ()
                return "?", id, tuple(sorted(value.absent & inner.keys())), told
            return "{", told
        if isinstance(value, list):
            elements = cast("list[object]", value)
            return "[", tuple(self.exact(one) for one in elements) if counts.fields else ()
        return "" if value is None else "."

    def exact(self, value: object) -> Hashable:
        """Of a value all of which counts."""
        if isinstance(value, dict):
            fields = tuple((name, self.exact(one)) for name, one in sorted(cast("dict[str, object]", value).items()))
            if isinstance(value, Unknown):
                return "?", self._id(value), tuple(sorted(value.absent)), fields
            return "{", fields
        if isinstance(value, list):
            return "[", tuple(self.exact(one) for one in cast("list[object]", value))
        return type(value), cast(Hashable, value)

    def facts(self, facts: Iterable[tuple[Id, object]]) -> Hashable:
        """Of what was learned of data from outside."""
        return tuple((id, "-" if value is MISSING else self.exact(value)) for id, value in facts)

    def _id(self, value: Unknown) -> tuple[object, ...]:
        return self.origins.setdefault(value.id[0], len(self.origins)), *value.id[1:]


def exact(value: object) -> Hashable:
    """A value all of which counts, its unknown parts by their own names."""
    if isinstance(value, dict):
        fields = tuple((name, exact(one)) for name, one in sorted(cast("dict[str, object]", value).items()))
        return ("?", value.id, tuple(sorted(value.absent)), fields) if isinstance(value, Unknown) else fields
    if isinstance(value, list):
        return "[", tuple(exact(one) for one in cast("list[object]", value))
    return type(value), cast(Hashable, value)
