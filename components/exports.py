"""What a stack tells of itself: docs/contract.md in code. Other projects and the command `orderflow` go by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from .alarms import Alarms
from .bucket import Bucket
from .connection import Connection
from .container_image import ContainerImage
from .function import DependencyLayer, Function
from .key import Key
from .logs import Logs
from .role import account
from .state_machine import StateMachine
from .storage import Queue, Secret, Table
from .task import Task
from .topic import Topic
from .triggers import HttpApi, Schedule, StreamTrigger
from .webhook import Webhook

CONTRACT = 1
"""Rises when an output is renamed, removed or means something else; stays when one is added."""


def export(logs: Logs, webhooks: Mapping[str, tuple[Webhook, Secret]], *parts: pulumi.Resource) -> None:
    """Make `parts` the outputs of the stack, each under its kind and name; and `webhooks`, each with its secret.

    Raises:
        TypeError: naming a part of which the contract has nothing to say.
    """
    kinds: dict[str, dict[str, Any]] = {kind: {} for kind, _ in _TOLD.values()}
    releases = [part.releases for part in parts if isinstance(part, StateMachine) and part.releases]
    parts = (*parts, *releases)
    for part in parts:
        if type(part) not in _TOLD:
            raise TypeError(f"a stack tells nothing of a {type(part).__name__}; say what in components/exports.py")
        kind, tell = _TOLD[type(part)]
        kinds[kind][getattr(part, "purpose", part.pulumi_resource_name)] = tell(part)
    pulumi.export("contract", CONTRACT)
    pulumi.export("region", account().apply(lambda where: where.region))
    for kind, told in kinds.items():
        pulumi.export(kind, told)
    pulumi.export("webhooks", {name: _webhook(*pair) for name, pair in webhooks.items()})
    groups = [part.log_group_name for part in parts if isinstance(part, StateMachine | Function | HttpApi | Task)]
    pulumi.export("logs", pulumi.Output.all(*groups).apply(lambda names: dict.fromkeys(names, logs.retention_days)))


def _machine(machine: StateMachine) -> dict[str, Any]:
    told = {"arn": machine.arn, "aliasArn": machine.alias_arn, "versionArn": machine.version_arn, "keys": machine.keys}
    if machine.releases:
        told["releasesArn"] = machine.releases.arn
    return told if machine.allow is None else {**told, "allow": machine.allow}


def _function(function: Function) -> dict[str, Any]:
    return {
        "name": function.name,
        "aliasArn": function.alias_arn,
        "version": function.version,
        "logGroup": function.log_group_name,
        "calls": function.calls,
        "keys": function.keys,
        **({"url": function.url} if function.url else {}),
    }


def _table(table: Table) -> dict[str, Any]:
    return {"name": table.name, "arn": table.arn, "streamArn": table.stream_arn, "recovery": table.recovery}


def _task(task: Task) -> dict[str, Any]:
    return {
        "arn": task.arn,
        "clusterArn": task.cluster_arn,
        "logGroup": task.log_group_name,
        "calls": task.calls,
        "keys": task.keys,
        "subnets": task.subnets,
        "publicIp": task.public_ip,
    }


def _api(api: HttpApi) -> dict[str, Any]:
    return {"url": api.url, "executionArn": api.execution_arn, "routes": api.routes}


def _connection(connection: Connection) -> dict[str, Any]:
    return {"name": connection.name, "arn": connection.arn, "standIn": connection.stand_in}


def _webhook(webhook: Webhook, secret: Secret) -> dict[str, Any]:
    return {"url": webhook.url, "aliasArn": webhook.alias_arn, "secretArn": secret.arn}


def _pipe(pipe: StreamTrigger) -> dict[str, Any]:
    ends = {"sourceArn": pipe.source_arn, "targetArn": pipe.target_arn, "deadLetterArn": pipe.dead_letters.arn}
    return {"arn": pipe.arn, **ends}


def _alarms(alarms: Alarms) -> dict[str, Any]:
    return {"topicArn": alarms.topic_arn, "subscriptionArn": alarms.subscription_arn, "names": alarms.names}


def _arn(part: DependencyLayer | Key | Topic | Secret) -> pulumi.Output[str]:
    return part.arn


_TOLD: Mapping[type[pulumi.Resource], tuple[str, Callable[[Any], Any]]] = {
    StateMachine: ("machines", _machine),
    Function: ("functions", _function),
    DependencyLayer: ("layers", _arn),
    Table: ("tables", _table),
    Queue: ("queues", lambda queue: {"url": queue.url, "arn": queue.arn}),
    Topic: ("topics", _arn),
    Key: ("keys", _arn),
    Bucket: ("buckets", lambda bucket: bucket.name),
    Secret: ("secrets", _arn),
    StreamTrigger: ("pipes", _pipe),
    HttpApi: ("apis", _api),
    Schedule: ("schedules", lambda schedule: {"arn": schedule.arn, "targetArn": schedule.target_arn}),
    Alarms: ("alarms", _alarms),
    Connection: ("connections", _connection),
    ContainerImage: ("images", lambda image: image.uri),
    Task: ("tasks", _task),
}
"""By a part's class the output that it goes into, and what is told of it there."""
