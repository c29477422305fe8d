"""What a definition refers to: components and Outputs among plain JSON, gathered once and resolved in one pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import pulumi


@runtime_checkable
class Referable(Protocol):
    """A component that knows how a definition should name it."""

    def reference(self) -> Reference: ...


@dataclass(frozen=True, eq=False)
class Reference:
    """An unknown string: `${name}` followed by `suffix`, where `output` is what `${name}` stands for.

    `key` is the ARN of the key that what it names is encrypted with, where whoever uses it needs that, too.
    """

    name: str
    output: pulumi.Output[str]
    suffix: str = ""
    key: pulumi.Output[str] | None = None

    def __str__(self) -> str:
        return f"${{{self.name}}}{self.suffix}"


@dataclass(frozen=True)
class Gathered:
    """A definition in which each component and Output has become a `Reference`."""

    tree: Any
    references: Mapping[str, Reference] = field(default_factory=dict[str, Reference])

    def symbolic(self) -> Any:
        """The definition as plain JSON, with `${name}` for what is not known: for checks, grants, pictures."""
        return json.loads(json.dumps(self.tree, default=str))

    def keys(self) -> dict[str, Reference]:
        """The keys that whoever uses what is referred to needs."""
        found = ((f"{one.name}.key", one.key) for one in self.references.values())
        return {name: Reference(name, key) for name, key in found if key}

    def values(self) -> pulumi.Output[dict[str, str]]:
        """Every reference's value by its name, known when all are.

        `pulumi.Output.all` would do, with three tasks on the event loop for each Output: here it is four in all.
        """
        outputs = {name: reference.output for name, reference in self.references.items()}

        async def resources() -> set[pulumi.Resource]:
            return set().union(*[await output.resources() for output in outputs.values()])

        async def values() -> dict[str, str]:
            return {name: await output.future(with_unknowns=True) for name, output in outputs.items()}  # type: ignore[misc]

        async def known() -> bool:
            return all([await output.is_known() for output in outputs.values()])

        async def secret() -> bool:
            return any([await output.is_secret() for output in outputs.values()])

        return pulumi.Output(resources(), values(), known(), secret())

    def render(self, values: Mapping[str, str]) -> str:
        """The definition as the JSON text that AWS gets, keys in the order written."""

        def resolve(leaf: object) -> str:
            if not isinstance(leaf, Reference):
                raise TypeError(f"a definition cannot hold {leaf!r}: use JSON values, components or Outputs")
            return f"{values[leaf.name]}{leaf.suffix}"

        return json.dumps(self.tree, default=resolve)


def gather(definition: Mapping[str, Any]) -> Gathered:
    """Replace every component, resource and Output in `definition` by a reference; `definition` stays as it is.

    A resource stands for its URL, name or ARN by the parameter that holds it: `QueueUrl`, `TableName`, else the ARN.

    Raises:
        TypeError: naming the path of a value that is neither JSON nor a reference.
        ValueError: when two resources share a name and could not be told apart.
    """
    found: dict[str, Reference] = {}
    known: dict[tuple[int, str], Reference] = {}

    def visit(value: Any, place: Place, key: str) -> Any:
        kind = type(value)
        if kind is str or kind is int or kind is bool or kind is float or value is None:
            return value
        if kind is dict or isinstance(value, Mapping):
            return {name: visit(inner, (place, name), name) for name, inner in value.items()}
        if kind is list or isinstance(value, tuple):
            return [visit(inner, (place, index), key) for index, inner in enumerate(value)]
        reference = _reference(value, place, key)
        # One Output in many places is one unknown; the first place names it.
        reference = known.setdefault((id(reference.output), reference.suffix), reference)
        if found.setdefault(reference.name, reference).output is not reference.output:
            raise ValueError(
                f"{_path(place)}: two different resources are called '{reference.name}'; rename one of them"
            )
        return reference

    return Gathered(visit(definition, None, ""), found)


Place: TypeAlias = "tuple[Place, str | int] | None"
"""Where a value stands: its surroundings and its key. Put into words only when it is needed."""


def _path(place: Place) -> str:
    if place is None:
        return ""
    outer, key = _path(place[0]), place[1]
    return f"{outer}[{key}]" if isinstance(key, int) else f"{outer}.{key}" if outer else key


def _reference(value: Any, place: Place, key: str) -> Reference:
    # First, because an Output answers to any attribute, `reference` too: it lifts them from its value.
    if isinstance(value, pulumi.Output):
        return Reference(_path(place), value)
    if isinstance(value, Referable):
        return value.reference()
    attribute = "url" if key.endswith("Url") else "name" if key.endswith("Name") else "arn"
    if isinstance(value, pulumi.Resource) and hasattr(value, attribute):
        return Reference(f"{value.pulumi_resource_name}.{attribute}", getattr(value, attribute))
    raise TypeError(f"{_path(place)}: a definition cannot hold {value!r}: use JSON values, components or Outputs")
