"""HTTP APIs: in the embedded cloud an API answers under a path of the cloud's own address."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, differs, dropped
from emulator.cloud import ACCOUNT, REGION, Cloud


class Api(Resource):
    replaced_by = frozenset({"protocolType"})
    outputs = ("arn", "apiEndpoint", "executionArn")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        return cloud.client("apigatewayv2").create_api(
            Name=inputs["name"], ProtocolType=inputs["protocolType"], Tags=dict(inputs.get("tags") or {})
        )["ApiId"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        api = _get(cloud, "get_api", ApiId=id)
        if api is None:
            return None
        outputs = {
            "arn": _arn(id),
            "apiEndpoint": f"{cloud.endpoint}/_aws/execute-api/{id}",
            "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{id}",
        }
        inputs = {"name": api["Name"], "protocolType": api["ProtocolType"], "tags": api.get("Tags", {})}
        return Found(inputs, outputs)

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("apigatewayv2")
        client.update_api(ApiId=id, Name=new["name"])
        if differs(old, new, "tags"):
            client.untag_resource(ResourceArn=_arn(id), TagKeys=dropped(old, new))
            client.tag_resource(ResourceArn=_arn(id), Tags=dict(new.get("tags") or {}))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_api", ApiId=id)


class Integration(Resource):
    replaced_by = frozenset({"apiId", "integrationType", "integrationSubtype"})
    outputs = ()
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        return cloud.client("apigatewayv2").create_integration(
            ApiId=inputs["apiId"], IntegrationType=inputs["integrationType"], **self._what(inputs)
        )["IntegrationId"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = _get(cloud, "get_integration", ApiId=known["apiId"], IntegrationId=id)
        return found and Found({"integrationUri": found["IntegrationUri"]}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("apigatewayv2")
        client.update_integration(ApiId=new["apiId"], IntegrationId=id, **self._what(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_integration", ApiId=known["apiId"], IntegrationId=id)

    def _what(self, inputs: Inputs) -> dict[str, str]:
        version = inputs["payloadFormatVersion"]
        return {"IntegrationUri": inputs["integrationUri"], "PayloadFormatVersion": version}


class Route(Resource):
    replaced_by = frozenset({"apiId"})
    outputs = ()
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        names = {"RouteKey": inputs["routeKey"], "Target": inputs["target"]}
        return cloud.client("apigatewayv2").create_route(ApiId=inputs["apiId"], **names)["RouteId"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = _get(cloud, "get_route", ApiId=known["apiId"], RouteId=id)
        return found and Found({"routeKey": found["RouteKey"], "target": found["Target"]}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        names = {"RouteKey": new["routeKey"], "Target": new["target"]}
        cloud.client("apigatewayv2").update_route(ApiId=new["apiId"], RouteId=id, **names)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_route", ApiId=known["apiId"], RouteId=id)


class Stage(Resource):
    replaced_by = frozenset({"apiId", "name"})
    outputs = ("arn", "invokeUrl")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        deploy = bool(inputs.get("autoDeploy"))
        cloud.client("apigatewayv2").create_stage(ApiId=inputs["apiId"], StageName=inputs["name"], AutoDeploy=deploy)
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        api = known["apiId"]
        found = _get(cloud, "get_stage", ApiId=api, StageName=id)
        if found is None:
            return None
        url = f"{cloud.endpoint}/_aws/execute-api/{api}" + ("" if id == "$default" else f"/{id}")
        inputs = {"name": id, "autoDeploy": found.get("AutoDeploy", False)}
        return Found(inputs, {"arn": f"{_arn(api)}/stages/{id}", "invokeUrl": url})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("apigatewayv2")
        client.update_stage(ApiId=new["apiId"], StageName=id, AutoDeploy=bool(new.get("autoDeploy")))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_stage", ApiId=known["apiId"], StageName=id)


def _arn(api: str) -> str:
    return f"arn:aws:apigateway:{REGION}::/apis/{api}"


def _get(cloud: Cloud, operation: str, **names: str) -> Any:
    client = cloud.client("apigatewayv2")
    try:
        return getattr(client, operation)(**names)
    except client.exceptions.NotFoundException:
        return None


def _delete(cloud: Cloud, operation: str, **names: str) -> None:
    client = cloud.client("apigatewayv2")
    with suppress(client.exceptions.NotFoundException):
        getattr(client, operation)(**names)


RESOURCES: Mapping[str, Resource] = {
    "aws:apigatewayv2/api:Api": Api(),
    "aws:apigatewayv2/integration:Integration": Integration(),
    "aws:apigatewayv2/route:Route": Route(),
    "aws:apigatewayv2/stage:Stage": Stage(),
}
