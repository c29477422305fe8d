"""DynamoDB tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, differs, dropped, pairs, unpaired
from emulator.cloud import Cloud


class Table(Resource):
    replaced_by = frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes", "importTable"})
    outputs = ("arn", "streamArn")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client, name = cloud.client("dynamodb"), inputs["name"]
        client.create_table(
            TableName=name,
            BillingMode=inputs["billingMode"],
            KeySchema=[{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
                for attribute in inputs["attributes"]
            ],
            DeletionProtectionEnabled=bool(inputs.get("deletionProtectionEnabled")),
            Tags=pairs(inputs.get("tags")),
            **({"StreamSpecification": _stream(inputs)} if inputs.get("streamEnabled") else {}),
        )
        self._expire(client, name, {}, inputs)
        self._back_up(client, name, {}, inputs)
        return name

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("dynamodb")
        try:
            table = client.describe_table(TableName=id)["Table"]
        except client.exceptions.ResourceNotFoundException:
            return None
        stream = table.get("StreamSpecification", {})
        expiry = client.describe_time_to_live(TableName=id)["TimeToLiveDescription"]
        inputs: dict[str, Any] = {
            "name": id,
            "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            "hashKey": table["KeySchema"][0]["AttributeName"],
            "attributes": [
                {"name": each["AttributeName"], "type": each["AttributeType"]} for each in table["AttributeDefinitions"]
            ],
            "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
            "streamEnabled": stream.get("StreamEnabled", False),
            "tags": unpaired(client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
        }
        if stream.get("StreamEnabled"):
            inputs["streamViewType"] = stream["StreamViewType"]
        if expiry.get("AttributeName"):
            inputs["ttl"] = {"attributeName": expiry["AttributeName"], "enabled": True}
        return Found(inputs, {"arn": table["TableArn"], "streamArn": table.get("LatestStreamArn", "")})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("dynamodb")
        if differs(old, new, "deletionProtectionEnabled"):
            protect = bool(new.get("deletionProtectionEnabled"))
            client.update_table(TableName=id, DeletionProtectionEnabled=protect)
        if differs(old, new, "streamEnabled", "streamViewType"):
            client.update_table(TableName=id, StreamSpecification=_stream(new))
        self._expire(client, id, old, new)
        self._back_up(client, id, old, new)
        if differs(old, new, "tags"):
            arn = client.describe_table(TableName=id)["Table"]["TableArn"]
            client.untag_resource(ResourceArn=arn, TagKeys=dropped(old, new))
            client.tag_resource(ResourceArn=arn, Tags=pairs(new.get("tags")))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("dynamodb")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_table(TableName=id)

    def _expire(self, client: Any, name: str, old: Inputs, new: Inputs) -> None:
        if differs(old, new, "ttl"):
            ttl = new.get("ttl") or {**old["ttl"], "enabled": False}
            expiry = {"Enabled": ttl["enabled"], "AttributeName": ttl["attributeName"]}
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)

    def _back_up(self, client: Any, name: str, old: Inputs, new: Inputs) -> None:
        if differs(old, new, "pointInTimeRecovery"):
            enabled = (new.get("pointInTimeRecovery") or {}).get("enabled", False)
            recovery = {"PointInTimeRecoveryEnabled": enabled}
            client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)


def _stream(inputs: Inputs) -> dict[str, Any]:
    if not inputs.get("streamEnabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}


RESOURCES: Mapping[str, Resource] = {"aws:dynamodb/table:Table": Table()}
