"""HTTP APIs: in the embedded cloud an API answers under a path of the cloud's own address."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pascal
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
        return found and Found({name: found[key] for name, key in _SAID.items() if found.get(key)}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("apigatewayv2")
        client.update_integration(ApiId=new["apiId"], IntegrationId=id, **self._what(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_integration", ApiId=known["apiId"], IntegrationId=id)

    def _what(self, inputs: Inputs) -> dict[str, Any]:
        said = {key: inputs[name] for name, key in _SAID.items() if inputs.get(name)}
        if mapped := inputs.get("requestParameters"):
            said["RequestParameters"] = dict(mapped)
        if mapped := inputs.get("responseParameters"):
            said["ResponseParameters"] = {one["statusCode"]: dict(one["mappings"]) for one in mapped}
        return said


_SAID = {
    "integrationUri": "IntegrationUri",
    "integrationSubtype": "IntegrationSubtype",
    "credentialsArn": "CredentialsArn",
    "payloadFormatVersion": "PayloadFormatVersion",
}


class Route(Resource):
    replaced_by = frozenset({"apiId"})
    outputs = ()
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        return cloud.client("apigatewayv2").create_route(ApiId=inputs["apiId"], **self._what(inputs))["RouteId"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = _get(cloud, "get_route", ApiId=known["apiId"], RouteId=id)
        return found and Found({"routeKey": found["RouteKey"], "target": found["Target"]}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        cloud.client("apigatewayv2").update_route(ApiId=new["apiId"], RouteId=id, **self._what(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_route", ApiId=known["apiId"], RouteId=id)

    def _what(self, inputs: Inputs) -> dict[str, Any]:
        names = ("routeKey", "target", "authorizationType", "authorizerId", "authorizationScopes")
        return pascal(chosen(inputs, *names))


class Authorizer(Resource):
    replaced_by = frozenset({"apiId"})
    outputs = ()

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        made = cloud.client("apigatewayv2").create_authorizer(ApiId=inputs["apiId"], **self._what(inputs))
        return made["AuthorizerId"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = _get(cloud, "get_authorizer", ApiId=known["apiId"], AuthorizerId=id)
        return found and Found({"name": found["Name"], "authorizerType": found["AuthorizerType"]}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("apigatewayv2")
        client.update_authorizer(ApiId=new["apiId"], AuthorizerId=id, **self._what(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_authorizer", ApiId=known["apiId"], AuthorizerId=id)

    def _what(self, inputs: Inputs) -> dict[str, Any]:
        said = pascal(chosen(inputs, "name", "authorizerType", "jwtConfiguration"), {"Audiences": "Audience"})
        return {**said, "IdentitySource": list(inputs.get("identitySources") or [])}


class Stage(Resource):
    replaced_by = frozenset({"apiId", "name"})
    outputs = ("arn", "invokeUrl")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client = cloud.client("apigatewayv2")
        client.create_stage(ApiId=inputs["apiId"], StageName=inputs["name"], **self._what(inputs))
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
        client.update_stage(ApiId=new["apiId"], StageName=id, **self._what(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _delete(cloud, "delete_stage", ApiId=known["apiId"], StageName=id)

    def _what(self, inputs: Inputs) -> dict[str, Any]:
        settings = pascal(chosen(inputs, "defaultRouteSettings", "accessLogSettings"))
        return {"AutoDeploy": bool(inputs.get("autoDeploy")), **settings}


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
    "aws:apigatewayv2/authorizer:Authorizer": Authorizer(),
    "aws:apigatewayv2/integration:Integration": Integration(),
    "aws:apigatewayv2/route:Route": Route(),
    "aws:apigatewayv2/stage:Stage": Stage(),
}
