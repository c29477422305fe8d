"""HTTP APIs: deployed, with the routes that the stack says, which lead where it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orderflow.doctor.lines import DEPLOY, Connect, Seen, Told
from orderflow.documents import at, is_object
from orderflow.text import one_line

STAGE = "$default"


def is_deployed(connect: Connect, told: Told) -> Iterator[Seen]:
    """What a stage answers with is its last deployment, which follows each change by itself.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid.html
    """
    client, api = connect("apigatewayv2"), _id(told)
    stage = client.get_stage(ApiId=api, StageName=STAGE)
    last = stage.get("DeploymentId")
    deployed: Mapping[str, Any] = client.get_deployment(ApiId=api, DeploymentId=last) if last else {}
    status, reason = deployed.get("DeploymentStatus", "DEPLOYED"), deployed.get("DeploymentStatusMessage")
    why = one_line(f": {reason}", 300) if reason else ""
    if status == "DEPLOYED":
        yield Seen("ok", status)
    elif status == "PENDING":
        yield Seen("waiting", f"{status}{why}")
    else:
        yield Seen("wrong", f"{status}{why}; it answers as before", "mend what the reason names, and deploy again")


def has_its_routes(connect: Connect, told: Told) -> Iterator[Seen]:
    """Each leads to what the stack says, and lets in nobody unknown.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html
    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html
    """
    client, api = connect("apigatewayv2"), _id(told)
    pages = client.get_paginator("get_routes").paginate(ApiId=api)
    found = {route["RouteKey"]: route for page in pages for route in page["Items"]}
    wrong = [
        f"{key} {why}" for key, says in routes_of(told).items() if (why := _astray(client, api, found.get(key), says))
    ]
    for one in wrong:
        yield Seen("wrong", one, DEPLOY)
    if not wrong:
        yield Seen("ok", ", ".join(routes_of(told)))


def _astray(client: Any, api: str, route: Mapping[str, Any] | None, says: Mapping[str, str]) -> str:
    """What is wrong with a route; empty where nothing is."""
    if route is None:
        return "is not there"
    if route.get("AuthorizationType", "NONE") == "NONE":
        return "asks nobody who calls"
    try:
        id = route.get("Target", "").removeprefix("integrations/")
        integration = client.get_integration(ApiId=api, IntegrationId=id)
    except client.exceptions.NotFoundException:
        return "leads nowhere"
    leads = integration.get("IntegrationUri") or at(integration, "RequestParameters", "StateMachineArn")
    return "" if leads == says["targetArn"] else f"leads to {leads}; the stack says {says['targetArn']}"


def routes_of(told: Told) -> Mapping[str, Any]:
    """What the stack says of an API's routes, by method and path. Raises OrderflowError where it says nothing."""
    routes = at(told.value, "routes")
    if not is_object(routes):
        raise told.lacking("routes")
    return routes


def _id(told: Told) -> str:
    return told.text("executionArn").rpartition(":")[2]
