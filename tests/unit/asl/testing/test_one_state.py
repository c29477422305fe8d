"""TestState held against what AWS was recorded to answer: output, error, what became of the data, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from asl.testing.one_state import RefusedError, answer
from tests.unit.asl.running.recordings import recorded, same


def differs(case: Mapping[str, Any]) -> str:
    """In what our answer is not AWS's; empty where it is."""
    definition, expected = case["definition"], case["expected"]
    request: dict[str, Any] = {
        "definition": definition if isinstance(definition, str) else json.dumps(definition),
        "input": json.dumps(case.get("input", {})),
        **case["request"],
    }
    stand_ins = frozenset(case.get("stand_ins") or ())
    try:
        found: dict[str, Any] = answer(request, account="111111111111")
    except RefusedError as refused:
        told = expected.get("refused") and same(expected["message"], str(refused), stand_ins)
        return "" if told else f"refused: {refused}"
    inspected, wanted = found.pop("inspectionData", {}), dict(expected)
    if inspected.keys() != (wanted_data := wanted.pop("inspectionData", {})).keys():
        return f"inspected {sorted(inspected)}"
    if not all(same(wanted_data[name], inspected[name], stand_ins) for name in wanted_data):
        return f"inspected {inspected}"
    alike = found.keys() == wanted.keys() and all(same(wanted[name], found[name], stand_ins) for name in wanted)
    return "" if alike else str(found)


def test_a_state_is_tested_as_aws_was_recorded_to_do() -> None:
    cases = list(recorded("e"))
    assert len(cases) >= 100
    assert {case["id"]: why for case in cases if (why := differs(case))} == {}


CALL: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f", "Payload.$": "$"},
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "Later"}],
    "Next": "Done",
}


def tried(mock: Any, **more: Any) -> dict[str, Any]:
    return answer({"definition": json.dumps(CALL), "input": '{"a": 1}', "mock": mock, **more})


def test_a_mocked_error_is_tried_again_until_its_retrier_is_used_up_and_then_caught() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html"""
    busy = {"errorOutput": {"error": "Busy", "cause": "later"}}
    assert tried(busy) == {"status": "RETRIABLE", "error": "Busy", "cause": "later"}
    data = tried(busy, inspectionLevel="DEBUG", stateConfiguration={"retrierRetryCount": 1})["inspectionData"]
    assert data["errorDetails"]["retryIndex"] == 0
    caught = tried(busy, stateConfiguration={"retrierRetryCount": 2})
    assert (caught["status"], caught["nextState"]) == ("CAUGHT_ERROR", "Later")
    assert json.loads(caught["output"]) == {"a": 1, "why": {"Error": "Busy", "Cause": "later"}}


def test_a_mocked_result_has_to_be_one_of_the_service() -> None:
    with pytest.raises(RefusedError, match="Field 'StatusCode' must be a number"):
        tried({"result": '{"StatusCode": "200"}'})
    assert tried({"result": '{"StatusCode": "200"}', "fieldValidationMode": "NONE"})["status"] == "SUCCEEDED"
    done = tried({"result": '{"StatusCode": 200, "Payload": {"any": ["thing"]}}'})
    assert (done["status"], done["nextState"]) == ("SUCCEEDED", "Done")


def test_a_task_that_is_not_mocked_is_called_where_somebody_calls() -> None:
    request = {"definition": json.dumps(CALL), "input": "{}"}
    assert answer(request, lambda call: call.succeed({"Payload": 1}))["output"] == '{"Payload":1}'
    assert answer(request)["status"] == "CAUGHT_ERROR"


def test_what_a_jsonata_task_passes_is_shown_to_who_asks_for_more_than_the_result() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html: afterArguments"""
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    state: dict[str, Any] = {
        "QueryLanguage": "JSONata",
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": {"b": "{% $states.input.a + 1 %}"}},
        "End": True,
    }
    request = {"definition": json.dumps(state), "input": '{"a": 1}', "mock": {"result": '{"StatusCode": 200}'}}
    assert "inspectionData" not in answer(request)
    shown: Any = answer({**request, "inspectionLevel": "DEBUG"})["inspectionData"]
    assert json.loads(shown["afterArguments"]) == {"FunctionName": function, "Payload": {"b": 2}}


def test_variables_are_told_as_they_are_after_the_state_to_who_asks_for_more_than_the_result() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html: variables"""
    caught = {**CALL, "Catch": [{**CALL["Catch"][0], "Assign": {"why.$": "$.Error"}}]}
    request = {
        "definition": json.dumps({**caught, "Assign": {"b.$": "$.Payload"}}),
        "input": "{}",
        "variables": '{"a": 1}',
        "inspectionLevel": "DEBUG",
    }
    done: Any = answer({**request, "mock": {"result": '{"StatusCode": 200, "Payload": 2}'}})["inspectionData"]
    assert json.loads(done["variables"]) == {"a": 1, "b": 2}
    failed: Any = answer({**request, "mock": {"errorOutput": {"error": "NoMoney"}}})["inspectionData"]
    assert json.loads(failed["variables"]) == {"a": 1, "why": "NoMoney"}
    assert "variables" not in str(answer({"definition": json.dumps(caught), "mock": {"result": '{"StatusCode": 1}'}}))


def test_a_context_object_is_taken_with_a_mock_alone() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html"""
    state = json.dumps({"Type": "Pass", "Parameters": {"who.$": "$$.Execution.Name"}, "End": True})
    with pytest.raises(RefusedError, match="with a mock alone"):
        answer({"definition": state, "context": '{"Execution": {"Name": "e"}}'})
