"""What the parts of the bridge have in common: how one resource type is made, read, changed and deleted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from emulator.cloud import Cloud

Inputs: TypeAlias = Mapping[str, Any]
"""A resource's inputs as pulumi-aws names them, in camel case."""


@dataclass(frozen=True)
class Found:
    """A resource as it is in the cloud: those inputs that the cloud tells, and what it added to them."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]


class Resource(ABC):
    """One resource type of pulumi-aws.

    `replaced_by` are the inputs whose change makes a new resource, by their paths (`ttl.attributeName`): the type's
    create-only properties in CloudFormation, except where pulumi-aws is known to differ; tests/infra holds them against
    AWS's schemas. `outputs` is what the cloud adds. `autonamed` says whether pulumi-aws would make up the name: then it
    deletes a resource with a name of the user's before it makes the new one.
    """

    replaced_by: ClassVar[frozenset[str]]
    outputs: ClassVar[tuple[str, ...]] = ("arn",)
    autonamed: ClassVar[bool] = True

    @abstractmethod
    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        """Make it and return its id."""

    @abstractmethod
    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        """How it is now, or None when it is gone. `known` is what is remembered of it: nothing when it is imported."""

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        """Change in place what differs between `old` and `new`."""
        raise NotImplementedError(f"{type(self).__name__} is never changed in place")

    @abstractmethod
    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        """Delete it; one that is gone already is none of its worries."""

    def moved(self, changed: Collection[str]) -> tuple[str, ...]:
        """The outputs that a change of the inputs `changed` in place gives new values."""
        return ()


def pairs(tags: Mapping[str, str] | None, *, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most services want them."""
    return [{key: name, value: text} for name, text in (tags or {}).items()]


def unpaired(tags: Collection[Mapping[str, str]], *, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as Pulumi wants them."""
    return {tag[key]: tag[value] for tag in tags}


def pascal(value: Any, renamed: Mapping[str, str] | None = None) -> Any:
    """A structure of inputs as most services want it: keys in Pascal case or `renamed`, whole numbers as integers."""
    if isinstance(value, Mapping):
        names = {key: key[0].upper() + key[1:] for key in value}
        return {(renamed or {}).get(name, name): pascal(value[key], renamed) for key, name in names.items()}
    if isinstance(value, list):
        return [pascal(item, renamed) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def chosen(inputs: Inputs, *names: str) -> dict[str, Any]:
    """Those of the inputs `names` that are given."""
    return {name: inputs[name] for name in names if inputs.get(name) is not None}


def dropped(old: Inputs, new: Inputs) -> list[str]:
    """The tags that `new` no longer has."""
    return [name for name in old.get("tags") or {} if name not in (new.get("tags") or {})]


def differs(old: Inputs, new: Inputs, *names: str) -> bool:
    """Whether one of these inputs has changed."""
    return any(old.get(name) != new.get(name) for name in names)
