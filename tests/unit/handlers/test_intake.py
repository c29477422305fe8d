"""Files through the workflow's definition with the real functions: wherever a call breaks off, each order is started
once, and whoever put the file there is told."""

from __future__ import annotations

from typing import Any

import pytest

import asl
from asl.running.execution import Execution
from handlers.shared.intake.claims import LEFT, RUNNING, TAKEN_IN
from tests.unit.handlers.intake_in_memory import Memory, definition, etag_of, json_lines, order
from workflows import INTAKE_PROMISES, bulk

FILE = json_lines(*[order(f"o-{number}") for number in range(7)]) + b"{bad\n"


def ended_in(run: Execution) -> str:
    entered = [str(event.details["name"]) for event in run.events if event.type.endswith("StateEntered")]
    return entered[-1]


def test_a_file_becomes_orders_and_whoever_put_it_there_is_told() -> None:
    memory = Memory()
    assert ended_in(memory.put("a.jsonl", FILE)) == "TakenIn"
    assert sorted(memory.executions.times) == [f"o-{number}" for number in range(7)]
    report = memory.report("a.jsonl")
    assert (report["lines"], report["started"], report["refused"], report["notStarted"]) == (8, 7, 1, 0)
    assert "is no JSON" in memory.refused("a.jsonl")[8]
    assert memory.told == [report]
    said = "incoming/a.jsonl: lines 8, orders started 7, started before 0, lines refused 1"
    assert report["summary"] == said


def test_a_sender_with_a_folder_of_its_own_is_told_by_its_name() -> None:
    memory = Memory()
    memory.put("a.jsonl", FILE)
    memory.put("ada/b.jsonl", json_lines(order("o-9")), "e-2")
    assert memory.senders == ["anyone", "ada"]
    assert memory.report("ada/b.jsonl")["started"] == 1


def test_nothing_of_an_order_stands_in_a_history() -> None:
    run = Memory().put("a.jsonl", FILE)
    children = [child for map_run in run.map_runs for child in map_run.children]
    told = "".join(str(event) for one in (run, *children) for event in one.events)
    assert len(children) == 1
    assert "Ada" not in told
    assert "98101" not in told


def test_a_file_of_many_batches_is_started_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", 3)
    memory = Memory()
    run = memory.put("a.jsonl", FILE)
    assert [len(map_run.children) for map_run in run.map_runs] == [3]
    assert memory.report("a.jsonl")["started"] == 7


def test_the_same_file_put_twice_under_whatever_name_starts_nothing_twice() -> None:
    memory = Memory()
    memory.put("a.jsonl", FILE)
    for name, execution in (("a.jsonl", "e-2"), ("b.jsonl", "e-3")):
        assert ended_in(memory.put(name, FILE, execution)) == "TakenBefore"
        assert "was put there as incoming/a.jsonl" in memory.told[-1]["why"]
    assert len(memory.executions.times) == 7
    assert memory.report("a.jsonl")["started"] == 7, "what was said of it first stays"
    assert memory.report("b.jsonl")["outcome"] == "TAKEN_BEFORE"


def test_an_order_that_was_started_before_is_counted_apart_and_another_of_its_id_is_refused() -> None:
    memory = Memory()
    memory.put("a.jsonl", json_lines(order("o-1"), order("o-2")))
    memory.put("b.jsonl", json_lines(order("o-1"), order("o-2", customerId="bob"), order("o-3")), "e-2")
    report = memory.report("b.jsonl")
    assert (report["started"], report["startedBefore"], report["refused"]) == (1, 1, 1)
    assert "orderId: another order was started under it at 2025-01-01" in memory.refused("b.jsonl")[2]


def test_refused_lines_are_told_in_the_order_of_the_file_whoever_refused_them() -> None:
    memory = Memory()
    memory.put("a.jsonl", json_lines(order("o-2")))
    memory.put("b.jsonl", b"{bad\n" + json_lines(order("o-2", customerId="bob")) + b"{bad\n", "e-2")
    assert list(memory.refused("b.jsonl")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"", "the file is empty"), (b"x,y\n1,2\n", "the header lacks"), (b"x" * 70_000_000, "split it up")],
)
def test_a_file_of_which_nothing_can_be_taken_in_is_told_of(body: bytes, why: str) -> None:
    memory = Memory()
    assert ended_in(memory.put("a.csv", body)) == "FileRefused"
    assert why in memory.told[-1]["summary"]
    assert memory.executions.times == []


def test_a_file_without_a_single_order_is_taken_in_and_its_lines_are_told() -> None:
    memory = Memory()
    assert ended_in(memory.put("a.jsonl", b"{bad\n{worse\n")) == "TakenIn"
    assert memory.report("a.jsonl")["refused"] == 2


def test_a_file_that_was_replaced_or_removed_before_it_was_read_says_so() -> None:
    memory = Memory()
    memory.objects["incoming/a.csv"] = b"new"
    for key, why in (("incoming/a.csv", "was replaced"), ("incoming/b.csv", "was gone")):
        run = memory.taken_in({"key": key, "etag": etag_of(b"old"), "requester": "ada"}, key[-5:-4])
        assert ended_in(run) == "FileRefused"
        assert why in memory.told[-1]["why"]


def test_orders_that_cannot_be_started_are_left_and_started_when_the_file_is_put_there_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More than are tolerated: the rest is not tried, and the report says how many are left."""
    monkeypatch.setattr(bulk, "BATCH", 1)
    memory = Memory()
    refuse = memory.executions.start_execution

    def throttled(**given: Any) -> Any:
        if given["name"] in ("o-4", "o-5"):
            raise ConnectionError("throttled")
        return refuse(**given)

    monkeypatch.setattr(memory.executions, "start_execution", throttled)
    run = memory.put("a.jsonl", FILE)
    assert ended_in(run) == "IntakeStopped"
    report = memory.report("a.jsonl")
    assert report["notStarted"] == 7 - report["started"] >= 2
    assert report["lines"] == report["started"] + report["refused"] + report["notStarted"]
    assert f"start the {report['notStarted']} that are left" in str(run.cause)
    monkeypatch.setattr(memory.executions, "start_execution", refuse)
    assert ended_in(memory.put("a.jsonl", FILE, "e-2")) == "TakenIn"
    again = memory.report("a.jsonl")
    assert (again["started"], again["startedBefore"]) == (report["notStarted"], report["started"])
    assert sorted(memory.executions.times) == [f"o-{number}" for number in range(7)]


# Chaos: each effect on the world fails, before or after it is done, once or for good


def effects() -> int:
    memory = Memory()
    memory.put("a.jsonl", FILE)
    return len(memory.effects)


EFFECTS = effects()
FOR_GOOD = 1_000
"""More attempts than any retrier makes."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("times", [1, FOR_GOOD], ids=["once", "for good"])
@pytest.mark.parametrize("number", range(1, EFFECTS + 1))
def test_wherever_an_effect_fails_each_order_is_started_once_and_all_is_told_in_the_end(
    number: int, times: int, when: str
) -> None:
    memory = Memory()
    broken = frozenset(range(number, number + times))
    if when == "before":
        memory.breaks_before = broken
    else:
        memory.breaks_after = broken
    first = memory.put("a.jsonl", FILE)
    if times == 1:
        assert ended_in(first) == "TakenIn", "a retry is enough"
    assert ended_in(first) in ("TakenIn", "IntakeStopped", "NotReported", "TellSender")
    memory.breaks_before = memory.breaks_after = frozenset()
    # The world has come back: whoever was told nothing good, or nothing, puts the file there again.
    reports = [told for told in memory.told if told["executionId"].endswith("e-1")]
    if ended_in(first) == "NotReported" and RUNNING in {claim.status for claim in memory.claims.rows.values()}:
        memory.now += 14 * 3_600
        memory.claims.rows.clear()  # as when the claim is too old to count
    second = memory.put("a.jsonl", FILE, "e-2")
    assert ended_in(second) in ("TakenIn", "TakenBefore")
    assert sorted(memory.executions.times) == [f"o-{number}" for number in range(7)], memory.effects
    assert [claim.status for claim in memory.claims.rows.values()] == [TAKEN_IN]
    if ended_in(second) == "TakenBefore":
        assert ended_in(first) in ("TakenIn", "TellSender")
        assert reports == [] or reports[0]["started"] == 7
    else:
        last = memory.report("a.jsonl")
        assert last["started"] + last["startedBefore"] == 7
        assert last["refused"] == 1


def test_every_kind_of_effect_has_been_broken() -> None:
    memory = Memory()
    memory.put("a.jsonl", FILE)
    kinds = {effect.split()[0] for effect in memory.effects}
    assert kinds == {"put", "claim", "start", "end", "tell"}


def test_its_promises_hold_and_every_way_through_it_ends() -> None:
    file = {"key": "incoming/a.csv", "etag": "e", "requester": "ada"}
    found = asl.explore(definition(), file, must_reach=INTAKE_PROMISES)
    assert found.ok, found


def test_a_left_file_is_said_to_be_left() -> None:
    assert LEFT == "LEFT", "the workflow writes it by itself"
