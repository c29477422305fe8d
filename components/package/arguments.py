"""What arrives of a program in another language, made the components' own arguments, with the components' defaults."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.errors import InputPropertyError
from pulumi.output import Unknown

import asl
from asl.syntax.hints import nearest

from ..function import DependencyLayer, Function, FunctionArgs
from ..logs import Logs
from ..packaging import Requirements
from ..release import Canary, Linear
from ..schedule import ScheduleArgs
from ..state_machine import StateMachine, StateMachineArgs
from ..uses import Elsewhere, Use
from .inputs import FunctionInputs, ScheduleInputs, StateMachineInputs

_NULLABLE = ("InputPath", "ResultPath", "OutputPath")
"""Fields of a state that may be null, and never the text `null`:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html"""


def state_machine_args(given: StateMachineInputs) -> StateMachineArgs:
    """What a StateMachine takes.

    Raises:
        InputPropertyError: for a definition that is none, with what to write.
    """
    return StateMachineArgs(
        _definition(given["definition"]),
        **_named(
            given,
            logs=_logs,
            type=str,
            tracing=bool,
            purpose=str,
            accepted=lambda every: [asl.Accepted(**one) for one in every],
            promises=lambda every: [_promise(**one) for one in every],
            allow=lambda every: [_allow(**one) for one in every],
            release=lambda given: _release(**given),
            alarm_topic=lambda arn: arn,
            dashboard=bool,
        ),
    )


def function_args(name: str, given: FunctionInputs, opts: pulumi.ResourceOptions | None) -> FunctionArgs:
    """What a Function takes; its layer, if it has libraries, is made for it alone.

    Raises:
        InputPropertyError: for a path that is not absolute, or none at all.
    """
    if "sources" not in given and "image" not in given:
        raise InputPropertyError(
            "sources", "is missing: a function is made of a folder with its `handler`, or an `image`"
        )
    named = _named(
        given,
        logs=_logs,
        sources=lambda path: _absolute("sources", path),
        environment=dict,
        timeout=int,
        memory=int,
        storage=int,
        tracing=bool,
        reserved_concurrency=int,
        snap_start=bool,
        architecture=str,
        runtime=str,
        purpose=str,
        layers=list,
        image=lambda uri: uri,
    )
    layer = None
    if "requirements" in given:
        libraries = Requirements(_absolute("requirements", given["requirements"]))
        of = {name: named[name] for name in ("architecture", "runtime") if name in named}
        layer = DependencyLayer(f"{name}-libraries", libraries, opts=opts, **of)
    uses = [_use(**one) for one in given.get("uses", ())]
    return FunctionArgs(given.get("handler"), layer, uses, **named)


def schedule_args(given: ScheduleInputs) -> ScheduleArgs:
    """What a Schedule takes.

    Raises:
        InputPropertyError: for a target of another kind.
    """
    target: Any = given["target"]
    if not isinstance(target, StateMachine | Function):
        raise InputPropertyError("target", "takes a StateMachine or Function of this package, the resource itself")
    named = _named(given, expression=str, timezone=str, input=lambda given: _restored(given, "input"), retries=int)
    return ScheduleArgs(target, **named)


def _named(given: Mapping[str, Any], **kinds: Callable[[Any], object]) -> dict[str, Any]:
    """Those of the arguments that were given, each made what it is in Python."""
    return {name: kind(given[name]) for name, kind in kinds.items() if name in given}


def _logs(given: Mapping[str, Any]) -> Logs:
    return Logs(**_named(given, retention_days=int, level=str, execution_data=bool))


def _promise(state: str, ends: list[str], unless: list[str] | None = None) -> asl.MustReach:
    return asl.MustReach(state, frozenset(ends), frozenset(unless or ()))


def _allow(actions: list[str] | None = None, **given: Any) -> asl.Allow:
    return asl.Allow(**given, actions=tuple(actions or ()))


def _release(kind: str, percent: float, minutes: float, keep: float = 100, **alarms: Any) -> Canary | Linear:
    kinds = {"canary": Canary, "linear": Linear}
    if kind not in kinds:
        raise InputPropertyError("release.kind", f"is {' or '.join(kinds)}, not {kind!r}{nearest(kind, kinds)}")
    return kinds[kind](int(percent), int(minutes), keep=int(keep), **alarms)


def _use(variable: str, arn: pulumi.Input[str], calls: list[str], name: pulumi.Input[str] | None = None) -> Use:
    known = pulumi.Output.from_input(arn)
    return Use(variable, Elsewhere(known, known if name is None else pulumi.Output.from_input(name)), tuple(calls))


def _absolute(argument: str, path: str) -> Path:
    if not Path(path).is_absolute():
        raise InputPropertyError(
            argument, f"has to be an absolute path, such as ${{pulumi.cwd}}/{path} in YAML: it is {path!r}"
        )
    return Path(path)


def _definition(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise InputPropertyError("definition", f"is a text, and no JSON: {error}") from None
    if isinstance(given, pulumi.Output):
        raise InputPropertyError(
            "definition",
            "is an output as a whole, of which a preview can check nothing: give the object itself, with outputs where"
            " its values are, or a text that is known",
        )
    if not isinstance(given, dict):
        raise InputPropertyError("definition", "is neither an object nor a text of JSON")
    return _restored(given, "definition")


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
