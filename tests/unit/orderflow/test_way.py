"""The way that an execution took, as a tree that stays short whatever the history holds."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len

from orderflow.cli.drawing import Tree, added, print_way
from orderflow.cli.output import out, print_out
from orderflow.console import PlainConsole
from orderflow.history import History, read_history
from orderflow.map_runs import MapRun
from orderflow.way import MOST, Leg, way
from tests.unit.orderflow.histories import START, Told

HOSTILE = ["\x1b]0;title\x07", "\x1b[2J", "[red]x[/red]", "\u202ereversed", "a\nb", "x" * 5_000]
NOW = START + timedelta(days=1)


def read(told: Told) -> History:
    events: Any = told.events
    return read_history(events)


def tree(told: Told, runs: dict[str, MapRun] | None = None) -> list[str]:
    """The drawn lines, without columns of blanks and without when each state was entered."""
    with out.capture() as captured:
        print_out(Tree(way(read(told), NOW, runs)))
    return [" ".join(re.sub("^[^├└│]*", "", line).split()) for line in captured.get().splitlines()]


def size(legs: tuple[Leg, ...]) -> int:
    return sum(1 + size(leg.legs) for leg in legs)


def items(told: Told, names: list[list[str]], failing: dict[int, str]) -> Told:
    """A Map whose items go through the states that are given, and some of which fail in the last."""
    told.enters("Each", "Map").happens("MapStateStarted", mapStateStartedEventDetails={"length": len(names)})
    started = told.last
    for index, states in enumerate(names):
        told.after(started).happens("MapIterationStarted", mapIterationStartedEventDetails={"index": index})
        for name in states[:-1]:
            told.works(name, "charge-payment")
        if error := failing.get(index):
            told.enters(states[-1]).calls("charge-payment").fails(error, "no")
        else:
            told.works(states[-1], "charge-payment")
    return told


def test_attempts_have_their_time_and_their_error_and_a_caught_one_leads_on() -> None:
    told = Told().enters("Charge")
    told.calls("charge-payment").fails("Busy", "later").passes(10).calls("charge-payment").fails("Declined", "no")
    told.exits("Charge").passed("Tell")
    assert tree(told) == [
        "├─ ↷ Charge 17.0 s {}",
        "│ ├─ ✗ attempt 1 2.0 s Busy: later",
        "│ └─ ✗ attempt 2 2.0 s Declined: no",
        "└─ ✓ Tell 1.0 s {}",
    ]


def test_branches_lie_side_by_side_and_the_error_stands_where_it_went() -> None:
    told = Told().enters("Both", "Parallel").happens("ParallelStateStarted")
    started = told.last
    told.works("Reserve", "charge-payment")
    told.after(started).works("Label", "charge-payment")
    told.enters("Ship").calls("charge-payment").fails("Closed", "strike")
    told.happens("ParallelStateFailed").happens("ExecutionFailed", executionFailedEventDetails={"error": "Closed"})
    assert [line.partition(" {")[0] for line in tree(told)] == [
        "└─ ✗ Both 16.0 s",
        "├─ ✓ Reserve 4.0 s",
        "└─ ✗ branch 8.0 s",
        "├─ ✓ Label 4.0 s",
        "└─ ✗ Ship 3.0 s Closed: strike",
    ]


def test_the_branch_whose_failure_ends_the_others_has_failed_though_aws_aborts_it_as_well() -> None:
    """As AWS was recorded to: TaskFailed, then TaskStateAborted, of one branch; of the other the latter alone."""
    told = Told().enters("Both", "Parallel").happens("ParallelStateStarted")
    started = told.last
    told.enters("Reserve").calls("charge-payment")
    reserving = told.last
    told.after(started).enters("Ship").calls("charge-payment").fails("Closed", "strike").happens("TaskStateAborted")
    told.after(reserving).happens("TaskStateAborted")
    told.after(started).exits("Both", "Parallel").passed("Tell")
    lines = [line.partition(" {")[0] for line in tree(told)]
    assert [line for line in lines if "Ship" in line] == ["│ └─ ✗ Ship 3.0 s Closed: strike"]
    assert [line for line in lines if "Reserve" in line] == ["│ ├─ ⊘ Reserve 8.0 s"]


def test_a_state_tells_what_it_added_to_the_data() -> None:
    before = {"orderId": "order-1", "undo": {"shipment": "HERE"}}
    assert added(before, before | {"payment": {"id": "p-1"}}) == {"payment": {"id": "p-1"}}
    assert added(before, before | {"undo": {"shipment": "HERE", "stock": 2}}) == {"undo": {"stock": 2}}
    assert added(before, {"orderId": "order-1"}) == {"orderId": "order-1"}, "where it only took away: what is left"
    assert added(before, [1]) == [1]
    assert added(before, dict(before)) is None


@pytest.mark.parametrize("columns", [120, 80, 60, 44])
def test_a_tree_is_as_wide_as_the_terminal_and_cuts_no_error(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told().enters("Both", "Parallel").happens("ParallelStateStarted")
    told.enters("TheStateWithTheLongestNameThatAnybodyHasSeen" * 2).calls("charge-payment")
    told.fails("PaymentProviderIsDown", "it has said so in many words, and again, and once more until nobody listened")
    console = PlainConsole(width=columns, file=StringIO(), force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(Tree(way(read(told), NOW)))
    lines = captured.get().splitlines()
    assert max(map(cell_len, lines)) <= columns
    words = " ".join(re.sub("[^a-zA-Z, ]", " ", captured.get()).split())
    assert "until nobody listened" in words
    assert "PaymentProviderIsDown" in words
    below = [line for line in lines if line.strip() and line.lstrip()[0] != "+"]
    assert below, "it takes more than one line"


def test_rounds_of_a_loop_are_one_leg_and_the_one_that_goes_on_stays() -> None:
    told = Told()
    for _ in range(300):
        told.passed("Wait", "Wait").works("Check", "charge-payment").passed("Arrived", "Choice")
    told.enters("Wait", "Wait")
    assert tree(told)[0] == "├─ ✓ 300 rounds 44 min 59 s Wait, Check, Arrived"
    assert tree(told)[-1].startswith("└─ ● Wait {")
    assert len(tree(told)) == 5


def test_items_that_went_alike_are_one_leg_and_those_that_failed_come_first() -> None:
    told = items(Told(), [["Check", "Charge"]] * 500, {7: "Declined", 8: "Declined", 99: "Busy"})
    lines = [line.partition(" {")[0] for line in tree(told)]
    assert lines[0] == "└─ ● Each", "it goes on"
    assert [line for line in lines if "item" in line] == [
        "├─ ✗ item 7 and 1 alike 8.0 s 8.0 s each",
        "├─ ✗ item 99 8.0 s",
        "└─ ✓ item 0 and 496 alike 9.0 s 9.0 s each",
    ]
    assert len(lines) == 10


def test_a_map_run_of_many_items_is_counted() -> None:
    arn = "arn:aws:states:us-east-1:123456789012:mapRun:orders/Each:1"
    run = MapRun(arn, "e", "FAILED", START, NOW, {"failed": 2, "total": 100_000}, {})
    told = Told().enters("Each", "Map").happens("MapRunStarted", mapRunStartedEventDetails={"mapRunArn": arn})
    assert tree(told, {arn: run})[0].startswith("└─ ● Each FAILED, items 2 failed of 100000")


def test_twenty_five_thousand_events_that_repeat_nothing_stay_readable() -> None:
    """The longest history that AWS keeps: states of a hundred names without any order, in items of two hundred ways."""
    told = Told()
    for number in range(3_000):
        told.passed(f"State{number * number % 101}")
    items(told, [[f"Step{number % 200}", f"Step{number % 7}"] for number in range(1_600)], {5: "Declined"})
    assert len(told.events) > 22_000
    legs = way(read(told), NOW)
    assert size(legs) <= MOST
    assert legs[-1].legs[0].title == "item 5", "what failed is not left out"
    assert next(leg.times for leg in legs if leg.title == "more") > 2_900


def test_an_execution_that_ends_in_a_fail_state_says_there_why() -> None:
    assert tree(Told().ends_in("Held", "refund 5"))[0].startswith("└─ ✗ Held 0.0 s Held: refund 5")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_in_names_errors_or_data_reaches_the_terminal(hostile: str) -> None:
    told = Told().enters(hostile, note=hostile).calls("charge-payment").fails(hostile, hostile)
    told.happens("ExecutionFailed", executionFailedEventDetails={"error": hostile, "cause": json.dumps({"a": hostile})})
    with out.capture() as captured:
        print_way(hostile, read(told), {})
    drawn = captured.get()
    assert all(char.isprintable() or char == "\n" for char in drawn)
    assert ("[red]" in drawn) == ("[red]" in hostile)
    assert len(drawn) < 6_000
