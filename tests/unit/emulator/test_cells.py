"""What chaos strikes in the workflows beside the orders, and what it says of a fault that never struck."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.orders.settings import OTHER_WORKFLOWS
from emulator.chaos.cases import CASES
from emulator.chaos.cells import CELLS, READS_ONLY
from emulator.chaos.faults import Fault, subject_of
from emulator.chaos.others import names, report
from emulator.chaos.plan import CALLS, Planned
from emulator.demos.frame import Came, Ended
from emulator.program import ROOT

ANSWERING = {Fault.CRASH_AFTER_WORK, Fault.DELIVERED_TWICE, Fault.HANGS, Fault.REFUSES}
"""What can befall a function that answers and changes nothing."""


def struck(workflow: str) -> dict[str, set[Fault]]:
    found: dict[str, set[Fault]] = {}
    for cell in CELLS[workflow]:
        for function, fault, _ in cell.faults:
            found.setdefault(function, set()).add(fault)
    return found


@pytest.mark.parametrize("workflow", OTHER_WORKFLOWS)
def test_each_handler_of_a_workflow_is_struck_by_all_that_can_befall_it_or_excused_by_name(workflow: str) -> None:
    found, handlers = struck(workflow), OTHER_WORKFLOWS[workflow]
    assert sorted({*handlers} - found.keys()) == sorted({*handlers} & READS_ONLY.keys())
    due = ANSWERING if workflow == "quote" else {*CALLS}
    assert {name: due - faults for name, faults in found.items() if not due <= faults} == {}


def test_who_is_excused_is_a_handler() -> None:
    assert READS_ONLY.keys() <= {handler for handlers in OTHER_WORKFLOWS.values() for handler in handlers}


@pytest.mark.parametrize("workflow", OTHER_WORKFLOWS)
def test_each_cell_has_a_case(workflow: str) -> None:
    named = names(CELLS[workflow])
    assert len(named) == len(CELLS[workflow])
    assert {*CASES[workflow](named).known_as.values()} <= named.keys()


@pytest.mark.parametrize("workflow", OTHER_WORKFLOWS)
def test_the_page_says_how_many_there_are(workflow: str) -> None:
    assert f"\n| `{workflow}` | {len(CELLS[workflow])} | " in (ROOT / "docs" / "workflows.md").read_text()


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        ({"order": {"orderId": "order-1"}}, "order-1"),
        ({"order": {"orderId": "return/r-1", "of": "order-1"}, "question": "INSPECTION"}, "r-1"),
        ({"return": {"returnId": "r-1", "orderId": "order-1"}}, "r-1"),
        ({"body": json.dumps({"shipmentId": "shp_order-1"}), "headers": {}}, "order-1"),
        ({"body": json.dumps({"return": {"returnId": "r-1"}}), "headers": {}}, "r-1"),
        ({"file": {"key": "incoming/orders.csv", "etag": "1"}, "read": {"folder": "work/12"}}, "orders.csv"),
        ({"folder": "work/12", "places": [{"line": 1}]}, "work/12"),
        ({"applicantId": "ada", "reviewId": "ada#1"}, "ada"),
        ({"basket": {"items": [], "shipTo": {"postcode": "98101"}}}, "98101"),
        ({"order": {"orderId": None}}, ""),
        ({"body": "?"}, ""),
        ([], ""),
    ],
)
def test_an_event_names_whom_it_is_about(event: Any, subject: str) -> None:
    assert subject_of(event) == subject


@pytest.mark.parametrize("times", [0, 1])
def test_a_fault_that_never_struck_is_told(times: int) -> None:
    cell = next(cell for cell in CELLS["returns"] if cell.faults)
    planned = Planned(*cell.faults[0])
    planned.struck = times
    came = Came([Ended("r-1", "RETURN_REFUNDED")], [])
    written = report("returns", {"r-1": cell}, {"r-1": [planned]}, came, 1.0)
    assert written["never"] == ([] if times else [f"{planned.fault} in {planned.function}, of r-1"])
    assert written["ok"] is bool(times)
