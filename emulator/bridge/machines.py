"""State machines, their aliases, and the pipes that start them."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.bridge.types import Create, Created, Inputs
from emulator.cloud import Cloud


def _state_machine(cloud: Cloud, inputs: Inputs) -> Created:
    logging = inputs["loggingConfiguration"]
    made = cloud.client("stepfunctions").create_state_machine(
        name=inputs["name"],
        definition=inputs["definition"],
        roleArn=inputs["roleArn"],
        type=inputs["type"],
        loggingConfiguration={
            "level": logging["level"],
            "includeExecutionData": logging["includeExecutionData"],
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": logging["logDestination"]}}],
        },
        tracingConfiguration={"enabled": inputs["tracingConfiguration"]["enabled"]},
        tags=[{"key": key, "value": value} for key, value in inputs.get("tags", {}).items()],
        publish=True,
    )
    arn = made["stateMachineArn"]
    return arn, {**inputs, "arn": arn, "stateMachineVersionArn": made["stateMachineVersionArn"]}


def _alias(cloud: Cloud, inputs: Inputs) -> Created:
    alias = cloud.client("stepfunctions").create_state_machine_alias(
        name=inputs["name"],
        routingConfiguration=[
            {"stateMachineVersionArn": route["stateMachineVersionArn"], "weight": int(route["weight"])}
            for route in inputs["routingConfigurations"]
        ],
    )
    return alias["stateMachineAliasArn"], {**inputs, "arn": alias["stateMachineAliasArn"]}


def _pipe(cloud: Cloud, inputs: Inputs) -> Created:
    """ministack's pipes know no batch size, filter or dead-letter queue; they read the stream from its start."""
    source = inputs["sourceParameters"]["dynamodbStreamParameters"]
    pipe = cloud.client("pipes").create_pipe(
        Name=inputs["name"],
        Source=inputs["source"],
        Target=inputs["target"],
        RoleArn=inputs["roleArn"],
        SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": source["startingPosition"]}},
        Tags=dict(inputs.get("tags", {})),
    )
    return inputs["name"], {**inputs, "arn": pipe["Arn"]}


CREATE: Mapping[str, Create] = {
    "aws:sfn/stateMachine:StateMachine": _state_machine,
    "aws:sfn/alias:Alias": _alias,
    "aws:pipes/pipe:Pipe": _pipe,
}
