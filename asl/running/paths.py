"""What a path finds in data, and how a value is put at one.

Step Functions reads paths by Jayway's JsonPath, and by an old one: what it was recorded and reported to do is what
version 2.0.0 does with Jackson's nodes, and no later one. `$.items[*]` of an object without items is an empty array,
`$.items[9]` past the end is null, `$.items[-1].id` and `$.items.length()` find nothing, and `$.items[(@.length-1)]` is
the last item. Where recordings and AWS's page are silent, that version decides.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html,
https://github.com/json-path/JsonPath/tree/json-path-2.0.0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

from asl.running.blocked import BlockedError
from asl.running.sizes import text
from asl.running.walks import PastEnd, walk_of
from asl.syntax.paths import Segment, parse_path, segments


class PathError(Exception):
    """A path finds nothing, or nothing can be put there; the text is AWS's."""


class NoInputError(PathError):
    """There is no document to read, but null: AWS says so instead of what lacks."""


class Data(NamedTuple):
    """What paths read: `$`, `$$` and the variables."""

    document: object
    context: Mapping[str, object]
    variables: Mapping[str, object]


Read: TypeAlias = Callable[[Data], object]


@lru_cache(maxsize=2**14)
def reader(path: str, past_end: PastEnd = "null") -> Read:
    """How to read what `path` leads to: the value of a path that names one place, else an array of all that it finds.

    Past the end of an array there is null for a field, and nothing for an argument of an intrinsic function.

    Raises, when it reads:
        PathError: where a path cannot be followed, `Invalid path '$.a.b' : Missing property in path $['a']`.
    """
    try:
        parts = _parts(path)
        walk = walk_of(parts, past_end)
    except ValueError as problem:
        return _failing(f"Invalid path '{path}' : {problem}")
    root = _root(path)
    single = all(part.single for part in parts)

    def follow(data: Data) -> object:
        found: list[object] = []
        document = root(data)
        try:
            walk(document, document, found)
        except BlockedError as blocked:
            raise PathError(f"Invalid path '{path}' : {blocked}") from None
        return found[0] if single else found

    if not all(part.kind == "names" and len(part.names) == 1 and not part.deep for part in parts):
        return follow
    return _by_names(root, [part.names[0] for part in parts], follow)


def read(path: str, data: Data) -> object:
    """What `path` leads to in `data`, as `reader` says."""
    return reader(path)(data)


def _parts(path: str) -> Sequence[Segment]:
    if problem := parse_path(path).problem:
        raise ValueError(problem)
    return segments(path)


def _failing(told: str) -> Read:
    def fail(data: Data) -> object:
        raise PathError(told)

    return fail


def _by_names(root: Read, names: Sequence[str], follow: Read) -> Read:
    """The short way for what nearly all paths are, `$.order.id`; `follow` says what is wrong where it fails."""

    def read(data: Data) -> object:
        value = root(data)
        try:
            for name in names:
                value = cast("dict[str, object]", value)[name]
        except (KeyError, TypeError):
            return follow(data)
        return value

    return read


def _root(path: str) -> Read:
    root = parse_path(path).root
    if root == "$":
        return _document
    if root == "$$":
        return lambda data: data.context
    name = root[1:]

    def variable(data: Data) -> object:
        try:
            return data.variables[name]
        except KeyError:
            raise PathError(f"Variable '{name}' referenced by '{path}' has not been assigned") from None

    return variable


def _document(data: Data) -> object:
    if data[0] is None:
        # What AWS is reported to say of any path, `$` too, where a task before gave nothing.
        raise NoInputError("Unable to apply Path transformation to null or empty input.")
    return data[0]


def lacking(path: str, document: object) -> str | None:
    """Why a reference path into the input finds nothing there, in AWS's words; None where it is no such path."""
    if _root(path) is not _document:
        return None
    here = document
    for part in segments(path):
        if part.kind == "names" and isinstance(here, dict) and part.names[0] in here:
            here = cast("dict[str, object]", here)[part.names[0]]
        elif part.kind == "indices" and isinstance(here, list) and part.numbers[0] < len(cast("list[object]", here)):
            here = cast("list[object]", here)[part.numbers[0]]
        else:
            return _conflict(part, path, document) if part.kind in ("names", "indices") else None
    return None


def put(path: str, document: object, value: object) -> object:
    """`document` with `value` where the reference path leads, in which objects are made on the way.

    Only what is on the way is copied. No elements are made: an index has to be there.

    Raises:
        PathError: where a step leads into what is no object, or past an array's end, as AWS is reported to say it:
            `Unable to apply step "total" to input [1,2]`, `Unable to apply ReferencePath $.total to input "paid"`.
    """
    parts = segments(path)
    # From the inside out and without recursion, for a path may be long.
    holders: list[object] = []
    here = document
    for part in parts:
        holders.append(here)
        here = _inner(part, here, path, document)
    for part, holder in zip(reversed(parts), reversed(holders), strict=True):
        if part.kind == "indices":
            elements = list(cast("list[object]", holder))
            elements[part.numbers[0]] = value
            value = elements
        else:
            fields = cast("dict[str, object]", holder).copy()  # of its own class
            fields[part.names[0]] = value
            value = fields
    return value


def _inner(part: Segment, holder: object, path: str, document: object) -> object:
    """What is at a step now; an empty object where nothing is yet."""
    if part.kind == "indices" and isinstance(holder, list):
        elements = cast("list[object]", holder)
        if 0 <= part.numbers[0] < len(elements):
            return elements[part.numbers[0]]
    elif part.kind == "names" and isinstance(holder, dict):
        return cast("dict[str, object]", holder).get(part.names[0], {})
    raise PathError(_conflict(part, path, document))


def _conflict(part: Segment, path: str, document: object) -> str:
    step = part.names[0] if part.names else f"[{part.numbers[0]}]"
    applied = f'step "{step}"' if isinstance(document, dict | list) else f"ReferencePath {path}"
    return f"Unable to apply {applied} to input {text(cast('object', document))}"
