"""Mocked results: held against the services' models, and filled in where they leave out what every answer has.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html#mock-validation-modes
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import asl
from asl.testing.outcomes import MisshapenResultError
from asl.testing.result_shapes import filled, problem
from tests.steps import steps
from tests.unit.asl.command_line import run as command
from tests.unit.asl.running.recordings import recorded

SERVICE = "arn:aws:states:::"


@pytest.mark.parametrize(
    ("integration", "result", "told"),
    [
        ("sqs:sendMessage", {"MessageId": 7}, "Field 'MessageId' must be a string"),
        ("sns:publish", {"MessageId": ["m-1"]}, "Field 'MessageId' must be a string"),
        ("dynamodb:getItem", {"Item": {"id": {"S": 1}}}, "Field 'S' must be a string"),
        ("dynamodb:getItem", {"Item": {"id": "1"}}, "Field 'id' must be an object"),
        ("dynamodb:getItem", {"Item": {"paid": {"BOOL": "true"}}}, "Field 'BOOL' must be a boolean"),
        ("events:putEvents", {"FailedEntryCount": True}, "Field 'FailedEntryCount' must be a number"),
        ("aws-sdk:kms:encrypt", {"CiphertextBlob": {"a": 1}}, "Field 'CiphertextBlob' must be a string"),
        ("aws-sdk:lambda:invoke", {"Payload": {"a": 1}}, "Field 'Payload' must be a string"),
        ("aws-sdk:dynamodb:query", {"Items": [{"id": {"S": "1"}}, {"id": {"N": 2}}]}, "Field 'N' must be a string"),
        ("aws-sdk:rds:describeDBInstances", {"DbInstances": [{"DbName": 1}]}, "Field 'DbName' must be a string"),
        ("aws-sdk:sfn:describeExecution", {"Status": "DONE"}, "Field 'Status' is not an expected value"),
    ],
)
def test_a_field_that_is_there_is_held_against_the_model(integration: str, result: Any, told: str) -> None:
    assert problem(SERVICE + integration, result, "PRESENT") == told
    assert problem(SERVICE + integration, result, "NONE") == ""


@pytest.mark.parametrize(
    ("resource", "result"),
    [
        # Only lambda:invoke has its Payload parsed, to whatever the function gives: connect-lambda.
        *((SERVICE + "lambda:invoke", {"Payload": payload}) for payload in ({"a": 1}, [1], "a", 1, True, None)),
        (SERVICE + "aws-sdk:lambda:invoke", {"Payload": '{"a": 1}'}),
        # A field that the model does not have is ignored in every mode, and so is one in another spelling.
        (SERVICE + "lambda:invoke", {"statusCode": "200", "Elsewhere": {}}),
        (SERVICE + "aws-sdk:sqs:sendMessage", {"MD5OfMessageBody": 1}),
        # No model has it: HTTP tasks, API Gateway, EKS, functions, workers, callbacks and most jobs.
        (SERVICE + "http:invoke", {"StatusCode": "200"}),
        (SERVICE + "apigateway:invoke", {"StatusCode": "200"}),
        (SERVICE + "eks:call", {"StatusCode": "200"}),
        (SERVICE + "eks:runJob.sync", "done"),
        (SERVICE + "sqs:sendMessage.waitForTaskToken", {"MessageId": 1}),
        (SERVICE + "ecs:runTask.sync", {"Containers": "none"}),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", {"StatusCode": "200"}),
        ("arn:aws:states:us-east-1:123456789012:activity:a", {"StatusCode": "200"}),
    ],
)
def test_what_no_model_knows_is_left_alone(resource: str, result: Any) -> None:
    assert problem(resource, result) == ""


def test_strict_wants_the_required_fields_in_the_spelling_of_the_integration() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    for integration in ("states:startExecution", "aws-sdk:sfn:startExecution"):
        assert (
            problem(SERVICE + integration, {"StartDate": "2025-01-01T00:00:00Z"}) == "Field 'ExecutionArn' is required"
        )
        assert problem(SERVICE + integration, {"StartDate": "2025-01-01T00:00:00Z"}, "PRESENT") == ""
    # A model without required fields takes an empty answer.
    assert problem(SERVICE + "aws-sdk:dynamodb:listTables", {}) == ""


def test_a_nested_execution_is_held_against_what_describes_it() -> None:
    """`.sync` is validated against the call that is polled, and `.sync:2` gives JSON where `.sync` gives a text:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    job = SERVICE + "states:startExecution.sync"
    ended = {
        "ExecutionArn": "arn:aws:states:us-east-1:123456789012:execution:m:e",
        "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        "StartDate": "2025-01-01T00:00:00Z",
        "Status": "SUCCEEDED",
    }
    assert problem(job, {**ended, "Output": '{"a":1}'}) == ""
    assert problem(job, {**ended, "Output": {"a": 1}}) == "Field 'Output' must be a string"
    assert problem(f"{job}:2", {**ended, "Output": {"a": 1}}) == ""
    assert problem(f"{job}:2", {**ended, "Status": "DONE"}) == "Field 'Status' is not an expected value"
    assert problem(f"{job}:2", {"ExecutionArn": "e", "StartDate": "d"}) == "Field 'StateMachineArn' is required"


def test_lengths_are_the_models() -> None:
    """KMS gives 1 to 6144 bytes, which are up to 8192 characters of Base64; an execution's ARN has 1 to 256 characters.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html,
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    encrypt, start = SERVICE + "aws-sdk:kms:encrypt", SERVICE + "states:startExecution"
    assert problem(encrypt, {"CiphertextBlob": ""}) == "Field 'CiphertextBlob' is smaller than the minimum length"
    assert problem(encrypt, {"CiphertextBlob": "c"}) == problem(encrypt, {"CiphertextBlob": "c" * 8192}) == ""
    assert problem(start, {"ExecutionArn": "e" * 256}, "PRESENT") == ""
    told = "Field 'ExecutionArn' is greater than the maximum length"
    assert problem(start, {"ExecutionArn": "e" * 257}, "PRESENT") == told


def test_every_result_that_was_recorded_at_aws_is_one_of_its_service() -> None:
    seen = 0
    for case in (*recorded("b"), *recorded("c")):
        for event in case["expected"].get("events") or ():
            if event["type"] != "TaskSucceeded" or event["resourceType"] == "apigateway":
                continue
            resource = f"{SERVICE}{event['resourceType']}:{event['resource']}"
            assert problem(resource, event["output"]) == "", case["id"]
            seen += 1
    assert seen >= 30


def test_deep_and_long_results_are_read_without_recursion_and_in_proportion() -> None:
    deep: Any = {"S": 1}
    for _ in range(20_000):
        deep = {"L": [deep]}
    assert problem(SERVICE + "dynamodb:getItem", {"Item": {"deep": deep}}) == "Field 'S' must be a string"

    def reads(rows: int) -> None:
        assert problem(SERVICE + "aws-sdk:dynamodb:query", {"Items": [{"id": {"S": "1"}}] * rows}) == ""

    assert steps(lambda: reads(10_000)) < 12 * steps(lambda: reads(1_000)), "ten times the rows, ten times the work"


CALLS: dict[str, Any] = {
    "lambda:invoke": {"FunctionName": "f"},
    "dynamodb:putItem": {"TableName": "t", "Item": {"id": {"S": "1"}}},
    "dynamodb:getItem": {"TableName": "t", "Key": {"id": {"S": "1"}}},
    "dynamodb:updateItem": {"TableName": "t", "Key": {"id": {"S": "1"}}},
    "dynamodb:deleteItem": {"TableName": "t", "Key": {"id": {"S": "1"}}},
    "sqs:sendMessage": {"QueueUrl": "q", "MessageBody": "hello"},
    "sns:publish": {"TopicArn": "t", "Message": "hello"},
    "events:putEvents": {"Entries": [{}]},
    "states:startExecution": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
}


@pytest.mark.parametrize("integration", CALLS)
def test_what_is_filled_in_is_what_aws_was_recorded_to_give_with_every_answer(integration: str) -> None:
    results = [
        event["output"]
        for case in (*recorded("b"), *recorded("c"))
        for event in case["expected"].get("events") or ()
        if event["type"] == "TaskSucceeded" and f"{event['resourceType']}:{event['resource']}" == integration
    ]
    assert results
    always = set.intersection(*map(set, results)) - {"Item", "Attributes", "MD5OfMessageAttributes"}
    answer: Any = filled(SERVICE + integration, {}, CALLS[integration], 0)
    assert set(answer) == always
    assert problem(SERVICE + integration, answer) == ""


def test_what_a_mock_says_stands_and_what_depends_on_the_call_is_as_the_call_asks() -> None:
    def answer(integration: str, result: Any, arguments: Any) -> Any:
        return filled(SERVICE + integration, result, arguments, 1_735_689_600)

    assert answer("lambda:invoke", {"Payload": {"a": 1}, "StatusCode": 202}, {})["StatusCode"] == 202
    # RFC 1321 has the digest of "abc"; an object goes as the shortest JSON.
    body = {"MessageBody": "abc"}
    assert answer("sqs:sendMessage", {}, body)["MD5OfMessageBody"] == "900150983cd24fb0d6963f7d28e17f72"
    assert answer("sqs:sendMessage", {}, {"MessageBody": {"a": 1}}) == answer(
        "sqs:sendMessage", {}, {"MessageBody": '{"a":1}'}
    )
    assert len(answer("events:putEvents", {}, {"Entries": [{}, {}]})["Entries"]) == 2
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m:live"
    started = answer("states:startExecution", {}, {"StateMachineArn": machine, "Name": "e-1"})
    assert started["ExecutionArn"] == "arn:aws:states:us-east-1:123456789012:execution:m:e-1"
    assert started["StartDate"] == "2025-01-01T00:00:00Z"
    # Nothing is made up elsewhere.
    for integration in ("aws-sdk:sqs:sendMessage", "sqs:sendMessage.waitForTaskToken", "states:startExecution.sync:2"):
        assert answer(integration, {"a": 1}, {}) == {"a": 1}
    assert answer("lambda:invoke", "text", {}) == "text"


INVOKE: dict[str, Any] = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": SERVICE + "lambda:invoke",
            "Parameters": {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:charge", "Payload.$": "$"},
            "ResultSelector": {"paid.$": "$.Payload.paid", "status.$": "$.StatusCode"},
            "TimeoutSeconds": 60,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}


def test_a_run_fills_in_results_and_refuses_those_that_no_service_gives() -> None:
    assert asl.run(INVOKE, {}, {"Charge": {"Payload": {"paid": True}}}).output == {"paid": True, "status": 200}
    late = asl.run(INVOKE, {}, {"Charge": asl.Returns({"Payload": {"paid": True}}, after=5)})
    assert late.output == {"paid": True, "status": 200}
    told = r"States\.Charge is given a result that arn:aws:states:::lambda:invoke does not have: Field 'StatusCode'"
    for given in ({"StatusCode": "200"}, lambda _arguments, _context: {"StatusCode": "200"}):
        with pytest.raises(MisshapenResultError, match=told):
            asl.run(INVOKE, {}, {"Charge": given})


def test_the_command_says_which_result_is_refused(tmp_path: Path) -> None:
    machine, mocks = tmp_path / "charge.asl.json", tmp_path / "mocks.json"
    machine.write_text(json.dumps(INVOKE))
    mocks.write_text('{"Charge": {"StatusCode": "200"}}')
    refused = command("run", machine, "--mock", mocks)
    assert (refused.exit_code, "Field 'StatusCode' must be a number" in refused.stderr) == (1, True)
