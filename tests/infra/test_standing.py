"""What a resource stands for in a definition, and whose region and account a machine's role names."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from components import ReferencesRefusedError
from components.resource_types import TYPES
from components.state_machine import DefinitionRefusedError
from orderflow.testing.made_up import Outputs
from tests.infra.conftest import Run

PROGRAM = """
import pulumi
import pulumi_aws as aws
import asl
from components import Bucket, Key, Logs, Queue, QueueArgs, StateMachine, StateMachineArgs, Table, TableArgs, Topic

S = "arn:aws:states:::"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:any"
NO_ROLES = asl.Allow("Work", [], "no roles of its own", parameter="TaskRoles")
queue, topic = aws.sqs.Queue("orders", name="orders"), aws.sns.Topic("alerts", name="alerts")
own_queue, own_bucket = Queue("own", QueueArgs(keep=False)), Bucket("exports", days=1)
thing = aws.iot.Thing("gate", name="gate")

def go(resource, parameters, *allow, **more):
    work = {"Type": "Task", "Resource": resource, "Parameters": parameters, "TimeoutSeconds": 60, "End": True}
    definition = {"StartAt": "Work", "States": {"Work": work}}
    StateMachine("parcels", StateMachineArgs(definition, Logs(7), tracing=False, allow=allow, **more))
"""


@pytest.fixture
def added(run: Run) -> Run:
    """Runs the program with this at its end."""
    return lambda code, **options: run(f"{PROGRAM}\n{code}\n", **options)


NETWORK = """go(S + "ecs:runTask", {
    "TaskDefinition": "sweeper", "Cluster": aws.ecs.Cluster("yard", name="yard"),
    "NetworkConfiguration": {"AwsvpcConfiguration": {
        "Subnets": [aws.ec2.Subnet("a", vpc_id="v")], "SecurityGroups": [aws.ec2.SecurityGroup("b")]}},
}, NO_ROLES)"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('go(S + "aws-sdk:s3:getObject", {"Bucket": own_bucket, "Key": "a"})', "orderflow-dev-exports-000000000000"),
        ('go(S + "aws-sdk:s3:getObject", {"Bucket": aws.s3.Bucket("b", bucket="labels"), "Key": "a"})', "labels"),
        ('go(S + "aws-sdk:rekognition:detectText", {"Image": {"S3Object": {"Bucket": own_bucket, "Name": "a"}}})',
         {"S3Object": {"Bucket": "orderflow-dev-exports-000000000000", "Name": "a"}}),
        ('go(S + "sns:publish", {"TopicArn": topic, "Message": "x"})', "arn:aws:sns:us-east-1:000000000000:alerts"),
        ('go(S + "sqs:sendMessage", {"QueueUrl": own_queue, "MessageBody": "x"})',
         "https://sqs.us-east-1.amazonaws.com/000000000000/orderflow-dev-own"),
        ('go(S + "lambda:invoke", {"FunctionName": aws.lambda_.Function("f", name="f", role="r")})', "f"),
        ('go(S + "lambda:invoke", {"FunctionName": FUNCTION, "Payload": {"QueueUrl": queue, "ToArn": topic}})',
         {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/orders",
          "ToArn": "arn:aws:sns:us-east-1:000000000000:alerts"}),
        (NETWORK, {"AwsvpcConfiguration": {"Subnets": ["subnet-0a1b2c3d4e5f60718"], "SecurityGroups": ["b-id"]}}),
        (NETWORK, "yard"),
    ],
    ids=["own bucket", "bucket", "object", "topic", "queue", "function", "data", "network", "cluster"],
)  # fmt: skip
def test_a_resource_stands_for_what_the_parameter_takes(code: str, expected: Any, added: Run) -> None:
    work = added(code).machine("parcels").definition["States"]["Work"]
    assert expected in work["Parameters"].values()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('go(S + "lambda:invoke", {"FunctionName": queue})',
         "Parameters.FunctionName: the queue 'orders' cannot stand here: FunctionName takes the name of a function"),
        ('go(queue, {})', "Resource: the queue 'orders' cannot stand here: Resource takes the ARN of a function"),
        ('go(S + "sqs:sendMessage", {"QueueUrl": thing, "MessageBody": "x"})',
         "Parameters.QueueUrl: 'gate', of the type aws:iot/thing:Thing, cannot stand here: QueueUrl takes the URL"),
        ('go(S + "aws-sdk:iot:describeThing", {"Thing": thing})',
         "Parameters.Thing: nobody knows what of 'gate', of the type aws:iot/thing:Thing, is wanted here: write its"
         " .arn or .name or .id"),
        ('go(S + "lambda:invoke", {"FunctionName": FUNCTION, "Payload": {"To": own_queue}})',
         "Parameters.Payload.To: nobody knows what of the queue 'own' is wanted here: write its .url or .arn or .name"),
        ('go(S + "aws-sdk:s3:getObject", {"Bucket": own_bucket.arn, "Key": "a"})',
         "Parameters.Bucket: its value is the ARN of a bucket, and Bucket takes the name of a bucket"),
        ('go(queue.arn, {})', "Resource: its value is the ARN of a queue, and Resource takes the ARN of a function"),
        ('go(S + "dynamodb:getItem", {"TableName": aws.dynamodb.Table("p", name="p", region="eu-west-1"), "Key": {}})',
         "Parameters.TableName: p.name is in eu-west-1, and the machine is in us-east-1"),
    ],
    ids=["other", "as a function", "unknown type", "unknown parameter", "in data", "ARN", "no function", "region"],
)  # fmt: skip
def test_a_resource_that_cannot_stand_there_is_named_with_machine_and_place(code: str, said: str, added: Run) -> None:
    with pytest.raises(ReferencesRefusedError) as refused:
        added(code)
    assert str(refused.value).startswith(f"parcels: States.Work.{said}")


def test_a_type_that_no_machine_has_is_refused(added: Run) -> None:
    with pytest.raises(ValueError, match=r"parcels: type is .*'EXPRES' \(did you mean 'EXPRESS'\?\)"):
        added('go(S + "sns:publish", {"TopicArn": topic, "Message": "x"}, type="EXPRES")')


def test_every_attribute_in_the_table_is_one_of_its_type() -> None:
    """Held against pulumi-aws itself."""
    for token, known in TYPES.items():
        package, path, name = token.split(":")
        module = path.partition("/")[0]
        if package == "aws":
            found = getattr(importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}"), name)
            assert [one for one in known.attributes.values() if not hasattr(found, one)] == [], token


CALLER: Outputs = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda asked: (
        {"accountId": "444455556666", "id": "444455556666"} if asked.provider else {}
    )
}
"""Asked through a provider, AWS is another account."""


@pytest.mark.parametrize(
    "options",
    ["provider=eu", "providers=[eu]", 'providers={"aws": eu}', "parent=outer"],
)  # fmt: skip
def test_region_and_account_are_those_of_the_components_provider(options: str, added: Run) -> None:
    code = f"""
eu = aws.Provider("eu", region="eu-west-1")
outer = pulumi.ComponentResource("a:b:C", "c", None, pulumi.ResourceOptions(providers=[eu]))
given = pulumi.ResourceOptions({options})
work = {{"Type": "Task", "Resource": S + "dynamodb:putItem", "TimeoutSeconds": 5, "End": True,
         "Parameters": {{"TableName": "parcels", "Item": {{"id": {{"S": "1"}}}}}}}}
definition = {{"StartAt": "Work", "States": {{"Work": work}}}}
StateMachine("there", StateMachineArgs(definition, Logs(7), tracing=False), given)
StateMachine("here", StateMachineArgs(definition, Logs(7), tracing=False))
Bucket("far", days=1, opts=given)
"""
    registered = added(code, outputs=CALLER)
    policy = {
        name: registered.one("aws:iam/rolePolicy:RolePolicy", f"{name}-machine").inputs for name in ("there", "here")
    }
    assert "arn:aws:dynamodb:eu-west-1:444455556666:table/parcels" in policy["there"]["policy"]
    assert "arn:aws:dynamodb:us-east-1:000000000000:table/parcels" in policy["here"]["policy"]
    trust = registered.one("aws:iam/role:Role", "there-machine").inputs["assumeRolePolicy"]
    assert "arn:aws:states:eu-west-1:444455556666:stateMachine" in trust
    assert registered.one("aws:s3/bucket:Bucket", "far").inputs["bucket"] == "orderflow-dev-far-444455556666"


def machine_of(code: str) -> str:
    """A program whose one machine has a state with this in it."""
    return f"""
state = {{"Type": "Pass", "End": True, {code}}}
StateMachine("parcels", StateMachineArgs({{"StartAt": "Work", "States": {{"Work": state}}}}, Logs(7), tracing=False))
"""


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ('"Type": "Wait", "Seconds": pulumi.Output.from_input(30.0)', {"Seconds": 30}),
        ('"Comment": pulumi.Output.from_input("weighs")', {"Comment": "weighs"}),
        ('"OutputPath": pulumi.Output.from_input(None)', {"OutputPath": None}),
    ],
)
def test_an_output_may_be_whatever_its_field_takes(code: str, written: Any, added: Run) -> None:
    work = added(machine_of(code)).machine("parcels").definition["States"]["Work"]
    assert work.items() >= written.items()


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ('"Type": "Wait", "Seconds": pulumi.Output.secret("hidden")', "States.Work.Seconds: refused"),
        ('"Comment": pulumi.Output.from_input(5)', "States.Work.Comment: refused"),
        ('"Seconds": pulumi.Output.from_input(5)', "States.Work.Seconds: a Pass state has no field 'Seconds'"),
        ('"Type": "Wait", "Seconds": aws.sqs.Queue("q").url, "Timestamp": 5', "States.Work.Timestamp: is 5"),
    ],
)
def test_what_an_output_turns_out_to_be_is_checked_and_never_repeated(code: str, place: str, added: Run) -> None:
    """AWS refuses a figure that is a text: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"""
    with pytest.raises((ReferencesRefusedError, DefinitionRefusedError)) as refused:
        added(machine_of(code))
    assert place in str(refused.value)
    assert "hidden" not in str(refused.value)
