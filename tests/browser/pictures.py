"""The pictures of docs/viewer.md: `python -m tests.browser.pictures` takes them anew."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from asl.cli.case_files import in_file
from asl.testing.case_runs import run_case
from asl.viewer import (
    Change,
    Flow,
    Page,
    ShownExecution,
    ShownMachine,
    ShownPromise,
    View,
    page,
    shown_execution,
    shown_machine,
    way,
)
from tests.browser.tools import chromium
from tests.unit.workflows.shipped import order

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
CASES = ROOT / "tests" / "unit" / "workflows" / "order_fulfillment.cases.yaml"
ONBOARDING = ROOT / "tests" / "infra" / "golden" / "definition.onboarding.json"
INTAKE = ROOT / "tests" / "infra" / "golden" / "definition.bulk-intake.json"
OFTEN = {
    "the carrier tells of the arrival": 122,
    "a silent carrier is asked": 30,
    "a declined card is not refunded": 14,
}
"""How many of the two hundred orders in the picture of a flow went as a case; of the others two each."""


def main() -> None:
    """Take all pictures."""
    runs = executions()
    machine = shown_machine(order(), name="order-fulfillment")
    stuck = next(one for name, one in runs.items() if name.startswith("a refund that a person has tried again"))
    every = [one for name, one in runs.items() for _ in range(OFTEN.get(name, 2))]
    ways = [way(replace(one, name=f"order {1000 + number}"), _outcome(one)) for number, one in enumerate(every)]
    intake = shown_machine(json.loads(INTAKE.read_text()), name="bulk-intake")
    onboarding = shown_machine(json.loads(ONBOARDING.read_text()), name="onboarding")
    shots = [
        ("viewer-order", Page("Order fulfilment", (View(machine),)), "#state=States.ChargePayment", 1280, "light"),
        ("viewer-order-narrow", Page("Order fulfilment", (View(machine),)), "#state=States.ChargePayment", 390, "dark"),
        ("viewer-failed", Page("Order 1001", (View(machine, execution=stuck),)), "", 1280, "dark"),
        ("viewer-change", Page("Review", (changed(machine),)), "", 1280, "light"),
        ("viewer-flow", Page("Two hundred orders", (View(machine, flow=Flow(tuple(ways))),)), "", 1280, "light"),
        ("viewer-onboarding", Page("Onboarding", (View(onboarding),)), "", 1280, "light"),
        ("viewer-intake", Page("Files of orders", (View(intake),)), "", 390, "light"),
    ]
    path, environment = chromium()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=path, env={**os.environ, **environment}, chromium_sandbox=False
        )
        for name, shown, at, width, scheme in shots:
            file = Path(folder, f"{name}.html")
            file.write_text(page(shown), encoding="utf-8")
            size: Any = {"width": width, "height": 800}
            tab = browser.new_page(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
            tab.goto(file.as_uri() + at)
            tab.wait_for_selector("html[data-ready]", state="attached")
            tab.screenshot(path=PICTURES / f"{name}.png")
            tab.close()
        browser.close()


def _outcome(execution: ShownExecution) -> str:
    """The last state, by which a business tells how an order ended."""
    return execution.visits[-1].state.rpartition(".")[2]


def executions() -> dict[str, ShownExecution]:
    """How each case of the order workflow went."""
    (sheet,) = in_file(CASES)
    found: dict[str, ShownExecution] = {}
    for case in sheet.cases:
        events = run_case(sheet.workflow, case).run.history
        found[case.name] = shown_execution(order(), (event.as_aws() for event in events), name=case.name)
    return found


def changed(machine: ShownMachine) -> View:
    """A change that a reviewer should stop at: nobody approves large orders any more, and an audit is written."""
    new: Any = json.loads(json.dumps(order()))
    states = new["States"]
    states["NeedsApproval"]["Choices"].pop()
    for name in ("AwaitApproval", "IsApproved"):
        del states[name]
    states["AuditOrder"] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": "audit", "Item": {"id": {"S.$": "$.orderId"}}},
        "ResultPath": None,
        "Next": "ChargePayment",
    }
    states["NeedsApproval"]["Default"] = "AuditOrder"
    after = shown_machine(new, name="order-fulfillment")
    gained = after.permissions["States.AuditOrder"]
    lost = machine.permissions["States.AwaitApproval"]
    fresh = tuple(one for one in after.findings if one.path.startswith("States.AuditOrder"))
    promise = ShownPromise("after ChargePayment comes OrderDelivered, RefundPayment or a person", True, True)
    change = Change(machine, gained, lost, fresh, promises=(promise,))
    return View(after, "order-fulfillment in prod", change=change)


if __name__ == "__main__":
    main()
