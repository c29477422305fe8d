"""The viewer's page: how long it takes to make, how large it is, and how soon it can be used in Chromium.

Opening is told as a person waits for it, and as seconds of the page's own thread, which what else the machine does has
no part in. The browser is the one of the tests: `python -m tests.browser.tools` gets it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import asl
from asl.testing.visits import executions
from asl.viewer import Page, View, page, shown_execution, shown_machine
from bench.large import large
from bench.report import Result, arguments, at_most, median_ms, report
from tests.browser.tools import chromium
from tests.unit.workflows.shipped import order

TITLE = "The viewer's page"
RUNS = 5
ORDER_KB, MAKING_MS, OPENING_MS, FINDING_MS = 400, 500, 2000, 1000
STATES = (60, 500, 2000)
ITEMS = 100_000


def main() -> None:
    """Measure."""
    given = arguments(TITLE).parse_args()
    report(TITLE, measured(), given.json)


def measured() -> Iterator[Result]:
    """The order workflow, machines of many states, and an execution of many items."""
    whole = page(Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),)))
    yield at_most("the order workflow's page", len(whole.encode()) / 1000, "kB", ORDER_KB)
    pages = {"the order workflow": whole}
    for states in STATES:
        definition = large(states)
        machine = shown_machine(definition, name="large")
        shown = Page("Large", (View(machine),))
        name, making = f"making the page of {states:,} states", median_ms(lambda: page(shown), RUNS)  # noqa: B023
        yield at_most(name, making, "ms", MAKING_MS) if states == 60 else told(name, making)
        pages[f"{states:,} states"] = page(shown)
    pages[f"an execution of {ITEMS:,} items"] = page(Page("Items", (items(),)))
    path, environment = chromium()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=path, env={**os.environ, **environment}, chromium_sandbox=False
        )
        for name, text in pages.items():
            file = Path(folder, "page.html")
            file.write_text(text, encoding="utf-8")
            yield from opened(browser, file, name)
        browser.close()


def items() -> View:
    """A Map Run, each item an execution of its own that the interpreter has run."""
    inner = {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": True}}}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner}
    every = {"Type": "Map", "ItemProcessor": processor, "ResultPath": None, "End": True}
    definition = {"StartAt": "All", "States": {"All": every}}
    own, *children = executions(asl.run(definition, [0] * ITEMS, {}))
    execution = shown_execution(
        definition,
        (event.as_aws() for event in own.events),
        name="items",
        children=((event.as_aws() for event in child.events) for child in children),
    )
    return View(shown_machine(definition, name="items"), execution=execution)


def told(name: str, ms: float) -> Result:
    """A figure without a bound."""
    return Result(name, ms, "ms", "", None, "", True)


def opened(browser: Browser, file: Path, name: str) -> Iterator[Result]:
    """Until it can be used, and until a state has been found by its name."""
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def computed() -> float:
        tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return metrics["TaskDuration"] * 1000

    before, began = computed(), time.perf_counter()
    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-ready]", state="attached")
    waited = (time.perf_counter() - began) * 1000
    after = computed()
    yield told(f"{name}: until it can be used", waited)
    yield at_most(f"{name}: of that computing", after - before, "ms", OPENING_MS)
    tab.keyboard.press("/")
    tab.keyboard.type("s")
    tab.keyboard.press("Enter")
    yield at_most(f"{name}: a state is found", computed() - after, "ms", FINDING_MS)
    tab.close()


if __name__ == "__main__":
    main()
