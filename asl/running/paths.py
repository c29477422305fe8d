"""What a path finds in data, and how a value is put at one: as Jayway's JsonPath reads them, by which AWS does it.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html,
https://github.com/json-path/JsonPath
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

from asl.running.filters import FilterError, Test, test_of
from asl.syntax.paths import Segment, parse_path, segments


class PathError(Exception):
    """A path finds nothing, or nothing can be put there; the text is AWS's."""


class Data(NamedTuple):
    """What paths read: `$`, `$$` and the variables."""

    document: object
    context: Mapping[str, object]
    variables: Mapping[str, object]


Find: TypeAlias = Callable[[object, object], Iterator[object]]
"""The values that a step leads to from one value; the second is the document, for filters that read it."""


@lru_cache(maxsize=2**14)
def reader(path: str) -> Callable[[Data], object]:
    """How to read what `path` leads to: the value of a path that names one place, else an array of all that it finds.

    Several names in one bracket are one place: an object with those of the fields that are there.

    Raises, when it reads:
        PathError: where a path that names one place finds nothing there, and for a filter that is none. Others find an
            empty array.
    """
    parsed = parse_path(path)
    root = _root(path, parsed.root)
    parts = segments(path)
    if all(map(_is_single, parts)):
        return _definite(path, root, parts)
    *plain, last = parts
    function = _FUNCTIONS.get(last.names[0]) if last.kind == "function" else None
    several = last.kind == "names" and not last.deep
    if (function or several) and all(map(_is_single, plain)):
        inner = _definite(path, root, plain)
        return (lambda data: function(inner(data), path)) if function else _fields_of(path, inner, last.names)
    try:
        finds = [_find(part) for part in (plain if function else parts)]
    except FilterError as problem:
        return _failing(f"Invalid path '{path}' : {problem}")

    def read(data: Data) -> object:
        document = root(data)
        values = [document]
        for find in finds:
            values = [found for value in values for found in find(value, document)]
        return function(values, path) if function else values

    return read


def _is_single(part: Segment) -> bool:
    return part.kind in ("name", "index") and not part.deep


def _failing(told: str) -> Callable[[Data], object]:
    def fail(data: Data) -> object:
        raise PathError(told)

    return fail


def _fields_of(path: str, inner: Callable[[Data], object], names: Sequence[str]) -> Callable[[Data], object]:
    def read(data: Data) -> object:
        for fields in _several(inner(data), names):
            return fields
        raise PathError(f"Invalid path '{path}' : Property {list(names)} is no field of what is no object")

    return read


def _root(path: str, root: str) -> Callable[[Data], object]:
    if root == "$":
        return lambda data: data.document
    if root == "$$":
        return lambda data: data.context
    name = root[1:]

    def variable(data: Data) -> object:
        try:
            return data.variables[name]
        except KeyError:
            raise PathError(f"Variable '{name}' referenced by '{path}' has not been assigned") from None

    return variable


def _definite(path: str, root: Callable[[Data], object], parts: Sequence[Segment]) -> Callable[[Data], object]:
    steps: list[str | int] = [part.names[0] if part.kind == "name" else part.numbers[0] for part in parts]

    def read(data: Data) -> object:
        value = root(data)
        for step in steps:
            if isinstance(value, dict) and step in value:
                value = cast("dict[str | int, object]", value)[step]
            elif isinstance(value, list) and isinstance(step, int) and (there := _at(value, step)):  # pyright: ignore[reportUnknownArgumentType]
                value = there[0]
            else:
                raise PathError(_nothing(path, steps))
        return value  # pyright: ignore[reportUnknownVariableType]

    return read


def _nothing(path: str, steps: Sequence[str | int]) -> str:
    """https://github.com/json-path/JsonPath has the second half, by what AWS was recorded to say."""
    way = "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)
    return f"Invalid path '{path}' : No results for path: ${way}"


def _find(part: Segment) -> Find:
    step = _one_step(part)
    if not part.deep:
        return step
    if part.kind == "filter":
        # What is looked at is asked itself, or each element of an array would be asked twice.
        test = test_of(part.text)
        return lambda value, document: (one for one in _below(value) if test(one, document))
    if part.kind == "names":
        names = part.names
        return lambda value, document: (
            fields for inner in _below(value) for fields in _several(inner, names) if len(fields) == len(names)
        )
    return lambda value, document: (found for inner in _below(value) for found in step(inner, document))


def _one_step(part: Segment) -> Find:
    if part.kind == "name":
        (name,) = part.names
        return lambda value, document: iter([value[name]] if isinstance(value, dict) and name in value else [])  # pyright: ignore[reportUnknownVariableType, reportUnknownLambdaType, reportUnknownArgumentType]
    if part.kind == "names":
        return lambda value, document: _several(value, part.names)
    if part.kind == "any":
        return lambda value, document: iter(_children(value))
    if part.kind in ("index", "indices"):
        return lambda value, document: (found for number in part.numbers for found in _at(value, number))
    if part.kind == "slice":
        first, last = part.bounds
        return lambda value, document: iter(_elements(value)[first:last])
    if part.kind == "filter":
        return _filter(test_of(part.text))
    raise PathError(f"Invalid path '{part.text}'")


def _filter(test: Test) -> Find:
    def find(value: object, document: object) -> Iterator[object]:
        # An object is asked itself, an array for each of its elements.
        for one in cast("list[object]", value) if isinstance(value, list) else [value]:
            if test(one, document):
                yield one

    return find


def _several(value: object, names: Sequence[str]) -> Iterator[dict[str, object]]:
    """An object with the fields of several names that are there."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        yield {name: fields[name] for name in names if name in fields}


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else []


def _elements(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _at(value: object, number: int) -> list[object]:
    if isinstance(value, list):
        elements = cast("list[object]", value)
        if -len(elements) <= number < len(elements):
            return [elements[number]]
    return []


def _below(value: object) -> Iterator[object]:
    """The value and all that is in it, outer before inner."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict | list):
            yield one  # pyright: ignore[reportUnknownVariableType]
            todo.extend(reversed(_children(one)))  # pyright: ignore[reportUnknownArgumentType]


def _length(value: object, path: str) -> object:
    if isinstance(value, dict | list | str):
        return len(value)  # pyright: ignore[reportUnknownArgumentType]
    raise PathError(f"Invalid path '{path}' : length() of what has none")


def _aggregate(combine: Callable[[Sequence[float]], float]) -> Callable[[object, str], object]:
    def function(value: object, path: str) -> object:
        numbers = [one for one in _children(value) if isinstance(one, int | float) and not isinstance(one, bool)]
        if not numbers:
            raise PathError(
                f"Invalid path '{path}' : Aggregation function attempted to calculate value using empty array"
            )
        return combine(numbers)

    return function


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _deviation(numbers: Sequence[float]) -> float:
    mean = _mean(numbers)
    return (sum((number - mean) ** 2 for number in numbers) / len(numbers)) ** 0.5


_FUNCTIONS: Mapping[str, Callable[[object, str], object]] = {
    "length": _length,
    "size": _length,
    "min": _aggregate(lambda numbers: float(min(numbers))),
    "max": _aggregate(lambda numbers: float(max(numbers))),
    "sum": _aggregate(lambda numbers: float(sum(numbers))),
    "avg": _aggregate(_mean),
    "stddev": _aggregate(_deviation),
    "keys": lambda value, path: list(cast("dict[str, object]", value)) if isinstance(value, dict) else [],
    "first": lambda value, path: _children(value)[0] if _children(value) else None,
    "last": lambda value, path: _children(value)[-1] if _children(value) else None,
}


def put(path: str, document: object, value: object) -> object:
    """`document` with `value` where the reference path leads, in which objects are made on the way.

    Raises:
        PathError: where the way leads through what is no object, or past an array's end.
    """
    return _put(path, document, segments(path), value)


def _put(path: str, document: object, parts: Sequence[Segment], value: object) -> object:
    # From the inside out, for a path may be long.
    holders: list[object] = []
    here: object = document
    for part in parts:
        holders.append(here)
        here = _there(path, here, part)
    for part, holder in zip(reversed(parts), reversed(holders), strict=True):
        if part.kind == "index":
            elements = list(cast("list[object]", holder))
            elements[part.numbers[0]] = value
            value = elements
        else:
            value = {**cast("dict[str, object]", holder or {}), part.names[0]: value}
    return value


_ABSENT: Mapping[str, object] = {}


def _there(path: str, holder: object, part: Segment) -> object:
    """What is at a step now; an empty object where nothing is yet."""
    if part.kind == "index":
        found = _at(holder, part.numbers[0])
        if found:
            return found[0]
    elif isinstance(holder, Mapping):
        return cast("Mapping[str, object]", holder).get(part.names[0], _ABSENT)
    raise PathError(f"Unable to apply ReferencePath {path} to input")
