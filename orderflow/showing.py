"""A deployed execution on a page of its own: its machine as it runs by, and what happened in it up to now."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from asl.review.masking import Masks
from asl.syntax.shapes import Object, as_object, as_text
from asl.syntax.walk import State, walk
from asl.viewer import Page, ShownExecution, ShownMachine, View, shown_execution, shown_machine
from orderflow.arns import read_arn
from orderflow.documents import parse_object
from orderflow.errors import OrderflowError, StillRunning, aws_errors
from orderflow.executions import described, events
from orderflow.following import ASK_AGAIN_SECONDS
from orderflow.map_runs import counted, map_runs_of
from orderflow.masking import DATA, Masking
from orderflow.outputs import Deployment
from orderflow.standing import function_name

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RELOAD_SECONDS = 2.0
"""How often a page that is followed reads its own file again."""

PAGE_CHARACTERS, LEAST, MOST = 8_000_000, 300, 60_000
"""How much data a page holds in about: each input and output gets its share, within these bounds."""

MINUTE = 60.0
"""What is added to the time of a state to find its log lines."""


@dataclass(frozen=True)
class Showing:
    """One execution, and what is known of it before its history is read.

    `name` is what its page is called, `masks` whether secrets and personal fields are left out.
    """

    deployment: Deployment
    arn: str
    name: str
    machine: ShownMachine
    masks: bool

    def page(self, history: list[Any], *, follows: bool = False) -> Page:
        """The page of what has happened so far; one that `follows` reads its own file again."""
        known = Masking().events(history) if self.masks else history
        room = min(MOST, max(LEAST, PAGE_CHARACTERS // max(1, len(known))))
        shown = shown_execution(
            self.machine.definition,
            [_cut(event, room) for event in known],
            name=self.name,
            links=tuple(self._links()),
            masked=self.masks,
        )
        view = View(self.machine, execution=self._with_logs(shown), notes=tuple(self._notes(history)))
        made = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}, {self.arn}"
        return Page(f"{self.name}: {shown.status}", (view,), RELOAD_SECONDS if follows else None, made)

    def pages(self, seconds: float) -> Iterator[Page]:
        """A page each time that something new has happened, until the execution ends: the last one follows no more.

        Raises:
            StillRunning: when it has not ended after so many seconds; the page before that follows no more either.
        """
        client: SFNClient = self.deployment.connect("stepfunctions")
        known, until = list[Any](), time.monotonic() + seconds
        while True:
            fresh = self._after(client, len(known))
            known += fresh
            left = until - time.monotonic()
            if has_ended(known) or left <= 0:
                yield self.page(known)
                if has_ended(known):
                    return
                raise StillRunning(f"it still runs after {seconds:g} s, and goes on; follow for longer with --timeout")
            if fresh:
                yield self.page(known, follows=True)
            time.sleep(min(ASK_AGAIN_SECONDS, left))

    def _after(self, client: SFNClient, last: int) -> list[Any]:
        """The events after the one with the id `last`, oldest first; ids count from 1."""
        newest = events(client, self.arn, data=True, newest_first=True)
        return list(takewhile(lambda event: event["id"] > last, newest))[::-1]

    def _notes(self, history: list[Any]) -> Iterator[str]:
        """The Map Runs, whose children have histories of their own."""
        if not any(event["type"] == "MapRunStarted" for event in history):
            return
        with suppress(OrderflowError):  # a page without counts is better than none
            for run in map_runs_of(self.deployment.connect("stepfunctions"), self.arn):
                yield (
                    f"Map Run {run.status}, items: {counted(run.items)}; "
                    f"'orderflow list {run.map_run_arn}' has its executions, each of which can be shown"
                )

    def _links(self) -> Iterator[tuple[str, str]]:
        if region := self._region():
            yield "in AWS's console", f"{_console(region, 'states')}#/v2/executions/details/{quote(self.arn, safe=':')}"

    def _region(self) -> str:
        """Where AWS's console shows it; empty for the embedded cloud, which has none."""
        arn = read_arn(self.arn)
        return arn.region if arn and not self.deployment.endpoint_url else ""

    def _with_logs(self, shown: ShownExecution) -> ShownExecution:
        """Each stay in a state that calls a function has a link to what that logged meanwhile."""
        region = self._region()
        groups = dict(_log_groups(self.deployment, self.machine.definition)) if region else {}
        now = time.time()
        visits = (
            replace(visit, log=_log_link(region, groups[visit.state], visit.entered, visit.left or now))
            if visit.state in groups
            else visit
            for visit in shown.visits
        )
        return replace(shown, visits=tuple(visits))


def showing(deployment: Deployment, execution_arn: str, name: str, *, masks: bool) -> Showing:
    """What has to be known to show an execution: the definition that it runs by, which a release may have replaced.

    Raises:
        ExecutionNotFound: when there is none.
        ExpressMachine: when its machine is an Express one, of whose executions AWS keeps none.
    """
    client: SFNClient = deployment.connect("stepfunctions")
    described(client, execution_arn)
    with aws_errors():
        found = client.describe_state_machine_for_execution(executionArn=execution_arn)
    definition = parse_object(found["definition"])
    if masks:
        definition = Masks(accounts=False).definition(definition)
    return Showing(deployment, execution_arn, name, shown_machine(definition, name=found["name"]), masks)


def has_ended(history: list[Any]) -> bool:
    """Whether the last that happened is an end of the execution."""
    last = history[-1]["type"] if history else ""
    return last in ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


def _cut(event: Mapping[str, Any], room: int) -> dict[str, Any]:
    """The event, of whose inputs and outputs no more than `room` characters are left."""
    return {key: _shorter(part, room) if key.endswith("Details") else part for key, part in event.items()}


def _shorter(details: Mapping[str, Any], room: int) -> dict[str, Any]:
    return {
        key: f"{part[:room]} … {len(part) - room:,} characters more"
        if key in DATA and isinstance(part, str) and len(part) > room
        else part
        for key, part in details.items()
    }


def _log_groups(deployment: Deployment, definition: Object) -> Iterator[tuple[str, str]]:
    """The log group of the function that each state calls, by the state's path."""
    groups = {function.name: function.log_group for function in deployment.functions.values()}
    for state in walk(definition).states:
        if name := _function(state):
            yield state.path, groups.get(name, f"/aws/lambda/{name}")


def _function(state: State) -> str:
    arn = state.resource
    if arn.endswith((":lambda:invoke", ":lambda:invoke.waitForTaskToken")):
        given = as_object(state.node.get("Arguments")) or as_object(state.node.get("Parameters"))
        arn = as_text(given.get("FunctionName"))
        return function_name(arn) if arn and not arn.startswith(("{%", "$")) else ""
    return function_name(arn) if ":function:" in arn else ""


def _console(region: str, service: str) -> str:
    return f"https://{region}.console.aws.amazon.com/{service}/home?region={region}"


def _log_link(region: str, group: str, since: float, until: float) -> str:
    """The group's lines of that time in AWS's console, whose addresses are percent-encoded twice, with $ for %."""
    name = quote(quote(group, safe=""), safe="").replace("%", "$")
    span = f"start={int((since - MINUTE) * 1000)}&end={int((until + MINUTE) * 1000)}"
    rest = quote(f"?{span}", safe="").replace("%", "$")
    return f"{_console(region, 'cloudwatch')}#logsV2:log-groups/log-group/{name}/log-events{rest}"
