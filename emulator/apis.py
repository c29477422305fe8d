"""HTTP APIs of the embedded cloud that start executions themselves: ministack's call functions and other addresses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import apigateway, stepfunctions

_original: dict[str, Callable[..., Any]] = {}
_KEPT = ("integrationSubtype", "credentialsArn")


def install() -> None:
    """Take the place of ministack's integrations, in its process and before it starts."""
    for name, ours in REPLACED.items():
        _original[name] = getattr(apigateway, name)
        setattr(apigateway, name, ours)


def create_integration(api: str, data: Mapping[str, Any]) -> Any:
    answer = _original["_create_integration"](api, data)
    if answer[0] == 201:
        made = apigateway._integrations[api][json.loads(answer[2])["integrationId"]]
        made.update({name: data[name] for name in _KEPT if name in data})
        return apigateway._apigw_response(made, 201)
    return answer


async def invoke(
    integration: Mapping[str, Any], api: str, stage: str, path: str, method: str, headers: Any, body: bytes, *more: Any,
    **known: Any,
) -> Any:  # fmt: skip
    """Start an execution where the integration says so, and answer as its response parameters say."""
    if integration.get("integrationSubtype") != "StepFunctions-StartExecution":
        proxy = _original["_invoke_lambda_proxy"]
        return await proxy(integration, api, stage, path, method, headers, body, *more, **known)
    given = {name: _value(said, headers, body) for name, said in integration["requestParameters"].items()}
    names = {"StateMachineArn": "stateMachineArn", "Input": "input", "Name": "name"}
    status, answered, text = stepfunctions._start_execution(
        {names[name]: value for name, value in given.items() if value is not None}
    )
    mappings = (integration.get("responseParameters") or {}).get(str(status), {})
    return int(mappings.get("overwrite:statuscode", status)), answered, text


def _value(said: str, headers: Mapping[str, str], body: bytes) -> str | None:
    if said == "$request.body":
        return body.decode() or None
    header = said.removeprefix("$request.header.")
    return said if header == said else headers.get(header.lower())


REPLACED: Mapping[str, Callable[..., Any]] = {
    "_create_integration": create_integration,
    "_invoke_lambda_proxy": invoke,
}
"""What takes the place of which of ministack's functions."""
