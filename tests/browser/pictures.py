"""The pictures of pages and terminals in the documentation: `python -m tests.browser.pictures` takes them anew.

With a folder it takes none of those, but four kinds of pages into that folder, each in both themes and both widths.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from playwright.sync_api import Browser, sync_playwright

from asl.cli.case_files import in_file
from asl.review.description import Description
from asl.review.explored import explored
from asl.testing.case_runs import run_case
from asl.testing.cases import Case
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
from asl.viewer.exploration import shown_exploration
from tests.browser.other_pictures import comment, why
from tests.browser.tools import chromium
from tests.unit.workflows.shipped import order

Scheme: TypeAlias = Literal["light", "dark"]
ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
CASES = ROOT / "tests" / "unit" / "workflows" / "order_fulfillment.cases.yaml"
ONBOARDING = ROOT / "tests" / "infra" / "golden" / "definition.onboarding.json"
OFTEN = {
    "the carrier tells of the arrival": 122,
    "a silent carrier is asked": 30,
    "a declined card is not refunded": 14,
}
"""How many of the two hundred orders in the picture of a flow went as a case; of the others two each."""


def main(folder: str | None = None) -> None:
    """Take all pictures; or into a folder, to look at, four kinds of pages in every theme and width."""
    shown = pages()
    shots = EVERY if folder else SHOTS
    with tempfile.TemporaryDirectory() as made, chromium_with(own_fonts=True) as browser:
        for name, (kind, at, width, scheme) in shots.items():
            file = Path(made, f"{name}.html")
            file.write_text(page(shown[kind]), encoding="utf-8")
            shoot(browser, f"{file.as_uri()}{at}", Path(folder or PICTURES, f"{name}.png"), width, scheme)
    if folder:
        return
    case = next(one for one in cases() if one.name == "a refund that keeps failing is settled by a person")
    with tempfile.TemporaryDirectory() as made, chromium_with(own_fonts=False) as browser:
        others = {"why": why(case), "pull-request": comment(order(), changed_definition(), Path(made))}
        for name, text in others.items():
            file = Path(made, f"{name}.html")
            file.write_text(text, encoding="utf-8")
            shoot(browser, file.as_uri(), PICTURES / f"{name}.png", 960, "light", whole=True)


CHARGE = "#state=States.ChargePayment"
Shot: TypeAlias = tuple[str, str, int, Scheme]
SHOTS: dict[str, Shot] = {
    "viewer-order": ("order", CHARGE, 1280, "light"),
    "viewer-order-narrow": ("order", CHARGE, 390, "dark"),
    "viewer-failed": ("failed", "", 1280, "dark"),
    "viewer-change": ("change", "", 1280, "light"),
    "viewer-flow": ("flow", "", 1280, "light"),
    "viewer-onboarding": ("onboarding", "", 1280, "light"),
    "viewer-failed-narrow": ("failed", "", 390, "light"),
}
"""By the picture's name, the page, the place on it, the width and the theme."""
EVERY: dict[str, Shot] = {
    f"{kind}-{width}-{scheme}": (kind, "", width, scheme)
    for kind in ("order", "onboarding", "failed", "change")
    for width in (1280, 390)
    for scheme in ("light", "dark")
}


def pages() -> dict[str, Page]:
    """The pages, by what is on them."""
    runs = executions()
    machine = shown_machine(order(), name="order-fulfillment")
    stuck = next(one for name, one in runs.items() if name.startswith("a refund that a person has tried again"))
    every = [one for name, one in runs.items() for _ in range(OFTEN.get(name, 2))]
    ways = [way(replace(one, name=f"order {1000 + number}"), _outcome(one)) for number, one in enumerate(every)]
    onboarding = shown_machine(json.loads(ONBOARDING.read_text()), name="onboarding")
    return {
        "order": Page("Order fulfilment", (View(machine),)),
        "failed": Page("Order 1001", (View(machine, execution=replace(stuck, name="order-1001")),)),
        "change": Page("Review", (changed(machine),)),
        "flow": Page("Two hundred orders", (View(machine, flow=Flow(tuple(ways))),)),
        "onboarding": Page("Onboarding", (View(onboarding),)),
    }


@contextmanager
def chromium_with(*, own_fonts: bool) -> Iterator[Browser]:
    """The browser, with the fonts that it brings or with this machine's."""
    path, environment = chromium()
    if not own_fonts:
        environment = {name: value for name, value in environment.items() if not name.startswith("FONTCONFIG")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, env={**os.environ, **environment}, chromium_sandbox=False
        )
        yield browser
        browser.close()


def shoot(browser: Browser, address: str, to: Path, width: int, scheme: Scheme, *, whole: bool = False) -> None:
    """A picture of a page that says when it is ready; `whole` is as large as all that is on it."""
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab.goto(address)
    tab.wait_for_selector("html[data-ready]", state="attached")
    if whole:
        tab.locator("body").screenshot(path=to)
    else:
        tab.screenshot(path=to)
    tab.close()


def _outcome(execution: ShownExecution) -> str:
    """The last state, by which a business tells how an order ended."""
    return execution.visits[-1].state.rpartition(".")[2]


def cases() -> list[Case]:
    """The cases of the order workflow."""
    (sheet,) = in_file(CASES)
    return sheet.cases


def executions() -> dict[str, ShownExecution]:
    """How each case of the order workflow went."""
    (sheet,) = in_file(CASES)
    found: dict[str, ShownExecution] = {}
    for case in sheet.cases:
        events = run_case(sheet.workflow, case).run.history
        found[case.name] = shown_execution(order(), (event.as_aws() for event in events), name=case.name)
    return found


def changed_definition() -> Any:
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
    return new


def changed(machine: ShownMachine) -> View:
    """That change as the page of a review has it."""
    new = changed_definition()
    after = shown_machine(new, name="order-fulfillment")
    gained = after.permissions["States.AuditOrder"]
    lost = machine.permissions["States.AwaitApproval"]
    fresh = tuple(one for one in after.findings if one.path.startswith("States.AuditOrder"))
    promise = ShownPromise("after ChargePayment comes OrderDelivered, RefundPayment or a person", True, True, "", True)
    change = Change(machine, gained, lost, fresh, promises=(promise,))
    found = shown_exploration(explored(Description("order-fulfillment", "STANDARD", new)))
    return View(after, "order-fulfillment in prod", change=change, exploration=found)


if __name__ == "__main__":
    main(*sys.argv[1:])
