"""What calls are given and what they answer, held against AWS's own models and against what AWS was seen to do."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import asl
from asl.integrations.models import error_name, sdk_name
from tests.hangs import HANG_SECONDS

Node = dict[str, Any]
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/parcels"
STACKS = {"StackSetName": "yard", "Regions": ["eu-west-1"], "RetainStacks": "false"}
ADVICE = {"ASL034", "ASL053", "ASL055", "ASL056", "ASL057", "ASL081"}


def task(resource: str, given: Node | None, **more: Any) -> Node:
    field: Node = {} if given is None else {"Parameters": given}
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "TimeoutSeconds": 30, **field, **more}


def in_a_row(*states: Node, language: str = "JSONPath") -> Node:
    """A machine of `states` S0, S1, … one after the other."""
    named: Node = {f"S{index}": {**state, "Next": f"S{index + 1}"} for index, state in enumerate(states[:-1])}
    last = states[-1] if states[-1]["Type"] == "Choice" else {**states[-1], "End": True}
    return {"QueryLanguage": language, "StartAt": "S0", "States": {**named, f"S{len(states) - 1}": last}}


def found(definition: Node) -> set[tuple[str, str]]:
    return {(one.rule.id, one.path) for one in asl.check(definition) if one.rule.id not in ADVICE}


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        # As definitions that run write them, and as AWS SDK for Java 2 names its methods.
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("roleARN", "RoleARN"),
        ("TemplateURL", "TemplateURL"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ETag", "ETag"),
        ("stateMachineArn", "StateMachineArn"),
        # https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html: "EqualsValue"
        ("equals", "EqualsValue"),
    ],
)
def test_a_parameter_has_the_name_that_the_sdk_gives_it(name: str, spelled: str) -> None:
    assert sdk_name(name) == spelled


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ("NoSuchKey", "NoSuchKeyException"),  # recorded at AWS
        ("BucketAlreadyExists", "BucketAlreadyExistsException"),  # the page on SDK integrations
        ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("ResourceNotFoundException", "ResourceNotFoundException"),
    ],
)
def test_an_error_ends_with_exception(shape: str, name: str) -> None:
    assert error_name(shape) == name


@pytest.mark.parametrize(
    ("resource", "given", "rule", "path"),
    [
        ("aws-sdk:s3:listBuckets", None, "ASL130", "States.S0"),
        ("aws-sdk:s3:getObject", {"Bucket": "b"}, "ASL130", "States.S0.Parameters"),
        ("aws-sdk:sqs:sendMessage", {"QueueURL": QUEUE, "MessageBody": "x"}, "ASL089", "States.S0.Parameters.QueueURL"),
        (
            "aws-sdk:ec2:describeInstances",
            {"Filters": [{"name": "x", "Values": ["y"]}]},
            "ASL089",
            "States.S0.Parameters.Filters[0].name",
        ),
        (
            "lambda:invoke.waitForTaskToken",
            {"FunctionName": "f", "Payload": {}, "TaskToken.$": "$$.Task.Token"},
            "ASL089",
            "States.S0.Parameters.TaskToken.$",
        ),
        (
            "aws-sdk:dynamodb:batchWriteItem",
            {"RequestItems": {"t": [{"PutRequest": {"Item": {"id": {"S": 5}}}}]}},
            "ASL131",
            "States.S0.Parameters.RequestItems.t[0].PutRequest.Item.id.S",
        ),
        (
            "aws-sdk:sqs:createQueue",
            {"QueueName": "q", "Attributes": {"FifoQueu": "true"}},
            "ASL133",
            "States.S0.Parameters.Attributes.FifoQueu",
        ),
        (
            "ecs:runTask",
            {"TaskDefinition": "t", "LaunchType": "FARGATE_SPOT"},
            "ASL132",
            "States.S0.Parameters.LaunchType",
        ),
        (
            "aws-sdk:ecs:runTask",
            {"TaskDefinition": "t", "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE"}]},
            "ASL140",
            "States.S0.Parameters",
        ),
        (
            "bedrock:invokeModel",
            {"ModelId": "m", "Body": {}, "Input": {"S3Uri": "s3://b/k"}},
            "ASL140",
            "States.S0.Parameters.Body",
        ),
        ("sqs:sendMessage", {"QueueUrl": f"{QUEUE}.fifo", "MessageBody": "x"}, "ASL140", "States.S0.Parameters"),
        ("aws-sdk:eventbridge:putRule", {"Name": "r"}, "ASL140", "States.S0.Parameters"),
        ("aws-sdk:cloudformation:createStack", {"StackName": "s"}, "ASL140", "States.S0.Parameters"),
        (
            "aws-sdk:scheduler:createSchedule",
            {"Name": "n", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
            "ASL140",
            "States.S0.Parameters.FlexibleTimeWindow",
        ),
        ("events:putEvents", {"Entries": [{"Detail": {}}]}, "ASL140", "States.S0.Parameters.Entries[0]"),
        (
            "dynamodb:putItem",
            {"TableName": "t", "Item": {"id": {"S": "1"}}, "ReturnValues": "ALL_NEW"},
            "ASL140",
            "States.S0.Parameters.ReturnValues",
        ),
    ],
)
def test_a_call_that_aws_refuses_is_told(resource: str, given: Node | None, rule: str, path: str) -> None:
    assert (rule, path) in found(in_a_row(task(resource, given)))


@pytest.mark.parametrize(
    ("resource", "given"),
    [
        ("aws-sdk:s3:listBuckets", {}),
        ("aws-sdk:s3:getObject", {"Bucket.$": "$.bucket", "Key.$": "$.key"}),
        # Recorded at AWS: an object becomes the text that StartExecution wants.
        ("aws-sdk:sfn:startExecution", {"StateMachineArn": "${weigh}", "Input": {"a": 1}}),
        ("aws-sdk:eventbridge:putRule", {"Name": "r", "EventPattern.$": "$.pattern"}),
        ("aws-sdk:cloudformation:createStack", {"StackName": "s", "TemplateURL": "https://example.com/t"}),
        (
            "aws-sdk:scheduler:updateSchedule",
            {
                "Name": "n",
                "ScheduleExpression": "rate(1 day)",
                "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes.$": "$.minutes"},
                "Target": {
                    "Arn": "arn:aws:sqs:us-east-1:123456789012:q",
                    "RoleArn": "arn:aws:iam::123456789012:role/r",
                },
            },
        ),
        # The SDK makes up a token where none is given.
        ("aws-sdk:rds:startDBInstance", {"DbInstanceIdentifier": "ledger"}),
        ("aws-sdk:ssm:startAutomationExecution", {"DocumentName": "d", "Parameters": {"Any": ["x"]}}),
        # AWS's own samples write booleans as texts, too.
        ("aws-sdk:cloudformation:deleteStackInstances", STACKS),
        ("aws-sdk:ecs:listTasks", {"Cluster": "${yard}", "MaxResults": "${most}"}),
        # The page on parameters writes Batch's inner names like this.
        ("batch:submitJob", {"JobName": "j", "JobQueue": "q", "JobDefinition": "d", "RetryStrategy": {"attempts": 5}}),
        (
            "aws-sdk:dynamodb:query",
            {
                "TableName": "t",
                "KeyConditionExpression": "id = :id",
                "ExpressionAttributeValues": {":id.$": "$.Item.id"},
            },
        ),
    ],
)
def test_a_call_that_aws_takes_is_taken(resource: str, given: Node) -> None:
    definition = in_a_row(task(resource, given))
    assert [str(one) for one in asl.check(definition) if one.rule.severity == "error"] == []


@pytest.mark.parametrize(
    ("resource", "error", "right"),
    [
        ("aws-sdk:s3:getObject", "S3.NoSuchKey", "S3.NoSuchKeyException"),
        ("aws-sdk:s3:getObject", "NoSuchKey", "S3.NoSuchKeyException"),
        ("aws-sdk:dynamodb:putItem", "DynamoDB.ConditionalCheckFailedException", "DynamoDb."),
        ("aws-sdk:ecs:runTask", "ECS.ClusterNotFoundException", "Ecs.ClusterNotFoundException"),
        ("aws-sdk:rds:startDBInstance", "Rds.DBInstanceNotFoundFault", "Rds."),
        ("dynamodb:putItem", "DynamoDb.ConditionalCheckFailedException", "DynamoDB"),
        ("dynamodb:putItem", "ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException"),
        ("states:startExecution", "StepFunctions.ExecutionAlreadyExists", "ExecutionAlreadyExistsException"),
    ],
)
def test_an_error_that_never_comes_is_told_with_the_right_one(resource: str, error: str, right: str) -> None:
    handling = {"Retry": [{"ErrorEquals": [error]}]}
    said = [one.message for one in asl.check(in_a_row(task(resource, {}, **handling))) if one.rule.id == "ASL084"]
    assert len(said) == 1
    assert right in said[0]


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("aws-sdk:s3:getObject", "S3.NoSuchKeyException"),  # recorded at AWS
        ("aws-sdk:dynamodb:putItem", "DynamoDb.DynamoDbException"),  # recorded: what no model lists
        ("aws-sdk:dynamodb:putItem", "DynamoDb.ConditionalCheckFailedException"),
        ("aws-sdk:s3:getObject", "S3.SdkClientException"),
        ("aws-sdk:dynamodb:putItem.waitForTaskToken", "LabelJam"),
        ("dynamodb:putItem", "DynamoDB.ConditionalCheckFailedException"),
        ("dynamodb:putItem", "DynamoDB.AmazonDynamoDBException"),  # recorded
        ("events:putEvents", "EventBridge.FailedEntry"),  # recorded
        ("lambda:invoke", "ResourceNotFoundException"),
        ("states:startExecution.sync", "States.TaskFailed"),
    ],
)
def test_an_error_that_may_come_is_left_alone(resource: str, error: str) -> None:
    handling = {"Catch": [{"ErrorEquals": [error], "Next": "S0"}]}
    assert "ASL084" not in {one.rule.id for one in asl.check(in_a_row(task(resource, {}, **handling)))}


GET = task("dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S.$": "$.id"}}}, ResultPath="$.found")
CHILD = {"StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:weigh"}


def heavier(path: str, operator: str) -> Node:
    return {"Type": "Choice", "Choices": [{"Variable": path, operator: 2000, "Next": "S0"}], "Default": "S0"}


def test_a_number_of_dynamodb_is_a_text() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html"""
    choice = heavier("$.found.Item.grams.N", "NumericGreaterThan")
    assert ("ASL074", "States.S1.Choices[0].NumericGreaterThan") in found(in_a_row(GET, choice))
    again = task("dynamodb:putItem", {"TableName": "t", "Item": {"n": {"N.$": "$.found.Item.grams.N"}}})
    assert "ASL135" not in {id for id, _ in found(in_a_row(GET, again))}


@pytest.mark.parametrize(("suffix", "fails"), [(".sync", True), (".sync:2", False), ("", False)])
def test_a_nested_executions_output_is_a_text_or_json_by_its_pattern(suffix: str, fails: bool) -> None:
    """Recorded at AWS: `.sync` gives Output as a text, `.sync:2` as JSON."""
    use = {"Type": "Pass", "Parameters": {"grams.$": "$.Output.grams"}}
    told = ("ASL096", "States.S1.Parameters.grams.$") in found(
        in_a_row(task(f"states:startExecution{suffix}", CHILD), use)
    )
    assert told is fails


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, True),
        ({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["grams"]}, True),
        ({"InputType": "MANIFEST"}, True),
        ({"InputType": "MANIFEST", "ManifestType": "ATHENA_DATA"}, False),
        ({"InputType": "JSON"}, False),
    ],
)
def test_a_field_of_a_csv_file_or_of_an_inventory_is_a_text(config: Node, told: bool) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/example-csv-parse-dist-map.html

    What Athena has put out may be of any format: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
    """
    inner = in_a_row({"Type": "Pass"}, heavier("$.grams", "NumericGreaterThan"))
    del inner["QueryLanguage"]
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": config,
            "Parameters": {"Bucket": "b", "Key": "k"},
        },
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner},
    }
    assert ("ASL074" in {id for id, _ in found(in_a_row(each))}) is told


def made(value: object) -> Node:
    return {"Type": "Pass", "Parameters": {"v": value}}


@pytest.mark.parametrize(
    ("value", "wait", "rule"),
    [
        (5, {"TimestampPath": "$.v"}, "ASL137"),
        ("soon", {"SecondsPath": "$.v"}, "ASL137"),
        ("5", {"SecondsPath": "$.v"}, "ASL138"),
        (5, {"SecondsPath": "$.v"}, ""),
        ("2030-01-01T00:00:00Z", {"TimestampPath": "$.v"}, ""),
    ],
)
def test_a_wait_gets_the_kind_that_it_takes(value: object, wait: Node, rule: str) -> None:
    told = {id for id, _ in found(in_a_row(made(value), {"Type": "Wait", **wait}))}
    assert told & {"ASL137", "ASL138"} == ({rule} if rule else set())


def test_a_maps_figure_gets_a_number() -> None:
    """Recorded at AWS: "refers to value which is not a valid integer"."""
    inner = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    each = {"Type": "Map", "MaxConcurrencyPath": "$.v", "ItemProcessor": inner}
    assert ("ASL137", "States.S1.MaxConcurrencyPath") in found(in_a_row(made("many"), each))
    assert "ASL137" not in {id for id, _ in found(in_a_row(made(4), each))}


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("States.MathAdd($.n, 1)", "ASL135"),
        ("$$.State.RetryCount", "ASL135"),
        ("States.Format('{}', $.n)", ""),
        ("$.n", ""),
    ],
)
def test_no_number_becomes_a_text_by_itself(written: str, rule: str) -> None:
    """Step Functions says: "The value for the field must be a STRING"."""
    put = task("dynamodb:putItem", {"TableName": "t", "Item": {"n": {"N.$": written}}})
    assert ({id for id, _ in found(in_a_row(put))} & {"ASL135"}) == ({rule} if rule else set())


@pytest.mark.parametrize(("items", "told"), [("{% 'a' %}", True), ("{% ['a'] %}", False), ("{% $any %}", False)])
def test_a_map_goes_through_an_array_whatever_comes_in(items: str, told: bool) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"""
    inner = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    each = {"Type": "Map", "Items": items, "ItemProcessor": inner}
    assert (("ASL073", "States.S0.Items") in found(in_a_row(each, language="JSONata"))) is told


@pytest.mark.parametrize(
    ("written", "gets"),
    [
        ("States.MathAdd($.found.Item.grams.N, 1)", "argument 1 of States.MathAdd is a number, and gets a string"),
        ("States.MathAdd(1, States.UUID())", "argument 2 of States.MathAdd is a number, and gets a string"),
        ("States.StringToJson($.found)", "argument 1 of States.StringToJson is a string, and gets an object with"),
        ("States.JsonMerge($.found, $.found.Item.id.S, false)", "argument 2 of States.JsonMerge is an object, and"),
        ("States.Format('{}', States.ArrayLength($.found.Item))", "argument 1 of States.ArrayLength is an array, and"),
        ("States.MathAdd(States.StringToJson($.found.Item.grams.N), 1)", ""),
        ("States.StringToJson($.found.Item.grams.N)", ""),
        ("States.JsonMerge($.found, $.found.Item, false)", ""),
        ("States.ArrayLength($.found.Item.boxes.L)", ""),
        ("States.MathAdd($.another, $count)", ""),
    ],
)
def test_an_intrinsic_function_gets_the_kinds_that_it_takes(written: str, gets: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"""
    use = {"Type": "Pass", "Parameters": {"v.$": written}}
    told = [one.message for one in asl.check(in_a_row(GET, use)) if one.rule.id == "ASL143"]
    assert [message[: len(gets)] for message in told] == ([gets] if gets else [])


def test_what_s3_lists_has_the_fields_of_its_page() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    inner = in_a_row({"Type": "Pass", "Parameters": {"right.$": "$.Key", "owner.$": "$.Owner", "wrong.$": "$.key"}})
    del inner["QueryLanguage"]
    each = {
        "Type": "Map",
        "ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b"}},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner},
    }
    told = {path for id, path in found(in_a_row(each)) if id == "ASL097"}
    assert told == {"States.S0.ItemProcessor.States.S0.Parameters.wrong.$"}


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("$states.result.Item.grams.N > 2000", True),
        ("$states.result.Item.grams.N * 2", True),
        ("$round($states.result.Item.grams.N)", True),
        ("$number($states.result.Item.grams.N) > 2000", False),
        ("$states.result.Item.grams.N > '2000'", False),
        ("$states.result.Item.grams.N = 2000", False),
        ("$sum($states.result.Item.grams.N)", True),
        ("$max([$states.result.Item.grams.N, $states.result.Item.more.N])", True),
        ("$join([1, 2])", True),
        ("$join($states.result.Item.names.SS, ', ')", False),
        ("$sum([1, $number($states.result.Item.grams.N)])", False),
        ("$sum([])", False),
        ("$join('x')", False),
        ("$max([1, $states.result.Item.grams.N])", False),
        ("$grams > 2000", True),
        ("$grams > '2000'", False),
        ("$mixed > 2000", False),
        # What a condition chooses may be meant for the other kind.
        ("$type($states.result.Item.grams.N) = 'number' ? $states.result.Item.grams.N * 2 : 0", False),
        ("'2026-01-01' ~> $substring(0, 4)", False),
        ("($round := function($x) { $x }; $round('x'))", False),
    ],
)
def test_jsonata_makes_no_number_of_a_text(expression: str, told: bool) -> None:
    """https://docs.jsonata.org/comparison-operators: both sides are of one kind, numbers or strings."""
    get = {k: v for k, v in GET.items() if k not in ("Parameters", "ResultPath")}
    arguments = {"TableName": "t", "Key": {"id": {"S": "{% $states.input.id %}"}}}
    state = {**get, "Arguments": arguments, "Output": {"v": f"{{% {expression} %}}"}}
    grams = "{% $states.result.Item.grams.N %}"
    before = {**get, "Arguments": arguments, "Assign": {"grams": grams, "mixed": grams}}
    between = {"Type": "Pass", "Assign": {"mixed": 5}}
    assert ("ASL139" in {id for id, _ in found(in_a_row(before, between, state, language="JSONata"))}) is told


def test_checking_an_sdk_call_loads_no_part_of_the_sdk() -> None:
    code = (
        "import asl, sys; from asl.integrations.models import operation; "
        "assert operation('aws-sdk:s3:getObject'); print('botocore' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    assert answer.stdout.strip() == "False"
