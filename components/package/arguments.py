"""What arrives of a program in another language, made the components' own arguments, with the components' defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import pulumi
from pulumi.errors import InputPropertyError
from pulumi.output import Unknown

import asl
from asl.reading.building import UnreadableError
from asl.reading.json_text import read_json
from asl.syntax.hints import nearest

from ..bucket import Bucket
from ..function import DependencyLayer, FunctionArgs
from ..logs import Logs
from ..packaging import Requirements
from ..release import Canary, Linear
from ..state_machine import StateMachine, StateMachineArgs
from ..storage import IndexArgs, Queue, QueueArgs, Table, TableArgs
from ..triggers import HttpApiArgs, Jwt, Route
from ..uses import Elsewhere, Use
from .inputs import FunctionInputs, QueueInputs, StateMachineInputs, TableInputs

Resource = TypeVar("Resource", bound=pulumi.Resource)
Args = TypeVar("Args")
Kinds: TypeAlias = tuple[type[pulumi.Resource], ...]

_NULLABLE = ("InputPath", "ResultPath", "OutputPath")
"""Fields of a state that may be null, and never the text `null`:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html"""


def state_machine_args(given: StateMachineInputs) -> StateMachineArgs:
    """What a StateMachine takes.

    Raises:
        InputPropertyError: for a definition that is none, with what to write.
    """
    named = _given(
        {**given, "definition": _definition(given["definition"])},
        logs=_logs,
        accepted=lambda every: [asl.Accepted(**one) for one in every],
        promises=lambda every: [_promise(**one) for one in every],
        allow=lambda every: [_allow(**one) for one in every],
        release=lambda one: _release(**one),
        earlier_calls=lambda every: [(one["call"], one["resource"]) for one in every],
    )
    return StateMachineArgs(**named)


def function_args(name: str, given: FunctionInputs, opts: pulumi.ResourceOptions | None) -> FunctionArgs:
    """What a Function takes; its layer, if it has libraries, is made for it alone.

    Raises:
        InputPropertyError: for a path that is not absolute, or none at all.
    """
    if "sources" not in given and "image" not in given:
        raise InputPropertyError(
            "sources", "is missing: a function is made of a folder with its `handler`, or an `image`"
        )
    named = _given(
        {"handler": None, "uses": [], **given},
        logs=_logs,
        uses=lambda every: [_use(**one) for one in every],
        sources=lambda path: _absolute("sources", path),
        requirements=lambda path: Requirements(_absolute("requirements", path)),
    )
    layer = None
    if libraries := named.pop("requirements", None):
        of = {one: named[one] for one in ("architecture", "runtime") if one in named}
        layer = DependencyLayer(f"{name}-libraries", libraries, opts=opts, **of)
    return FunctionArgs(layer=layer, **named)


def queue_args(given: QueueInputs) -> QueueArgs:
    """What a Queue takes.

    Raises:
        InputPropertyError: for dead letters that are no Queue of this package.
    """
    return QueueArgs(**_given(given, dead_letters=lambda queue: _made("deadLetters", queue, Queue)))


def table_args(given: TableInputs) -> TableArgs:
    """What a Table takes."""
    return TableArgs(**_given(given, indexes=lambda every: [_index(**one) for one in every]))


def trigger_args(
    args: Callable[..., Args], given: Mapping[str, Any], source: Kinds = (), target: Kinds = (StateMachine,)
) -> Args:
    """What a trigger takes that is of one of the kinds `source` and starts one of the kinds `target`.

    Raises:
        InputPropertyError: for a source, a target or dead letters of another kind.
    """
    named = _given(
        given,
        source=lambda one: _made("source", one, *source),
        target=lambda one: _made("target", one, *target),
        dead_letters=lambda queue: _made("deadLetters", queue, Queue),
    )
    return args(**named)


def http_api_args(given: Mapping[str, Any]) -> HttpApiArgs:
    """What an HttpApi takes.

    Raises:
        InputPropertyError: for a route to what is no StateMachine of this package.
    """
    named = _given(
        given,
        logs=_logs,
        routes=lambda routes: {key: _route(f"routes.{key}.target", **one) for key, one in routes.items()},
        jwt=lambda one: Jwt(**one),
    )
    return HttpApiArgs(**named)


def _given(given: Mapping[str, Any], **made: Callable[[Any], object]) -> dict[str, Any]:
    """The arguments as they were written; those in `made` what the component takes in their place."""
    restored = {name: _restored(value, name) for name, value in given.items()}
    return {name: made[name](value) if name in made else value for name, value in restored.items()}


def _logs(given: Mapping[str, Any]) -> Logs:
    return Logs(**given)


def _promise(state: str, ends: list[str], unless: list[str] | None = None) -> asl.MustReach:
    return asl.MustReach(state, frozenset(ends), frozenset(unless or ()))


def _allow(actions: list[str] | None = None, **given: Any) -> asl.Allow:
    return asl.Allow(**given, actions=tuple(actions or ()))


def _release(kind: str, **given: Any) -> Canary | Linear:
    kinds = {"canary": Canary, "linear": Linear}
    if kind not in kinds:
        raise InputPropertyError("release.kind", f"is {' or '.join(kinds)}, not {kind!r}{nearest(kind, kinds)}")
    return kinds[kind](**given)


def _route(argument: str, target: object, **given: Any) -> Route:
    return Route(_made(argument, target, StateMachine), **given)


def _index(holds: list[str] | None = None, **given: Any) -> IndexArgs:
    return IndexArgs(**given, holds=tuple(holds or ()))


def _use(variable: str, resource: Any, calls: list[str], name: pulumi.Input[str] | None = None) -> Use:
    if not isinstance(resource, Bucket | Queue | StateMachine | Table):
        arn = pulumi.Output.from_input(resource)
        resource = Elsewhere(arn, arn if name is None else pulumi.Output.from_input(name))
    return Use(variable, resource, tuple(calls))


def _made(argument: str, value: object, *kinds: type[Resource]) -> Resource:
    if not isinstance(value, kinds):
        of = {True: "of the AWS package", False: "of this package"}
        wanted = " or ".join(f"a {kind.__name__} {of[kind.__module__.startswith('pulumi_aws')]}" for kind in kinds)
        raise InputPropertyError(argument, f"takes {wanted}, the resource itself")
    return value


def _absolute(argument: str, path: str) -> Path:
    if not Path(path).is_absolute():
        raise InputPropertyError(
            argument, f"has to be an absolute path, such as ${{pulumi.cwd}}/{path} in YAML: it is {path!r}"
        )
    return Path(path)


def _definition(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        try:
            read = read_json(given)
        except UnreadableError as error:
            raise InputPropertyError("definition", f"is a text, and no JSON: {error}") from None
        if read.has_open:
            raise InputPropertyError("definition", "is a text, and no JSON: a placeholder stands without quotes")
        given = read.value
    if isinstance(given, pulumi.Output):
        raise InputPropertyError(
            "definition",
            "is an output as a whole, of which a preview can check nothing: give the object itself, with outputs where"
            " its values are, or a text that is known",
        )
    if not isinstance(given, dict):
        raise InputPropertyError("definition", "is neither an object nor a text of JSON")
    return cast("dict[str, Any]", given)


def _restored(value: Any, path: str) -> Any:
    """`value` as it was written, as far as can be known: on the way here objects lose their order and what is null in
    them, and numbers are all of one kind.

    https://protobuf.dev/reference/protobuf/google.protobuf/#struct

    Raises:
        InputPropertyError: for a resource of which nothing has arrived.
    """
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        nulls = [name for name in _NULLABLE if "Type" in found and found.get(name) == "null"]
        restored = {name: _restored(found[name], f"{path}.{name}") for name in sorted(found)}
        return {**restored, **dict.fromkeys(nulls)}
    if isinstance(value, list):
        return [_restored(inner, f"{path}[{index}]") for index, inner in enumerate(cast("list[Any]", value))]
    if isinstance(value, Unknown):
        raise InputPropertyError(path, "is a resource that this package cannot look into: write its arn, name or url")
    return int(value) if isinstance(value, float) and value.is_integer() else value
