"""What a machine gets of an event: written as it will be, with `<$.path>` where a value of the event's goes.

A text that is nothing but `<$.path>` becomes that value, whatever its type; within a text a value is put in as it is.
`<aws.…>` are what the service itself knows, such as `<aws.scheduler.scheduled-time>`.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pulumi

from asl.syntax.hints import nearest

from ..input_schema import SchemaRefusedError, Unknown, UnknownText, misfits
from ..json_values import UnfitError, scalar
from ..state_machine import StateMachine

PLACE = re.compile(r"<(\$[^<>]*|aws\.[a-z.-]+)>")
_OWN = re.compile(r"<(aws\.[^<>\s]*)>")
_TEXT_OR_PLACE = re.compile(rf'"{PLACE.pattern}"|{PLACE.pattern}')
_WHOLE_EVENTS = frozenset(("aws.events.event", "aws.events.event.json", "aws.pipes.event", "aws.pipes.event.json"))
TEMPLATE_CHARACTERS = 8192
"""Of an input and of a template: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html"""


class InputRefusedError(pulumi.RunError):
    """An input that cannot be made, or that its machine would not take, which Pulumi shows as what is to be mended.

    No ValueError: one that is raised while Outputs are resolved Pulumi wraps, and shows with a traceback.
    """


def require_input(trigger: str, target: StateMachine, given: object, event: object) -> None:
    """Hold what `trigger` makes of an event, or the event itself where it makes nothing, against what `target` takes.

    Raises:
        InputRefusedError: naming each place that is wrong whatever the event's values are.
    """
    if found := list(_places_in_keys(given)):
        raise InputRefusedError(f"{trigger}: a name in `input` cannot be taken from the event: {', '.join(found)}")
    if target.input_schema is None:
        return
    try:
        problems = misfits(target.input_schema, event if given is None else symbolic(given))
    except SchemaRefusedError as error:
        raise SchemaRefusedError(f"{target.purpose}: {error}") from None
    if problems:
        how = "`input` says what the machine gets of it" if given is None else "mend `input`, or the schema"
        what = "the event as it is" if given is None else "its `input`"
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise InputRefusedError(
            f"{trigger}: {what} is refused by the input_schema of {target.purpose}:{lines}\n  {how}"
        )


def require_names(trigger: str, given: object, names: Sequence[str]) -> None:
    """Hold the `<aws.…>` of an input against `names`, those that the service knows; another one stays as it is written,
    or is refused by AWS. What is no JSON is refused, too.

    Raises:
        InputRefusedError: naming the nearest one.
    """
    for text in _texts(trigger, given, "input"):
        for found in _OWN.findall(text):
            if found not in names:
                raise InputRefusedError(
                    f"{trigger}: `input` takes <{found}>, which there is not{nearest(found, names)}; there is "
                    f"{', '.join(f'<{name}>' for name in names)}"
                )


def _texts(trigger: str, given: object, place: str) -> Iterator[str]:
    """The texts of an input, which is JSON but for its Outputs."""
    if isinstance(given, Mapping):
        members: Mapping[Any, object] = given
        for name, value in members.items():
            if not isinstance(name, str):
                raise InputRefusedError(f"{trigger}: {place} has a name that is no text: {name!r}")
            yield from _texts(trigger, value, f"{place}.{name}")
    elif isinstance(given, list | tuple):
        for index, value in enumerate(given):
            yield from _texts(trigger, value, f"{place}[{index}]")
    elif not isinstance(given, pulumi.Output):
        try:
            plain = scalar(given)
        except UnfitError as refused:
            raise InputRefusedError(f"{trigger}: {place} {refused}") from None
        if isinstance(plain, str):
            yield plain


def symbolic(given: object) -> object:
    """An input with `Unknown` for what only the event or a deployment knows."""
    match given:
        case pulumi.Output():
            return Unknown("an Output")
        case str() if whole := PLACE.fullmatch(given):
            own = whole[1].startswith("aws.") and whole[1] not in _WHOLE_EVENTS
            return UnknownText(given) if own else Unknown(given)
        case str() if PLACE.search(given):
            return UnknownText(given)
        case Mapping():
            return {str(name): symbolic(value) for name, value in given.items()}
        case list() | tuple():
            return [symbolic(value) for value in given]
        case _:
            return given


def places(given: object) -> Iterator[str]:
    """The paths and names that an input takes from the event, in its order."""
    if isinstance(given, str):
        yield from PLACE.findall(given)
    elif isinstance(given, Mapping | list | tuple):
        for value in given.values() if isinstance(given, Mapping) else given:
            yield from places(value)


def template(trigger: str, given: object, name: Callable[[str], str] = str) -> str:
    """The input as a template: JSON in which a place stands as `<name>`, without quotes where it is a whole value.

    Raises:
        InputRefusedError: when it is longer than the service takes.
    """
    text = _TEXT_OR_PLACE.sub(lambda found: f"<{name(found[1] or found[2])}>", json.dumps(given, ensure_ascii=False))
    if len(text) > TEMPLATE_CHARACTERS:
        raise InputRefusedError(
            f"{trigger}: its `input` has {len(text):,} characters and AWS takes {TEMPLATE_CHARACTERS:,} "
            "(https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html): "
            "leave to the machine what it can know by itself"
        )
    return text


def _places_in_keys(given: object) -> Iterator[str]:
    if isinstance(given, Mapping):
        names: Mapping[Any, Any] = given
        yield from (str(name) for name in names if PLACE.search(str(name)))
    if isinstance(given, Mapping | list | tuple):
        for value in given.values() if isinstance(given, Mapping) else given:
            yield from _places_in_keys(value)
