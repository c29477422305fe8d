"""What is known of a piece of data without running anything: its kind, its fields, its elements.

What nobody can say is `Anything`: no rule ever speaks of what may or may not lie in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from types import MappingProxyType
from typing import Literal, TypeAlias

from asl.syntax.placeholders import is_placeholder
from asl.syntax.shapes import as_list, as_object, is_number

Kind: TypeAlias = Literal["string", "number", "boolean", "null"]
Known: TypeAlias = Literal["some", "documented", "all"]
"""Whether a record may have fields that are not listed: yes; not by the documentation; no."""

# A shape is never changed once it is made. Freezing them would make them three times as slow to make.

MAX_DEPTH = 40
MAX_SIZE = 2_000
MAX_FIELDS = 200
"""Beyond these a shape is not followed any further, so that the work stays in proportion to the definition."""

_INDEX = re.compile(r"\[-?\d{1,9}\]")


@dataclass(slots=True)
class Anything:
    """Nothing is known. `by` says where it comes from: EXECUTION_INPUT, the path of a Task, or empty."""

    by: str = ""


@dataclass(slots=True)
class Scalar:
    """A value without parts; `value` where it is the same each time."""

    kind: Kind
    value: str | int | float | bool | None = None


@dataclass(slots=True)
class Record:
    """An object. A field that is listed may still be absent; one that is not listed is absent if `known` is `all`."""

    fields: Mapping[str, Shape]
    known: Known
    by: str = field(compare=False)
    size: int = field(compare=False)
    depth: int = field(compare=False)
    rest: Shape | None = None
    """What every field that is not listed is like, where that is known and there may be some."""


@dataclass(slots=True)
class Listing:
    """An array: its elements one by one where they are known, what each of them is, and how many there are."""

    items: tuple[Shape, ...] | None
    each: Shape
    count: int | None
    size: int = field(compare=False)
    depth: int = field(compare=False)


Shape: TypeAlias = Anything | Scalar | Record | Listing

# A union is built anew each time it is asked for.
_WITH_PARTS = (Record, Listing)
_MADE_BY = (Anything, Record)


@dataclass(slots=True)
class Missing:
    """Where a path ends for certain: `step` does not exist in `container`, or not by the documentation."""

    step: str
    container: Shape
    documented: bool = False


NESTED = (Record, Listing)
UNKNOWN = (Missing, Anything)
"""To ask for one of several with `isinstance`: written there as `Record | Listing` they would be joined each time."""


_NO_FIELDS: Mapping[str, Shape] = MappingProxyType({})

_ENDS = (Missing, Anything)

ANY = Anything()
EXECUTION_INPUT = "the execution's input"


def record(fields: Mapping[str, Shape], known: Known = "all", by: str = "", rest: Shape | None = None) -> Shape:
    """An object with `fields`, others like `rest`, `by` the place that made it; Anything where it grows too large."""
    size, depth = 1, 0
    for value in fields.values() if rest is None else (*fields.values(), rest):
        if isinstance(value, _WITH_PARTS):
            size += value.size
            depth = max(depth, value.depth)
        else:
            size += 1
    if size > MAX_SIZE or depth >= MAX_DEPTH or len(fields) > MAX_FIELDS:
        return Anything(by)
    return Record(fields, known, by, size, depth + 1, rest)


def made_by(shape: Shape, by: str) -> Shape:
    """`shape` with the place that made it, for messages."""
    if not isinstance(shape, Record):
        return shape
    return Record(shape.fields, shape.known, by, shape.size, shape.depth, shape.rest)


def listing(items: Sequence[Shape]) -> Shape:
    """An array with just `items`."""
    return _listing(tuple(items), join_all(items), len(items))


def listing_of(each: Shape, count: int | None = None) -> Shape:
    """An array of `count` elements like `each`; of None nobody knows how many."""
    return _listing(None, each, count)


def _listing(items: tuple[Shape, ...] | None, each: Shape, count: int | None) -> Shape:
    size = 1 + _size(each) + sum(map(_size, items or ()))
    depth = 1 + max(_depth(each), *map(_depth, items or (ANY,)))
    return ANY if size > MAX_SIZE or depth > MAX_DEPTH else Listing(items, each, count, size, depth)


def _size(shape: Shape) -> int:
    return shape.size if isinstance(shape, _WITH_PARTS) else 1


def _depth(shape: Shape) -> int:
    return shape.depth if isinstance(shape, _WITH_PARTS) else 0


def constant(value: object, depth: int = 0) -> Shape:
    """The shape of a value that stands in the definition; what deployment fills in can become anything."""
    if isinstance(value, bool):
        return Scalar("boolean", value)
    if isinstance(value, str):
        return Scalar("string", value) if "${" not in value else ANY if is_placeholder(value) else Scalar("string")
    if is_number(value):
        return Scalar("number", value)
    if value is None:
        return Scalar("null")
    fields, elements = as_object(value), as_list(value)
    if depth >= MAX_DEPTH or len(fields) > MAX_FIELDS:
        return ANY
    if isinstance(value, Mapping):
        return record({name: constant(inner, depth + 1) for name, inner in fields.items()})
    if len(elements) > MAX_FIELDS:
        return listing_of(ANY, len(elements))
    # An Output or a component is neither: nobody knows yet what it will be.
    return listing([constant(inner, depth + 1) for inner in elements]) if isinstance(value, list | tuple) else ANY


def join(one: Shape, other: Shape) -> Shape:
    """What is known where data is like `one` or like `other`."""
    if one is other or one == other:
        return one
    if isinstance(one, Record) and isinstance(other, Record):
        return _join_records(one, other)
    if isinstance(one, Listing) and isinstance(other, Listing):
        if one.items is not None and other.items is not None and len(one.items) == len(other.items):
            return listing([join(*pair) for pair in zip(one.items, other.items, strict=True)])
        return listing_of(join(one.each, other.each), one.count if one.count == other.count else None)
    if isinstance(one, Scalar) and isinstance(other, Scalar) and one.kind == other.kind:
        return Scalar(one.kind)
    return Anything(_either(maker(one), maker(other)))


def _either(one: str, other: str) -> str:
    """Who made what may come from either: the one that says more than that it comes from outside."""
    return other if one in ("", EXECUTION_INPUT) else one


def join_all(shapes: Iterable[Shape]) -> Shape:
    """What is known where data is like one of `shapes`; Anything where there is none."""
    every = list(shapes)
    return reduce(join, every) if every else ANY


def maker(shape: Shape) -> str:
    """The Task whose result `shape` is as a whole, or what else it comes from."""
    return shape.by if isinstance(shape, _MADE_BY) else ""


_LESS: dict[Known, int] = {"some": 0, "documented": 1, "all": 2}


def _join_records(one: Record, other: Record) -> Shape:
    fields: dict[str, Shape] = {}
    for name in {**one.fields, **other.fields}:
        left, right = one.fields.get(name), other.fields.get(name)
        if left is not None and right is not None:
            fields[name] = join(left, right)
        elif left is not None and other.known != "some":
            fields[name] = left
        elif right is not None and one.known != "some":
            fields[name] = right
    # A field that one of them lists and the other does not can be like what either says.
    open_ended = [shape.rest for shape in (one, other) if shape.known == "some"]
    whole = len(fields) == len({**one.fields, **other.fields})
    rest = open_ended[0] if whole and open_ended and all(each == open_ended[0] for each in open_ended) else None
    known = min(one.known, other.known, key=_LESS.__getitem__)
    return record(fields, known, _either(one.by, other.by), rest)


def look_up(shape: Shape, steps: Sequence[str]) -> Shape | Missing:
    """What `steps`, names and indices like `[0]`, lead to."""
    if isinstance(shape, Anything):
        return ANY if steps else shape
    for step in steps:
        found = _step(shape, step)
        if isinstance(found, _ENDS):
            return found
        shape = found
    return shape


def _step(shape: Shape, step: str) -> Shape | Missing:
    is_index = step[:1] == "[" and _INDEX.fullmatch(step) is not None
    if isinstance(shape, Record) and not is_index:
        if step in shape.fields:
            return shape.fields[step]
        return shape.rest or ANY if shape.known == "some" else Missing(step, shape, shape.known == "documented")
    if isinstance(shape, Listing) and is_index:
        index = int(step[1:-1])
        if shape.count is not None and not -shape.count <= index < shape.count:
            return Missing(step, shape)
        return shape.each if shape.items is None else shape.items[index]
    return Missing(step, shape)


def put(shape: Shape, steps: Sequence[str], value: Shape) -> Shape | Missing:
    """`shape` with `value` at `steps`; what lacks on the way is made, what cannot have fields is Missing."""
    if not steps:
        return value
    step = steps[0]
    is_index = step[:1] == "[" and _INDEX.fullmatch(step) is not None
    if isinstance(shape, Anything) or (isinstance(shape, Scalar) and shape.kind == "null"):
        known, fields, by, rest = "some", _NO_FIELDS, maker(shape), None
    elif isinstance(shape, Record):
        known, fields, by, rest = shape.known, shape.fields, shape.by, shape.rest
    elif isinstance(shape, Listing) and is_index:
        return ANY
    else:
        return Missing(step, shape)
    if is_index:
        return ANY
    inner = fields.get(step, rest or ANY if known == "some" else record({}))
    made = put(inner, steps[1:], value) if len(steps) > 1 else value
    if isinstance(made, Missing):
        return made
    grown = (shape.size if isinstance(shape, Record) else 1) - _size(inner) * (step in fields) + _size(made)
    depth = max(shape.depth if isinstance(shape, Record) else 1, _depth(made) + 1)
    if grown > MAX_SIZE or depth > MAX_DEPTH or len(fields) >= MAX_FIELDS:
        return Anything(by)
    return Record({**fields, step: made}, known, by, grown, depth, rest)


def told(shape: Shape) -> str:
    """`shape` for a message: what it is, and the names of its fields."""
    if isinstance(shape, Record):
        names = ", ".join(list(shape.fields)[:8]) + (", …" if len(shape.fields) > 8 else "")
        return f"an object with {names}" if names else "an empty object" if shape.known == "all" else "an object"
    if isinstance(shape, Listing):
        return "an array" if shape.count is None else f"an array of {shape.count}"
    if isinstance(shape, Scalar):
        return "null" if shape.kind == "null" else f"a {shape.kind}"
    return "anything"
