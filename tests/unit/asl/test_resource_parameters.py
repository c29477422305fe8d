"""That a literal names the kind of resource that its parameter takes. What is expected is the API reference's word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import asl
from asl.integrations import INTEGRATIONS, sdk
from asl.integrations.resource_kinds import ARNS, IDS, URLS
from asl.integrations.resource_parameters import OF_ANY_SERVICE, PARAMETERS, Standing, wanted

A = "us-east-1:123456789012"
FUNCTION, QUEUE, TOPIC = f"arn:aws:lambda:{A}:function:f", f"arn:aws:sqs:{A}:q", f"arn:aws:sns:{A}:t"
MACHINE, URL = f"arn:aws:states:{A}:stateMachine:m", "https://sqs.us-east-1.amazonaws.com/123456789012/q"
GET, SEND, RUN = "aws-sdk:s3:getObject", "sqs:sendMessage", "ecs:runTask"


def found(call: str, parameters: dict[str, Any], language: str = "JSONPath") -> list[str]:
    """The findings about what a call's parameters name, as `ID PARAMETER`."""
    field = "Parameters" if language == "JSONPath" else "Arguments"
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{call}", "TimeoutSeconds": 9, field: parameters, "End": True}
    definition = {"QueryLanguage": language, "StartAt": "A", "States": {"A": task}}
    place = f"States.A.{field}."
    told = [one for one in asl.check(definition) if "ASL120" <= one.rule.id < "ASL125"]
    return [f"{one.rule.id} {one.path.removeprefix(place)}" for one in told]


@pytest.mark.parametrize(
    ("call", "parameters", "expected"),
    [
        (SEND, {"QueueUrl": FUNCTION}, "ASL120 QueueUrl"),
        (SEND, {"QueueUrl": MACHINE}, "ASL120 QueueUrl"),
        (SEND, {"QueueUrl": QUEUE}, "ASL120 QueueUrl"),
        (SEND, {"QueueUrl": None}, "ASL120 QueueUrl"),
        (SEND, {"QueueUrl": "orders"}, "ASL121 QueueUrl"),
        (SEND, {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1234/q"}, "ASL122 QueueUrl"),
        ("aws-sdk:sqs:purgeQueue", {"QueueUrl": TOPIC}, "ASL120 QueueUrl"),
        ("lambda:invoke", {"FunctionName": QUEUE}, "ASL120 FunctionName"),
        ("lambda:invoke", {"FunctionName": URL}, "ASL120 FunctionName"),
        ("lambda:invoke", {"FunctionName": "arn:aws:lambda:us-east-1:1234:function:f"}, "ASL122 FunctionName"),
        ("sns:publish", {"TopicArn": "alerts"}, "ASL120 TopicArn"),
        ("sns:publish", {"TopicArn": QUEUE}, "ASL120 TopicArn"),
        (GET, {"Bucket": "arn:aws:s3:::labels"}, "ASL120 Bucket"),
        (GET, {"Bucket": "s3://labels"}, "ASL120 Bucket"),
        ("aws-sdk:textract:detectDocumentText", {"Document": {"S3Object": {"Bucket": "arn:aws:s3:::labels"}}},
         "ASL120 Document.S3Object.Bucket"),
        ("aws-sdk:dynamodb:exportTableToPointInTime", {"S3Bucket": "s3://labels"}, "ASL120 S3Bucket"),
        ("states:startExecution", {"StateMachineArn": "orders"}, "ASL120 StateMachineArn"),
        ("dynamodb:getItem", {"TableName": f"arn:aws:dynamodb:{A}:table/t/index/i"}, "ASL120 TableName"),
        ("aws-sdk:dynamodb:batchWriteItem", {"RequestItems": {TOPIC: []}}, f"ASL120 RequestItems.{TOPIC}"),
        (RUN, {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["sg-0a1"]}}},
         "ASL120 NetworkConfiguration.AwsvpcConfiguration.Subnets[0]"),
        ("athena:startQueryExecution", {"WorkGroup": f"arn:aws:athena:{A}:workgroup/w"}, "ASL120 WorkGroup"),
        ("emr-serverless:startJobRun", {"ApplicationId": f"arn:aws:emr-serverless:{A}:/applications/x"},
         "ASL120 ApplicationId"),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_or_form_is_told_at_its_place(
    call: str, parameters: dict[str, Any], expected: str
) -> None:
    assert found(call, parameters) == [expected]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (QUEUE, "the ARN of a queue"),
        (URL, "the URL of a queue"),
        ("s3://labels", "a URL"),
        ("arn:aws:made-up:::x", "an ARN of made-up"),
        ("sg-0a1", "the id of a security group"),
    ],
)
def test_what_stands_there_in_place_of_a_bucket_is_called_what_it_is(given: str, told: str) -> None:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{GET}", "Parameters": {"Bucket": given}, "End": True}
    messages = [one.message for one in asl.check({"StartAt": "A", "States": {"A": task}}) if one.rule.id == "ASL120"]
    assert [told in message for message in messages] == [True]


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        (SEND, {"QueueUrl": URL, "MessageBody": QUEUE}),
        ("aws-sdk:rds:describeDBInstances", {"DBInstanceIdentifier": f"arn:aws:rds:{A}:db:d"}),
        ("aws-sdk:rds:describeDBClusters", {"DBClusterIdentifier": f"arn:aws:rds:{A}:cluster:c"}),
        (SEND, {"QueueUrl": "http://localhost:4566/000000000000/q"}),
        (SEND, {"QueueUrl": "${queues.orders}"}),
        (SEND, {"QueueUrl.$": "$.queue"}),
        (SEND, {"QueueUrl": "<QUEUE_URL>"}),
        ("lambda:invoke", {"FunctionName": f"{FUNCTION}:live", "Payload": {"QueueUrl": FUNCTION, "Bucket": 3}}),
        ("lambda:invoke", {"FunctionName": "123456789012:function:f:live"}),
        (GET, {"Bucket": "arn:aws:s3:us-west-2:123456789012:accesspoint/p"}),
        (GET, {"Bucket": "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"}),
        (GET, {"Bucket": "labels.example.com"}),
        ("dynamodb:getItem", {"TableName": f"arn:aws:dynamodb:{A}:table/t"}),
        ("aws-sdk:dynamodb:batchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": {"S": TOPIC}}}]}}),
        ("states:startExecution", {"StateMachineArn": f"{MACHINE}:live", "Input": {"TopicArn": "t"}}),
        ("aws-sdk:kms:encrypt", {"KeyId": "alias/orders"}),
        ("aws-sdk:ec2:runInstances", {"SecurityGroups": ["web"], "SecurityGroupIds": ["sg-0a1"]}),
        ("sns:publish", {"TargetArn": f"arn:aws:sns:{A}:endpoint/GCM/app/x"}),
        ("events:putEvents", {"Entries": [{"EventBusName": f"arn:aws:events:{A}:event-bus/b", "Detail": {"Role": 1}}]}),
    ],
)  # fmt: skip
def test_what_fits_is_left_in_peace(call: str, parameters: dict[str, Any]) -> None:
    assert found(call, parameters) == []


def test_what_an_expression_makes_is_left_in_peace() -> None:
    assert found(SEND, {"QueueUrl": "{% $states.input.queue %}"}, "JSONata") == []


def test_the_table_knows_only_services_that_tasks_can_call() -> None:
    prefixes = {service.prefix for name in sdk.services() if (service := sdk.service(name))}
    assert set(PARAMETERS) - prefixes - {id.partition(":")[0] for id in INTEGRATIONS} == set()


def _standings() -> Iterator[Standing]:
    for service, rows in {"": OF_ANY_SERVICE, **PARAMETERS}.items():
        for parameter in rows:
            yield from wanted(service, parameter)


def test_every_form_in_the_table_can_be_told() -> None:
    standings = list(_standings())
    assert {one.form for one in standings} == {"name", "id", "URL", "ARN"}
    assert {one.kind for one in standings if one.form == "ARN"} - set(ARNS) == set()
    assert {one.kind for one in standings if one.form == "URL"} - set(URLS) == set()
    assert set(IDS) - {one.kind for one in standings} == set()


@pytest.mark.parametrize("type", ["EXPRES", "express", ""])
def test_a_type_that_no_machine_has_is_refused(type: str) -> None:
    with pytest.raises(ValueError, match="STANDARD or EXPRESS"):
        asl.check({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, type=type)
