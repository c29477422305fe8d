"""DynamoDB tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, pascal, unpaired
from emulator.cloud import Cloud

_KEYS = {"hashKey": "HASH", "rangeKey": "RANGE"}


class Table(Resource):
    replaced_by = frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes", "importTable"})
    outputs = ("arn", "streamArn")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client, name = cloud.client("dynamodb"), inputs["name"]
        client.create_table(
            TableName=name,
            BillingMode=inputs["billingMode"],
            KeySchema=[
                {"AttributeName": inputs[name], "KeyType": kind} for name, kind in _KEYS.items() if inputs.get(name)
            ],
            AttributeDefinitions=_attributes(inputs),
            DeletionProtectionEnabled=bool(inputs.get("deletionProtectionEnabled")),
            Tags=pairs(inputs.get("tags")),
            **({"StreamSpecification": _stream(inputs)} if inputs.get("streamEnabled") else {}),
            **({"GlobalSecondaryIndexes": list(_indexes(inputs).values())} if _indexes(inputs) else {}),
            **({"LocalSecondaryIndexes": _local_indexes(inputs)} if inputs.get("localSecondaryIndexes") else {}),
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
            **{
                name: key["AttributeName"]
                for name, kind in _KEYS.items()
                for key in table["KeySchema"]
                if key["KeyType"] == kind
            },
            "attributes": [
                {"name": each["AttributeName"], "type": each["AttributeType"]} for each in table["AttributeDefinitions"]
            ],
            "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
            "streamEnabled": stream.get("StreamEnabled", False),
            "tags": unpaired(client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
        }
        if stream.get("StreamEnabled"):
            inputs["streamViewType"] = stream["StreamViewType"]
        if indexes := table.get("GlobalSecondaryIndexes"):
            inputs["globalSecondaryIndexes"] = [_index_inputs(index) for index in indexes]
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
        self._index(client, id, _indexes(old), new)
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

    def _index(self, client: Any, name: str, old: Inputs, new: Inputs) -> None:
        """Drop and make indexes, one a call: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html

        Nothing of an index changes in place but its capacity; one that differs is made anew.
        """
        wanted = _indexes(new)
        gone = ({"Delete": {"IndexName": index}} for index in old if wanted.get(index) != old[index])
        made = ({"Create": wanted[index]} for index in wanted if wanted[index] != old.get(index))
        for change in (*gone, *made):
            client.update_table(
                TableName=name, AttributeDefinitions=_attributes(new), GlobalSecondaryIndexUpdates=[change]
            )

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


def _attributes(inputs: Inputs) -> list[dict[str, str]]:
    return [{"AttributeName": each["name"], "AttributeType": each["type"]} for each in inputs["attributes"]]


def _indexes(inputs: Inputs) -> dict[str, Any]:
    """By name, as DynamoDB wants them."""
    return {
        index["name"]: {
            "IndexName": index["name"],
            "KeySchema": pascal(index["keySchemas"]),
            "Projection": _projection(index),
        }
        for index in inputs.get("globalSecondaryIndexes") or []
    }


def _local_indexes(inputs: Inputs) -> list[dict[str, Any]]:
    """Each with the partition key of the table."""
    key = {"AttributeName": inputs["hashKey"], "KeyType": "HASH"}
    return [
        {
            "IndexName": index["name"],
            "KeySchema": [key, {"AttributeName": index["rangeKey"], "KeyType": "RANGE"}],
            "Projection": _projection(index),
        }
        for index in inputs["localSecondaryIndexes"]
    ]


def _projection(index: Mapping[str, Any]) -> dict[str, Any]:
    return pascal(chosen(index, "projectionType", "nonKeyAttributes"))


def _index_inputs(index: Mapping[str, Any]) -> dict[str, Any]:
    """An index as pulumi-aws wants it."""
    others = index["Projection"].get("NonKeyAttributes")
    return {
        "name": index["IndexName"],
        "keySchemas": [{"attributeName": k["AttributeName"], "keyType": k["KeyType"]} for k in index["KeySchema"]],
        "projectionType": index["Projection"]["ProjectionType"],
        **({"nonKeyAttributes": others} if others else {}),
    }


RESOURCES: Mapping[str, Resource] = {"aws:dynamodb/table:Table": Table()}
