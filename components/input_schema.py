"""What a machine takes as its input, as JSON Schema, held against an input of which not everything is known yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Schema: TypeAlias = Mapping[str, Any]


class SchemaRefusedError(ValueError, pulumi.RunError):
    """What is no JSON Schema, which Pulumi shows as what the user has to mend."""


@dataclass(frozen=True)
class Unknown:
    """A value that only an event has, or an Output: it may be anything. `said` is how its user wrote it."""

    said: str

    def __repr__(self) -> str:
        return self.said


class UnknownText(str):
    """A text of which a part is unknown: as a whole it is a text, and nothing else is certain of it."""


def require_schema(machine: str, schema: Schema | None) -> None:
    """Hold `schema` against the draft that it names in `$schema`, 2020-12 unless it does.

    https://json-schema.org/draft/2020-12

    Raises:
        SchemaRefusedError: naming the place and what is wrong there.
    """
    if schema is None:
        return
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for

    try:
        validator_for(schema, default=Draft202012Validator).check_schema(dict(schema))
    except SchemaError as error:
        where = "".join(f".{step}" for step in error.absolute_path)
        raise SchemaRefusedError(f"{machine}: input_schema{where} is no JSON Schema: {error.message}") from None


def misfits(schema: Schema, given: Any) -> list[str]:
    """What is wrong with `given` whatever its unknown parts turn out to be, a line each: where, and what.

    Raises:
        SchemaRefusedError: where the schema refers to what it does not hold. Nothing is fetched from elsewhere.
    """
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable

    validator = validator_for(schema, default=Draft202012Validator)(schema, registry=REGISTRY)
    try:
        errors = list(validator.iter_errors(given))
    except Unresolvable as error:
        raise SchemaRefusedError(
            f"its input_schema refers to what it does not hold ({error}): put that into its `$defs`"
        ) from None
    is_open = _holds_unknown(given)
    certain = (error for error in errors if _is_certain(error) and not (is_open and _is_conditional(error)))
    return sorted(f"{_place(error)}: {error.message}" for error in certain)


_BY_SHAPE = (
    *("additionalProperties", "dependentRequired", "maxItems", "maxProperties"),
    *("minItems", "minProperties", "required", "type"),
)
"""Keywords that ask about members and their number: what a member's value is makes no difference."""
_BY_CHOICE = ("anyOf", "oneOf")
"""Keywords that are broken for sure where each of their alternatives is."""


def _is_certain(error: ValidationError) -> bool:
    if isinstance(error.instance, Unknown):
        return False
    if not _holds_unknown(error.instance) or error.validator in _BY_SHAPE:
        return True
    alternatives = _by_alternative(error) if error.validator in _BY_CHOICE else ()
    return bool(alternatives) and all(any(map(_is_certain, errors)) for errors in alternatives)


def _is_conditional(error: ValidationError) -> bool:
    """Whether an `if` chose the schema that is broken, which may choose another one once all is known."""
    return any(step in ("then", "else") for step in error.absolute_schema_path)


def _by_alternative(error: ValidationError) -> Collection[list[ValidationError]]:
    found: dict[object, list[ValidationError]] = {}
    for one in error.context or ():
        found.setdefault(one.relative_schema_path[0], []).append(one)
    return found.values()


def _holds_unknown(value: object) -> bool:
    if isinstance(value, Unknown | UnknownText):
        return True
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(map(_holds_unknown, inner))


def _place(error: ValidationError) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path]
    return "".join(steps).removeprefix(".") or "the input"
