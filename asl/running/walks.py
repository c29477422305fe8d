"""How the steps of a path walk through data, each to the next, as Jayway's JsonPath 2.0.0 walks them.

A walk is given a value, the document it is in, and a list for what it finds. Where it cannot go on it raises what
Jayway says, in which the way to that place comes to stand while the walks unwind.

https://github.com/json-path/JsonPath/tree/json-path-2.0.0/json-path/src/main/java/com/jayway/jsonpath/internal/token
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias, cast

from asl.running.blocked import BlockedError, NothingThereError
from asl.running.filters import Test, test_of
from asl.running.java import node_text
from asl.syntax.paths import Segment

Walk: TypeAlias = Callable[[object, object, "list[object]"], None]
PastEnd: TypeAlias = Literal["null", "nothing"]
"""What an index past the end of an array finds."""
MAX_BRANCHING = 200


def walk_of(parts: Sequence[Segment], past_end: PastEnd = "null") -> Walk:
    """The walk along `parts`.

    Raises:
        ValueError: for a filter that is none, and for more than 200 steps that can lead to several values.
    """
    if sum(not _plain(part) for part in parts) > MAX_BRANCHING:
        raise ValueError(f"more than {MAX_BRANCHING} steps can lead to several values")
    walk: Walk | None = None
    end, ends_single = len(parts), True
    while end:
        # A run of plain steps is taken in one loop, for a path may be long.
        begin = end
        while begin and _plain(parts[begin - 1]):
            begin -= 1
        if begin == end:
            begin, part = end - 1, parts[end - 1]
            ends_single = ends_single and part.single
            step = _step(part, walk, past_end)
            walk = _at_every_depth(part, step, walk) if part.deep else step
        else:
            # Jayway passes over a field that lacks, unless it, the step before it and all behind it are single: `..`
            # before that step is nothing to it.
            steps = [
                _single(part, past_end, leaf=walk is None and index == end - 1,
                        strict=ends_single and (index == 0 or parts[index - 1]._replace(deep=False).single))
                for index, part in enumerate(parts[begin:end], begin)
            ]  # fmt: skip
            walk = _along(steps, walk)
        end = begin
    return walk or (lambda value, document, found: found.append(value))


def _plain(part: Segment) -> bool:
    return part.single and part.kind != "from end"


_Single: TypeAlias = Callable[[object], object]
_PASSED_OVER = object()
"""What a single step gives where it finds nothing and Jayway goes on elsewhere."""


def _along(steps: Sequence[tuple[str, _Single]], walk: Walk | None) -> Walk:
    def go(value: object, document: object, found: list[object]) -> None:
        taken = 0
        try:
            for _, step in steps:
                value = step(value)
                if value is _PASSED_OVER:
                    return
                taken += 1
            if walk is None:
                found.append(value)
            else:
                walk(value, document, found)
        except BlockedError as blocked:
            blocked.way.extend(own for own, _ in reversed(steps[:taken]))
            raise

    return go


def _on(walk: Walk | None, value: object, document: object, found: list[object], step: str) -> None:
    """Go on with a value that `step` has led to."""
    if walk is None:
        found.append(value)
        return
    try:
        walk(value, document, found)
    except BlockedError as blocked:
        blocked.way.append(step)
        raise


def _single(part: Segment, past_end: PastEnd, *, leaf: bool, strict: bool) -> tuple[str, _Single]:
    """A step to one value: how it is written in a way, and what takes it."""
    if part.kind != "names":
        return _element(part, past_end)
    return _field(part.names[0], leaf=leaf, strict=strict) if len(part.names) == 1 else _fields(part.names, leaf=leaf)


def _field(name: str, *, leaf: bool, strict: bool) -> tuple[str, _Single]:
    own = f"['{name}']"

    def take(value: object) -> object:
        if not isinstance(value, dict):
            raise NothingThereError(f"Property {own} not found in path ")
        fields = cast("dict[str, object]", value)
        if name in fields:
            return fields[name]
        if leaf:
            raise NothingThereError("No results for path: ", own)
        if strict:
            raise NothingThereError("Missing property in path ", own)
        return _PASSED_OVER

    return own, take


def _fields(names: Sequence[str], *, leaf: bool) -> tuple[str, _Single]:
    own = f"""[{", ".join(f"'{name}'" for name in names)}]"""

    def take(value: object) -> object:
        if not isinstance(value, dict):
            raise NothingThereError(f"Property {own} not found in path ")
        if not leaf:
            raise BlockedError("Multi properties can only be used as path leafs: ", own)
        fields = cast("dict[str, object]", value)
        return {name: fields[name] for name in names if name in fields}

    return own, take


def _element(part: Segment, past_end: PastEnd) -> tuple[str, _Single]:
    take = _elements(part, past_end)

    def one(value: object) -> object:
        ((_, element),) = take(value)
        return element

    return _written(part), one


def _step(part: Segment, walk: Walk | None, past_end: PastEnd) -> Walk:
    if part.kind == "any":
        return _to_all(walk)
    if part.kind == "filter":
        return _to_fitting(test_of(part.text, walk_of), walk)
    if part.kind == "names":
        return _along([_single(part, past_end, leaf=walk is None, strict=False)], walk)
    return _to_elements(_elements(part, past_end), walk)


def _to_all(walk: Walk | None) -> Walk:
    def go(value: object, document: object, found: list[object]) -> None:
        if isinstance(value, list):
            for index, one in enumerate(cast("list[object]", value)):
                try:
                    _on(walk, one, document, found, f"[{index}]")
                except NothingThereError:
                    continue
        elif isinstance(value, dict):
            for name, one in cast("dict[str, object]", value).items():
                _on(walk, one, document, found, f"['{name}']")

    return go


def _to_elements(take: Callable[[object], Iterator[tuple[int, object]]], walk: Walk | None) -> Walk:
    def go(value: object, document: object, found: list[object]) -> None:
        for index, element in take(value):
            _on(walk, element, document, found, f"[{index}]")

    return go


def _elements(part: Segment, past_end: PastEnd) -> Callable[[object], Iterator[tuple[int, object]]]:
    written = _written(part)

    def take(value: object) -> Iterator[tuple[int, object]]:
        if value is None:
            raise NothingThereError("The path ", " is null")
        if not isinstance(value, list):
            told = f"Filter: {written} can only be applied to arrays. Current context is: {node_text(value)}"
            raise BlockedError(told, tells_way=False)
        elements = cast("list[object]", value)
        for index in _indices(part, len(elements)):
            if 0 <= index < len(elements):
                yield index, elements[index]
            elif past_end == "null":
                yield index, None
            else:
                raise NothingThereError("Index out of bounds when evaluating path ", f"[{index}]")

    return take


def _indices(part: Segment, length: int) -> Sequence[int]:
    """Where the elements are. Only a slice with one bound counts from the end."""
    if part.kind == "indices":
        return part.numbers
    if part.kind == "from end":
        return [length + part.numbers[0]]
    first, last = part.bounds
    if first is None:
        last = length if last is None else last
        return range(min(length, last + length if last < 0 else last))
    if last is None:
        return range(max(0, first + length if first < 0 else first), length)
    return range(max(first, -length), min(length, last))


def _written(part: Segment) -> str:
    """A step on arrays, as Jayway writes it."""
    if part.kind == "indices":
        return f"[{','.join(str(number) for number in part.numbers)}]"
    if part.kind == "from end":
        return f"[@.size(){part.numbers[0]}]"
    return f"[{':'.join('' if bound is None else str(bound) for bound in part.bounds)}]"


def _to_fitting(test: Test, walk: Walk | None) -> Walk:
    """To the elements that pass a filter; an object is asked itself."""

    def go(value: object, document: object, found: list[object]) -> None:
        if isinstance(value, dict):
            if test(cast("object", value), document):
                _on(walk, cast("object", value), document, found, "")
        elif isinstance(value, list):
            for index, one in enumerate(cast("list[object]", value)):
                if test(one, document):
                    _on(walk, one, document, found, f"[{index}]")
        else:
            told = f"Filter: [?] can not be applied to primitives. Current context is: {node_text(value)}"
            raise BlockedError(told, tells_way=False)

    return go


def _at_every_depth(part: Segment, step: Walk, walk: Walk | None) -> Walk:
    """From the value and all objects and arrays in it, outer before inner: `step`, and behind it `walk`."""
    fits = _fits(part)

    def go(value: object, document: object, found: list[object]) -> None:
        for one, way in _below(value):
            try:
                if not fits(one, document):
                    continue
                if walk is None or not isinstance(one, list):
                    step(one, document, found)
                else:
                    # Jayway goes on from every element here, whatever the step says: `$..[0].id` has all ids.
                    for index, element in enumerate(cast("list[object]", one)):
                        _on(walk, element, document, found, f"[{index}]")
            except BlockedError as blocked:
                blocked.way.extend(_backwards(way))
                raise

    return go


_Way: TypeAlias = "tuple[_Way, str] | None"


def _below(value: object) -> Iterator[tuple[object, _Way]]:
    """The objects and arrays that are or are in `value`, outer before inner, each with the way there."""
    todo: list[tuple[object, _Way]] = [(value, None)]
    while todo:
        one, way = todo.pop()
        if isinstance(one, dict):
            yield one, way  # pyright: ignore[reportUnknownVariableType]
            fields = cast("dict[str, object]", one)
            todo += [(inner, (way, f"['{name}']")) for name, inner in reversed(fields.items())]
        elif isinstance(one, list):
            yield one, way  # pyright: ignore[reportUnknownVariableType]
            elements = cast("list[object]", one)
            todo += [(elements[index], (way, f"[{index}]")) for index in range(len(elements) - 1, -1, -1)]


def _backwards(way: _Way) -> Iterator[str]:
    while way is not None:
        way, step = way
        yield step


def _fits(part: Segment) -> Test:
    """Where `..` looks for the step behind it."""
    if part.kind == "names":
        names = part.names
        return lambda value, document: isinstance(value, dict) and all(name in value for name in names)
    if part.kind == "filter":
        return test_of(part.text, walk_of)
    if part.kind == "any":
        return lambda value, document: True
    return lambda value, document: isinstance(value, list)
