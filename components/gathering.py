"""Finding what a definition refers to: components, resources and Outputs among plain JSON, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pulumi

from asl.integrations.resource_parameters import DATA, Form, phrase, service_of, wanted
from asl.syntax.python_words import written_by_mistake

from .json_values import UnfitError, scalar
from .references import Expected, Gathered, Referable, Reference, ReferencesRefusedError
from .resource_types import described, type_of


def gather(definition: Mapping[str, Any], *, machine: str = "") -> Gathered:
    """Replace every component, resource and Output in `definition` by a reference; `definition` stays as it is.

    A resource stands for what its parameter takes, by `asl.integrations.resource_parameters`; where the table does not
    know the parameter, its name's end says it (`…Arn`, `…Name`, `…Url`).

    Raises:
        ReferencesRefusedError: naming `machine` and the path of each value that is neither JSON nor a reference, of
            each resource that cannot stand where it does, and of two resources whose shared name tells them not apart.
    """
    gathering = _Gathering()
    tree = gathering.visit(definition, None, "", None)
    if gathering.problems:
        raise ReferencesRefusedError(machine, gathering.problems)
    return Gathered(tree, gathering.found, tuple(gathering.expected), machine)


Place: TypeAlias = "tuple[Place, str | int] | None"
"""Where a value stands: its surroundings and its key. Put into words only when it is needed."""


class _Gathering:
    """One pass through a definition."""

    def __init__(self) -> None:
        self.found: dict[str, Reference] = {}
        self.expected: list[Expected] = []
        self.problems: list[str] = []
        self._known: dict[tuple[int, str], Reference] = {}

    def visit(self, value: Any, place: Place, parameter: str, service: str | None) -> Any:
        """`value` with references in it. `service` is whose call's parameters it is among: None for any other field."""
        kind = type(value)
        if kind is int or kind is bool or value is None or (kind is str and not written_by_mistake(value)):
            return value
        if kind is dict or isinstance(value, Mapping):
            inside = _services(value, service)
            return {
                self._key(name, number, place, parameter, service): self.visit(
                    inner, (place, name if type(name) is str else _key_name(number)), name, inside(name)
                )
                for number, (name, inner) in enumerate(value.items(), 1)
            }
        if kind is list or isinstance(value, tuple):
            return [self.visit(inner, (place, index), parameter, service) for index, inner in enumerate(value)]
        try:
            # First, because an Output answers to any attribute, `reference` too: it lifts them from its value.
            if isinstance(value, pulumi.Output):
                return self._output(value, place, parameter, service)
            if isinstance(value, pulumi.Resource | Referable):
                reference = self._add(_standing_for(value, parameter, service), place)
                self.expected.append(Expected(_path(place), parameter, (), reference))
                return reference
            return scalar(value)
        except UnfitError as refused:
            self.problems.append(f"{_path(place)}: {refused}")
            return None

    def _output(self, output: pulumi.Output[Any], place: Place, parameter: str, service: str | None) -> Reference:
        reference = self._add(Reference(_path(place), output), place)
        if service is not None and (found := wanted(service, parameter)):
            self.expected.append(Expected(_path(place), parameter, found, reference))
        return reference

    def _key(self, name: Any, number: int, around: Place, parameter: str, service: str | None) -> Any:
        if type(name) is str and not written_by_mistake(name):
            return name
        before = len(self.problems)
        found = self.visit(name, (around, _key_name(number)), parameter, service)
        if not isinstance(found, str | Reference) and len(self.problems) == before:
            self.problems.append(f"{_path((around, _key_name(number)))}: a key has to be text")
        return found

    def _add(self, reference: Reference, place: Place) -> Reference:
        # One Output in many places is one unknown; the first place names it.
        reference = self._known.setdefault((id(reference.output), reference.suffix), reference)
        if self.found.setdefault(reference.name, reference).output is not reference.output:
            raise UnfitError(
                f"two different resources are called '{reference.name}'; rename one of them, or write its .arn"
            )
        return reference


def _services(node: Mapping[Any, Any], around: str | None) -> Callable[[Any], str | None]:
    """Whose call's parameters the fields of `node` hold: those of a task, or of what reads and writes a Map's items."""
    if around is not None:
        return lambda name: None if name in DATA else around
    called = node.get("Resource")
    service = service_of(called) if isinstance(called, str) else ""
    fields: dict[str, str] = {"Parameters": service, "Arguments": service} if service else {}
    if node.get("Type") == "Task":
        fields |= {"Resource": "", "Credentials": ""}
    return fields.get


_SUFFIXES: Mapping[str, Form] = {
    "Arn": "ARN", "ARN": "ARN", "Arns": "ARN", "ARNs": "ARN", "Name": "name", "Names": "name", "Url": "URL",
}  # fmt: skip


def _standing_for(value: pulumi.Resource | Referable, parameter: str, service: str | None) -> Reference:
    """What a resource stands for in `parameter`.

    Raises:
        UnfitError: when it is of another kind than the parameter takes, or nobody knows what it takes.
    """
    if not isinstance(value, pulumi.Resource):
        return value.reference()
    known = type_of(value)
    if isinstance(value, Referable) and not known.kind:
        return value.reference()
    offered = known.offers(value)
    takes = wanted(service, parameter) if service is not None else ()
    if takes:
        # What pulumi-aws calls a kind is all in the table: another of its types is of another kind.
        strange = not known.kind and value.pulumi_resource_type.startswith("aws:")
        forms: list[Form] = [
            one.form for one in takes if one.form in offered and known.kind in ("", one.kind) and not strange
        ]
        if not forms:
            call = ", or an integration such as arn:aws:states:::sqs:sendMessage" if parameter == "Resource" else ""
            raise UnfitError(f"{described(value)} cannot stand here: {parameter} takes {phrase(takes)}{call}")
    else:
        forms = [form for end, form in _SUFFIXES.items() if parameter.endswith(end) and form in offered]
    if not forms:
        choice = " or ".join(f".{name}" for name in offered.values()) or "the attribute that is meant"
        raise UnfitError(f"nobody knows what of {described(value)} is wanted here: write its {choice}")
    if "ARN" in forms and isinstance(value, Referable):
        return value.reference()
    attribute = offered[forms[0]]
    # What is no call's target, such as a name in data, may be anywhere.
    region = getattr(value, "region", None) if takes and value.pulumi_resource_type.startswith("aws:") else None
    return Reference(f"{value.pulumi_resource_name}.{attribute}", getattr(value, attribute), region=region)


def _key_name(number: int) -> str:
    return f"key{number}"


def _path(place: Place) -> str:
    if place is None:
        return ""
    outer, key = _path(place[0]), place[1]
    return f"{outer}[{key}]" if isinstance(key, int) else f"{outer}.{key}" if outer else key
