"""Rules about parameters that another's value makes necessary, or impossible, row by row from the calls' own pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from asl.integrations import find
from asl.integrations.arguments import arguments, field_of
from asl.rules.findings import Problem, Rule
from asl.syntax.shapes import Object, as_list, as_object, as_text, kind, shown
from asl.syntax.walk import Machine, State

_INTEGRATED = "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html"

_When: TypeAlias = Callable[[Object], str]
"""Says of a call's fields what makes another necessary; empty where nothing does."""
_Row: TypeAlias = Callable[[Object], Iterator[Problem]]
"""What is wrong with a call's fields: the place below them, and what is found there."""
READ = None
"""Stands for a value that is read from data."""


def _needs(when: _When, *names: str) -> _Row:
    def problems(fields: Object) -> Iterator[Problem]:
        if (because := when(fields)) and not any(name in fields for name in names):
            yield "", f"lacks {' or '.join(names)}, which {because} makes necessary"

    return problems


def _needs_inside(when: _When, place: str, name: str) -> _Row:
    """As `_needs`, of the object `place` among the fields."""

    def problems(fields: Object) -> Iterator[Problem]:
        if (because := when(fields)) and name not in _given(as_object(fields.get(place))):
            yield place, f"lacks {name}, which {because} makes necessary"

    return problems


def _excludes(when: _When, *names: str) -> _Row:
    def problems(fields: Object) -> Iterator[Problem]:
        if because := when(fields):
            yield from ((name, f"cannot stand beside {because}") for name in names if name in fields)

    return problems


def _some_of(*names: str) -> _Row:
    def problems(fields: Object) -> Iterator[Problem]:
        if not any(name in fields for name in names):
            yield "", f"lacks {' or '.join(names)}"

    return problems


def _each(name: str, *required: str) -> _Row:
    """Every element of the array `name` has all that is `required`, though the model does not say so."""

    def problems(fields: Object) -> Iterator[Problem]:
        for index, element in enumerate(as_list(fields.get(name))):
            given = _given(as_object(element))
            lacking = [one for one in required if one not in given]
            if kind(element) == "an object" and lacking:
                yield f"{name}[{index}]", f"lacks {' and '.join(lacking)}, without which the service refuses it"

    return problems


def _ends(name: str, suffix: str) -> _When:
    return lambda fields: f"a {name} with {suffix}" if as_text(fields.get(name)).endswith(suffix) else ""


def _there(*names: str) -> _When:
    return lambda fields: next((name for name in names if name in fields), "")


def _has(*place: str, value: str) -> _When:
    """Where the field at `place` is `value`."""

    def because(fields: Object) -> str:
        here: object = fields
        for name in place:
            here = as_object(here).get(name)
        return f"{'.'.join(place)} {value}" if here == value else ""

    return because


def _on_fargate(fields: Object) -> str:
    """Fargate's tasks have the network mode awsvpc, which needs a network configuration."""
    if fields.get("LaunchType") == "FARGATE":
        return "LaunchType FARGATE"
    providers = (as_object(item).get("CapacityProvider") for item in as_list(fields.get("CapacityProviderStrategy")))
    return next((f"CapacityProvider {name}" for name in providers if name in ("FARGATE", "FARGATE_SPOT")), "")


def _keeps_alive(fields: Object) -> Iterator[Problem]:
    """A cluster that Step Functions makes has to stay, for its steps are added later."""
    instances = _given(as_object(fields.get("Instances")))
    if kind(fields.get("Instances")) == "an object":
        keeps = instances.get("KeepJobFlowAliveWhenNoSteps", False)
        if keeps is False:
            yield "Instances", "lacks KeepJobFlowAliveWhenNoSteps true, which the integration demands"
        if "InstanceFleets" in instances and "InstanceGroups" in instances:
            yield "Instances.InstanceGroups", "cannot stand beside InstanceFleets"
    if "Steps" in fields:
        yield "Steps", "is not allowed here: elasticmapreduce:addStep adds steps"


_RETURNED = ("NONE", "ALL_OLD")


def _returns_what_was(fields: Object) -> Iterator[Problem]:
    value = fields.get("ReturnValues", READ)
    if isinstance(value, str) and value in ("ALL_NEW", "UPDATED_NEW", "UPDATED_OLD"):
        yield "ReturnValues", f"is {shown(value)}, where this call takes {' or '.join(_RETURNED)}"


_LEGACY = ("AttributesToGet", "AttributeUpdates", "ConditionalOperator", "Expected", "KeyConditions", "QueryFilter",
           "ScanFilter")  # fmt: skip
_EXPRESSIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression",
                "UpdateExpression")  # fmt: skip
_MODERN = _excludes(_there(*_EXPRESSIONS), *_LEGACY)
_ECS = (_needs(_on_fargate, "NetworkConfiguration"), _excludes(_there("CapacityProviderStrategy"), "LaunchType"))
_FIFO = (_needs(_ends("QueueUrl", ".fifo"), "MessageGroupId"), _excludes(_ends("QueueUrl", ".fifo"), "DelaySeconds"))
_TOPIC = (
    _needs(_ends("TopicArn", ".fifo"), "MessageGroupId"),
    _excludes(_there("TopicArn"), "TargetArn", "PhoneNumber"),
    _excludes(_there("TargetArn"), "PhoneNumber"),
)
_EVENTS = (_each("Entries", "Detail", "DetailType", "Source"),)
_GLUE = (_excludes(_there("WorkerType", "NumberOfWorkers"), "MaxCapacity"),)

ROWS: Mapping[str, tuple[_Row, ...]] = MappingProxyType({
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    "ecs:runTask": _ECS,
    "aws-sdk:ecs:runTask": _ECS,
    "aws-sdk:ecs:createService": _ECS,
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    "bedrock:invokeModel": (_excludes(_there("Input"), "Body"),),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html
    "elasticmapreduce:createCluster": (_keeps_alive,),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    "sqs:sendMessage": _FIFO,
    "aws-sdk:sqs:sendMessage": _FIFO,
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    "sns:publish": _TOPIC,
    "aws-sdk:sns:publish": (_some_of("TopicArn", "TargetArn", "PhoneNumber"), *_TOPIC),
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    "events:putEvents": _EVENTS,
    "aws-sdk:eventbridge:putEvents": _EVENTS,
    # https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html
    "glue:startJobRun": _GLUE,
    "aws-sdk:glue:startJobRun": _GLUE,
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
    **{
        f"{form}dynamodb:{call}": (_MODERN, *((_returns_what_was,) if call in ("deleteItem", "putItem") else ()))
        for form in ("", "aws-sdk:")
        for call in ("deleteItem", "getItem", "putItem", "query", "scan", "updateItem")
    },
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
    "aws-sdk:ssm:sendCommand": (_some_of("InstanceIds", "Targets"),),
    # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html
    **dict.fromkeys(("aws-sdk:scheduler:createSchedule", "aws-sdk:scheduler:updateSchedule"), (
        _needs_inside(_has("FlexibleTimeWindow", "Mode", value="FLEXIBLE"), "FlexibleTimeWindow",
                      "MaximumWindowInMinutes"),
    )),
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    "aws-sdk:eventbridge:putRule": (_some_of("EventPattern", "ScheduleExpression"),),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    "aws-sdk:cloudformation:createStack": (_some_of("TemplateBody", "TemplateURL"),),
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    "aws-sdk:ec2:runInstances": (_some_of("ImageId", "LaunchTemplate"),),
})  # fmt: skip
"""What a call's parameters demand of each other."""


def _given(node: Object) -> Object:
    """Fields by their names; READ for one that a path gives."""
    return {name.removesuffix(".$"): READ if name.endswith(".$") else value for name, value in node.items()}


def _calls(machine: Machine) -> Iterator[tuple[State, tuple[_Row, ...]]]:
    for state in machine.of("Task"):
        found = find(state.resource)
        if found and (rows := ROWS.get(found[0].id)):
            yield state, rows


def _parameters_go_together(machine: Machine) -> Iterator[Problem]:
    for state, rows in _calls(machine):
        field = field_of(state)
        if kind(state.node.get(field)) != "an object" or any("${" in name for name in arguments(state)):
            continue
        fields = _given(arguments(state))
        for row in rows:
            for place, problem in row(fields):
                yield state.at(f"{field}.{place}" if place else field), problem


RULES = (
    Rule(
        "ASL140",
        "error",
        "Parameters go together",
        "One parameter's value makes another necessary, or impossible; the service refuses the call otherwise.",
        "Add the one that lacks, or leave out the one that cannot stand there.",
        _INTEGRATED,
        _parameters_go_together,
    ),
)
