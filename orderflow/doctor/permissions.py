"""Roles: do they allow what is derived once more from what is deployed? IAM's own simulator says.

It knows the policies of the role, its permissions boundary and the organization's, and not those of what is called:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from asl import Account, Allow, PermissionsError, Statement, allow, check, document, grants
from asl.permissions import roles
from asl.permissions.policy import allowed
from orderflow.doctor.apis import routes_of
from orderflow.doctor.lines import DEPLOY, OLDER, Connect, Seen, Told
from orderflow.documents import at, is_list, is_object, parse_object


def of_machine(connect: Connect, told: Told) -> Iterator[Seen]:
    """What its definition calls, and what was declared beside it."""
    machine = connect("stepfunctions").describe_state_machine(stateMachineArn=told.text("versionArn"))
    definition = parse_object(machine["definition"])
    if any(finding.rule.severity == "error" for finding in check(definition, type=machine["type"])):
        yield Seen("unseen", "not known: the definition has errors", "mend the definition, and deploy")
        return
    declared = at(told.value, "allow")
    try:
        statements = grants(definition, allow=[_declared(one) for one in (declared if is_list(declared) else ())])
    except PermissionsError as error:
        yield Seen("unseen", f"not known: {error.problems[0]}", OLDER)
        return
    statements += _of_keys(told)
    if at(machine, "loggingConfiguration", "level") not in (None, "OFF"):
        statements.append(roles.MACHINE_LOGGING)
    if at(machine, "tracingConfiguration", "enabled") is True:
        statements.append(roles.MACHINE_TRACING)
    where = _account(told.text("arn"))
    yield from asked(connect, machine["roleArn"], document(statements, where, {"Machine": machine["name"]}))


def of_function(connect: Connect, told: Told) -> Iterator[Seen]:
    """The calls that the stack says it makes."""
    describe, version = connect("lambda").get_function_configuration, told.text("version")
    function = describe(FunctionName=told.text("name"), Qualifier=version)
    where, statements = _account(told.text("aliasArn")), _of_calls(told)
    statements.append(roles.own_logging(where.arn("logs", f"log-group:{told.text('logGroup')}")))
    if at(function, "TracingConfig", "Mode") == "Active":
        statements.append(roles.FUNCTION_TRACING)
    yield from asked(connect, function["Role"], document(statements, where, {}))


def of_task(connect: Connect, told: Told) -> Iterator[Seen]:
    """The calls that the stack says its container makes."""
    task, statements = _task(connect, told), _of_calls(told)
    if statements and "taskRoleArn" not in task:
        yield Seen("wrong", "the container has no role, and the stack says that it makes calls", DEPLOY)
    elif statements:
        policy = document(statements, _account(told.text("arn")), {})
        yield from asked(connect, task["taskRoleArn"], policy)


def of_starting_task(connect: Connect, told: Told) -> Iterator[Seen]:
    """What ECS itself does with the execution role: fetches the image, and writes the log.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    task, where = _task(connect, told), _account(told.text("arn"))
    statements = [roles.own_logging(where.arn("logs", f"log-group:{told.text('logGroup')}"))]
    for container in task["containerDefinitions"]:
        if repository := roles.repository_arn(container["image"], where):
            statements += roles.pull_image(repository)
    yield from asked(connect, task["executionRoleArn"], document(statements, where, {}))


def _task(connect: Connect, told: Told) -> Mapping[str, Any]:
    return connect("ecs").describe_task_definition(taskDefinition=told.text("arn"))["taskDefinition"]


def of_pipe(connect: Connect, told: Told) -> Iterator[Seen]:
    """A pipe that may not read its stream or start its machine runs all the same, and carries nothing."""
    pipe = connect("pipes").describe_pipe(Name=told.text("arn").rpartition("/")[2])
    source, *others = (told.text(key) for key in ("sourceArn", "targetArn", "deadLetterArn"))
    waits = at(pipe, "TargetParameters", *_INVOCATION) != "FIRE_AND_FORGET"
    statements = roles.pipe(_SOURCES[source.split(":")[2]], source, *others, waits=waits)
    yield from asked(connect, pipe["RoleArn"], document(statements, _account(told.text("arn")), {}))


_SOURCES: Mapping[str, roles.Source] = {"dynamodb": "dynamodb", "kinesis": "kinesis", "sqs": "sqs"}
_INVOCATION = ("StepFunctionStateMachineParameters", "InvocationType")


def of_schedule(connect: Connect, told: Told) -> Iterator[Seen]:
    """What is started through an alias has to be allowed as the machine or function itself."""
    group, name = told.text("arn").rsplit("/", 2)[1:]
    schedule = connect("scheduler").get_schedule(GroupName=group, Name=name)
    target = told.text("targetArn").rpartition(":")[0]
    call = "states:startExecution" if target.split(":")[2] == "states" else "lambda:invoke"
    statements = document(allow(call, target), _account(target), {})
    yield from asked(connect, schedule["Target"]["RoleArn"], statements)


def of_api(connect: Connect, told: Told) -> Iterator[Seen]:
    """A machine is started by the API's role; the function that waits for one lets in the API by its own policy."""
    for key, route in routes_of(told).items():
        target, role = route["targetArn"], route.get("roleArn")
        if role is None:
            yield _lets_in(connect, told, key, target)
        else:
            policy = document([roles.start(target.rpartition(":")[0], waits=False)], _account(target), {})
            yield from asked(connect, role, policy)


def _lets_in(connect: Connect, told: Told, key: str, function: str) -> Seen:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    client, (name, _, alias) = connect("lambda"), function.rpartition(":")
    try:
        statements: list[Any] = json.loads(client.get_policy(FunctionName=name, Qualifier=alias)["Policy"])["Statement"]
    except client.exceptions.ResourceNotFoundException:
        statements = []
    api = f"{told.text('executionArn')}/"
    for one in statements:
        of = str(at(one, "Condition", "ArnLike", "AWS:SourceArn"))
        if at(one, "Principal", "Service") == "apigateway.amazonaws.com" and of.startswith(api):
            return Seen("ok", f"{key} may call {name}")
    return Seen("wrong", f"{key}: API Gateway may not call {function}, and the API answers 500", DEPLOY)


def _of_calls(told: Told) -> list[Statement]:
    """What code may do by the calls that the stack says it makes."""
    calls = at(told.value, "calls")
    if not is_object(calls):
        raise told.lacking("calls")
    statements = [statement for arn, made in calls.items() for call in made for statement in allow(call, arn)]
    return statements + _of_keys(told)


def _of_keys(told: Told) -> list[Statement]:
    """What the topics that are published to are encrypted with."""
    keys = at(told.value, "keys")
    if not is_list(keys):
        raise told.lacking("keys")
    return [roles.publish_encrypted(arn) for arn in keys]


def _declared(entry: Any) -> Allow:
    """As the program declared it; JSON has no tuples."""
    fields: dict[str, Any] = {**entry, "actions": tuple(entry["actions"])}
    return Allow(**fields)


def _account(arn: str) -> Account:
    _, partition, _, region, id, *_ = arn.split(":")
    return Account(partition, region, id)


def asked(connect: Connect, role_arn: str, policy: Mapping[str, Any]) -> Iterator[Seen]:
    """Ask about every action on every resource of `policy`: what is denied, or how much is allowed."""
    together: dict[tuple[str, str], list[str]] = {}
    for one in allowed(policy):
        together.setdefault((one.resource, one.condition), []).append(one.action)
    iam, count, denied = connect("iam"), 0, dict[tuple[str, str], list[str]]()
    for (resource, condition), actions in together.items():
        count += len(set(actions))
        for answer in _answers(iam, role_arn, sorted(set(actions)), resource, _context(condition)):
            if answer["EvalDecision"] != "allowed":
                denied.setdefault((_by_whom(answer), answer["EvalActionName"]), []).append(resource)
    name = role_arn.rpartition("/")[2]
    for (by_whom, action), resources in denied.items():
        yield Seen("wrong", f"{by_whom} {action} on {', '.join(resources)}", f"{DEPLOY}; the role is {name}")
    if not denied:
        yield Seen("ok", f"{count} permissions allowed")


def _answers(
    iam: Any, role_arn: str, actions: Sequence[str], resource: str, context: Sequence[Mapping[str, Any]]
) -> Iterable[Mapping[str, Any]]:
    """IAM's answers for one resource. Actions about which it wants to know different things are asked one by one."""
    try:
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role_arn, ActionNames=actions, ResourceArns=[_example(resource)], ContextEntries=context
        )
        return [answer for page in pages for answer in page["EvaluationResults"]]
    except iam.exceptions.InvalidInputException:
        if len(actions) == 1:
            raise
        return [answer for one in actions for answer in _answers(iam, role_arn, [one], resource, context)]


def _context(condition: str) -> list[dict[str, Any]]:
    """A request that meets a statement's conditions, all of which compare texts."""
    conditions: dict[str, dict[str, Any]] = json.loads(condition or "{}")
    wanted = [pair for keys in conditions.values() for pair in keys.items()]
    values = {key: value[0] if is_list(value) else value for key, value in wanted}
    return [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value.replace("*", "any")]}
        for key, value in values.items()
    ]


def _example(resource: str) -> str:
    """One of what a pattern of ARNs stands for: a request has no `*` in it."""
    return resource if resource == "*" else resource.replace("*", "any")


def _by_whom(answer: Mapping[str, Any]) -> str:
    if at(answer, "OrganizationsDecisionDetail", "AllowedByOrganizations") is False:
        return "the organization denies"
    if at(answer, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary") is False:
        return "the permissions boundary denies"
    return "explicitly denied:" if answer["EvalDecision"] == "explicitDeny" else "not allowed:"
