"""Prices, worked out by hand from the list prices of us-east-1, whose sources `asl/pricing/prices.py` names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import asl
from asl.pricing import EndlessError, prices
from asl.pricing.bill import gb_seconds
from tests.unit.asl.command_line import run

FUNCTION = "${f.arn}:live"


def task(**more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION, **more}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def exact(**more: Any) -> asl.Assumptions:
    return asl.Assumptions(**{"retries_per_call": 0, "log_event_kb": 0, **more})


POLLING = machine(
    Wait={"Type": "Wait", "Seconds": 60, "Next": "Ask"},
    Ask=task(Next="Is", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Broken"}]),
    Is={
        "Type": "Choice",
        "Choices": [{"Variable": "$.s", "StringEquals": "LOST", "Next": "Lost"},
                    {"Variable": "$.s", "StringEquals": "HERE", "Next": "Done"}],
        "Default": "Wait",
    },
    Done={"Type": "Succeed"}, Lost={"Type": "Fail"}, Broken={"Type": "Fail"},
)  # fmt: skip


def test_a_tier_fills_before_the_next_one_begins_as_in_aws_own_example() -> None:
    """100 M executions x 10 s x 64 MB = 62,500,000 GB-s = 17,361.11 GB-h: $60.00 + $120.00 + $202.97."""
    month = 100_000_000 * gb_seconds(10, 64)
    assert month == pytest.approx(62_500_000)
    assert prices.EXPRESS_GB_SECOND.of(month) == pytest.approx(60.00 + 120.00 + 202.97, abs=0.005)
    assert prices.EXPRESS_REQUEST.of(100_000_000) == pytest.approx(100.00)


@pytest.mark.parametrize(
    ("seconds", "memory_mb", "billed"),
    [(0.01, 1, 0.1 * 64), (0.3, 64, 0.3 * 64), (0.31, 64, 0.4 * 64), (1, 64.1, 128), (0, 50, 0.1 * 64)],
)
def test_express_rounds_up_to_100_ms_and_64_mb(seconds: float, memory_mb: float, billed: float) -> None:
    assert gb_seconds(seconds, memory_mb) == pytest.approx(billed / 1024)


def distributed(execution_type: str, **more: Any) -> dict[str, Any]:
    work = machine(Work=task(Next="Count"), Count={"Type": "Pass", "End": True})
    work |= {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": execution_type}}
    return machine(Each={"Type": "Map", "ItemProcessor": work, "End": True, **more})


def test_express_children_of_a_distributed_map_are_priced_as_express() -> None:
    """1,000 children of 0.2 s and 64 MB: 1,000 requests, 12.5 GB-s, and one transition, for the Map itself."""
    assumed = exact(items={"Each": 1000})
    bill = asl.cost(distributed("EXPRESS"), executions_per_month=1000, assumed=assumed).standard
    units = {item.name: item.units for item in bill.items}
    assert units["state transitions"] == 1
    assert units["children: Express requests"] == 1000
    assert units["children: Express GB-seconds"] == pytest.approx(12.5)
    assert units["Lambda requests"] == 1000
    dollars = {item.name: item.usd_per_month for item in bill.items}
    assert dollars["children: Express requests"] == pytest.approx(1.00)
    assert dollars["children: Express GB-seconds"] == pytest.approx(12_500 * 0.06 / 3600)
    standard = asl.cost(distributed("STANDARD"), assumed=assumed).standard
    assert {item.name: item.units for item in standard.items}["state transitions"] == 2001
    assert not [item for item in standard.items if "Express" in item.name]


def test_what_is_inside_an_express_child_at_any_depth_is_no_transition_and_a_batch_is_one_child() -> None:
    both = {"Type": "Parallel", "Branches": [machine(A=task(End=True)), machine(B=task(End=True))], "End": True}
    inner = machine(Both=both) | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    each = {"Type": "Map", "ItemProcessor": inner, "ItemBatcher": {"MaxItemsPerBatch": 30}, "End": True}
    bill = asl.cost(machine(Each=each), assumed=exact(items={"Each": 100})).standard
    units = {item.name: item.units for item in bill.items}
    assert (units["state transitions"], units["children: Express requests"], units["Lambda requests"]) == (1, 4, 8)


def test_memory_is_50_mb_and_the_definition_and_the_payload_of_each_parallel_step() -> None:
    """AWS's example: a definition of 50 KB and 400 steps of 32 KB are 50 + 0.05 + 12.8 = 62.85 MB."""
    each = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "x" * 49_845, "End": True}}}
    definition = machine(Each={"Type": "Map", "ItemProcessor": each, "End": True})
    found = asl.cost(definition, assumed=exact(map_items=400, payload_kb=32))
    assert found.usage.memory_mb == pytest.approx(62.85, abs=0.001)


def test_a_standard_machine_pays_its_states_and_its_retries() -> None:
    """Two states, and one call in ten repeated: 2.1 transitions. A million times at $25 a million are $52.50.

    Lambda: 1.1 M requests at $0.20 a million are $0.22; 1.1 M x 0.2 s x 0.25 GB = 55,000 GB-s x $0.0000133334 = $0.73.
    """
    definition = machine(A=task(Next="B", Retry=[{"ErrorEquals": ["States.ALL"]}]), B={"Type": "Succeed"})
    found = asl.cost(definition, executions_per_month=1_000_000, assumed=exact(retries_per_call=0.1))
    dollars = {item.name: item.usd_per_month for item in found.standard.items}
    assert dollars["state transitions"] == pytest.approx(52.50)
    assert dollars["Lambda requests"] == pytest.approx(0.22)
    assert dollars["Lambda GB-seconds"] == pytest.approx(55_000 * 0.0000133334)
    assert found.standard.usd_per_month == pytest.approx(52.50 + 0.22 + 0.733337)
    # Express: 1 M requests at $1.00; 1.1 x 200 ms = 220 ms, billed as 300 ms of 64 MB: 18,750 GB-s / 3600 x $0.06.
    express = {item.name: item.usd_per_month for item in found.express.items}
    assert express["Express requests"] == pytest.approx(1.00)
    assert express["Express GB-seconds"] == pytest.approx(18_750 / 3600 * 0.06)
    assert "state transitions" not in express


def test_a_log_holds_a_record_for_each_event_of_the_history() -> None:
    """Of an execution 2; of a Task 5, and 3 for each retry; of a Parallel or a Map 4, and 2 for each item; of others 2.

    2 + 5 + 0.1 x 3 + (4 + 2 x 2) + (4 + 10 x (2 + 2)) + 2 = 61.3 of 1 KB each, a million times: 61.3 GB at $0.50.
    """
    one, two, each = ({"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}} for name in "BCE")
    definition = machine(
        A=task(Next="P", Retry=[{"ErrorEquals": ["States.ALL"]}]),
        P={"Type": "Parallel", "Branches": [one, two], "Next": "M"},
        M={"Type": "Map", "ItemProcessor": each, "Next": "Done"},
        Done={"Type": "Succeed"},
    )
    assumed = exact(retries_per_call=0.1, map_items=10, log_event_kb=1)
    found = asl.cost(definition, executions_per_month=1_000_000, assumed=assumed)
    (log,) = [item for item in found.standard.items if item.name == "log GB"]
    assert found.usage.log_events == pytest.approx(61.3)
    assert log.usd_per_month == pytest.approx(61.3 * 0.50)


def test_a_function_costs_what_its_architecture_does() -> None:
    """A million calls of 0.2 s and 0.25 GB are 50,000 GB-s: https://aws.amazon.com/lambda/pricing/"""
    for architecture, usd in (("arm64", 0.0000133334), ("x86_64", 0.0000166667)):
        found = asl.cost(machine(A=task(End=True)), assumed=exact(lambda_architecture=architecture))
        (compute,) = [item for item in found.standard.items if item.name == "Lambda GB-seconds"]
        assert compute.usd_per_month == pytest.approx(50_000 * usd)


def test_a_poll_of_twelve_rounds_visits_its_states_twelve_times_and_leaves_once() -> None:
    found = asl.cost(POLLING, assumed=exact(rounds={"Is": 12}, shares={"Is": {"Lost": 0.1, "Done": 0.3}}))
    visits = {path.rpartition(".")[2]: count for path, count in found.visits.items()}
    assert visits == pytest.approx({"Wait": 12, "Ask": 12, "Is": 12, "Done": 0.75, "Lost": 0.25, "Broken": 0})
    assert found.usage.seconds == pytest.approx(12 * (60 + 0.2))
    assert "722 s on average" in found.express.impossible[0]


def test_shares_that_are_left_open_go_in_equal_parts_and_a_catch_takes_only_what_is_said() -> None:
    found = asl.cost(POLLING, assumed=exact(shares={"Ask": {"Broken": 0.5}}))
    visits = {path.rpartition(".")[2]: count for path, count in found.visits.items()}
    # v = 1 + v x 0.5 / 3, so each state of the loop is visited 1.2 times.
    assert visits == pytest.approx({"Wait": 1.2, "Ask": 1.2, "Is": 0.6, "Done": 0.2, "Lost": 0.2, "Broken": 0.6})


def test_a_loop_that_is_never_left_is_an_error_and_not_a_price() -> None:
    with pytest.raises(EndlessError, match="never left"):
        asl.cost(machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"}))
    with pytest.raises(EndlessError):
        asl.cost(POLLING, assumed=exact(shares={"Is": {"Wait": 1}}))


def test_parallel_and_map_count_what_is_inside_them() -> None:
    inner = {"StartAt": "C", "States": {"C": task(End=True)}}
    definition = machine(
        P={"Type": "Parallel", "Next": "M", "Branches": [
            {"StartAt": "A", "States": {"A": task(End=True)}},
            {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 3, "End": True}}}]},
        M={"Type": "Map", "ItemProcessor": inner, "End": True},
    )  # fmt: skip
    found = asl.cost(definition, assumed=exact(items={"M": 100}))
    assert found.usage.transitions == 1 + 2 + 1 + 100
    assert found.usage.seconds == pytest.approx(3 + 3 * 0.2), "branches run together, items forty at a time"


def test_tables_and_messages_are_counted_in_their_units_and_the_rest_is_named() -> None:
    """A 10 KB item is written in 10 units, read in 3 of 4 KB, at half price each; a message is one chunk of 64 KB."""
    arn = "arn:aws:states:::"
    definition = machine(
        W={"Type": "Task", "Resource": f"{arn}dynamodb:putItem", "Next": "R"},
        R={"Type": "Task", "Resource": f"{arn}dynamodb:getItem", "Next": "Q"},
        Q={"Type": "Task", "Resource": f"{arn}sqs:sendMessage", "Next": "X"},
        X={"Type": "Task", "Resource": f"{arn}braket:createJob", "End": True},
    )
    found = asl.cost(definition, assumed=exact(payload_kb=10)).usage
    assert (found.write_units, found.read_units, found.messages) == (10, 1.5, {"sqs": 1})
    assert list(found.without_price.values()) == [1]


def test_what_does_not_fit_the_definition_is_said() -> None:
    for wrong, message in (
        ({"rounds": {"Iss": 3}}, "there is no state Iss"),
        ({"shares": {"Is": {"Nowhere": 1}}}, "Is does not lead to Nowhere"),
        ({"rounds": {"Wait": 3}}, "no way that leaves a loop"),
    ):
        with pytest.raises(ValueError, match=message):
            asl.cost(POLLING, assumed=exact(**wrong))
    with pytest.raises(ValueError, match=r"add up to 1\.2"):
        asl.Assumptions(shares={"A": {"B": 0.6, "C": 0.6}})


def test_the_command_prints_both_types_and_what_they_rest_on(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(__import__("json").dumps(POLLING))
    result = run("cost", file, "--volume", 1000, "--rounds", "Is=12", "--assume", "lambda_ms=99")
    assert result.exit_code == 0
    for text in ("Standard $/month", "not as Express", "lambda_ms 99", "us-east-1", "https://aws.amazon.com/"):
        assert text in result.stdout
    assert run("cost", file, "--assume", "lambda=9").exit_code == 2
    assert run("cost", file, "--share", "Is=x").exit_code == 2
    assert run("cost", file, "--rounds", "Iss=2").exit_code == 1
