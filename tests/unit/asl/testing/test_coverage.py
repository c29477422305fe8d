"""Coverage of a machine: which of its parts executions took."""

from __future__ import annotations

from typing import Any

import pytest

import asl
from asl.testing.coverage import Covered, parts
from asl.testing.workflow import Workflow
from tests.unit.asl.running.machines import distributed, machine, task
from tests.unit.workflows.test_order_fulfillment import definition

CHARGE = task(
    TimeoutSeconds=30,
    Retry=[
        {"ErrorEquals": ["Declined"], "MaxAttempts": 0},
        {"ErrorEquals": ["Busy"], "MaxAttempts": 1},
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1},
    ],
    Catch=[
        {"ErrorEquals": ["Declined"], "ResultPath": "$.why", "Next": "Sorry"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "Sorry"},
    ],
    ResultPath="$.paid",
    Next="IsLarge",
)
MACHINE: dict[str, Any] = machine(
    {
        "Charge": CHARGE,
        "IsLarge": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", "NumericGreaterThan": 100, "Next": "Done"},
                {"Variable": "$.n", "NumericGreaterThan": 10, "Next": "Done"},
            ],
            "Default": "Sorry",
        },
        "Done": {"Type": "Succeed"},
        "Sorry": {"Type": "Fail", "Error": "Sorry", "Cause": "It is so."},
    }
)
ALL = [
    "Charge",
    "Charge: Retry[0] (Declined)",
    "Charge: Retry[1] (Busy)",
    "Charge: Retry[2] (States.ALL)",
    "Charge: → IsLarge",
    "Charge: Catch[0] (Declined) → Sorry",
    "Charge: Catch[1] (States.ALL) → Sorry",
    "IsLarge",
    "IsLarge: Choices[0] → Done",
    "IsLarge: Choices[1] → Done",
    "IsLarge: Default → Sorry",
    "Done",
    "Sorry",
]


def taken(*mocks: dict[str, Any], n: int = 0, definition: Any = MACHINE) -> set[str]:
    """What runs take, one for each of `mocks`."""
    workflow, covered = Workflow.of(definition), Covered()
    for mock in mocks:
        run = workflow.mock("Charge", **mock).run({"n": n})
        covered.of("machine", run.machine).add(run.execution)
    (coverage,) = covered.all
    return {str(part) for part in coverage.parts} - {str(part) for part in coverage.missed}


def test_every_state_transition_branch_retrier_and_catcher_is_a_part() -> None:
    assert [str(part) for part in parts(asl.walk(MACHINE))] == ALL


def test_two_ways_to_the_same_state_are_told_apart() -> None:
    failed = {"Charge", "Sorry"}
    declined = {"Charge: Retry[0] (Declined)", "Charge: Catch[0] (Declined) → Sorry"}
    assert taken({"error": "Declined"}) == failed | declined
    other = {"Charge: Retry[2] (States.ALL)", "Charge: Catch[1] (States.ALL) → Sorry"}
    assert taken({"error": "Other"}) == failed | other
    way = {"Charge", "Charge: → IsLarge", "IsLarge"}
    for n, branch, end in (
        (1, "IsLarge: Default → Sorry", "Sorry"),
        (11, "IsLarge: Choices[1] → Done", "Done"),
        (101, "IsLarge: Choices[0] → Done", "Done"),
    ):
        assert taken({}, n=n) == way | {branch, end}


def test_a_retrier_is_taken_by_the_error_that_it_decides_about() -> None:
    once = taken({"outcomes": [asl.Raises("Busy"), {}]}, n=11)
    assert {part for part in once if "Retry" in part or "Catch" in part} == {"Charge: Retry[1] (Busy)"}


def test_several_runs_are_counted_together_and_all_that_there_is_can_be_taken() -> None:
    workflow, covered = Workflow.of(MACHINE), Covered()
    for mock, n in [({"error": e}, 0) for e in ("Declined", "Busy", "Other")] + [({}, n) for n in (1, 11, 101)]:
        run = workflow.mock("Charge", **mock).run({"n": n})  # type: ignore[arg-type]
        covered.of("machine", run.machine).add(run.execution)
    (one,) = covered.all
    assert (one.missed, one.percent) == ([], 100)
    told = one.as_json()
    assert told["catchers"] == {"taken": 2, "all": 2, "missed": []}
    assert told["branches"] == {"taken": 3, "all": 3, "missed": []}


def test_the_share_is_that_of_all_parts() -> None:
    workflow, covered = Workflow.of(MACHINE), Covered()
    run = workflow.mock("Charge", error="Declined").run({"n": 0})
    covered.of("machine", run.machine).add(run.execution)
    assert covered.all[0].percent == pytest.approx(100 * 4 / 13)
    assert covered.as_json()["percent"] == round(100 * 4 / 13, 2)
    assert Covered().as_json()["percent"] == 0


def test_a_run_on_its_way_counts_as_far_as_it_has_come() -> None:
    covered = Covered()
    run = Workflow.of(MACHINE).start({"n": 1})
    covered.of("machine", run.machine).add(run.execution)
    assert [str(part) for part in covered.all[0].parts if part not in covered.all[0].missed] == ["Charge"]


def test_the_children_of_a_map_run_count() -> None:
    definition = machine({"Each": distributed({"Charge": {**CHARGE, "Next": "Done"}, "Done": {"Type": "Succeed"},
                                               "Sorry": {"Type": "Succeed"}})})  # fmt: skip
    covered = Covered()
    run = Workflow.of(definition).mock("Charge", error="Declined").run([{}])
    covered.of("machine", run.machine).add(run.execution)
    assert "Charge: Catch[0] (Declined) → Sorry" not in map(str, covered.all[0].missed)


def test_a_machine_made_with_other_settings_is_the_same_one_and_one_of_another_name_or_shape_is_not() -> None:
    covered = Covered()
    one, other = (Workflow.of({**MACHINE, "TimeoutSeconds": seconds}).machine for seconds in (60, 90))
    assert covered.of("orders", one) is covered.of("orders", other)
    assert covered.of("others", other) is not covered.of("orders", other)
    longer = machine({**MACHINE["States"], "Sorry": {"Type": "Pass", "Next": "Done"}})
    assert covered.of("orders", Workflow.of(longer).machine) is not covered.of("orders", one)
    assert len(covered.all) == 3


def test_a_machine_that_nobody_named_is_the_one_of_its_shape() -> None:
    covered, machine_of_tests, of_cases = Covered(), Workflow.of(MACHINE).machine, asl.walk(MACHINE)
    assert covered.of("machine", of_cases) is covered.of("orders", machine_of_tests)
    assert covered.of("machine", machine_of_tests) is covered.of("orders", of_cases)
    assert [one.name for one in covered.all] == ["orders"]


def test_the_pictures_have_in_red_what_was_never_taken() -> None:
    covered = Covered()
    run = Workflow.of(MACHINE).mock("Charge").run({"n": 101})
    covered.of("machine", run.machine).add(run.execution)
    missed = {part.path for part in covered.all[0].missed}
    drawn = asl.mermaid(MACHINE, missed=missed)
    assert 's0["Charge\nnever#58; Retry#91;0#93;, Retry#91;1#93;, Retry#91;2#93;"]' in drawn
    assert "class s3 missed" in drawn, "Sorry"
    assert "class s0 warning" in drawn
    red = [line.split()[1] for line in drawn.splitlines() if "linkStyle" in line and "#c62828" in line]
    # 0 leads to the first state, 1 is taken; then both catchers, the taken branch, the other and the default.
    assert red == ["2", "3", "5", "6"]
    picture = asl.svg(MACHINE, missed=missed)
    assert "never entered" in picture
    assert asl.mermaid(MACHINE) == asl.mermaid(MACHINE, missed=())


def test_every_part_of_the_order_workflow_has_a_path_of_its_own() -> None:
    found = parts(asl.walk(definition()))
    assert len({part.path for part in found}) == len(found) > 100
