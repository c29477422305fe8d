"""How many orders went through the machine, as a page: each transition as wide as it was taken often."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from asl.viewer import Flow, Page, View, Way, shown_execution, shown_machine, way
from emulator.cloud import Cloud
from emulator.running import Ended
from orderflow.arns import machine_arn
from orderflow.client import OrderflowClient
from orderflow.executions import events

AT_ONCE = 8
"""How many histories are asked for at once."""


def flow_page(cloud: Cloud, arn: str, ended: Sequence[Ended]) -> Page:
    """The page of a machine and of the orders that came to an end, each with its way."""
    client = cloud.client("stepfunctions")
    definition, machine = OrderflowClient(arn, client).definition(), machine_arn(arn)

    def taken(one: Ended) -> Way:
        history = events(client, str(machine.execution(one.order_id)), data=False)
        return way(shown_execution(definition, history, name=one.order_id), one.outcome)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ways = tuple(pool.map(taken, ended))
    shown = View(shown_machine(definition, name=machine.machine), flow=Flow(ways))
    return Page(
        f"{len(ways)} orders through {machine.machine}",
        (shown,),
        made="Made by make demo: real orders in an embedded cloud.",
    )
