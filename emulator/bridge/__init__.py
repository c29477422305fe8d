"""From a Pulumi resource to the real thing in the embedded cloud, by boto3.

One function for each resource type that the program uses: inputs as pulumi-aws names them, in camel case, go in; the
resource's id and its outputs come out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.bridge import functions, identity, machines, messaging, observability, storage
from emulator.bridge.types import Create, Created
from emulator.cloud import Cloud

CREATE: Mapping[str, Create] = {
    **identity.CREATE,
    **functions.CREATE,
    **storage.CREATE,
    **machines.CREATE,
    **messaging.CREATE,
    **observability.CREATE,
}


class UnknownResourceTypeError(LookupError):
    """The program uses a resource type that the bridge cannot make."""


def create(cloud: Cloud, type: str, name: str, inputs: Mapping[str, Any]) -> Created:
    """Make one resource in `cloud`.

    Raises:
        UnknownResourceTypeError: naming the type, and where to add it.
    """
    if type not in CREATE:
        raise UnknownResourceTypeError(
            f"{name}: the bridge has no {type}; add it to the CREATE table in emulator/bridge/"
        )
    return CREATE[type](cloud, inputs)


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
