"""The longest history that AWS keeps, 25,000 events, from its first call to the page; and a Map Run's children."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.stub import Stubber
from playwright.sync_api import Page as Opened
from playwright.sync_api import expect
from typer.testing import CliRunner

import asl
from asl.testing.outcomes import Raises
from asl.testing.visits import executions
from asl.viewer import Page, View, shown_execution, shown_machine
from orderflow.cli import app
from orderflow.executions import PAGE
from tests.unit.orderflow.conftest import MACHINE, aws, clients, stack, stubs

Open = Callable[..., Opened]

__all__ = ["aws", "clients", "stack", "stubs"]
"""The fixtures of announced answers."""

EXECUTION = MACHINE.replace("stateMachine", "execution") + "-r:long"
CHECK: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:check",
    "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["Odd"], "Next": "SetAside"}],
    "End": True,
}
ITEM = {"StartAt": "Check", "States": {"Check": CHECK, "SetAside": {"Type": "Pass", "End": True}}}
THERE = {"Variable": "$.there", "IsPresent": True, "Next": "Done"}
DEFINITION: dict[str, Any] = {
    "StartAt": "All",
    "States": {
        "All": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": ITEM, "ResultSelector": {}, "Next": "Look"},
        "Look": {"Type": "Pass", "Next": "IsThere"},
        "IsThere": {"Type": "Choice", "Choices": [THERE], "Default": "Look"},
        "Done": {"Type": "Succeed"},
    },
}
ITEMS, ODD = 2_000, 777


def history() -> list[dict[str, Any]]:
    """Two thousand items, one of them odd, and a loop until AWS ends the execution, as GetExecutionHistory tells it."""
    items = [{"sku": f"tea-{number}", "customerId": f"household-{number}"} for number in range(ITEMS)]
    checks = [Raises("Odd", "no tea") if number == ODD else {} for number in range(ITEMS)]
    ran = asl.run(DEFINITION, {"items": items}, {"Check": checks})
    return [event.as_aws() for event in ran.events]


def announce(aws: Stubber, events: list[dict[str, Any]]) -> None:
    began = events[0]["timestamp"]
    described = {"executionArn": EXECUTION, "stateMachineArn": f"{MACHINE}-r", "status": "FAILED", "startDate": began}
    aws.add_response("describe_execution", {**described, "name": "long"})
    machine = {"stateMachineArn": f"{MACHINE}-r", "name": "orders-r", "roleArn": "r", "updateDate": began}
    aws.add_response("describe_state_machine_for_execution", {**machine, "definition": json.dumps(DEFINITION)})
    for first in range(0, len(events), PAGE):
        more = {"nextToken": str(first)} if first + PAGE < len(events) else {}
        aws.add_response("get_execution_history", {"events": events[first : first + PAGE], **more})


def test_twenty_five_thousand_events_are_one_page_that_can_be_used(
    open_page: Open, aws: Stubber, stack: dict[str, Any]
) -> None:
    events = history()
    assert len(events) == 25_000
    announce(aws, events)
    shown = CliRunner().invoke(app, ["show", EXECUTION, "--out", "long.html"])
    assert shown.exit_code == 0, shown.output
    assert Path("long.html").stat().st_size < 10_000_000
    assert "household-5" not in Path("long.html").read_text()
    opened = open_page(Path("long.html").absolute())
    panel = opened.locator("#panel")
    expect(panel).to_contain_text("States.Runtime: The execution reached the maximum number of history events (25000).")
    way = panel.locator(".rows:not(.marks) li")
    expect(way).to_have_count(2)
    # The start and the end, 4 events of the Map, 7 of each item and 2 more of the odd one; the rest are 4 a round.
    assert (25_000 - 2 - 4 - 7 * ITEMS - 2) / 4 == 2_748
    expect(way.last).to_have_text("2,748 rounds of Look, IsThere at 0 s, took 0 s")
    way.last.locator("button").click()
    expect(panel).to_contain_text("of 2,748")
    opened.keyboard.press("Escape")
    opened.locator('.box[data-name="All"]').click(position={"x": 20, "y": 10})
    expect(panel).to_contain_text("2,000 items, 1 in trouble")
    expect(way).to_have_count(100)
    panel.get_by_role("button", name="Later items").click()
    expect(panel).to_contain_text("101–200 of 2,000 items")
    panel.get_by_role("button", name="In trouble").click()
    expect(way).to_have_text(f"item {ODD} 2 visits, took 0 s")
    panel.locator(".rows button").click()
    expect(panel.locator("h2")).to_have_text("Check")
    expect(panel).to_contain_text("Odd: no tea")
    expect(panel.get_by_label("Which visit")).to_have_value(str(ODD + 1))
    opened.keyboard.press("Escape")
    opened.get_by_label("One step back").click()
    expect(opened.locator("output")).to_contain_text("IsThere entered")


def test_the_children_of_a_map_run_are_its_items(open_page: Open) -> None:
    """Each is an execution of its own, which a run here has at hand."""
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **ITEM}
    every = {"Type": "Map", "ItemProcessor": processor, "ResultPath": None, "End": True}
    definition: dict[str, Any] = {"StartAt": "All", "States": {"All": every}}
    checks = [Raises("Odd", "no tea") if number == ODD else {} for number in range(1_000)]
    own, *children = executions(asl.run(definition, [{}] * 1_000, {"Check": checks}))
    execution = shown_execution(
        definition,
        (event.as_aws() for event in own.events),
        name="run",
        children=((event.as_aws() for event in child.events) for child in children),
    )
    opened = open_page(Page("Run", (View(shown_machine(definition, name="run"), execution=execution),)))
    opened.locator('.box[data-name="All"]').click(position={"x": 20, "y": 10})
    panel = opened.locator("#panel")
    expect(panel).to_contain_text("1,000 items, 1 in trouble")
    panel.get_by_role("button", name="Later items").click()
    expect(panel.locator(".rows li").first).to_contain_text("item 100")
    opened.locator('.box[data-name="SetAside"]').click()
    expect(panel).to_contain_text(f"item {ODD}")
