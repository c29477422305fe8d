"""EventBridge's rules, and Kinesis' streams."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, pascal, unpaired
from emulator.cloud import ACCOUNT, REGION, Cloud

DEFAULT_BUS = "default"


class Rule(Resource):
    """Its id is `name`, and on another bus than the default one `bus/name`."""

    replaced_by = frozenset({"name", "eventBusName"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        self._put(cloud, inputs)
        bus = inputs.get("eventBusName")
        return f"{bus}/{inputs['name']}" if bus else inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client, named = cloud.client("events"), _rule(id)
        try:
            is_ = client.describe_rule(**named)
        except client.exceptions.ResourceNotFoundException:
            return None
        inputs = {"name": named["Name"], **({"eventPattern": is_["EventPattern"]} if "EventPattern" in is_ else {})}
        tags = unpaired(client.list_tags_for_resource(ResourceARN=is_["Arn"])["Tags"])
        return Found({**inputs, "tags": tags}, {"arn": is_["Arn"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self._put(cloud, {**new, "tags": None})
        if differs(old, new, "tags"):
            client = cloud.client("events")
            arn = client.describe_rule(**_rule(id))["Arn"]
            client.untag_resource(ResourceARN=arn, TagKeys=dropped(old, new))
            client.tag_resource(ResourceARN=arn, Tags=pairs(new.get("tags")))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("events")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_rule(**_rule(id))

    def _put(self, cloud: Cloud, inputs: Inputs) -> None:
        given = pascal(chosen(inputs, "name", "eventBusName", "eventPattern", "scheduleExpression", "state"))
        tags = {"Tags": pairs(inputs["tags"])} if inputs.get("tags") else {}
        cloud.client("events").put_rule(**given, **tags)


def _rule(id: str) -> dict[str, str]:
    bus, _, name = id.rpartition("/")
    return {"Name": name, "EventBusName": bus or DEFAULT_BUS}


class Target(Resource):
    """Its id is `rule-target`, with the bus in front where that is not the default one."""

    replaced_by = frozenset({"rule", "eventBusName", "targetId"})
    outputs = ()
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        target = pascal(chosen(inputs, *_OF_A_TARGET))
        if taken := inputs.get("inputTransformer"):
            paths = {"InputPathsMap": dict(taken.get("inputPaths") or {})}
            target["InputTransformer"] = {**paths, "InputTemplate": taken["inputTemplate"]}
        cloud.client("events").put_targets(**_of(inputs), Targets=[{"Id": inputs["targetId"], **target}])
        return "-".join(filter(None, (inputs.get("eventBusName"), inputs["rule"], inputs["targetId"])))

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("events")
        try:
            targets = client.list_targets_by_rule(**_of(known))["Targets"]
        except client.exceptions.ResourceNotFoundException:
            return None
        found = next((one for one in targets if one["Id"] == known["targetId"]), None)
        return found and Found({"arn": found["Arn"], "roleArn": found.get("RoleArn")}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self.create(cloud, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("events")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.remove_targets(**_of(known), Ids=[known["targetId"]])


_OF_A_TARGET = ("arn", "roleArn", "input", "inputPath", "retryPolicy", "deadLetterConfig")


def _of(inputs: Inputs) -> dict[str, str]:
    return {"Rule": inputs["rule"], "EventBusName": inputs.get("eventBusName", DEFAULT_BUS)}


class Stream(Resource):
    """Its id is its ARN."""

    replaced_by = frozenset({"name"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        mode = inputs.get("streamModeDetails", {}).get("streamMode", "PROVISIONED")
        shards = {"ShardCount": int(inputs["shardCount"])} if mode == "PROVISIONED" else {}
        client = cloud.client("kinesis")
        client.create_stream(StreamName=inputs["name"], StreamModeDetails={"StreamMode": mode}, **shards)
        if inputs.get("tags"):
            client.add_tags_to_stream(StreamName=inputs["name"], Tags=dict(inputs["tags"]))
        return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{inputs['name']}"

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("kinesis")
        try:
            is_ = client.describe_stream_summary(StreamARN=id)["StreamDescriptionSummary"]
        except client.exceptions.ResourceNotFoundException:
            return None
        tags = unpaired(client.list_tags_for_stream(StreamName=is_["StreamName"])["Tags"])
        return Found({"name": is_["StreamName"], "tags": tags}, {"arn": is_["StreamARN"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("kinesis")
        if gone := dropped(old, new):
            client.remove_tags_from_stream(StreamName=new["name"], TagKeys=gone)
        client.add_tags_to_stream(StreamName=new["name"], Tags=dict(new.get("tags") or {}))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("kinesis")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_stream(StreamARN=id, EnforceConsumerDeletion=True)


RESOURCES: Mapping[str, Resource] = {
    "aws:cloudwatch/eventRule:EventRule": Rule(),
    "aws:cloudwatch/eventTarget:EventTarget": Target(),
    "aws:kinesis/stream:Stream": Stream(),
}
