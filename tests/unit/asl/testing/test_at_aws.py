"""Cases run by TestState: its requests are AWS's, what it answers is followed, and what differs is told.

Who answers here is `one_state`, which is held against recordings of TestState; the requests have to pass botocore's
model of it first. `tests/emulator/test_step_functions.py` sends them over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from asl.cli.case_files import in_file
from asl.rules.findings import DefinitionError
from asl.testing import one_state
from asl.testing.at_aws import Followed, RefusedError, follow, run_at_aws
from asl.testing.case_runs import run_case
from asl.testing.outcomes import MissingOutcomeError, Never, Outcome, Raises, Returns
from asl.testing.runs import Run
from asl.testing.workflow import Workflow
from tests.unit.asl.running.recordings import recorded
from tests.unit.asl.testing.test_running_by_hand import MACHINE

WORKFLOWS = Path(__file__).parents[2] / "workflows"
ORDER = WORKFLOWS / "order_fulfillment.cases.yaml"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
MODEL: Any = botocore.session.get_session().get_service_model("stepfunctions").operation_model("TestState").input_shape


class Aws:
    """TestState as AWS has it, and what it was asked."""

    def __init__(self, change: Callable[[dict[str, Any], dict[str, Any]], None] | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._change = change

    def __call__(self, request: dict[str, Any]) -> Mapping[str, Any]:
        wrong = ParamValidator().validate(request, MODEL)
        assert not wrong.has_errors(), wrong.generate_report()
        if "context" in request:
            assert "mock" in request, (
                "https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html"
            )
        self.asked.append(request)
        try:
            answer = one_state.answer(request)
        except one_state.RefusedError as refused:
            raise RefusedError(str(refused)) from refused
        if self._change:
            self._change(request, answer)
        return answer

    def about(self, state: str) -> list[dict[str, Any]]:
        """What it was asked about a state."""
        return [request for request in self.asked if request.get("stateName") == state]


def told(followed: Followed) -> list[str]:
    return [f"{one.what}: here {one.expected}, at AWS {one.found}" for one in followed.differences]


@pytest.mark.parametrize("file", ["order_fulfillment", "order_events"])
def test_every_case_of_the_shipped_workflows_ends_at_aws_as_it_does_here(file: str) -> None:
    (sheet,) = in_file(WORKFLOWS / f"{file}.cases.yaml")
    cases = [case for case in sheet.cases if "never arrives" not in case.name]  # which takes 237 requests
    assert len(cases) >= 6
    for case in cases:
        ran = run_case(sheet.workflow, case)
        found = run_at_aws(ran, Aws())
        assert found is not None
        assert (found.agrees, found.followed.notes) == (True, []), (case.name, told(found.followed))
        assert found.followed.ended is not None
        assert found.followed.ended.status == ran.run.status
        assert found.followed.ended.output == ran.run.output


def _given(mock: Mapping[str, Any]) -> Outcome:
    if mock.get("how") == "TimedOut":
        return Never()
    return Returns(mock["result"]) if "result" in mock else Raises(mock["error"], mock.get("cause"))


def test_executions_recorded_at_aws_are_followed_to_their_ends() -> None:
    """Of all kinds of states, in both languages; every fourth, for all of them take ten seconds."""
    followed = 0
    for case in [one for kind in "abc" for one in recorded(kind) if not one.get("objects")][::4]:
        definition = case["definition"]
        mocks = {state: [_given(one) for one in calls] for state, calls in (case.get("mocks") or {}).items()}
        try:
            parsed = json.loads(definition) if isinstance(definition, str) else definition
            run = replace(Workflow.of(parsed, type=case["type"]), mocks=mocks).run(case["input"])
        except (DefinitionError, MissingOutcomeError):
            continue
        found = follow(run, Aws())
        assert told(found) == [], case["id"]
        if found.ended is None:
            assert found.notes, f"{case['id']} is not followed to its end, and nothing says why"
        followed += found.ended is not None
    assert followed >= 110


def busy() -> Run:
    return Workflow.of(MACHINE).mock("Charge", error="Busy", cause="later").run({"orderId": "1"})


def _is_about(state: str, change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda request, answer: change(answer) if request["stateName"] == state else None


@pytest.mark.parametrize(
    ("state", "change", "difference"),
    [
        (
            "Charge",
            lambda answer: answer.update(output='{"orderId": "1"}'),
            'Charge: output.why: here {"Error":"Busy","Cause":"later"}, at AWS nothing there',
        ),
        ("Charge", lambda answer: answer.update(nextState="Ship"), "Ship: next state: here Refused, at AWS Ship"),
        ("Charge", lambda answer: answer.pop("nextState", 0), "Charge: next state: here Refused, at AWS none"),
        ("Refused", lambda answer: answer.update(error="Other"), 'Refused: error: here "Refused", at AWS "Other"'),
        ("Refused", lambda answer: answer.update(cause="Othr"), 'Refused: cause: here "Busy", at AWS "Othr"'),
        (
            "Refused",
            lambda answer: answer.update(status="SUCCEEDED", output="{}"),
            "Refused: status: here FAILED, at AWS SUCCEEDED",
        ),
        (
            "Charge",
            lambda answer: answer.update(status="CAUGHT_ERROR", output="{}", nextState="Refused"),
            "Charge: after Busy: here is tried again, at AWS CAUGHT_ERROR",
        ),
        (
            "Charge",
            lambda answer: answer.update(status="RETRIABLE"),
            "Charge: after Busy: here is not tried again, at AWS RETRIABLE",
        ),
        (
            "Charge",
            lambda answer: answer.update(status="FAILED"),
            "Charge: after Busy: here is tried again, at AWS FAILED",
        ),
    ],
)
def test_what_aws_does_differently_is_told_with_the_state(
    state: str, change: Callable[[dict[str, Any]], None], difference: str
) -> None:
    found = follow(busy(), Aws(_is_about(state, change)))
    assert difference in told(found)


def test_an_expectation_that_does_not_hold_at_aws_is_told() -> None:
    (sheet,) = in_file(ORDER)
    case = next(case for case in sheet.cases if "declined" in case.name)
    change = _is_about("OrderDeclined", lambda answer: answer.update(output='{"orderId": "1001", "failure": {}}'))
    found = run_at_aws(run_case(sheet.workflow, case), Aws(change))
    assert found is not None
    assert not found.agrees
    assert {one.what for one in found.differences} == {"output.failure.Error", "output.failure.Cause"}


def test_a_mocked_error_is_sent_until_aws_says_that_its_retrier_is_used_up() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestStateConfiguration.html"""
    aws = Aws()
    found = follow(busy(), aws)
    assert (told(found), found.asked) == ([], 4)
    assert [one["stateConfiguration"] for one in aws.about("Charge")] == [{"retrierRetryCount": n} for n in (0, 1, 2)]
    assert {one["mock"]["errorOutput"]["cause"] for one in aws.about("Charge")} == {"later"}
    assert found.ended is not None
    assert (found.ended.status, found.ended.error, found.ended.cause) == ("FAILED", "Refused", "Busy")


def test_an_error_is_mocked_with_as_much_of_its_name_and_cause_as_aws_takes() -> None:
    model = MODEL.members["mock"].members["errorOutput"].members
    longest = {name: model[name].metadata["max"] for name in ("error", "cause")}
    aws = Aws()
    follow(Workflow.of(MACHINE).mock("Charge", error="E" * 300, cause="c" * 40_000).run({}), aws)
    (sent,) = [one["mock"]["errorOutput"] for one in aws.about("Charge")]
    assert {name: len(text) for name, text in sent.items()} == longest


def test_aws_is_given_the_whole_machine_without_its_waits_and_a_role_where_one_is_named() -> None:
    aws = Aws()
    run = Workflow.of(MACHINE).mock("Charge", {"id": 1}).run({})
    role = "arn:aws:iam::123456789012:role/machine"
    assert told(follow(run, aws, role)) == []
    ship = json.loads(aws.about("Ship")[0]["definition"])["States"]["Ship"]
    assert ship == {**MACHINE["States"]["Ship"], "Seconds": 0}
    assert {one["roleArn"] for one in aws.asked} == {role}
    assert all("mock" not in one for one in aws.about("Ship") + aws.about("Done"))


def test_a_placeholder_for_a_function_is_sent_as_an_arn() -> None:
    machine = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${charge.arn}:live", "End": True}}}
    aws = Aws()
    assert told(follow(Workflow.of(machine).mock("A", 1).run({}), aws)) == []
    assert "${" not in aws.asked[0]["definition"]


def test_a_callback_is_given_its_token_and_a_state_without_mock_the_context_as_a_variable() -> None:
    """TestState takes a context object with a mock alone, and `Task` of those that have a token."""
    machine = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {"FunctionName": FUNCTION, "Payload": {"token.$": "$$.Task.Token"}},
                "Next": "Note",
            },
            "Note": {
                "Type": "Pass",
                "Parameters": {"who.$": "$$.Execution.Name", "when.$": "$$.State.EnteredTime", "cost": "$$"},
                "Next": "Late",
            },
            "Late": {
                "Type": "Choice",
                "Choices": [{"Variable": "$$.State.EnteredTime", "StringEqualsPath": "$.when", "Next": "Done"}],
                "Default": "Failed",
            },
            "Done": {"Type": "Succeed"},
            "Failed": {"Type": "Fail"},
        },
    }
    aws = Aws()
    run = Workflow.of(machine).mock("Ask", {"yes": True}, after=3600).run({})
    assert run.output == {"who": "execution", "when": "2025-01-01T01:00:00Z", "cost": "$$"}
    assert told(follow(run, aws)) == []
    (ask,), (note,) = aws.about("Ask"), aws.about("Note")
    assert json.loads(ask["context"])["Task"] == {"Token": run.state("Ask").attempts[0].call.token}
    assert "variables" not in ask
    assert json.loads(note["variables"])["orderflow_context"]["State"]["EnteredTime"] == "2025-01-01T01:00:00Z"
    sent = json.loads(note["definition"])["States"]
    assert sent["Note"]["Parameters"]["who.$"] == "$orderflow_context.Execution.Name"
    assert sent["Note"]["Parameters"]["cost"] == "$$", "what is no path stays as it is"
    assert sent["Late"] == machine["States"]["Late"], "the others stay as they are"


def test_an_expression_reads_the_context_out_of_a_variable_and_dollars_in_a_text_are_none() -> None:
    note = {"Type": "Pass", "Output": {"who": "{% $states.context.Execution.Name %}", "cost": "$$"}}
    machine = {"QueryLanguage": "JSONata", **branch(("Plain", {"Type": "Pass", "Output": "$$"}), ("Note", note))}
    aws = Aws()
    assert told(follow(Workflow.of(machine).run({}), aws)) == []
    (plain,), (noted,) = aws.about("Plain"), aws.about("Note")
    sent = json.loads(noted["definition"])["States"]["Note"]["Output"]
    assert sent == {"who": "{% $orderflow_context.Execution.Name %}", "cost": "$$"}
    assert json.loads(noted["variables"])["orderflow_context"]["Execution"]["Name"] == "execution"
    assert "variables" not in plain


def branch(*states: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in states]
    chained = {
        name: {**state, **({"Next": after} if after else {"End": True})}
        for (name, state), after in zip(states, [*names[1:], ""], strict=True)
    }
    return {"StartAt": names[0], "States": chained}


TASK = {"Type": "Task", "Resource": FUNCTION}


def test_variables_are_carried_from_answer_to_answer_into_branches_and_not_out_of_them() -> None:
    inner = ("In", {"Type": "Pass", "Assign": {"own": "{% $n + 1 %}"}, "Output": "{% $n %}"})
    machine = {
        "QueryLanguage": "JSONata",
        **branch(
            ("First", {"Type": "Pass", "Assign": {"n": "{% $states.input.n * 2 %}"}}),
            ("Both", {"Type": "Parallel", "Branches": [branch(inner)], "Arguments": {"m": "{% $n + 1 %}"}}),
            ("Last", {"Type": "Pass", "Output": {"n": "{% $n %}", "inside": "{% $states.input %}"}}),
        ),
    }
    aws = Aws()
    run = Workflow.of(machine).run({"n": 4})
    assert run.output == {"n": 8, "inside": [8]}
    assert told(follow(run, aws)) == []
    assert json.loads(aws.about("In")[0]["variables"]) == {"n": 8}
    assert json.loads(aws.about("In")[0]["input"]) == {"m": 9}, "asked of a Pass with the same Arguments"
    (asked,) = [json.loads(one["definition"]) for one in aws.asked if "stateName" not in one]
    assert asked == {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"m": "{% $n + 1 %}"}, "End": True}
    assert json.loads(aws.about("Last")[0]["variables"]) == {"n": 8}
    assert aws.about("Both")[0]["mock"] == {"result": "[8]"}, "a branch's output follows no service's model"
    role = "arn:aws:iam::123456789012:role/machine"
    follow(run, named := Aws(), role)
    assert {one.get("roleArn") for one in named.asked} == {role}


def test_what_aws_gives_to_branches_is_compared_too() -> None:
    machine = branch(
        ("Both", {"Type": "Parallel", "Parameters": {"m.$": "$.n"}, "Branches": [branch(("In", {"Type": "Pass"}))]})
    )

    def change(request: dict[str, Any], answer: dict[str, Any]) -> None:
        if "stateName" not in request:
            answer["output"] = '{"m": 5}'

    found = follow(Workflow.of(machine).run({"n": 4}), Aws(change))
    assert told(found)[0] == "Both: what its branches are given.m: here 4, at AWS 5"


def test_a_branch_that_fails_fails_the_parallel_by_its_name_also_where_another_was_cut_off() -> None:
    parallel = {
        "Type": "Parallel",
        "Branches": [branch(("Slow", TASK), ("Never", {"Type": "Pass"})), branch(("Quick", TASK))],
        "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "Next": "Caught",
    }
    machine = {"StartAt": "Both", "States": {"Both": parallel, "Caught": {"Type": "Pass", "End": True}}}
    aws = Aws()
    run = Workflow.of(machine).mock("Slow", 1, after=60).mock("Quick", error="Busy", cause="full").run({})
    found = follow(run, aws)
    assert told(found) == []
    assert len(aws.about("Quick")) == 2, "it is followed as often as the Parallel is tried"
    assert aws.about("Slow") == aws.about("Never") == []
    configurations = [one["stateConfiguration"] for one in aws.about("Both")]
    assert configurations == [{"retrierRetryCount": n, "errorCausedByState": "Quick"} for n in (0, 1)]
    assert found.ended is not None
    assert found.ended.output == {"Error": "Busy", "Cause": "full"}


def test_each_item_of_a_map_is_followed_and_told_its_item_where_it_reads_it() -> None:
    reads = {"Type": "Pass", "Parameters": {"at.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value", "got.$": "$"}}
    machine = branch(
        ("Each", {"Type": "Map", "ItemProcessor": branch(("Work", TASK), ("Note", reads)), "ResultPath": "$.all"}),
    )
    machine["States"]["Each"]["ItemsPath"] = "$.items"
    aws = Aws()
    late = [Returns("a", after=60), Returns("b", after=1)]
    run = Workflow.of(machine).mock("Work", outcomes=late).run({"items": [10, 20]})
    assert run.output["all"] == [{"at": 0, "item": 10, "got": "a"}, {"at": 1, "item": 20, "got": "b"}]
    found = follow(run, aws)
    assert (told(found), found.notes) == ([], [])
    assert [json.loads(one["mock"]["result"]) for one in aws.about("Work")] == ["a", "b"]
    assert json.loads(aws.about("Each")[0]["mock"]["result"]) == run.output["all"]


def test_a_mocked_task_has_its_item_in_a_variable_and_a_map_that_selects_its_own_needs_none() -> None:
    """TestState takes the item of a Map in no context object."""
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": FUNCTION, "Payload": {"n.$": "$$.Map.Item.Value"}}}  # fmt: skip
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": branch(("Work", call)), "ResultPath": "$.all"}
    aws = Aws()
    run = Workflow.of(branch(("Each", each))).mock("Work", {"Payload": 1}).run({"items": [10, 20]})
    found = follow(run, aws)
    assert (told(found), found.notes) == ([], [])
    items = [json.loads(one["variables"])["orderflow_context"]["Map"]["Item"] for one in aws.about("Work")]
    assert items == [{"Index": 0, "Value": 10}, {"Index": 1, "Value": 20}]
    assert not any("context" in one for one in aws.about("Work"))

    aws = Aws()
    selecting = {**each, "ItemSelector": {"n.$": "$$.Map.Item.Value"}, "ItemProcessor": branch(("Work", TASK))}
    run = Workflow.of(branch(("Each", selecting))).mock("Work", 1).run({"items": [10, 20]})
    assert told(follow(run, aws)) == []
    (asked,) = aws.about("Each")
    assert json.loads(asked["definition"])["States"]["Each"]["ItemSelector"] == selecting["ItemSelector"]
    assert "variables" not in asked


def test_what_aws_tells_of_a_maps_items_is_compared() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html"""
    plain: dict[str, Any] = {"Type": "Map", "ItemsPath": "$.n", "ItemProcessor": branch(("In", {"Type": "Pass"}))}
    selecting = {**plain, "ItemSelector": {"n.$": "$$.Map.Item.Value"}}
    for each, told_of, items, what in (
        (plain, "afterItemsPath", [1, 3], "what its items are given[1]: here 2, at AWS 3"),
        (selecting, "afterItemSelector", [{"n": 1}, {"n": 3}], "what its items are given[1].n: here 2, at AWS 3"),
    ):

        def tell(answer: dict[str, Any], name: str = told_of, at: object = items) -> None:
            answer["inspectionData"][name] = json.dumps(at)

        run = Workflow.of(branch(("Each", each))).run({"n": [1, 2]})
        assert told(follow(run, Aws())) == []
        assert told(follow(run, Aws(_is_about("Each", tell)))) == [f"Each: {what}"]


def test_what_teststate_cannot_be_asked_is_passed_over_and_said() -> None:
    machine = branch(
        ("Each", {"Type": "Map", "ItemProcessor": {**branch(("Work", TASK)), "ProcessorConfig": {
            "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}}),
        ("Wait", {"Type": "Wait", "SecondsPath": "$[0]"}),
        ("Last", {"Type": "Pass"}),
    )  # fmt: skip
    aws = Aws()
    found = follow(Workflow.of(machine).mock("Work", 3600).run([1]), aws)
    assert told(found) == []
    assert [note.partition(":")[0] for note in found.notes] == ["Each was not asked about", "Wait was not asked about"]
    assert [one["stateName"] for one in aws.asked] == ["Last"]
    assert found.ended is not None
    assert found.ended.output == [3600]


def test_a_missed_heartbeat_is_sent_under_the_name_that_its_catcher_has() -> None:
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": FUNCTION, "Payload.$": "$$.Task.Token"},
        "HeartbeatSeconds": 60,
        "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "ResultPath": None, "Next": "Silent"}],
        "End": True,
    }
    machine = {"StartAt": "Ask", "States": {"Ask": ask, "Silent": {"Type": "Succeed"}}}
    aws = Aws()
    found = follow(Workflow.of(machine).mock("Ask", never=True).run({}), aws)
    assert told(found) == []
    assert aws.asked[0]["mock"]["errorOutput"] == {"error": "States.HeartbeatTimeout"}


def test_a_machine_that_runs_into_its_own_timeout_is_followed_as_far_as_it_goes() -> None:
    machine = {**MACHINE, "TimeoutSeconds": 3600}
    run = Workflow.of(machine).mock("Charge", {}).run({})
    found = follow(run, Aws())
    assert (run.status, told(found), found.ended) == ("TIMED_OUT", [], None)
    assert "TIMED_OUT" in found.notes[0]


def test_what_aws_refuses_is_a_difference() -> None:
    run = Workflow.of(MACHINE).mock("Charge", {}).run({})

    def refuse(request: dict[str, Any]) -> Mapping[str, Any]:
        raise RefusedError("Invalid State Machine Definition")

    found = follow(run, refuse)
    assert told(found) == ["Charge: request: here is run, at AWS refused: Invalid State Machine Definition"]
    assert found.ended is None
