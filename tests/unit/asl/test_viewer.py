"""A page's data: an execution read from its history, a machine with all that is known of it, and the page as a file."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import asl
from asl.permissions.calls import calls as calls_of
from asl.pictures.words import in_words, service, target
from asl.syntax.walk import walk
from asl.testing.outcomes import Raises
from asl.viewer import Change, Page, ShownExecution, ShownVisit, View, page, shown_execution, shown_machine, way
from asl.viewer.drawing import drawing
from tests.pages import blocks, commands, program
from tests.unit.asl.command_line import run
from tests.unit.workflows.shipped import order

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
CASES = Path(__file__).parents[1] / "workflows" / "order_fulfillment.cases.yaml"


def task(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION + name, **more}


def shown(definition: Any, tasks: Any, input: Any = None) -> ShownExecution:
    ran = asl.run(definition, input, tasks)
    return shown_execution(definition, (event.as_aws() for event in ran.events), name="one")


def names(execution: ShownExecution) -> list[tuple[str, str]]:
    return [(visit.state.rpartition(".")[2], visit.outcome) for visit in execution.visits]


WRONG = {"Type": "Fail", "Error": "Odd"}
RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2, "BackoffRate": 1}]


def test_each_attempt_of_a_task_has_its_time_what_it_was_given_and_its_error() -> None:
    definition = {"StartAt": "Pay", "States": {"Pay": task("pay", Retry=RETRY, End=True)}}
    (visit,) = shown(definition, {"Pay": [Raises("Busy", "later"), {"paid": 1}]}, {"cents": 5}).visits
    first, second = visit.attempts
    assert (first.error, first.cause, second.error) == ("Busy", "later", "")
    assert second.began - first.began == 3
    assert (first.input, second.output) == ({"cents": 5}, {"paid": 1})
    assert (visit.outcome, visit.error, visit.output) == ("succeeded", "", {"paid": 1})


def test_a_state_that_failed_and_was_caught_leads_on() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]
    states = {"Pay": task("pay", Catch=catch, End=True), "Sorry": {"Type": "Fail", "Error": "NoCover"}}
    found = shown({"StartAt": "Pay", "States": states}, {"Pay": Raises("Declined")})
    assert names(found) == [("Pay", "caught"), ("Sorry", "failed")]
    assert (found.visits[0].error, found.visits[1].error, found.error) == ("Declined", "NoCover", "NoCover")
    taken = way(found)
    assert taken.taken == (("", "States.Pay"), ("States.Pay", "States.Sorry"))
    assert taken.caught == {1}


@pytest.mark.parametrize("turn", [1, -1], ids=["the last", "the first"])
def test_one_branch_that_fails_breaks_off_the_others(turn: int) -> None:
    quick = {"StartAt": "Quick", "States": {"Quick": task("quick", End=True)}}
    slow = {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 60, "End": True}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]
    both = {"Type": "Parallel", "Branches": [slow, quick][::turn], "Catch": catch, "End": True}
    found = shown(
        {"StartAt": "Both", "States": {"Both": both, "Sorry": {"Type": "Pass", "End": True}}},
        {"Quick": Raises("Odd", after=5)},
    )
    assert dict(names(found)) == {"Both": "caught", "Slow": "aborted", "Quick": "failed", "Sorry": "succeeded"}
    assert found.visits[0].error == "Odd"


def test_what_is_open_in_branches_ends_with_them_and_what_has_ended_there_stays_as_it_was() -> None:
    deep = {"StartAt": "Deep", "States": {"Deep": {"Type": "Wait", "Seconds": 60, "End": True}}}
    wrong = {"Late": {"Type": "Wait", "Seconds": 5, "Next": "Wrong"}, "Wrong": WRONG}
    inner = {"Type": "Parallel", "Branches": [deep, {"StartAt": "Late", "States": wrong}], "End": True}
    slow = {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 60, "End": True}}}
    fine = {"StartAt": "Fine", "States": {"Fine": {"Type": "Pass", "End": True}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "After"}]
    branches = [slow, fine, {"StartAt": "Inner", "States": {"Inner": inner}}]
    both = {"Type": "Parallel", "Branches": branches, "Catch": catch, "Next": "After"}
    after = {"Type": "Wait", "Seconds": 10, "End": True}
    before = {"Type": "Pass", "Next": "Both"}
    found = shown({"StartAt": "Before", "States": {"Before": before, "Both": both, "After": after}}, {})
    stays = {
        visit.state.rpartition(".")[2]: (visit.outcome, visit.left and visit.left - found.started)
        for visit in found.visits
    }
    assert stays == {
        "Before": ("succeeded", 0),
        "Both": ("caught", 5),
        "Slow": ("aborted", 5),
        "Fine": ("succeeded", 0),
        "Inner": ("failed", 5),
        "Deep": ("aborted", 5),
        "Late": ("succeeded", 5),
        "Wrong": ("failed", 5),
        "After": ("succeeded", 15),
    }
    assert (way(found).outcome, way(found).seconds, way(found, "put right").outcome) == ("SUCCEEDED", 15, "put right")


def test_a_parallel_around_one_that_fails_is_tried_again_and_fails_itself() -> None:
    inner = {"Type": "Parallel", "Branches": [{"StartAt": "Wrong", "States": {"Wrong": WRONG}}], "End": True}
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    branches = [{"StartAt": "Inner", "States": {"Inner": inner}}]
    both = {"Type": "Parallel", "Branches": branches, "Retry": retry, "End": True}
    found = shown({"StartAt": "Both", "States": {"Both": both}}, {})
    assert [(name, len(visit.attempts)) for (name, _), visit in zip(names(found), found.visits, strict=True)] == [
        ("Both", 2), ("Inner", 1), ("Wrong", 0), ("Inner", 1), ("Wrong", 0)
    ]  # fmt: skip
    assert {outcome for _, outcome in names(found)} == {"failed"}
    assert (found.visits[2].error, found.visits[4].error) == ("", "Odd"), "of the last one the execution has told"


def test_when_a_branch_is_caught_its_failure_has_failed_and_what_is_open_is_broken_off() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "After"}]
    branches = [{"StartAt": "Wrong", "States": {"Wrong": WRONG}}]
    both = {"Type": "Parallel", "Branches": branches, "Catch": catch, "Next": "After"}
    found = shown({"StartAt": "Both", "States": {"Both": both, "After": {"Type": "Succeed"}}}, {})
    assert names(found) == [("Both", "caught"), ("Wrong", "failed"), ("After", "succeeded")]
    assert found.visits[1].left == found.visits[0].left
    told = [STARTED, entered("Both", "Parallel"), ("ParallelStateStarted", {}), entered("Open"),
            ("ParallelStateFailed", {}), exited("Both", "Parallel")]  # fmt: skip
    assert names(shown_execution({}, history(*told), name="one")) == [("Both", "caught"), ("Open", "aborted")]


def test_an_event_of_a_state_that_nobody_has_entered_is_passed_over() -> None:
    iteration = {"mapIterationStartedEventDetails": {"name": "Gone", "index": 0}}
    told = history(STARTED, exited("Gone"), ("MapIterationStarted", iteration), entered("A"), exited("A"))
    assert names(shown_execution({}, told, name="one")) == [("A", "succeeded")]


def test_a_map_whose_run_tolerates_no_more_failures_has_the_error_of_the_run() -> None:
    processor = {"StartAt": "Pay", "States": {"Pay": task("pay", End=True)},
                 "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}  # fmt: skip
    each = {"Type": "Map", "ItemProcessor": processor, "End": True}
    found = shown({"StartAt": "Each", "States": {"Each": each}}, {"Pay": Raises("Odd")}, [1, 2])
    (visit,) = found.visits
    assert (visit.outcome, visit.error) == ("failed", "States.ExceedToleratedFailureThreshold")
    assert visit.cause == found.cause


def test_a_visit_knows_the_items_around_it_and_what_led_to_it() -> None:
    inner = {
        "StartAt": "First",
        "States": {"First": {"Type": "Pass", "Next": "Then"}, "Then": {"Type": "Pass", "End": True}},
    }
    definition = {
        "StartAt": "All",
        "States": {"All": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": inner, "End": True}},
    }
    found = shown(definition, {}, [1, 2, 3])
    inside = [(visit.state.rpartition(".")[2], visit.items) for visit in found.visits if visit.items]
    assert inside == [("First", (0,)), ("Then", (0,)), ("First", (1,)), ("Then", (1,)), ("First", (2,)), ("Then", (2,))]
    befores = [found.visits[visit.after].items for visit in found.visits if visit.after is not None]
    assert befores == [(0,), (1,), (2,)]


def test_variables_that_were_given_a_value_are_kept() -> None:
    states = {"A": {"Type": "Pass", "Assign": {"total": 3}, "End": True}}
    (visit,) = shown({"StartAt": "A", "States": states}, {}).visits
    assert visit.assigned == {"total": 3}


def test_what_still_runs_is_running_and_a_history_without_data_is_read() -> None:
    definition = {"StartAt": "Pay", "States": {"Pay": task("pay", End=True)}}
    ran = asl.run(definition, {"secret": 1}, {"Pay": {}})
    events: list[dict[str, Any]] = json.loads(json.dumps([event.as_aws() for event in ran.events][:4], default=str))
    for event in events:
        for details in event.values():
            if isinstance(details, dict):
                details.pop("input", None)
    found = shown_execution(definition, events, name="one")
    assert (found.status, found.ended, found.visits[0].outcome) == ("RUNNING", None, "running")
    assert "secret" not in page(Page("one", (View(shown_machine(definition, name="m"), execution=found),)))


def history(*told: tuple[str, dict[str, Any]], at: Any = 0) -> list[dict[str, Any]]:
    """Events that follow one another, as GetExecutionHistory gives them."""
    return [
        {"id": number, "previousEventId": number - 1, "timestamp": at, "type": type, **details}
        for number, (type, details) in enumerate(told, 1)
    ]


def entered(name: str, type: str = "Pass", **more: Any) -> tuple[str, dict[str, Any]]:
    return f"{type}StateEntered", {"stateEnteredEventDetails": {"name": name, **more}}


def exited(name: str, type: str = "Pass", **more: Any) -> tuple[str, dict[str, Any]]:
    return f"{type}StateExited", {"stateExitedEventDetails": {"name": name, **more}}


STARTED: tuple[str, dict[str, Any]] = ("ExecutionStarted", {})


def test_data_that_are_cut_off_or_hidden_are_shown_as_they_are() -> None:
    cut, hidden = '{"orderId": "o-1", "lines": [… 300 characters more', "*** HIDDEN ***"
    started = ("ExecutionStarted", {"executionStartedEventDetails": {"input": cut}})
    assigned = exited("A", output=hidden, assignedVariables={"total": hidden})
    found = shown_execution({}, history(started, entered("A", input=hidden), assigned), name="one")
    (visit,) = found.visits
    assert (found.input, visit.input, visit.output, visit.assigned) == (cut, hidden, hidden, {"total": hidden})
    assert not found.masked


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    "at",
    [1767225600, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000+01:00", "2026-01-01T00:00:00",
     datetime(2026, 1, 1, tzinfo=UTC)],
    ids=str,
)  # fmt: skip
@pytest.mark.usefixtures("in_tokyo")
def test_a_time_may_be_written_as_boto3_or_json_have_it(at: Any) -> None:
    assert shown_execution({}, history(STARTED, at=at), name="one").started == 1767225600


def test_children_of_a_map_run_follow_each_with_its_item() -> None:
    inner = {
        "StartAt": "First",
        "States": {"First": {"Type": "Pass", "Next": "Then"}, "Then": {"Type": "Pass", "End": True}},
    }
    definition = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inner, "End": True}}}
    whole = history(STARTED, entered("First"), exited("First"), entered("Then"), exited("Then"))
    broken_off = history(STARTED, entered("First"), exited("First"), entered("Then"), ("ExecutionAborted", {}))
    parent = history(STARTED, entered("Each", "Map"))
    found = shown_execution(definition, parent, name="one", children=(whole, broken_off))
    visits = [(visit.state.rpartition(".")[2], visit.items, visit.after, visit.outcome) for visit in found.visits]
    assert visits == [
        ("Each", (), None, "running"),
        ("First", (0,), None, "succeeded"),
        ("Then", (0,), 1, "succeeded"),
        ("First", (1,), None, "succeeded"),
        ("Then", (1,), 3, "aborted"),
    ]


def test_an_execution_that_is_redriven_goes_on_where_it_was_broken_off() -> None:
    told = [STARTED, entered("A"), exited("A"), entered("B", "Wait"), ("ExecutionAborted", {})]
    aborted = shown_execution({}, history(*told), name="one")
    assert (aborted.status, names(aborted)) == ("ABORTED", [("A", "succeeded"), ("B", "aborted")])
    redriven = shown_execution({}, history(*told, ("ExecutionRedriven", {})), name="one")
    assert (redriven.status, redriven.ended) == ("RUNNING", None)
    assert names(redriven) == [("A", "succeeded"), ("B", "running")]
    failed = [STARTED, entered("A", "Parallel"), ("ParallelStateStarted", {}), ("ParallelStateFailed", {}),
              ("ExecutionFailed", {}), ("ExecutionRedriven", {}), ("ParallelStateStarted", {})]  # fmt: skip
    (visit,) = shown_execution({}, history(*failed), name="one").visits
    assert (visit.outcome, len(visit.attempts)) == ("running", 2)
    ended = history(*told, ("ExecutionRedriven", {}), exited("B", "Wait"), entered("C"), exited("C"))
    assert [(visit.state, visit.after) for visit in shown_execution({}, ended, name="one").visits] == [
        ("A", None),
        ("B", 0),
        ("C", 1),
    ]


def test_a_task_has_the_arguments_of_its_integration_and_a_name_for_each_error() -> None:
    tried = {"taskScheduledEventDetails": {"parameters": '{"cents": 5}'}}
    told = [STARTED, entered("A", "Task", input="{}"), ("TaskScheduled", tried), ("TaskTimedOut", {}),
            ("TaskScheduled", tried), ("TaskFailed", {})]  # fmt: skip
    (visit,) = shown_execution({}, history(*told), name="one").visits
    assert [(one.input, one.error) for one in visit.attempts] == [
        ({"cents": 5}, "States.Timeout"),
        ({"cents": 5}, "an error without a name"),
    ]
    told = [STARTED, entered("A", "Parallel"), ("ParallelStateStarted", {}), ("ParallelStateFailed", {})]
    (visit,) = shown_execution({}, history(*told), name="one").visits
    assert visit.error == "an error without a name"


def test_a_machine_has_its_permissions_by_state_with_the_reason_and_its_price_by_state() -> None:
    machine = shown_machine(order(), name="order-fulfillment")
    (needed,) = machine.permissions["States.ChargePayment"]
    assert (needed.action, needed.resource) == ("lambda:InvokeFunction", f"{FUNCTION}charge_payment:*")
    assert machine.price
    assert sum(machine.price.shares.values()) == pytest.approx(1)


def test_a_definition_with_errors_has_no_price_and_is_no_error() -> None:
    wrong = {"StartAt": "A", "States": {"A": {"Type": "Task", "Next": "Gone"}, "B": 5}}
    machine = shown_machine(wrong, name="wrong")
    assert machine.price is None
    assert {one.rule for one in machine.findings} >= {"ASL001", "ASL003"}
    assert "Gone" in page(Page("wrong", (View(machine),)))


def test_the_page_is_one_file_that_asks_for_nothing() -> None:
    written = page(Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),)))
    assert len(written) < 400_000
    assert "default-src 'none'" in written
    shell = re.sub(r'<script type="application/json".*?</script>', "", written, flags=re.DOTALL)
    assert not re.findall(
        r"\b(?:src|href)=|@import|url\((?!#|`)|fetch\(|XMLHttpRequest|import\(", shell.replace("url(#${", "")
    )


def test_data_cannot_leave_the_element_that_holds_it() -> None:
    hostile = "</script><script>alert(1)</script><!--"
    definition = {"StartAt": hostile, "States": {hostile: {"Type": "Pass", "Comment": hostile, "End": True}}}
    execution = ShownExecution(
        hostile, "FAILED", 0, visits=(ShownVisit(f"States.{hostile}", 0, log="javascript:alert(1)"),)
    )
    written = page(Page(hostile, (View(shown_machine(definition, name=hostile), execution=execution),)))
    assert written.count("</script>") == 2
    assert "<!--" not in written
    assert "javascript:" not in written


def test_a_change_has_both_machines_and_what_changed_by_state() -> None:
    old = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}
    new = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "C"}, "C": task("c", End=True)}}
    change = Change(shown_machine(old, name="m"))
    written = page(Page("Review", (View(shown_machine(new, name="m"), change=change),)))
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', written)
    view = json.loads(data)["views"][0]
    marks = {box["name"]: box.get("mark", {}).get("tone") for box in view["graph"]["boxes"]}
    assert marks == {"A": "changed", "B": "removed", "C": "added"}
    assert [one["text"] for one in view["change"]["texts"]["States.A"]] == ["A: goes to C, went to B before"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"Variable": "$.total", "NumericGreaterThan": 5000}, "total > 5000"),
        ({"Variable": "$.a.b", "StringEquals": "PAID"}, 'a.b = "PAID"'),
        ({"Variable": "$.paid", "BooleanEquals": True}, "paid is true"),
        ({"Variable": "$.x", "IsPresent": False}, "x is not there"),
        ({"Variable": "$.x", "NumericLessThanEqualsPath": "$.y"}, "x ≤ y"),
        ({"Variable": "$.due", "TimestampGreaterThan": "2025-01-01T00:00:00Z"}, "due is after 2025-01-01T00:00:00Z"),
        ({"Not": {"Variable": "$.x", "IsNull": True}}, "not (x is null)"),
        (
            {
                "And": [
                    {"Variable": "$.x", "IsPresent": True},
                    {"Or": [{"Variable": "$.y", "StringMatches": "a*"}, {"Variable": "$.z", "IsNull": True}]},
                ]
            },
            'x is there and (y is like "a*" or z is null)',
        ),
        ({"Condition": "{% $total > 5 %}"}, "$total > 5"),
        ({"Variable": 5}, ""),
    ],
)
def test_a_condition_is_told_in_words(rule: Any, words: str) -> None:
    assert in_words(rule) == words


@pytest.mark.parametrize(
    ("state", "called", "on"),
    [
        (task("pay:live"), "Lambda", "pay:live"),
        ({"Type": "Task", "Resource": "${functions.pay.arn}"}, "Lambda", "functions.pay"),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "pay"}},
            "Lambda",
            "pay",
        ),
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/approvals"},
            },
            "SQS sendMessage, waits for an answer",
            "approvals",
        ),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName.$": "$.table"}},
            "DynamoDB putItem",
            "",
        ),
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::http:invoke",
                "Parameters": {
                    "ApiEndpoint": "https://api.example.com/checks",
                    "Method": "POST",
                    "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/bank/1"},
                },
            },
            "HTTP invoke",
            "api.example.com/checks",
        ),
    ],
)
def test_a_task_says_what_it_calls_on_what(state: dict[str, Any], called: str, on: str) -> None:
    machine = walk({"StartAt": "A", "States": {"A": {**state, "End": True}}})
    assert (service(machine.states[0]), target(list(calls_of(machine)))) == (called, on)


def test_a_wait_says_how_long_a_map_that_its_items_run_apart_and_a_failure_its_error() -> None:
    inner = {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": True}}}
    apart = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner}
    states = {
        "Later": {"Type": "Wait", "Seconds": 21_600, "Next": "Until"},
        "Until": {"Type": "Wait", "TimestampPath": "$.at", "Next": "Here"},
        "Here": {"Type": "Map", "ItemProcessor": inner, "Next": "Apart"},
        "Apart": {"Type": "Map", "ItemProcessor": apart, "Next": "Sorry"},
        "Sorry": {"Type": "Fail", "Error": "NoCover"},
    }
    boxes = drawing(walk({"StartAt": "Later", "States": states}))["boxes"]
    assert {box["name"]: box.get("service", "") for box in boxes} == {
        "Later": "6 h",
        "Until": "$.at",
        "Here": "",
        "Apart": "each item an execution of its own",
        "Sorry": "NoCover",
    }


def test_a_case_is_run_and_written_as_a_page(tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    ended = run("view", CASES, "--run", "a declined card", "--out", out)
    assert ended.exit_code == 0
    assert f"wrote {out}" in ended.stderr
    assert "PaymentDeclined" in out.read_text("utf-8")


def test_a_definition_is_run_with_its_input_and_errors_are_drawn_and_said(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.asl.json", tmp_path / "bad.asl.json"
    good.write_text(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}))
    bad.write_text(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}))
    ran = run("view", good, "--run", '{"order": 1001}', "--out", "-")
    assert ran.exit_code == 0
    assert '"SUCCEEDED"' in ran.stdout
    refused = run("view", bad, "--run", "{}", "--out", "-")
    assert refused.exit_code == 1
    assert "ASL003" in refused.stdout
    assert "a definition with errors is not run; the page shows them" in refused.stderr


def test_a_page_is_called_as_its_file_and_says_which_mock_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("definition.pay.json").write_text(json.dumps({"StartAt": "A", "States": {"A": task("pay", End=True)}}))
    assert run("view", "definition.pay.json").exit_code == 0
    assert "<title>definition.pay</title>" in Path("definition.pay.html").read_text("utf-8")
    for command in ("view", "run"):
        option = "--run" if command == "view" else "--input"
        refused = run(command, "definition.pay.json", option, "{}")
        assert refused.exit_code == 1
        assert "in a file: --mock FILE" in refused.stderr
    assert "--run is no JSON" in run("view", "definition.pay.json", "--run", "{5").stderr


def test_of_a_folder_with_many_machines_the_first_are_told_and_that_there_are_more(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"m{number:02}.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    refused = run("view", tmp_path)
    assert refused.exit_code == 2
    assert "holds 25 machines; choose one" in refused.stderr
    assert refused.stderr.rstrip().endswith("m19.asl.json and 5 more")


def test_a_case_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    ended = run("view", CASES, "--run", "a lost parcel", "--out", tmp_path / "page.html")
    assert ended.exit_code == 2
    assert "a declined card is not refunded" in ended.stderr
    assert "2 cases have that in their names" in run("view", CASES, "--run", "a large order that is").stderr
    alone = tmp_path / "alone.asl.json"
    alone.write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    assert "alone.cases.yaml" in run("view", alone, "--run", "some case").stderr


def test_what_the_page_on_the_viewer_shows_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    definition = {"StartAt": "Charge", "States": {"Charge": task("charge", End=True)}}
    Path("order.asl.json").write_text(json.dumps(definition))
    Path("mocks.json").write_text(json.dumps({"Charge": {"paid": True}}))
    case = {"mocks": {"Charge": {"Raise": "Declined"}}, "expect": {"status": "FAILED"}}
    Path("order.cases.yaml").write_text(json.dumps({"cases": {"a declined card": case}}))
    (block,) = blocks("docs/viewer.md", "console")
    for command in commands(block):
        ended = run(*shlex.split(command.typed)[3:])
        assert ended.exit_code == 0, ended.stderr
    assert {file.name for file in tmp_path.glob("*.html")} == {"order.html", "order-1001.html", "declined.html"}
    known: dict[str, Any] = {"asl": asl, "definition": definition}
    exec(program("docs/viewer.md"), known)  # the page's own lines
    assert "order-1001" in known["html"]
