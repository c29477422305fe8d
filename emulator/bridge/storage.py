"""DynamoDB tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.bridge.types import Create, Created, Inputs
from emulator.cloud import Cloud


def _table(cloud: Cloud, inputs: Inputs) -> Created:
    client = cloud.client("dynamodb")
    stream: dict[str, Any] = {}
    if inputs.get("streamEnabled"):
        stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}}
    table = client.create_table(
        TableName=inputs["name"],
        BillingMode=inputs["billingMode"],
        KeySchema=[{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
            for attribute in inputs["attributes"]
        ],
        DeletionProtectionEnabled=bool(inputs.get("deletionProtectionEnabled")),
        Tags=[{"Key": key, "Value": value} for key, value in inputs.get("tags", {}).items()],
        **stream,
    )["TableDescription"]
    ttl = inputs.get("ttl")
    if ttl:
        client.update_time_to_live(
            TableName=inputs["name"],
            TimeToLiveSpecification={"Enabled": ttl["enabled"], "AttributeName": ttl["attributeName"]},
        )
    return inputs["name"], {**inputs, "arn": table["TableArn"], "streamArn": table.get("LatestStreamArn", "")}


CREATE: Mapping[str, Create] = {"aws:dynamodb/table:Table": _table}
