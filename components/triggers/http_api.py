"""Starting machines by HTTP requests, and answering by those that are waited for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from asl.permissions import roles

from ..function import Function, FunctionArgs
from ..logs import Logs, log_group_of
from ..naming import API, physical_name
from ..role import Role
from ..state_machine import StateMachine
from ..uses import Elsewhere, Use
from .parts import TriggerRefusedError, longest_run, require_kind

ANSWERING = Path(__file__).with_name("answering")
LONGEST_SECONDS = 25
"""What a machine may take that is waited for. An API waits 30 s at most, and a cold start has to fit in:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
LOGGED = ("requestId", "routeKey", "status", "integrationStatus", "integrationErrorMessage", "responseLatency")
LOGGED_OF_CALLERS = {"ip": "$context.identity.sourceIp", "caller": "$context.identity.caller"}
_PATH = re.compile(
    r"/|(/(\{[A-Za-z0-9._-]+\}|[A-Za-z0-9._~!$&'()*+,;=:@%-]+))+(/\{[A-Za-z0-9._-]+\+\})?|/\{[A-Za-z0-9._-]+\+\}"
)
_HEADER = re.compile(r"[A-Za-z0-9._-]+")
METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


@dataclass(frozen=True)
class Route:
    """The request's body is the input of an execution of `target`.

    Unless it `waits` the answer is 202 with `executionArn` and `startDate`. A Standard machine's execution is called
    after the request's header `named_by`, if that is given: a second request of the same name and body starts nothing
    while the first one's runs, and is refused with 400 for 90 days after.
    With `waits`, which wants an Express machine, the answer is the output, with 200 or with the status that a member of
    it has in `outputs`; else the status that the machine's error has in `errors`, 504 where it ran out of time, or 500.
    `scopes` are those that a JWT has to have one of.
    """

    target: StateMachine
    waits: bool = False
    named_by: str | None = None
    errors: Mapping[str, int] = field(default_factory=dict[str, int])
    outputs: Mapping[str, int] = field(default_factory=dict[str, int])
    scopes: Sequence[str] = ()


@dataclass(frozen=True)
class Jwt:
    """Whose tokens let a request in: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"""

    issuer: pulumi.Input[str]
    audience: Sequence[pulumi.Input[str]]


@dataclass(frozen=True)
class HttpApiArgs:
    """`routes` by method and path, such as `POST /orders`. Requests are signed by callers whom IAM lets in
    (`execute-api:Invoke` on `execution_arn`), or carry a token, with `jwt`. More than `requests_per_second`, or than
    `burst` at once, are answered with 429. Each request is a line of the API's log. `tracing` and `snap_start` are
    of the functions that wait, as in `FunctionArgs`.
    """

    routes: Mapping[str, Route]
    logs: Logs
    jwt: Jwt | None = None
    requests_per_second: int = 50
    burst: int = 100
    tracing: bool = True
    snap_start: bool = False


class HttpApi(pulumi.ComponentResource):
    """An HTTP API. What is not waited for is started by API Gateway itself; what is, by a function that waits.

    docs/decisions/0030 says why: an API of this kind answers 200 for an execution that failed.

    Raises:
        TriggerRefusedError: for a route that AWS would refuse, or that could not answer, before anything is registered.
    """

    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    functions: list[Function]
    """Those that wait for machines."""
    routes: dict[str, dict[str, pulumi.Output[str]]]
    """By method and path whom API Gateway calls, `targetArn`; where that is a machine, by which role, `roleArn`."""

    def __init__(self, name: str, args: HttpApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _require_jwt(f"API '{name}'", args.jwt)
        require_kind(f"API '{name}'", "routes", args.routes, Mapping)
        for key, route in args.routes.items():
            require_kind(f"API '{name}'", f"routes[{key!r}]", route, Route)
            require_kind(f"API '{name}', route '{key}'", "target", route.target, StateMachine)
            _require_route(f"API '{name}', route '{key}'", key, route, args)
        super().__init__("orderflow:index:HttpApi", name, None, opts)
        self._child, physical = pulumi.ResourceOptions(parent=self), physical_name(name, API)
        api = aws.apigatewayv2.Api(name, name=physical, protocol_type="HTTP", opts=self._child)
        authorization = self._authorization(name, api, args.jwt)
        self.functions, self.routes = [], {}
        called = {key: f"{name}-{_slug(key)}" for key in args.routes}
        starting = {key: route for key, route in args.routes.items() if not route.waits}
        integrations = self._starting(name, called, api, starting) if starting else {}
        for key, route in args.routes.items():
            integration = integrations.get(key) or self._waiting(key, called[key], api, route, args)
            aws.apigatewayv2.Route(
                called[key],
                api_id=api.id,
                route_key=key,
                target=integration.id.apply(lambda id: f"integrations/{id}"),
                authorization_scopes=list(route.scopes) or None,
                **authorization,
                opts=self._child,
            )
        stage = self._stage(name, physical, api, args)
        self.url, self.arn, self.execution_arn = stage.invoke_url, api.arn, api.execution_arn
        self.register_outputs({"url": self.url})

    def _authorization(self, name: str, api: aws.apigatewayv2.Api, jwt: Jwt | None) -> dict[str, Any]:
        if jwt is None:
            return {"authorization_type": "AWS_IAM"}
        authorizer = aws.apigatewayv2.Authorizer(
            name,
            name=physical_name(name, API),
            api_id=api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration=aws.apigatewayv2.AuthorizerJwtConfigurationArgs(
                issuer=jwt.issuer, audiences=list(jwt.audience)
            ),
            opts=self._child,
        )
        return {"authorization_type": "JWT", "authorizer_id": authorizer.id}

    def _starting(
        self, name: str, called: Mapping[str, str], api: aws.apigatewayv2.Api, routes: Mapping[str, Route]
    ) -> dict[str, aws.apigatewayv2.Integration]:
        """API Gateway starts the machines itself, by a role; it does not say for which API it takes that on.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
        https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/pull/479
        """
        machines = {route.target.purpose: route.target.arn for route in routes.values()}
        role = Role(
            f"{name}-api",
            service="apigateway",
            statements=[roles.start(f"${{{purpose}}}", waits=False) for purpose in machines],
            values=pulumi.Output.all(**machines),
            says_for_whom=False,
            opts=self._child,
        )
        accepted = aws.apigatewayv2.IntegrationResponseParameterArgs(
            status_code="200", mappings={"overwrite:statuscode": "202"}
        )

        def integration(key: str, route: Route) -> aws.apigatewayv2.Integration:
            named = {"Name": f"$request.header.{route.named_by}"} if route.named_by else {}
            self.routes[key] = {"targetArn": route.target.alias_arn, "roleArn": role.arn}
            return aws.apigatewayv2.Integration(
                called[key],
                api_id=api.id,
                integration_type="AWS_PROXY",
                integration_subtype="StepFunctions-StartExecution",
                payload_format_version="1.0",
                credentials_arn=role.arn,
                # Through its alias: what is deployed, and moves with it.
                request_parameters={"StateMachineArn": route.target.alias_arn, "Input": "$request.body", **named},
                response_parameters=[accepted],
                opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
            )

        return {key: integration(key, route) for key, route in routes.items()}

    def _waiting(
        self, key: str, name: str, api: aws.apigatewayv2.Api, route: Route, of: HttpApiArgs
    ) -> aws.apigatewayv2.Integration:
        machine = Elsewhere(route.target.arn, route.target.alias_arn)
        args = FunctionArgs(
            "wait",
            None,
            [Use("MACHINE", machine, ("states:startSyncExecution",))],
            of.logs,
            environment={
                "ERRORS": json.dumps(dict(route.errors), sort_keys=True),
                "OUTPUTS": json.dumps(dict(route.outputs), sort_keys=True),
            },
            timeout=30,
            tracing=of.tracing,
            snap_start=of.snap_start,
            sources=ANSWERING,
        )
        function = Function(name, args, self._child)
        self.functions.append(function)
        self.routes[key] = {"targetArn": function.alias_arn}
        aws.lambda_.Permission(
            name,
            action="lambda:InvokeFunction",
            function=function.name,
            qualifier="live",
            principal="apigateway.amazonaws.com",
            # It names the account as well. API Gateway does not send that by itself, and would be refused:
            # https://github.com/hashicorp/terraform/issues/17166
            source_arn=api.execution_arn.apply(lambda arn: f"{arn}/*/*"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function]),
        )
        return aws.apigatewayv2.Integration(
            name,
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=function.alias_arn,
            integration_method="POST",
            payload_format_version="2.0",
            opts=self._child,
        )

    def _stage(self, name: str, physical: str, api: aws.apigatewayv2.Api, args: HttpApiArgs) -> aws.apigatewayv2.Stage:
        log_group = log_group_of(f"{name}-api", f"/aws/vendedlogs/apis/{physical}", args.logs, self._child)
        self.log_group_name = log_group.name
        line = {**{value: f"$context.{value}" for value in LOGGED}, **LOGGED_OF_CALLERS}
        return aws.apigatewayv2.Stage(
            name,
            name="$default",
            api_id=api.id,
            auto_deploy=True,
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=args.requests_per_second, throttling_burst_limit=args.burst
            ),
            access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=log_group.arn, format=json.dumps(line)
            ),
            opts=self._child,
        )


def _slug(key: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", key.lower()))


def _require_jwt(said: str, jwt: Jwt | None) -> None:
    if jwt and isinstance(jwt.issuer, str) and not jwt.issuer.startswith("https://"):
        raise TriggerRefusedError(f"{said}: the `issuer` of its `jwt` begins with https://, and is {jwt.issuer!r}")


def _require_route(said: str, key: str, route: Route, args: HttpApiArgs) -> None:
    machine, waits = route.target.purpose, route.waits
    method, _, path = key.partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise TriggerRefusedError(f"{said}: a route is a method and a path, such as 'POST /orders'")
    if not _PATH.fullmatch(path):
        raise TriggerRefusedError(
            f"{said}: a path is of segments such as /orders or /{{id}}, of which /{{rest+}} may be the last "
            "(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html)"
        )
    if route.named_by and not _HEADER.fullmatch(route.named_by):
        raise TriggerRefusedError(f"{said}: `named_by` is the name of a header, not {route.named_by!r}")
    if sum(_slug(other) == _slug(key) for other in args.routes) > 1:
        raise TriggerRefusedError(f"{said}: another route has the same words; name one of them otherwise")
    if waits and route.target.type != "EXPRESS":
        raise TriggerRefusedError(f"{said}: nobody can wait for {machine}, a Standard machine; make it an Express one")
    if waits and not 0 < (longest := longest_run(route.target) or 0) <= LONGEST_SECONDS:
        has = f"may run {longest} s" if longest else "has no TimeoutSeconds, or one that only a deployment knows"
        raise TriggerRefusedError(
            f"{said}: an API answers within 30 s, and {machine} {has}: give it {LONGEST_SECONDS} at most"
        )
    if route.errors and not waits:
        raise TriggerRefusedError(f"{said}: `errors` are those of a machine that is waited for; it does not wait")
    if route.outputs and not waits:
        raise TriggerRefusedError(f"{said}: `outputs` are those of a machine that is waited for; it does not wait")
    if wrong := [status for status in route.errors.values() if not 400 <= status <= 599]:
        raise TriggerRefusedError(f"{said}: `errors` are answered with a status of 400 to 599, not {wrong[0]}")
    if wrong := [status for status in route.outputs.values() if not 200 <= status <= 599]:
        raise TriggerRefusedError(f"{said}: `outputs` are answered with a status of 200 to 599, not {wrong[0]}")
    if route.named_by and route.target.type == "EXPRESS":
        raise TriggerRefusedError(
            f"{said}: `named_by` has a second request start nothing, and an Express machine starts again whatever the "
            "name: leave it out, or make the machine a Standard one"
        )
    if route.scopes and args.jwt is None:
        raise TriggerRefusedError(f"{said}: `scopes` are those of a token, and the API has no `jwt`")
