"""Rules about what a Task calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from asl.analysis.caching import once
from asl.integrations import INTEGRATIONS, Integration, Pattern, find, why_unknown
from asl.integrations.arguments import arguments, field_of
from asl.integrations.distributed_map import config_of, is_distributed, type_of
from asl.permissions.calls import calls
from asl.rules.findings import Problem, Rule
from asl.syntax.hints import near, nearest
from asl.syntax.walk import Machine, State

_CONNECT = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"
_OPTIMISED = "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html"
_LEAST = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_TYPES = "https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"
_SDK = "https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"
_PREFIX = "arn:aws:states:::"


@once
def _calls(machine: Machine) -> list[tuple[State, Integration, Pattern]]:
    return [(state, *found) for state in machine.states if state.resource and (found := find(state.resource))]


def _resource_is_known(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        # A placeholder in the service's or the call's name can become a right one.
        if state.resource and find(state.resource) is None and "${" not in state.resource.partition(":states:")[2]:
            yield state.at("Resource"), why_unknown(state.resource) or _not_in_table(state.resource)


@lru_cache(maxsize=4096)
def _not_in_table(resource: str) -> str:
    offered = [f"{_PREFIX}{row.id}" for row in INTEGRATIONS.values() if row.standard]
    return f"'{resource}' is no integration that the table knows{nearest(resource, offered)}"


def _pattern_is_offered(machine: Machine) -> Iterator[Problem]:
    for state, row, pattern in _calls(machine):
        if pattern in row.patterns(type_of(machine, state.scope)):
            continue
        if pattern in row.standard:
            yield state.at("Resource"), f"an Express execution does not support the {pattern} pattern"
        else:
            yield state.at("Resource"), f"{row.id} does not offer the {pattern} pattern"


def _express_is_short(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        if is_distributed(state) and type_of(machine, state.scope) == "EXPRESS":
            yield state.at(f"{config_of(state)[0]}.Mode"), "an Express execution does not support DISTRIBUTED"


def _parameters_are_there(machine: Machine) -> Iterator[Problem]:
    for state, row, _ in _calls(machine):
        field = field_of(state)
        # A template that is one path or expression as a whole can hold anything.
        if not row.required or isinstance(state.node.get(field), str):
            continue
        given = {name.removesuffix(".$") for name in arguments(state)}
        for name in row.required:
            either = name.split("|")
            if not any(one in given for one in either):
                yield state.at(field), f"{row.id} needs {' or '.join(either)}{_taken_for(either[0], given)}"


def _taken_for(name: str, given: Iterable[str]) -> str:
    """What was written where `name` was meant: it is mended, and no hint may lead to it."""
    written = near(name, given)
    return f"; '{written}' is another name" if written else ""


def _targets_are_named(machine: Machine) -> Iterator[Problem]:
    for call in calls(machine):
        for name, runtime in call.unsaid().items():
            if runtime:
                yield f"{call.field}.{name}", "is read from data, so what the role may reach has to be declared"


def _sdk_names_are_pascal_case(machine: Machine) -> Iterator[Problem]:
    for state, row, _ in _calls(machine):
        for name in arguments(state) if row.id.startswith("aws-sdk:") else ():
            if name[:1].islower():
                yield state.at(f"{field_of(state)}.{name}"), f"{row.id} takes '{name[0].upper()}{name[1:]}'"


RULES = (
    Rule(
        "ASL030",
        "error",
        "A Task's Resource is a known integration",
        "The role's permissions come from the integration; an unknown one would get none, or all.",
        "Correct the ARN; for a function write its component, or its ARN.",
        _OPTIMISED,
        _resource_is_known,
    ),
    Rule(
        "ASL031",
        "error",
        "The pattern is offered",
        "Express machines, and the Express children of a Distributed Map, support request-response alone; .sync and"
        " .waitForTaskToken depend on the service.",
        "Use a Standard machine (or ExecutionType STANDARD), or the request-response form.",
        _CONNECT,
        _pattern_is_offered,
    ),
    Rule(
        "ASL032",
        "error",
        "An Express machine has no Distributed Map",
        "Distributed Map is offered in Standard executions; its children can be Express, and have none in turn.",
        "Use a Standard machine, or Mode INLINE.",
        _TYPES,
        _express_is_short,
        about=frozenset(("Map",)),
    ),
    Rule(
        "ASL033",
        "error",
        "An integration gets its required parameters",
        "AWS refuses a definition without them, or the call fails at run time.",
        "Add the parameter; with a path, write its name with .$ behind it.",
        _OPTIMISED,
        _parameters_are_there,
    ),
    Rule(
        "ASL034",
        "warning",
        "A definition names what it works on",
        "AWS accepts a target that is known only at run time, but no permission can be derived for it.",
        "Write the name, the URL or the component into the definition, or declare it with an Allow.",
        _LEAST,
        _targets_are_named,
        harm="none",
    ),
    Rule(
        "ASL035",
        "error",
        "Parameters of AWS SDK integrations begin with a capital",
        "Step Functions names every SDK's parameters in PascalCase, also where the service's own API does not.",
        "Write the name with a capital.",
        _SDK,
        _sdk_names_are_pascal_case,
    ),
)
