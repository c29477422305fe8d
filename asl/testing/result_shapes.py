"""A mocked result held against the service's own model, as TestState does.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Literal, TypeAlias

from asl.integrations.models import Base, Type, operation
from asl.syntax.shapes import as_list, as_object, is_number

Mode: TypeAlias = Literal["STRICT", "PRESENT", "NONE"]
"""STRICT wants the required fields, too; PRESENT looks at the fields that are there alone; NONE at nothing."""

_WANTED: dict[Base, str] = {
    "structure": "an object",
    "map": "an object",
    "list": "an array",
    "string": "a string",
    "blob": "a string",
    "timestamp": "a string",
    "boolean": "a boolean",
    "integer": "a number",
    "number": "a number",
}
_METADATA = ("SdkHttpMetadata", "SdkResponseMetadata")
"""What Step Functions adds to every result."""


def problem(resource: str, result: object, mode: Mode = "STRICT") -> str:
    """What is wrong with a result of a service integration, in AWS's words; empty where nothing is, or is known.

    `resource` is a Task's Resource. A function's result is its own affair.
    """
    if mode == "NONE" or ":states:" not in resource or ":activity:" in resource:
        return ""
    id, _, pattern = resource.split(":", 5)[-1].partition(".")
    found = operation(id)
    if found is None or pattern:  # what a callback or a job gives is in no model
        return ""
    return _wrong("", found.output, result, strict=mode == "STRICT")


def _wrong(field: str, type: Type, value: object, *, strict: bool) -> str:
    told = f"Field '{field}'" if field else "The result"
    if not _is_a(type.base, value):
        return f"{told} must be {_WANTED[type.base]}"
    if type.enum and type.base == "string" and value not in type.enum:
        return f"{told} is not an expected value"
    if type.base in ("string", "blob", "list") and isinstance(value, Sized) and len(value) < type.least:
        return f"{told} is smaller than the minimum length"
    if type.base == "structure":
        return _wrong_fields(type, value, strict=strict)
    if type.base == "map":
        inner = [(name, type.value, one) for name, one in as_object(value).items()]
    else:
        inner = [(field, type.element, one) for one in as_list(value)] if type.base == "list" else []
    return next((wrong for name, of, one in inner if (wrong := _wrong(name, of, one, strict=strict))), "")


def _wrong_fields(type: Type, value: object, *, strict: bool) -> str:
    fields = as_object(value)
    missing = next((name for name in type.required if name not in fields), None) if strict else None
    if missing:
        return f"Field '{missing}' is required"
    for name, one in fields.items():
        member = type.members.get(name) or type.by_api.get(name)
        if member and name not in _METADATA and (wrong := _wrong(name, member.type, one, strict=strict)):
            return wrong
    return ""


def _is_a(base: Base, value: object) -> bool:
    if value is None or base == "anything":
        return True
    if base in ("structure", "map"):
        return isinstance(value, dict)
    if base == "list":
        return isinstance(value, list)
    if base in ("integer", "number"):
        return is_number(value)
    if base == "boolean":
        return isinstance(value, bool)
    # The Payload of a function is a blob in the model, and anything in Step Functions.
    return isinstance(value, str) or (base == "blob" and isinstance(value, dict | list))
