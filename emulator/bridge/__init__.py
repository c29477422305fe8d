"""From Pulumi resources to the real thing in the embedded cloud, by boto3: one class for each resource type.

Two ways lead here: `emulator.deploy`, where the SDK's mocks play the engine, and `emulator.engine.provider`, through
which Pulumi's own engine comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.bridge import (
    buckets,
    connections,
    containers,
    events,
    functions,
    http,
    identity,
    keys,
    machines,
    messaging,
    networks,
    observability,
    schedules,
    secrets,
    storage,
)
from emulator.bridge.resource import Inputs, Resource
from emulator.cloud import Cloud

RESOURCES: Mapping[str, Resource] = {
    **identity.RESOURCES,
    **keys.RESOURCES,
    **functions.RESOURCES,
    **storage.RESOURCES,
    **buckets.RESOURCES,
    **secrets.RESOURCES,
    **machines.RESOURCES,
    **messaging.RESOURCES,
    **schedules.RESOURCES,
    **events.RESOURCES,
    **observability.RESOURCES,
    **http.RESOURCES,
    **connections.RESOURCES,
    **containers.RESOURCES,
    **networks.RESOURCES,
}


class UnknownResourceTypeError(LookupError):
    """The program uses a resource type that the bridge cannot make."""


stubs: dict[str, dict[str, Any]] = {}
"""What AWS would add to the inputs of resources that the bridge cannot make, by type; see `emulator.stubs`."""


def resource(type: str) -> Resource:
    """How the bridge deals with one resource type.

    Raises:
        UnknownResourceTypeError: naming the type, where to add it, and how to do without.
    """
    if type not in RESOURCES:
        raise UnknownResourceTypeError(
            f"the bridge has no {type}; add it to a RESOURCES table in emulator/bridge/, or say in a file of stubs "
            f"what it gives (resources: {{{type}: {{arn: ...}}}}) and start with `make cloud STUBS=stubs.yaml`"
        )
    return RESOURCES[type]


def create(cloud: Cloud, type: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    """Make one resource in `cloud`; its id, and its inputs with what the cloud added.

    Raises:
        UnknownResourceTypeError: naming the type, and where to add it.
    """
    if type in stubs:
        return str(stubs[type].get("id", type)), {**inputs, **stubs[type]}
    kind = resource(type)
    id = kind.create(cloud, inputs)
    found = kind.read(cloud, id, inputs)
    return id, {**inputs, **(found.outputs if found else {})}


def invoke(token: str) -> dict[str, Any]:
    """What a data source of the program answers in the embedded cloud.

    Raises:
        UnknownResourceTypeError: naming the data source, and where to add it.
    """
    if token not in identity.INVOKE:
        raise UnknownResourceTypeError(
            f"the bridge has no {token}; add it to the INVOKE table in emulator/bridge/identity.py"
        )
    return identity.INVOKE[token]
