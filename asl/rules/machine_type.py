"""Rules about the choice between Standard and Express."""

from __future__ import annotations

from collections.abc import Iterator

from asl.analysis.counters import bounds
from asl.analysis.durations import longest_seconds
from asl.analysis.loops import cheapest_round, loops
from asl.analysis.state_purposes import charges
from asl.integrations import find
from asl.integrations.arguments import arguments
from asl.integrations.distributed_map import type_of
from asl.rules.findings import Problem, Rule
from asl.rules.timing import EXPRESS_SECONDS
from asl.syntax.shapes import is_number, shown
from asl.syntax.walk import Machine, State

_TYPES = "https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"
_COSTS = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"

_READS = ("batchGet", "describe", "get", "head", "list", "query", "scan")
"""How calls begin that change nothing."""
_REPEATABLE = ("dynamodb:putItem", "dynamodb:deleteItem", "sqs:sendMessage", "events:putEvents", "aws-sdk:s3:putObject")
"""Calls that leave the same when they are made twice, or whose takers have to expect repetitions anyway."""
_STARTS = ("batch:submitJob", "codebuild:startBuild", "ecs:runTask", "elasticmapreduce:addStep",
           "elasticmapreduce:createCluster", "emr-serverless:startJobRun", "glue:startJobRun")  # fmt: skip
"""Calls each of which starts something new that costs money."""


def _could_be_express(machine: Machine) -> Iterator[Problem]:
    tasks = machine.of("Task")
    if machine.type != "STANDARD" or not tasks or not all(_may_be_repeated(state) for state in tasks):
        return
    if loops(machine) or not all(_is_limited(state) for state in machine.states):
        return
    longest = longest_seconds(machine)
    if longest <= EXPRESS_SECONDS:
        yield "", f"takes at most {longest:.0f} s, and each of its calls may be made twice: Express would do"


def _may_be_repeated(state: State) -> bool:
    found = find(state.resource)
    if found is None or found[1] != "request-response":
        return False
    call = found[0].id.rpartition(":")[2]
    if found[0].id == "dynamodb:updateItem":
        return "ConditionExpression" in arguments(state)
    return call.startswith(_READS) or found[0].id in _REPEATABLE


def _is_limited(state: State) -> bool:
    """Whether the definition says how long `state` takes at most."""
    if state.type == "Task":
        return is_number(state.node.get("TimeoutSeconds"))
    if state.type == "Map":
        return False  # nobody knows how many items there are
    return state.type != "Wait" or is_number(state.node.get("Seconds"))


def _should_be_standard(machine: Machine) -> Iterator[Problem]:
    limit = machine.definition.get("TimeoutSeconds")
    if machine.type == "EXPRESS" and is_number(limit) and limit > EXPRESS_SECONDS:
        yield "TimeoutSeconds", f"is {shown(limit)}, and AWS ends an Express execution after {EXPRESS_SECONDS} s"
    for loop in loops(machine):
        if type_of(machine, loop[0].scope) != "EXPRESS":
            continue
        waits = [state for state in loop if state.type == "Wait"]
        rounds = max((bound.rounds() for bound in bounds(loop)), default=0)
        if waits and not (rounds and rounds * cheapest_round(loop, waits[0], _seconds) <= EXPRESS_SECONDS):
            yield waits[0].path, f"polls, and AWS ends an Express execution after {EXPRESS_SECONDS} s"
    for state in machine.of("Task"):
        found = find(state.resource) if type_of(machine, state.scope) == "EXPRESS" else None
        if found and (charges(state) or found[0].id in _STARTS):
            what = "takes money" if charges(state) else f"starts something new ({found[0].id})"
            yield state.path, f"{what}, and an Express execution may run more than once"


def _seconds(state: State) -> float:
    seconds = state.node.get("Seconds") if state.type == "Wait" else 0
    return seconds if is_number(seconds) else 0


RULES = (
    Rule(
        "ASL081",
        "warning",
        "A short machine whose calls may be repeated is Express",
        "Standard is priced by transition, Express by duration and memory, a fraction for short work; AWS advises it"
        " where five minutes are enough, nothing waits for a job or a token, and a step may run twice.",
        "Deploy it as EXPRESS with logging, or accept the finding for Standard's: history, redrive, once only.",
        _COSTS,
        _could_be_express,
        harm="none",
    ),
    Rule(
        "ASL082",
        "warning",
        "An Express machine does what may be done twice, within five minutes",
        "Asynchronous Express executions run at least once, and all end after five minutes: AWS names payments and the"
        " start of clusters as work for Standard.",
        "Use a Standard machine, which may start an Express one for the parts that can be repeated.",
        _TYPES,
        _should_be_standard,
        harm="money",
    ),
)
