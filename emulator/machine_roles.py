"""The embedded cloud's ministack with its machines held to their roles: IAM is asked before each call of a task.

By itself ministack asks IAM about requests that reach it by HTTP only, and a task's call stays inside its process. Here
the call is put as the request that it would be; ministack's own code says which action on which resource that is, and
its own evaluator whether the machine's role allows it. A denied call fails the task with the error that AWS gives it.

A function that answers a task's token is asked about the machine of that task, which ministack cannot tell by itself.

The role's own policies are asked, not those of what is called. What AWS wants the role for beside the calls of tasks is
not asked either: log delivery, X-Ray, the event rules and the polling of `.sync`, roles that are handed over.
"""

from __future__ import annotations

import json
import re
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ministack.core import iam_actions
from ministack.core.iam_actions import extract_iam_action, extract_resource_arn, identity_denial_message
from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, evaluate
from ministack.services import stepfunctions

from asl.running.calls import Call
from emulator import step_functions

_CALL = re.compile(r"arn:aws:states:::(?P<sdk>aws-sdk:)?(?P<service>[^:]+):(?P<call>\w+)")
_ERRORS = {
    "dynamodb": "DynamoDB.AmazonDynamoDBException",
    "lambda": "Lambda.AWSLambdaException",
    "sns": "SNS.AuthorizationErrorException",
    "sqs": "SQS.AmazonSQSException",
    "states": "StepFunctions.AWSStepFunctionsException",
}
"""What optimised integrations fail with when access is denied: an exception of the service's SDK for Java, the base
class where it has none for that. Others get the name that AWS documents for all:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""


@dataclass(frozen=True)
class Request:
    """A task's call as the request that ministack would route to `service`, and the task's error if it is denied."""

    service: str
    error: str
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    query: dict[str, Any] = field(default_factory=dict[str, Any])

    def action(self) -> str | None:
        return extract_iam_action(self.service, "POST", self.path, self.headers, self.body, self.query)

    def target(self, region: str, account: str) -> str:
        where = (region, account)
        return _target(self.service, "POST", self.path, self.headers, self.body, self.query, *where)


_QUALIFIED = ("stateMachineAliasArn", "stateMachineVersionArn", "stateMachineArn")


def _target(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
    """What IAM is asked about. What is done to a version or an alias is asked about their machine:
    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    A task of ECS is run of its definition:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html"""
    given = json.loads(body) if service in ("states", "ecs") and body else {}
    if service == "ecs" and "taskDefinition" in given:
        return str(given["taskDefinition"])
    for name in _QUALIFIED:
        if name in given:
            return ":".join(str(given[name]).split(":")[:7])
    return extract_resource_arn(service, method, path, headers, body, *rest)


def as_request(resource: str, given: dict[str, Any]) -> Request:
    """The call of a Task with this `Resource`, which is `given` these arguments."""
    call = _CALL.match(resource)
    if call is None or (call["service"], call["call"]) == ("lambda", "invoke"):
        function = quote(given["FunctionName"] if call else resource, safe="")
        return Request("lambda", _ERRORS["lambda"], f"/2015-03-31/functions/{function}/invocations")
    name = call["service"]
    service = str(stepfunctions._AWS_SDK_SERVICE_MAP.get(name, {}).get("service_key", name))
    prefix = stepfunctions._AWS_SDK_ERROR_PREFIX.get(name, name.capitalize())
    error = f"{prefix}.{prefix}Exception" if call["sdk"] else _ERRORS.get(service, "States.Permissions")
    headers = {"x-amz-target": f"{service}.{call['call'][0].upper()}{call['call'][1:]}"}
    # Services name their parameters with a capital or without, and look for them in the body or the query.
    body = given | {name[:1].lower() + name[1:]: value for name, value in given.items()}
    return Request(service, error, headers=headers, body=json.dumps(body).encode(), query=given)


def require_permission(call: Call) -> None:
    """Fail a task where its machine's role does not allow the call."""
    resource = call.resource.removesuffix(".waitForTaskToken")
    request = as_request(resource, dict(call.arguments) if isinstance(call.arguments, dict) else {})
    action = request.action()
    if call.kind == "activity" or action is None:
        return  # nothing is called, or nothing that ministack could run
    role, region = call.frame.execution.names.role, stepfunctions.get_region()
    account, name = role.split(":")[4], role.rpartition("/")[2]
    principal, target = f"arn:aws:sts::{account}:assumed-role/{name}/machine", request.target(region, account)
    asked = EvalContext(principal, "AssumedRole", account, action, target, region)
    decision = evaluate(asked, _gather_role_policies(name, account)).decision
    if decision != "Allow":
        cause = identity_denial_message(action, principal, target, decision == "Deny")
        raise stepfunctions._ExecutionError(request.error, cause)


def hold_machines_to_their_roles() -> None:
    """Put IAM before the calls of every task that runs in this process from now on."""

    def target_of(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        token = json.loads(body).get("taskToken") if service == "states" and body else None
        call = step_functions.engine().calls.get(token) if token else None
        if token:
            # The children of a Distributed Map run as their machine: `stateMachine:NAME/LABEL`.
            return call.frame.execution.names.machine_arn().partition("/")[0] if call else "*"
        return _target(service, method, path, headers, body, *rest)

    step_functions.before_call.append(require_permission)
    iam_actions.extract_resource_arn = target_of


if __name__ == "__main__":
    hold_machines_to_their_roles()
    runpy.run_path(str(Path(__file__).with_name("ministack_as_aws.py")), run_name="__main__")
