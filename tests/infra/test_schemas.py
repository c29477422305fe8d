"""Every resource of every stack against AWS's own schemas, and what the engine's provider replaces against theirs."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Iterator, Sequence
from typing import Any

import pulumi
import pulumi_aws
import pytest
from google.protobuf import struct_pb2
from pulumi import _types
from pulumi.runtime.proto import provider_pb2

from emulator.bridge import RESOURCES
from emulator.engine.provider import Provider
from emulator.program import ROOT
from orderflow.testing.stack import Resource, Stack, Stacks
from tests.infra.cloudformation import HERE, MAPPED, NO_COUNTERPART, Path, pointer, problems

TERRAFORM = "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service"
REPLACED, IN_PLACE = "replaced", "changed in place"
PULUMI_AWS_DIFFERS = {
    ("aws:apigatewayv2/integration:Integration", "integrationSubtype"): (REPLACED, "apigatewayv2/integration.go"),
    ("aws:apigatewayv2/integration:Integration", "integrationType"): (REPLACED, "apigatewayv2/integration.go"),
    ("aws:cloudwatch/compositeAlarm:CompositeAlarm", "actionsEnabled"): (REPLACED, "cloudwatch/composite_alarm.go"),
    ("aws:cloudwatch/eventTarget:EventTarget", "targetId"): (REPLACED, "events/target.go"),
    ("aws:cloudwatch/logGroup:LogGroup", "logGroupClass"): (REPLACED, "logs/group.go"),
    ("aws:dynamodb/table:Table", "hashKey"): (REPLACED, "dynamodb/table.go"),
    ("aws:dynamodb/table:Table", "localSecondaryIndexes"): (REPLACED, "dynamodb/table.go"),
    ("aws:dynamodb/table:Table", "rangeKey"): (REPLACED, "dynamodb/table.go"),
    ("aws:kms/key:Key", "customerMasterKeySpec"): (REPLACED, "kms/key.go"),
    ("aws:kms/key:Key", "keyUsage"): (REPLACED, "kms/key.go"),
    ("aws:kms/key:Key", "multiRegion"): (REPLACED, "kms/key.go"),
    **{
        ("aws:lambda/eventSourceMapping:EventSourceMapping", name): (REPLACED, "lambda/event_source_mapping.go")
        for name in ("amazonManagedKafkaEventSourceConfig", "queues", "selfManagedKafkaEventSourceConfig", "topics")
    },
    ("aws:pipes/pipe:Pipe", "sourceParameters.managedStreamingKafkaParameters.consumerGroupId"): (
        IN_PLACE,
        "pipes/source_parameters.go",
    ),
    ("aws:s3/bucket:Bucket", "objectLockEnabled"): (REPLACED, "s3/bucket.go"),
    ("aws:scheduler/schedule:Schedule", "groupName"): (REPLACED, "scheduler/schedule.go"),
}
"""Where a change is not what CloudFormation says of it: what pulumi-aws does, and the file under `TERRAFORM` that says
so (`ForceNew`)."""
NOT_IN_PULUMI_AWS = {
    "/properties/VpcEncryptionControl": "pulumi-aws has no input for it yet",
    "/properties/InferenceAccelerators": "AWS ended Elastic Inference, and pulumi-aws has left it out since version 7",
}
"""What CloudFormation still says of a type, with the reason why there is no input for it."""
BRIDGED = sorted(RESOURCES.keys() - NO_COUNTERPART.keys())


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod", "staging with Stripe"])
def test_every_resource_is_as_awss_schemas_want_it(every_stack: dict[str, Stack], name: str) -> None:
    assert problems(every_stack[name].resources()) == []


def test_so_is_each_component_for_any_workflow(parts: Stack) -> None:
    assert problems(parts.resources()) == []


def test_so_is_each_that_only_the_bridge_knows(stack: Stacks) -> None:
    program = ROOT / "tests/engine/more_types/__main__.py"
    made = stack("local", config={"types:code": "function.zip"}, program=program)
    assert problems(made.resources()) == []


def test_so_is_each_trigger(triggers: Stack) -> None:
    assert problems(triggers.resources()) == []


QUEUE = {"name": "poison-events", "messageRetentionSeconds": 1_209_600.0}
ALARM = {"name": "stuck", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 3.0, "threshold": 0.0}
ROLE, EMPTY = "arn:aws:iam::000000000000:role/r", '{"Statement": [{}]}'
BUCKET = {"bucket": "orderflow-dev-exports"}
PIPE = {
    "source": "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000",
    "target": "arn:aws:states:us-east-1:000000000000:stateMachine:order-events",
}


@pytest.mark.parametrize(
    ("type", "inputs", "said"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "Feature_x"}, "BucketName: 'Feature_x' does not match"),
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "l" * 513}, "is longer than 512"),
        ("aws:sfn/stateMachine:StateMachine", {"roleArn": ROLE, "type": "FAST"}, "not one of ['STANDARD', 'EXPRESS']"),
        ("aws:sqs/queue:Queue", {**QUEUE, "messageRetentionSeconds": 59.0}, "59 is less than the minimum of 60"),
        ("aws:pipes/pipe:Pipe", PIPE, "'RoleArn' is a required property"),
        (
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            {**ALARM, "metricName": "Stuck", "metricQueries": [{"id": "a", "expression": "1", "returnData": True}]},
            "'MetricName' should not be included with 'Metrics'",
        ),
        ("aws:iam/rolePolicy:RolePolicy", {"role": "r", "name": "p", "policy": EMPTY}, "PolicyDocument.Statement.0"),
        ("aws:ecs/service:Service", {}, f"this type has no mapping to CloudFormation: add it to MAPPED in {HERE}"),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"family": "scan", "containerDefinitions": '[{"name": "scan", "picture": "alpine"}]'},
            "containerDefinitions.picture is not in AWS::ECS::TaskDefinition: rename it",
        ),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"family": "scan", "cpu": "256", "memory": "4096", "requiresCompatibilities": ["FARGATE"]},
            "(E3047)",
        ),
        ("aws:sqs/queue:Queue", {**QUEUE, "colour": "red"}, "colour is not in AWS::SQS::Queue: rename it"),
        (
            "aws:dynamodb/table:Table",
            {"hashKey": "id", "attributes": [{"name": "id", "type": "S"}], "ttl": {"after": 1.0}},
            "ttl.after is not in AWS::DynamoDB::Table: rename it",
        ),
    ],
)  # fmt: skip
def test_a_resource_that_is_not_is_reported_by_name(type: str, inputs: dict[str, Any], said: str) -> None:
    found = problems([Resource("aws:s3/bucket:Bucket", "right", BUCKET), Resource(type, "wrong", inputs)])
    assert found
    assert all(line.startswith(f"{type} wrong: ") for line in found)
    assert any(said in line for line in found)


def test_what_is_set_on_a_bucket_is_judged_as_a_part_of_it() -> None:
    """Two templates for one bucket would be two buckets of one name."""
    bucket = Resource("aws:s3/bucket:Bucket", "exports", BUCKET)
    rule = {"id": "expire", "status": "On", "filter": {"prefix": "old/"}, "expiration": {"days": 1.0}}
    type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    rules = Resource(type, "exports", {**BUCKET, "rules": [rule]})
    (found,) = problems([rules, bucket])
    assert found.startswith("aws:s3/bucket:Bucket exports: LifecycleConfiguration.Rules.0.Status: ")


@pytest.mark.parametrize("type", BRIDGED)
def test_a_change_replaces_a_resource_where_cloudformation_says_so(type: str) -> None:
    assert type in MAPPED, f"add {type} to MAPPED in {HERE}"
    schema, wrong = MAPPED[type].schema, list[str]()
    create_only, either = schema.get("createOnlyProperties", []), schema.get("conditionalCreateOnlyProperties", [])
    for path in _leaves(_arguments(type)):
        place, known = pointer(type, path), _difference(type, path)
        if place is None or (_within(place, either) and known is None):
            continue
        by_schema = REPLACED if _within(place, create_only) else IN_PLACE
        assert by_schema != known or _within(place, either), f"{'.'.join(path)} does not differ from CloudFormation"
        if (answer := _answer(type, path)) != (expected := known or by_schema):
            wrong.append(f"{type} {'.'.join(path)} ({place}): {answer}, not {expected}")
    assert wrong == []


@pytest.mark.parametrize("type", BRIDGED)
def test_no_create_only_property_is_missed_for_its_name(type: str) -> None:
    places = {pointer(type, path) for path in _leaves(_arguments(type))} - {None}
    create_only = MAPPED[type].schema.get("createOnlyProperties", []) if not MAPPED[type].part_of else []
    missed = {each for each in create_only if not any(_within(str(place), [each]) for place in places)}
    assert missed - NOT_IN_PULUMI_AWS.keys() == set()


def test_what_pulumi_aws_does_otherwise_is_said_of_inputs_that_there_are() -> None:
    known = {
        (type, ".".join(path[:depth]))
        for type, _ in PULUMI_AWS_DIFFERS
        for path in _leaves(_arguments(type))
        for depth in range(1, len(path) + 1)
    }
    assert PULUMI_AWS_DIFFERS.keys() - known == set()


@pytest.mark.parametrize("type", sorted(RESOURCES))
def test_a_name_that_pulumi_would_make_up_is_known_to_be_one(type: str) -> None:
    """pulumi-aws deletes such a resource before it makes the one in its place, when the user has given the name."""
    name = inspect.signature(_arguments(type).__init__).parameters.get("name")
    assert RESOURCES[type].autonamed == (name is not None and name.default is not inspect.Parameter.empty)


def test_what_is_unknown_may_have_changed_in_all_that_it_would_hold() -> None:
    known = {"dynamodbStreamParameters": {"startingPosition": "LATEST"}}
    assert _replaced(
        "aws:pipes/pipe:Pipe", {"sourceParameters": known}, {"sourceParameters": pulumi.runtime.rpc.UNKNOWN}
    )
    assert not _replaced(
        "aws:pipes/pipe:Pipe", {"sourceParameters": known}, {"sourceParameters": known, "description": ""}
    )


def _within(place: str, pointers: Sequence[str]) -> bool:
    return any(place == each or place.startswith(f"{each}/") for each in pointers)


def _difference(type: str, path: Path) -> str | None:
    """What pulumi-aws does with a change of this input, where that is not what CloudFormation says."""
    parts = (".".join(path[:depth]) for depth in range(1, len(path) + 1))
    return next((PULUMI_AWS_DIFFERS[type, part][0] for part in parts if (type, part) in PULUMI_AWS_DIFFERS), None)


def _answer(type: str, path: Path) -> str:
    before, after = (_holding(_arguments(type), path, value) for value in ("before", "after"))
    return REPLACED if _replaced(type, before, after) else IN_PLACE


def _replaced(type: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    old, new = struct_pb2.Struct(), struct_pb2.Struct()
    old.update(before)
    new.update(after)
    urn = f"urn:pulumi:dev::orderflow::{type}::it"
    request = provider_pb2.DiffRequest(urn=urn, old_inputs=old, news=new)
    answer = Provider(None, lambda operation, urn: None).Diff(request, None)  # type: ignore[arg-type]
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    return bool(answer.replaces)


def _arguments(type: str) -> Any:
    """The class of pulumi-aws with a resource type's inputs."""
    _, module, name = type.split(":")
    package = getattr(pulumi_aws, module.split("/")[0].replace("lambda", "lambda_"))
    # Where an input of another type has the name already.
    return getattr(package, f"{name}InitArgs", None) or getattr(package, f"{name}Args")


@functools.cache
def _inputs(arguments: Any) -> dict[str, Any]:
    return _types.input_type_types(arguments)


def _leaves(arguments: Any, at: Path = ()) -> Iterator[Path]:
    """The paths of all inputs that hold a value rather than further inputs."""
    for name, given in _inputs(arguments).items():
        inner = _inner(given)
        yield from _leaves(inner, (*at, name)) if inner else [(*at, name)]


def _inner(given: Any) -> Any:
    """The class of the inputs in an input, or in the items of its list."""
    for each in (given, *typing.get_args(given)):
        if isinstance(each, type) and _types.is_input_type(each):
            return each
        if each is not given and (found := _inner(each)):
            return found
    return None


def _holding(arguments: Any, path: Path, value: str) -> dict[str, Any]:
    """Inputs with `value` at `path` and nothing else."""
    name, *rest = path
    given = _inputs(arguments)[name]
    held = _holding(_inner(given), tuple(rest), value) if rest else value
    return {name: held if _inner(given) in (None, given) else [held]}
