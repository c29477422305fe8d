"""Connections of EventBridge, by which HTTP Tasks sign in (`emulator.http_tasks`)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, chosen, pascal
from emulator.cloud import Cloud

_PARAMETERS = {
    "ApiKey": "ApiKeyAuthParameters",
    "Basic": "BasicAuthParameters",
    "Oauth": "OAuthParameters",
    "ClientId": "ClientID",
    "OauthHttpParameters": "OAuthHttpParameters",
    "Bodies": "BodyParameters",
    "Headers": "HeaderParameters",
    "QueryStrings": "QueryStringParameters",
}
"""What EventBridge calls otherwise than pulumi-aws."""


class Connection(Resource):
    """Its id is its name. EventBridge tells nobody its credentials again."""

    replaced_by = frozenset({"name"})
    outputs = ("arn", "secretArn")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("events").create_connection(Name=inputs["name"], **_described(inputs))
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("events")
        try:
            is_ = client.describe_connection(Name=id)
        except client.exceptions.ResourceNotFoundException:
            return None
        inputs = {"name": id, "authorizationType": is_["AuthorizationType"], "description": is_.get("Description", "")}
        kept = is_["ConnectionArn"].replace(":events:", ":secretsmanager:")
        secret = kept.replace(":connection/", ":secret:events!connection/")
        return Found(inputs, {"arn": is_["ConnectionArn"], "secretArn": secret})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        cloud.client("events").update_connection(Name=id, **_described(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("events")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_connection(Name=id)


def _described(inputs: Inputs) -> dict[str, Any]:
    given = pascal(chosen(inputs, "description", "authorizationType"))
    parameters: dict[str, Any] = pascal(inputs["authParameters"], _PARAMETERS)
    if key := parameters.get("ApiKeyAuthParameters"):
        parameters["ApiKeyAuthParameters"] = {"ApiKeyName": key["Key"], "ApiKeyValue": key["Value"]}
    return {**given, "AuthParameters": parameters}


RESOURCES: Mapping[str, Resource] = {"aws:cloudwatch/eventConnection:EventConnection": Connection()}
