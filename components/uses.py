"""What code works on: how it learns the names, and the permissions for the calls that it makes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from asl import Statement, allow
from asl.permissions.roles import publish_encrypted

from .bucket import Bucket
from .state_machine import StateMachine
from .storage import Index, Queue, Secret, Table
from .topic import Topic


@dataclass(frozen=True)
class Elsewhere:
    """What no component of this program made: its ARN, and what code calls it by: its name, its URL or the ARN, too."""

    arn: pulumi.Output[str]
    called: pulumi.Output[str]


_SERVICES: Mapping[type, str] = {
    **dict.fromkeys((Table, Index), "dynamodb"),
    Bucket: "s3",
    Queue: "sqs",
    StateMachine: "states",
    Secret: "secretsmanager",
    Topic: "sns",
}
"""What IAM calls the service of each kind of resource."""


@dataclass(frozen=True)
class Use:
    """What a function or a task works on, and the calls it makes there, such as `dynamodb:updateItem`.

    It reads from the environment variable `variable` the name of a table or bucket, the URL of a queue, and the ARN of
    anything else. An index has the name of its table, and the calls are allowed on the index alone.
    """

    variable: str
    resource: Table | Index | Bucket | Queue | StateMachine | Secret | Topic | Elsewhere
    calls: tuple[str, ...]


def wrong_with_uses(uses: Sequence[Use], environment: Mapping[str, object]) -> Iterator[str]:
    """What no policy could be written of, or code would read from its environment in vain."""
    told: dict[str, object] = {}
    for use in uses:
        if told.setdefault(use.variable, use.resource) is not use.resource:
            yield f"`uses` has two resources for {use.variable}: give each a variable of its own"
        if use.variable in environment:
            yield f"`environment` has {use.variable}, which `uses` has, too: call one of them otherwise"
        if isinstance(use.calls, str):
            yield f"the calls of {use.variable} are a tuple, such as ({use.calls!r},), not a text"
            continue
        for call in use.calls:
            yield from (f"the calls of {use.variable}: {wrong}" for wrong in _wrong_with_call(call, use.resource))


def _wrong_with_call(call: str, resource: object) -> Iterator[str]:
    try:
        actions = [action for statement in allow(call, "*") for action in statement.actions]
    except (KeyError, ValueError) as error:
        yield error.args[0]
        return
    service = next((service for kind, service in _SERVICES.items() if isinstance(resource, kind)), None)
    if service and not any(action.startswith(f"{service}:") for action in actions):
        yield f"'{call}' is no call on a {type(resource).__name__}, whose calls are of {service}"


def permissions(uses: Sequence[Use]) -> tuple[list[Statement], dict[str, pulumi.Output[str]]]:
    """The statements for all calls, and what stands for each name in them."""
    statements: list[Statement] = []
    values: dict[str, pulumi.Output[str]] = {}
    for use in uses:
        values[use.variable] = use.resource.arn
        statements += [one for call in use.calls for one in allow(call, f"${{{use.variable}}}")]
        if isinstance(use.resource, Topic):
            values[f"{use.variable}_KEY"] = use.resource.key.arn
            statements.append(publish_encrypted(f"${{{use.variable}_KEY}}"))
    return statements, values


def keys(uses: Sequence[Use]) -> list[pulumi.Output[str]]:
    """The keys of the topics that are published to."""
    return [use.resource.key.arn for use in uses if isinstance(use.resource, Topic)]


def variables(uses: Sequence[Use]) -> dict[str, pulumi.Output[str]]:
    """The environment in which the names are read."""
    return {use.variable: _named(use.resource) for use in uses}


def _named(
    resource: Table | Index | Bucket | Queue | StateMachine | Secret | Topic | Elsewhere,
) -> pulumi.Output[str]:
    if isinstance(resource, Elsewhere):
        return resource.called
    if isinstance(resource, Queue):
        return resource.url
    return resource.name if isinstance(resource, Table | Index | Bucket) else resource.arn


def calls(uses: Sequence[Use]) -> pulumi.Output[dict[str, list[str]]]:
    """The calls, by the ARN of what they are made on."""
    used = [use for use in uses if use.calls]

    def by_arn(arns: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for arn, use in zip(arns, used, strict=True):
            found.setdefault(arn, []).extend(use.calls)
        return found

    return pulumi.Output.all(*(use.resource.arn for use in used)).apply(by_arn)
