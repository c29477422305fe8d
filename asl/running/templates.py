"""Payload templates: Parameters, ResultSelector, ItemSelector, Assign and their like, in which `name.$` is computed.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from asl.running.intrinsics import caller
from asl.running.paths import Data, NoInputError, PathError, reader
from asl.running.sizes import text
from asl.syntax.intrinsics import is_call
from asl.syntax.shapes import as_list, as_object, as_text

Fill: TypeAlias = Callable[[Data, Random], object]


def compiled(template: object) -> Fill:
    """How to fill in a template.

    Raises, when it fills in:
        PathError: for a path that finds nothing, naming its field.
        IntrinsicError: for a function that cannot be applied.
    """
    return _compiled(template) or (lambda data, random: template)


def fill(template: object, data: Data, random: Random) -> object:
    """What a template comes to, as `compiled` says."""
    return compiled(template)(data, random)


def _compiled(template: object) -> Fill | None:
    """The same, and None for a template in which nothing is computed."""
    if isinstance(template, Mapping):
        return _object(as_object(template))  # pyright: ignore[reportUnknownArgumentType]
    elements = as_list(template)
    computed = {index: fill for index, one in enumerate(elements) if (fill := _compiled(one))}
    if not computed:
        return None
    return lambda data, random: [
        computed[index](data, random) if index in computed else one for index, one in enumerate(elements)
    ]


def _object(fields: Mapping[str, object]) -> Fill | None:
    computed: list[tuple[str, Fill | None, object]] = []
    for name, value in fields.items():
        if name.endswith(".$"):
            computed.append((name[:-2], computed_field(name, as_text(value)), None))
        else:
            computed.append((name, _compiled(value), value))
    if not any(fill for _, fill, _ in computed):
        return None
    return lambda data, random: {name: fill(data, random) if fill else value for name, fill, value in computed}


def computed_field(name: str, written: str) -> Fill:
    """How to compute what the field `name` says: a path, or a call of an intrinsic function.

    Raises, when it computes, as `compiled` does.
    """
    if is_call(written):
        return caller(written.strip())
    read = reader(written)

    def found(data: Data, random: Random) -> object:
        try:
            return read(data)
        except NoInputError:
            raise
        except PathError as missing:
            document = data.context if written.startswith("$$") else data.document
            raise PathError(not_found(written, name, document)) from missing

    return found


def not_found(path: str, field: str, document: object) -> str:
    """AWS's words for a path of a field that finds nothing."""
    return f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{text(document)}'"
