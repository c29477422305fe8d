"""The provider of the package: makes the components, and says what is wrong with an argument beside that argument."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError, InputPropertyError
from pulumi.output import Unknown
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import PropertyDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError
from pulumi.runtime.rpc import ResourceModule, register_resource_module

from ..naming import bounded_by
from . import resources, triggers
from .resources import made

NAME = "orderflow"
RESOURCES: list[type[pulumi.ComponentResource]] = [
    *(resources.StateMachine, resources.Function, resources.Queue, resources.Table, resources.Bucket),
    *(triggers.Schedule, triggers.EventRule, triggers.ObjectTrigger, triggers.QueueTrigger, triggers.StreamTrigger),
    triggers.HttpApi,
]


class Package(ComponentProvider):
    """The components by their schema, which Pulumi reads off their classes here."""

    def __init__(self) -> None:
        super().__init__(RESOURCES, NAME, None, metadata.version("orderflow"))

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Make one component. The stack's setting `orderflow:permissionsBoundary` is a policy's ARN for all its roles.

        Raises:
            InputPropertyError: for an argument that is none.
            InputPropertiesError: with what else the user has to mend, as the component says it; of both Pulumi shows
                no traceback.
        """
        self._require_known(inputs, self._component_defs[resource_type.rpartition(":")[2]].inputs)
        boundary = pulumi.Config(NAME).get("permissionsBoundary")
        bounded = pulumi.ResourceOptions(transformations=[bounded_by(boundary)] if boundary else [])
        try:
            return super().construct(name, resource_type, inputs, pulumi.ResourceOptions.merge(options, bounded))
        except ComponentInitError as error:
            if isinstance(error.inner, InputPropertyError):
                raise error.inner from None
            if isinstance(error.inner, pulumi.RunError):
                raise InputPropertiesError(str(error.inner), []) from None
            raise

    def _require_known(
        self, given: Mapping[str, Any], properties: Mapping[str, PropertyDefinition], path: str = ""
    ) -> None:
        for name, of in properties.items():
            value, inner = given.get(name), of.items or of.additional_properties or of
            if of.plain and isinstance(value, pulumi.Output | Unknown):
                reason = "has to be known in a preview, and is an output: write it, or read it from the configuration"
                raise InputPropertyError(f"{path}{name}", reason)
            if inner.ref and (found := self.get_type_definition(inner)):
                for at, one in _each(of, value):
                    self._require_known(one, found.properties, f"{path}{name}{at}.")


def _each(of: PropertyDefinition, value: Any) -> Iterator[tuple[str, Any]]:
    """What is in a list, a map or a single value, with its place there."""
    if value is None:
        return
    if of.items:
        yield from ((f"[{index}]", one) for index, one in enumerate(value))
    elif of.additional_properties:
        yield from ((f".{name}", one) for name, one in value.items())
    else:
        yield "", value


def host() -> None:
    """Serve the package, started by Pulumi."""
    register_resource_module(NAME, "index", _Made())
    main(Package(), sys.argv[1:])


class _Made(ResourceModule):
    """Finds what a program refers to: a component of this package is handed over by its URN."""

    def version(self) -> None:
        return None

    def construct(self, name: str, typ: str, urn: str) -> Any:
        """The component, or an unknown value for one that another process has made."""
        return made.get(urn) or Unknown()
