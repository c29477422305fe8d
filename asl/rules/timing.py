"""Rules about time."""

from __future__ import annotations

from collections.abc import Iterator

from asl.analysis.durations import longest_of, longest_seconds
from asl.integrations.distributed_map import is_distributed, type_of
from asl.rules.findings import Problem, Rule
from asl.syntax.shapes import is_number, shown
from asl.syntax.walk import Machine, Scope

_PRACTICES = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_TYPES = "https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"
EXPRESS_SECONDS = 300


def _machine_outlasts_its_path(machine: Machine) -> Iterator[Problem]:
    limit = machine.definition.get("TimeoutSeconds")
    if is_number(limit) and limit > 0:
        longest = longest_seconds(machine)
        if longest >= limit:
            yield "TimeoutSeconds", f"is {shown(limit)}, and one pass through the longest path can take {longest:.0f} s"


def _express_within_its_limit(machine: Machine) -> Iterator[Problem]:
    for scope in express_executions(machine):
        if (longest := longest_of(scope, {})) > EXPRESS_SECONDS:
            said = f"one pass through the longest path can take {longest:.0f} s"
            yield (scope.path, f"each child is an Express execution, and {said}") if scope.owner else ("", said)


def express_executions(machine: Machine) -> Iterator[Scope]:
    """The scopes that run as Express executions: the whole of an Express machine, and Express children of a Map."""
    for scope in machine.scopes:
        begins = scope.owner is None or is_distributed(scope.owner)
        if begins and type_of(machine, scope) == "EXPRESS":
            yield scope


RULES = (
    Rule(
        "ASL040",
        "warning",
        "A machine outlasts its longest path",
        "The machine's timeout cannot be caught: it ends an execution wherever it stands, charged or not.",
        "Raise the machine's TimeoutSeconds above the sum of the timeouts and retries on the way.",
        _PRACTICES,
        _machine_outlasts_its_path,
    ),
    Rule(
        "ASL041",
        "warning",
        "An Express execution ends within five minutes",
        "AWS ends an Express execution after five minutes, a Distributed Map's Express child like any other.",
        "Shorten waits, timeouts and retries, or use a Standard machine or children of ExecutionType STANDARD.",
        _TYPES,
        _express_within_its_limit,
    ),
)
