"""Mocked results of service integrations: held against the service's own model, as TestState does, and filled in.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html,
https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html#mock-validation-modes
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from asl.integrations.models import Base, Member, Type, operation
from asl.running.instants import written
from asl.running.sizes import text
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number, kind

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
_POLLED = {
    "states:startExecution.sync": "states:describeExecution",
    "states:startExecution.sync:2": "states:describeExecution",
}
"""Jobs whose result is the answer of the call that Step Functions polls; what other jobs give is in no model."""
_PARSED: Mapping[str, tuple[str, ...]] = {
    "lambda:invoke": ("Payload",),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    "states:startExecution.sync:2": ("Input", "Output"),
}
"""Texts of the model that Step Functions gives as the JSON they hold."""


def problem(resource: str, result: object, mode: Mode = "STRICT") -> str:
    """What is wrong with a result of a service integration; empty where nothing is, or is known.

    `resource` is a Task's Resource. What functions, activities' workers and callbacks answer is their own affair, and
    fields that the model does not have are ignored. The words for a type, a length at least and an enumeration are
    AWS's as recorded; those for a length at most and a missing field are ours.
    """
    id = _integration(resource)
    found = None if mode == "NONE" else operation(_POLLED.get(id, id))
    # A job ends with any value where somebody sends it by the job's token.
    if found is None or (id in _POLLED and kind(result) != "an object"):
        return ""
    if kind(result) == "an object":
        result = {name: one for name, one in as_object(result).items() if name not in _PARSED.get(id, ())}
    todo: list[tuple[str, Type, object]] = [("", found.output, result)]
    while todo:  # depth first, for models and results may nest deeper than Python calls
        field, type, value = todo.pop()
        members = type.members if id.startswith("aws-sdk:") else type.by_api
        if wrong := _wrong(field, type, value) or (_missing(members, value) if mode == "STRICT" else ""):
            return wrong
        todo += reversed(list(_inside(field, type, members, value)))
    return ""


def possible(resource: str, names: Sequence[str], values: Sequence[object]) -> Sequence[object]:
    """Those of `values` that a result can have in the field that `names` lead to, and of an enumeration one more."""
    id = _integration(resource)
    found = operation(_POLLED.get(id, id))
    if found is None or names[:1] == _PARSED.get(id):
        return values
    type = found.output
    for name in names:
        members = type.members if id.startswith("aws-sdk:") else type.by_api
        if name not in members:
            return values
        type = members[name].type
    fitting = [value for value in values if not _wrong("", type, value)]
    return [*fitting, *[one for one in type.enum if one not in fitting][:1]] or values


def _integration(resource: str) -> str:
    """`dynamodb:putItem` or `states:startExecution.sync:2`; empty for functions and activities."""
    is_service = ":states:" in resource and ":activity:" not in resource
    return resource.split(":", 5)[-1] if is_service else ""


def _wrong(field: str, type: Type, value: object) -> str:
    told = f"Field '{field}'" if field else "The result"
    if not _is_a(type.base, value):
        return f"{told} must be {_WANTED[type.base]}"
    if isinstance(value, str) and type.enum and value not in type.enum:
        return f"{told} is not an expected value"
    if type.base in ("string", "blob", "list") and value is not None:
        length = len(as_text(value) or as_list(value))
        if length < type.least:
            return f"{told} is smaller than the minimum length"
        if length > type.most and type.base != "blob":  # whose text is longer than its bytes
            return f"{told} is greater than the maximum length"
    return ""


def _missing(members: Mapping[str, Member], value: object) -> str:
    if not isinstance(value, dict):
        return ""
    required = (name for name, member in members.items() if member.required)
    name = next((name for name in required if name not in value), None)
    return f"Field '{name}' is required" if name else ""


def _inside(field: str, type: Type, members: Mapping[str, Member], value: object) -> Iterator[tuple[str, Type, object]]:
    """What is inside a value, each with the name it is told by: an element has its array's."""
    if type.base == "structure":
        fields = as_object(value).items()
        yield from ((name, members[name].type, one) for name, one in fields if name in members)
    elif type.base == "map":
        yield from ((name, type.value, one) for name, one in as_object(value).items())
    elif type.base == "list":
        yield from ((field, type.element, one) for one in as_list(value))


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
    # Whether a moment is written as a text or a number, no page says of all services.
    return isinstance(value, str) or (base == "timestamp" and is_number(value))


_ID = "00000000-0000-4000-8000-000000000000"
_SDK: Object = {
    "SdkHttpMetadata": {
        "AllHttpHeaders": {"x-amzn-RequestId": [_ID]},
        "HttpHeaders": {"x-amzn-RequestId": _ID},
        "HttpStatusCode": 200,
    },
    "SdkResponseMetadata": {"RequestId": _ID},
}


def filled(resource: str, result: object, arguments: object, now: float) -> object:
    """`result` with those fields that an optimised integration gives with every answer, where it leaves them out.

    What `result` has stands as it is. What depends on data (`Item`, `Attributes`) or on a queue's or topic's settings
    (`SequenceNumber`) is not made up, and a function that nothing is said of gives null, as one without a return does.
    Results of AWS SDK integrations, jobs, callbacks, functions and activities stay as they are, and so does what is no
    object. `arguments` is what the call is made with, `now` is in seconds since 1970; the same call gives the same.
    """
    answer = _ANSWERS.get(_integration(resource))
    if answer is None or kind(result) != "an object":
        return result
    return {**answer(as_object(arguments), now), **as_object(result)}


def _sent(arguments: Object, now: float) -> Object:
    body = arguments.get("MessageBody")
    content = body if isinstance(body, str) else text(body)
    digest = hashlib.md5(content.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return {"MD5OfMessageBody": digest, "MessageId": _ID, **_SDK}


def _put(arguments: Object, now: float) -> Object:
    # No metadata, by what AWS was recorded to answer.
    return {"Entries": [{"EventId": _ID} for _ in as_list(arguments.get("Entries"))], "FailedEntryCount": 0}


def _started(arguments: Object, now: float) -> Object:
    machine = as_text(arguments.get("StateMachineArn")).replace(":stateMachine:", ":execution:")
    unqualified = ":".join(machine.split(":")[:7])  # without a version or an alias
    name = as_text(arguments.get("Name")) or _ID
    return {"ExecutionArn": f"{unqualified}:{name}", "StartDate": written(now), **_SDK}


_ANSWERS: Mapping[str, Callable[[Object, float], Object]] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    "lambda:invoke": lambda _arguments, _now: {
        "ExecutedVersion": "$LATEST", "Payload": None, "StatusCode": 200, **_SDK,
    },
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html and its neighbours
    **dict.fromkeys(
        ("dynamodb:getItem", "dynamodb:putItem", "dynamodb:updateItem", "dynamodb:deleteItem"),
        lambda _arguments, _now: _SDK,
    ),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    "sqs:sendMessage": _sent,
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    "sns:publish": lambda _arguments, _now: {"MessageId": _ID, **_SDK},
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    "events:putEvents": _put,
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    "states:startExecution": _started,
}  # fmt: skip
