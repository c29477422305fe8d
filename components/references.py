"""What a definition refers to, and its text once all of that is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import pulumi

from asl.integrations.resource_parameters import Wanted, mismatch, phrase, strange_account

from .json_values import UnfitError, known_value


@runtime_checkable
class Referable(Protocol):
    """A component that knows how a definition should name it: by its ARN, with what belongs to it."""

    def reference(self) -> Reference: ...


@dataclass(frozen=True, eq=False)
class Reference:
    """A value that is not known yet: `${name}` followed by `suffix`, where `output` is what `${name}` stands for.

    `key` is the ARN of the key that what it names is encrypted with, where whoever uses it needs that, too. `region` is
    where it is, of a resource that says so. `roles` are the ARNs of those that whoever runs it hands over.
    """

    name: str
    output: pulumi.Output[Any]
    suffix: str = ""
    key: pulumi.Output[str] | None = None
    region: pulumi.Output[str] | None = None
    roles: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])

    def __str__(self) -> str:
        return f"${{{self.name}}}{self.suffix}"


class ReferencesRefusedError(pulumi.RunError):
    """What a definition cannot hold, which Pulumi shows as what the user has to mend. `problems` names each place.

    No ValueError: one that is raised while Outputs are resolved Pulumi wraps, and shows with a traceback.
    """

    def __init__(self, machine: str, problems: Iterable[str]) -> None:
        self.problems = tuple(f"{machine}: {problem}" if machine else problem for problem in problems)
        super().__init__("\n".join(self.problems))


class Expected(NamedTuple):
    """An Output that names a resource, and what it has to turn out to be: what is `wanted`, and a text in any case."""

    path: str
    parameter: str
    wanted: Wanted
    reference: Reference


@dataclass(frozen=True)
class Gathered:
    """A definition in which each component and Output has become a `Reference`."""

    tree: Any
    references: Mapping[str, Reference] = field(default_factory=dict[str, Reference])
    expected: tuple[Expected, ...] = ()
    machine: str = ""

    def symbolic(self) -> Any:
        """The definition as plain JSON, with `${name}` for what is not known: for checks, grants, pictures."""
        return _filled(self.tree, str)

    def standing_in(self, value: object) -> Any:
        """The definition as plain JSON, with `value` for each Output that may be anything."""
        texts = self._texts()
        return _filled(self.tree, lambda one: str(one) if one.suffix or one.name in texts else value, str)

    def open_paths(self) -> set[str]:
        """Where an Output stands that may be anything: no part of a text, and no resource's name."""
        texts = self._texts()
        return {path for path, one in _standing(self.tree, "") if not one.suffix and one.name not in texts}

    def _texts(self) -> set[str]:
        return {one.reference.name for one in self.expected if not one.wanted}

    def keys(self) -> dict[str, Reference]:
        """The keys that whoever uses what is referred to needs."""
        found = ((f"{one.name}.key", one.key) for one in self.references.values())
        return {name: Reference(name, key) for name, key in found if key}

    def require_region(self, region: str, found: Mapping[str, str]) -> None:
        """Hold where resources are, by their references' names, against where the machine is.

        https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html

        Raises:
            ReferencesRefusedError: for those elsewhere.
        """
        elsewhere = {one.reference.name: one.path for one in reversed(self.expected)}
        problems = [
            f"{elsewhere.get(name, name)}: {name} is in {where}, and the machine is in {region}: Step Functions reaches"
            f" no resource of another region"
            for name, where in found.items()
            if isinstance(where, str) and where != region
        ]
        if problems:
            raise ReferencesRefusedError(self.machine, problems)

    def values(self) -> pulumi.Output[dict[str, Any]]:
        """Every reference's value by its name, known when all are.

        `pulumi.Output.all` would do, with three tasks on the event loop for each Output: here it is four in all.
        """
        outputs = {name: reference.output for name, reference in self.references.items()}

        async def resources() -> set[pulumi.Resource]:
            return set().union(*[await output.resources() for output in outputs.values()])

        async def values() -> dict[str, Any]:
            return {name: await output.future(with_unknowns=True) for name, output in outputs.items()}

        async def known() -> bool:
            return all([await output.is_known() for output in outputs.values()])

        async def secret() -> bool:
            return any([await output.is_secret() for output in outputs.values()])

        return pulumi.Output(resources(), values(), known(), secret())

    def render(self, values: Mapping[str, Any]) -> str:
        """The definition as the JSON text that AWS gets. Its keys are sorted: in which order they were written, other
        languages do not tell, and what only reorders them deploys nothing.

        Raises:
            ReferencesRefusedError: when a value is no JSON, no text where text is needed, or names a resource of
                another kind than its parameter takes. Values are never repeated: they may be secret.
        """
        known, problems = dict[str, Any](), list[str]()
        for name, reference in self.references.items():
            try:
                known[name] = known_value(values[name])
            except UnfitError as refused:
                problems.append(f"{name}: its value {refused}")
            else:
                if reference.suffix and not isinstance(known[name], str):
                    problems.append(f"{name}: its value is no text, and '{reference.suffix}' is to follow it")
        problems += [found for one in self.expected if one.reference.name in known for found in _unexpected(one, known)]
        if problems:
            raise ReferencesRefusedError(self.machine, problems)

        def resolve(reference: Reference) -> Any:
            value = known[reference.name]
            return f"{value}{reference.suffix}" if reference.suffix else value

        for path, keys in _keyed(self.tree, ""):
            texts = [resolve(key) if isinstance(key, Reference) else key for key in keys]
            if not all(isinstance(text, str) for text in texts):
                problems.append(f"{path}: has a key whose value is no text")
            elif len(set(texts)) < len(texts):
                problems.append(f"{path}: has two keys that are the same text")
        if problems:
            raise ReferencesRefusedError(self.machine, problems)
        return json.dumps(_filled(self.tree, resolve), allow_nan=False, sort_keys=True)


def _unexpected(one: Expected, known: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with what an Output has turned out to be, in the parameter where it stands."""
    value = known[one.reference.name]
    if not one.wanted:
        if not isinstance(value, str):
            yield f"{one.path}: {one.reference.name} is no text"
        return
    for element in value if isinstance(value, list) else [value]:
        if found := mismatch(one.wanted, element):
            yield f"{one.path}: its value {found}, and {one.parameter} takes {phrase(one.wanted)}"
        elif account := strange_account(element):
            yield f"{one.path}: its value names an account of {len(account)} digits, and accounts have twelve"


def _filled(node: Any, value: Callable[[Reference], Any], key: Callable[[Reference], Any] | None = None) -> Any:
    """`node` with `value` for its references, and `key`, unless given the same, for those among its keys."""
    kind = type(node)
    if kind is dict:
        named = key or value
        return {
            named(name) if type(name) is Reference else name: _filled(inner, value, key) for name, inner in node.items()
        }
    if kind is list:
        return [_filled(inner, value, key) for inner in node]
    return value(node) if kind is Reference else node


def _standing(node: Any, path: str) -> Iterator[tuple[str, Reference]]:
    """The references among the values, with the paths where they stand."""
    if type(node) is dict:
        for name, inner in node.items():
            yield from _standing(inner, f"{path}.{name}" if path else str(name))
    elif type(node) is list:
        for index, inner in enumerate(node):
            yield from _standing(inner, f"{path}[{index}]")
    elif type(node) is Reference:
        yield path, node


def _keyed(node: Any, path: str) -> Iterator[tuple[str, list[str | Reference]]]:
    """The objects that have references among their keys, with those keys."""
    if type(node) is dict:
        if any(type(name) is Reference for name in node):
            yield path, list(node)
        for name, inner in node.items():
            yield from _keyed(inner, f"{path}.{name}" if path else str(name))
    elif type(node) is list:
        for index, inner in enumerate(node):
            yield from _keyed(inner, f"{path}[{index}]")
