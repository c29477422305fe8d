"""How many orders, or cases of another workflow, went through the machine, as a page: each transition as wide as it was
taken often."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from asl.viewer import Flow, Page, View, Way, shown_execution, shown_machine, way
from emulator.cloud import Cloud
from emulator.running import Ended
from orderflow.arns import machine_arn
from orderflow.client import OrderflowClient
from orderflow.documents import parse_object, text_at
from orderflow.executions import events

AT_ONCE = 8
"""How many histories are asked for at once."""


@dataclass(frozen=True)
class Cases:
    """Whose executions a page shows, by the machine's name in the stack, and what one of them is called: a `noun`, and
    the field of its input that names it, where its own name was made up."""

    machine: str
    noun: str
    named_by: str = ""


def flow_page(cloud: Cloud, arn: str, ended: Sequence[Ended]) -> Page:
    """The page of a machine and of the orders that came to an end, each with its way."""
    machine = machine_arn(arn)
    gone = [_Gone(str(machine.execution(one.order_id)), one.order_id, one.outcome) for one in ended]
    return _page(cloud, arn, gone, "order")


def cases_page(cloud: Cloud, arn: str, cases: Cases) -> Page | None:
    """The page of a machine and of all its executions, each with its way; None of an Express machine, of which Step
    Functions keeps no history."""
    client, machine = cloud.client("stepfunctions"), str(machine_arn(arn))
    if client.describe_state_machine(stateMachineArn=machine)["type"] == "EXPRESS":
        return None
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=machine)
    arns = [one["executionArn"] for page in pages for one in page["executions"]]
    gone = [_gone(client.describe_execution(executionArn=one), cases.named_by) for one in reversed(arns)]
    return _page(cloud, arn, gone, cases.noun)


@dataclass(frozen=True)
class _Gone:
    """An execution, the case that it was of, and how that ended."""

    arn: str
    name: str
    outcome: str


def _gone(execution: dict[str, Any], named_by: str) -> _Gone:
    """Each workflow says by `outcome` in its output how a case ended; a failed one says it by its error."""
    name = text_at(parse_object(execution["input"]), named_by)
    outcome = text_at(parse_object(execution.get("output")), "outcome")
    ended = outcome or execution.get("error", execution["status"])
    return _Gone(execution["executionArn"], name or execution["name"], ended)


def _page(cloud: Cloud, arn: str, gone: Sequence[_Gone], noun: str) -> Page:
    client = cloud.client("stepfunctions")
    definition, machine = OrderflowClient(arn, client).definition(), machine_arn(arn).machine

    def taken(one: _Gone) -> Way:
        return way(shown_execution(definition, events(client, one.arn, data=False), name=one.name), one.outcome)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ways = tuple(pool.map(taken, gone))
    shown = View(shown_machine(definition, name=machine), flow=Flow(ways, noun))
    return Page(f"{len(ways)} {noun}s through {machine}", (shown,), made="the demo")
