"""State machines, their aliases, and the pipes that start them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from emulator.bridge.resource import Found, Inputs, Resource, differs, dropped, pairs, pascal, unpaired
from emulator.cloud import Cloud


class StateMachine(Resource):
    replaced_by = frozenset({"name", "type"})
    outputs = ("arn", "stateMachineVersionArn", "creationDate")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        return cloud.client("stepfunctions").create_state_machine(
            name=inputs["name"],
            type=inputs["type"],
            tags=pairs(inputs.get("tags"), key="key", value="value"),
            publish=True,
            **_configuration(inputs),
        )["stateMachineArn"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("stepfunctions")
        try:
            machine = client.describe_state_machine(stateMachineArn=id)
        except client.exceptions.StateMachineDoesNotExist:
            return None
        logging = machine["loggingConfiguration"]
        destinations = logging.get("destinations") or [{"cloudWatchLogsLogGroup": {"logGroupArn": ""}}]
        inputs = {
            "name": machine["name"],
            "type": machine["type"],
            "definition": machine["definition"],
            "roleArn": machine["roleArn"],
            "publish": True,
            "loggingConfiguration": {
                "level": logging["level"],
                "includeExecutionData": logging.get("includeExecutionData", False),
                "logDestination": destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"],
            },
            "tags": unpaired(client.list_tags_for_resource(resourceArn=id)["tags"], key="key", value="value"),
        }
        versions = client.list_state_machine_versions(stateMachineArn=id)["stateMachineVersions"]
        newest = versions[0]["stateMachineVersionArn"] if versions else id
        made = machine["creationDate"].strftime("%Y-%m-%dT%H:%M:%SZ")
        return Found(inputs, {"arn": id, "stateMachineVersionArn": newest, "creationDate": made})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("stepfunctions")
        if differs(old, new, *({*old, *new} - {"tags"})):
            client.update_state_machine(stateMachineArn=id, publish=True, **_configuration(new))
        if differs(old, new, "tags"):
            client.untag_resource(resourceArn=id, tagKeys=dropped(old, new))
            client.tag_resource(resourceArn=id, tags=pairs(new.get("tags"), key="key", value="value"))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("stepfunctions")
        with suppress(client.exceptions.StateMachineDoesNotExist):
            client.delete_state_machine(stateMachineArn=id)

    def moved(self, changed: Collection[str]) -> tuple[str, ...]:
        """Of any change, pulumi-aws says before it is made; a change of tags alone moves nothing in the end.

        https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sfn/state_machine.go
        """
        return ("stateMachineVersionArn",) if changed else ()


def _configuration(inputs: Inputs) -> dict[str, Any]:
    logging = inputs["loggingConfiguration"]
    return {
        "definition": inputs["definition"],
        "roleArn": inputs["roleArn"],
        "loggingConfiguration": {
            "level": logging["level"],
            "includeExecutionData": logging["includeExecutionData"],
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": logging["logDestination"]}}],
        },
        "tracingConfiguration": {"enabled": inputs["tracingConfiguration"]["enabled"]},
    }


class Alias(Resource):
    replaced_by = frozenset({"name"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        return cloud.client("stepfunctions").create_state_machine_alias(
            name=inputs["name"], routingConfiguration=_routing(inputs)
        )["stateMachineAliasArn"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("stepfunctions")
        try:
            alias = client.describe_state_machine_alias(stateMachineAliasArn=id)
        except client.exceptions.ResourceNotFound:
            return None
        routes = [
            {"stateMachineVersionArn": route["stateMachineVersionArn"], "weight": route["weight"]}
            for route in alias["routingConfiguration"]
        ]
        return Found({"name": alias["name"], "routingConfigurations": routes}, {"arn": id})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        cloud.client("stepfunctions").update_state_machine_alias(
            stateMachineAliasArn=id, routingConfiguration=_routing(new)
        )

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        cloud.client("stepfunctions").delete_state_machine_alias(stateMachineAliasArn=id)


def _routing(inputs: Inputs) -> list[dict[str, Any]]:
    return [
        {"stateMachineVersionArn": route["stateMachineVersionArn"], "weight": int(route["weight"])}
        for route in inputs["routingConfigurations"]
    ]


class Pipe(Resource):
    """Made as on AWS; `emulator.pipes` says what of it the embedded cloud does."""

    read_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "activemqBrokerParameters": ("queueName",),
        "dynamodbStreamParameters": ("startingPosition",),
        "kinesisStreamParameters": ("startingPosition", "startingPositionTimestamp"),
        "managedStreamingKafkaParameters": ("topicName", "startingPosition"),
        "rabbitmqBrokerParameters": ("queueName", "virtualHost"),
        "selfManagedKafkaParameters": (
            "additionalBootstrapServers",
            "consumerGroupId",
            "startingPosition",
            "topicName",
        ),
    }
    replaced_by = frozenset(
        {"name", "source", *(f"sourceParameters.{kind}.{name}" for kind, names in read_from.items() for name in names)}
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("pipes").create_pipe(
            Name=inputs["name"],
            Source=inputs["source"],
            SourceParameters=pascal(inputs["sourceParameters"], _OF_PIPES),
            Tags=dict(inputs.get("tags") or {}),
            **_delivering(inputs),
        )
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("pipes")
        try:
            pipe = client.describe_pipe(Name=id)
        except client.exceptions.NotFoundException:
            return None
        inputs = {"name": id, "source": pipe["Source"], "target": pipe["Target"], "roleArn": pipe["RoleArn"]}
        return Found({**inputs, "tags": pipe.get("Tags", {})}, {"arn": pipe["Arn"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("pipes")
        client.update_pipe(Name=id, **_delivering(new))
        if differs(old, new, "tags"):
            arn = client.describe_pipe(Name=id)["Arn"]
            client.untag_resource(resourceArn=arn, tagKeys=dropped(old, new))
            client.tag_resource(resourceArn=arn, tags=dict(new.get("tags") or {}))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("pipes")
        with suppress(client.exceptions.NotFoundException):
            client.delete_pipe(Name=id)


_OF_PIPES = {"DynamodbStreamParameters": "DynamoDBStreamParameters"}


def _delivering(inputs: Inputs) -> dict[str, Any]:
    how = pascal(inputs.get("targetParameters") or {})
    return {"Target": inputs["target"], "RoleArn": inputs["roleArn"], "TargetParameters": how}


RESOURCES: Mapping[str, Resource] = {
    "aws:sfn/stateMachine:StateMachine": StateMachine(),
    "aws:sfn/alias:Alias": Alias(),
    "aws:pipes/pipe:Pipe": Pipe(),
}
