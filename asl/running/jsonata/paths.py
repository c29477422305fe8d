"""Paths: steps, predicates, wildcards, order-by, group-by, and what `%`, `@` and `#` bind on the way.

https://docs.jsonata.org/2.0.0/path-operators and https://docs.jsonata.org/2.0.0/processing
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Several
from dataclasses import dataclass
from typing import Any, TypeAlias

from asl.running.jsonata.calling import Frame, Run
from asl.running.jsonata.operators import order
from asl.running.jsonata.sorting import merged
from asl.running.jsonata.values import (
    DICT,
    LIST,
    UNDEFINED,
    Array,
    ExpressionFailure,
    Object,
    Sequence,
    Tuples,
    Value,
    field,
    is_number,
    settled,
    truth,
)

Select: TypeAlias = Callable[[Value, Frame], Value]
"""A predicate: what it leaves of a value."""
Group: TypeAlias = Callable[[Value, Frame], Object]
Stage: TypeAlias = "Select | str"
"""A predicate, or the name of the variable that gets the position."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path."""

    run: Run
    name: str | None
    """The field, where it is no more than one; as the first step it is not, which must see to its depth."""
    sorts: bool
    """Whether it orders what the step before it found."""
    stages: Several[Stage]
    tuples: bool
    """Whether it binds something to each value that it finds."""
    focus: str | None
    index: str | None
    ancestor: str | None


def plain_path(start: Run, names: tuple[str, ...], long_path: Run) -> Run:
    """A path of names alone, read from object to object; `long_path` is the same for where arrays come in."""

    def evaluate(context: Value, frame: Frame) -> Value:
        value = start(context, frame)
        for name in names:
            if isinstance(value, DICT):
                value = value.get(name, UNDEFINED)
            elif isinstance(value, LIST):
                return long_path(context, frame)
            else:
                return UNDEFINED
        return long_path(context, frame) if type(value) is Sequence else value

    return evaluate


def path(
    steps: Several[Step], *, from_variable: bool, constructed: bool, keep: bool, tuples: bool, group: Group | None
) -> Run:
    """A path of any steps."""
    first_bound = next((number for number, step in enumerate(steps) if step.tuples), len(steps))
    last = len(steps) - 1

    before, binding = steps[:first_bound], steps[first_bound:]

    def evaluate(context: Value, frame: Frame) -> Value:
        found: Value = context if isinstance(context, LIST) and not from_variable else Sequence((context,))
        for number, step in enumerate(before):
            if number == 0 and constructed:
                found = step.run(found, frame)
            else:
                found = _taken(step, _elements(found), frame, last=number == last)
            if found is UNDEFINED or (isinstance(found, (list, str)) and not found):
                return finished(found, found, frame)
        if not binding:
            return finished(found, found, frame)
        bound = _bound(binding, _elements(found), frame)
        return finished(bound if tuples else Sequence(one["@"] for one in bound), bound, frame)

    def finished(found: Value, grouped: Value, frame: Frame) -> Value:
        if keep:
            if type(found) is Array and found.cons:
                found = Sequence((found,))
            if type(found) is Sequence:
                found.keep = True
        return found if group is None else group(grouped if binding else found, frame)

    return evaluate


def _elements(found: Value) -> list[Value]:
    """What a step is taken from. Of what is neither array nor text, nothing: JavaScript asks for its length."""
    if isinstance(found, LIST):
        return found
    return list(found) if isinstance(found, str) else []


def _taken(step: Step, inputs: list[Value], frame: Frame, *, last: bool) -> Value:
    """What the step finds in each of `inputs`, in one sequence."""
    if step.sorts:
        return _staged(step.stages, step.run(inputs, frame), frame)
    results: list[Value] = []
    if step.name is not None:
        fields = (settled(field(value, step.name)) for value in inputs)
        results = [value for value in fields if value is not UNDEFINED]
    else:
        for value in inputs:
            result = step.run(value, frame)
            for stage in step.stages:
                result = stage(result, frame) if callable(stage) else result
            if result is not UNDEFINED:
                results.append(result)
    if last and len(results) == 1 and isinstance(results[0], LIST) and not isinstance(results[0], (Sequence, Tuples)):
        return results[0]
    flat = Sequence()
    for result in results:
        if isinstance(result, LIST) and not (type(result) is Array and result.cons):
            flat.extend(result)
        else:
            flat.append(result)
    return flat


def _staged(stages: Several[Stage], found: Value, frame: Frame) -> Value:
    for stage in stages:
        if callable(stage):
            found = stage(found, frame)
        else:
            for position, one in enumerate(found):
                one[stage] = position
    return found


def _bound(steps: Several[Step], inputs: list[Value], frame: Frame) -> Value:
    """What the steps find from the first one on that binds something."""
    found: Value = None
    for step in steps:
        found = _sorted_tuples(step, inputs, found, frame) if step.sorts else _tuples(step, inputs, found, frame)
    return found


def _sorted_tuples(step: Step, inputs: list[Value], found: Value, frame: Frame) -> Value:
    if found is not None:
        result = step.run(found, frame)
    else:
        ordered = step.run(inputs, frame)
        result = Tuples({"@": value, str(step.index): position} for position, value in enumerate(ordered))
    return _staged(step.stages, result, frame)


def _tuples(step: Step, inputs: list[Value], found: Value, frame: Frame) -> Value:
    result = Tuples()
    for one in found if found is not None else [{"@": value} for value in inputs]:
        context = one["@"]
        value = step.run(context, frame.within(dict(one)))
        if value is UNDEFINED:
            continue
        for position, item in enumerate(value if isinstance(value, LIST) else (value,)):
            bound: dict[str, Value] = dict(one)
            if isinstance(value, Tuples):
                bound.update(item)
            else:
                bound["@" if step.focus is None else step.focus] = item
                if step.index is not None:
                    bound[step.index] = position
                if step.ancestor is not None:
                    bound[step.ancestor] = context
            result.append(bound)
    return _staged(step.stages, result, frame)


def predicate(node: Any, run: Run) -> Select:
    """`[…]` behind a step: one position, several, or a condition."""
    if node.type == "number":
        return _position(math.floor(node.value))

    def select(value: Value, frame: Frame) -> Value:
        items: list[Value] = value if isinstance(value, LIST) else [value]
        bound = isinstance(value, Tuples)
        result: Any = Tuples() if bound else Sequence()
        for position, item in enumerate(items):
            chosen = run(item["@"], frame.within(dict(item))) if bound else run(item, frame)
            if type(chosen) is bool:
                if chosen:
                    result.append(item)
            elif (numbers := _numbers(chosen)) is not None:
                for number in numbers:
                    # A position behind the end or before the start is none.
                    if math.floor(number) in (position, position - len(items)):
                        result.append(item)
            elif truth(chosen):
                result.append(item)
        return result

    return select


def _position(position: int) -> Select:
    def select(value: Value, frame: Frame) -> Value:
        items: list[Value] = value if isinstance(value, LIST) else [value]
        result: Any = Tuples() if isinstance(value, Tuples) else Sequence()
        if -len(items) <= position < len(items):
            item = items[position]
            if isinstance(item, LIST):
                return item
            if item is not UNDEFINED:
                result.append(item)
        return result

    return select


def _numbers(value: Value) -> list[Value] | None:
    """The positions that a predicate came to, unless it is a condition."""
    if isinstance(value, LIST):
        items: list[Value] = value
        return items if all(map(is_number, items)) else None
    return [value] if is_number(value) else None


def children(value: Value) -> Value:
    """`*`: the values of all fields. Arrays are flattened, and make it an array that stays one."""
    items = list(_inner(value))
    return (Array if any(isinstance(item, LIST) for item in items) else Sequence)(_flat(items))


def _inner(value: Value) -> Iterable[Value]:
    if isinstance(value, DICT):
        return value.values()
    return value if isinstance(value, LIST) else ()


def _flat(value: Value) -> Iterable[Value]:
    if not isinstance(value, LIST):
        yield value
        return
    items: list[Value] = value
    for item in items:
        yield from _flat(item)


def descendants(value: Value) -> Value:
    """`**`: the value and all that lies in it, except arrays, whose elements count."""
    result = Sequence()
    todo: list[Value] = [value]
    while todo:
        one = todo.pop()
        if not isinstance(one, LIST):
            result.append(one)
        todo.extend(reversed(list(_inner(one))))
    return UNDEFINED if value is UNDEFINED else settled(result)


def group(pairs: Several[tuple[Run, Run]]) -> Group:
    """`{key: value, …}` for each of several values: those with the same key are seen together."""

    def evaluate(value: Value, frame: Frame) -> Object:
        items: list[Value] = value if isinstance(value, LIST) else [value]
        bound = isinstance(value, Tuples)
        groups: dict[str, tuple[int, list[Value]]] = {}
        for item in items or [UNDEFINED]:
            context, inner = (item["@"], frame.within(dict(item))) if bound else (item, frame)
            for number, (key_of, _) in enumerate(pairs):
                key = key_of(context, inner)
                if key is UNDEFINED:
                    continue
                if not isinstance(key, str):
                    raise ExpressionFailure("T1003", value=key)
                of_pair, members = groups.setdefault(key, (number, []))
                if of_pair != number:
                    raise ExpressionFailure("D1009", value=key)
                members.append(item)
        result = Object()
        for key, (number, members) in groups.items():
            context, inner = _together(members, frame) if bound else (_joined(members), frame)
            found = pairs[number][1](context, inner)
            if found is not UNDEFINED:
                result[key] = found
        return result

    return evaluate


def _joined(members: list[Value]) -> Value:
    """All of a group as one value, as `appended` has it."""
    members = [member for member in members if member is not UNDEFINED]
    if len(members) <= 1:
        return members[0] if members else UNDEFINED
    result = Array()
    for member in members:
        if isinstance(member, LIST):
            result.extend(member)
        else:
            result.append(member)
    return result


def _together(members: list[dict[str, Value]], frame: Frame) -> tuple[Value, Frame]:
    names = dict.fromkeys(name for member in members for name in member)
    joined = {name: _joined([member.get(name, UNDEFINED) for member in members]) for name in names}
    return joined.pop("@"), frame.within(joined)


def sort(terms: Several[tuple[Run, bool]]) -> Select:
    """`^(…)`: by each term in turn; what has no value comes last."""

    def evaluate(value: Value, frame: Frame) -> Value:
        items: list[Value] = value
        if len(items) <= 1:
            return value
        bound = isinstance(value, Tuples)
        keys: list[list[Value]] = [[] for _ in items]

        def key(position: int, term: int) -> Value:
            # Looked up once for each value, and only when it is needed, since it may fail.
            known = keys[position]
            if term == len(known):
                item = items[position]
                context, inner = (item["@"], frame.within(dict(item))) if bound else (item, frame)
                known.append(terms[term][0](context, inner))
            return known[term]

        def later(one: int, other: int) -> bool:
            for term, (_, descending) in enumerate(terms):
                before = _compared(key(one, term), key(other, term), descending=descending)
                if before:
                    return before > 0
            return False

        first = [key(position, 0) for position in range(len(items))]
        positions = list(range(len(items)))
        if _tells_all(first, last=len(terms) == 1):
            positions.sort(key=lambda position: order(first[position]), reverse=terms[0][1])
        else:
            positions = merged(positions, later)
        # Once sorted, tuples are no longer known for what they are.
        return Array(items[position] for position in positions)

    return evaluate


def _tells_all(keys: list[Value], *, last: bool) -> bool:
    """Whether these alone give the order, so that it needs no comparisons one by one."""
    types = set(map(type, keys))
    comparable = types == {str} or (types <= {int, float} and all(key == key for key in keys))
    return comparable and (last or len(set(keys)) == len(keys))


def _compared(one: Value, other: Value, *, descending: bool) -> int:
    """Below 0 where `one` comes first, above where `other` does."""
    if one is UNDEFINED or other is UNDEFINED:
        return (one is UNDEFINED) - (other is UNDEFINED)
    types = [
        str if isinstance(value, str) else float if type(value) in (int, float) else None for value in (one, other)
    ]
    if None in types:
        raise ExpressionFailure("T2008", value=one if types[0] is None else other)
    if types[0] is not types[1]:
        raise ExpressionFailure("T2007", value=one, value2=other)
    one, other = order(one), order(other)
    return ((one > other) - (one < other)) * (-1 if descending else 1)
