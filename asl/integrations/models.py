"""What AWS's own models say of a call: its parameters, its result and its errors, as Step Functions spells them.

The models are botocore's data files. They are read where botocore is installed, without loading it; where it is not
nothing is known. An AWS SDK integration is spelled as the AWS SDK for Java 2 spells it, in PascalCase:
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from asl.syntax.shapes import Object, as_list, as_object, as_text

Base: TypeAlias = Literal[
    "structure", "list", "map", "string", "integer", "number", "boolean", "timestamp", "blob", "anything"
]
_BASES: Mapping[object, Base] = {
    "structure": "structure", "list": "list", "map": "map", "string": "string", "boolean": "boolean", "blob": "blob",
    "integer": "integer", "long": "integer", "float": "number", "double": "number", "timestamp": "timestamp",
}  # fmt: skip
_RESERVED = frozenset((
    "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue", "default",
    "do", "double", "else", "enum", "equals", "extends", "final", "finally", "float", "for", "goto", "if", "implements",
    "import", "instanceof", "int", "interface", "long", "native", "new", "package", "private", "protected", "public",
    "return", "short", "static", "super", "switch", "synchronized", "this", "throw", "throws", "transient", "try",
    "void", "volatile", "while",
))  # fmt: skip
"""Names that Java keeps for itself: behind them the SDK writes Value, as in EqualsValue."""
_RENAMED = {"NULL": "Nul"}


class Member(NamedTuple):
    """A field of a structure: `name` as the SDK spells it, `api` as the service does, with a capital."""

    name: str
    api: str
    type: Type
    required: bool
    """Whether a call fails without it. What the SDK makes up where it is left out is not."""


@dataclass(frozen=True, eq=False)
class Type:
    """What a model says of a value."""

    name: str
    base: Base
    _shape: Object
    _model: _Model

    @cached_property
    def members(self) -> Mapping[str, Member]:
        """A structure's fields by the SDK's spelling."""
        required = {as_text(name) for name in as_list(self._shape.get("required"))}
        found = (
            Member(
                sdk_name(name),
                name[0].upper() + name[1:],
                self._model.type("" if "jsonvalue" in as_object(member) else as_object(member).get("shape")),
                name in required and not as_object(member).get("idempotencyToken"),
            )
            for name, member in as_object(self._shape.get("members")).items()
        )
        return {member.name: member for member in found}

    @cached_property
    def required(self) -> Sequence[str]:
        """The names of a structure's fields without which a call fails."""
        return [member.name for member in self.members.values() if member.required]

    @cached_property
    def by_api(self) -> Mapping[str, Member]:
        """A structure's fields by the service's own spelling, with a capital."""
        return {member.api: member for member in self.members.values()}

    @cached_property
    def element(self) -> Type:
        """Of a list."""
        return self._of("member")

    @cached_property
    def key(self) -> Type:
        """Of a map; of anything else, one that says nothing."""
        return self._of("key")

    @cached_property
    def value(self) -> Type:
        """Of a map."""
        return self._of("value")

    def _of(self, part: str) -> Type:
        return self._model.type(as_object(self._shape.get(part)).get("shape"))

    @property
    def least(self) -> int:
        """The length or number that it has at least."""
        found = self._shape.get("min")
        return found if isinstance(found, int) else 0

    @property
    def most(self) -> float:
        """The length or number that it has at most."""
        found = self._shape.get("max")
        return found if isinstance(found, int) else inf

    @cached_property
    def enum(self) -> tuple[str, ...]:
        """The words that a string can be; empty where it can be any."""
        return tuple(map(as_text, as_list(self._shape.get("enum"))))


class Operation(NamedTuple):
    """A call. `errors` are the names of its own errors, as the SDK spells them, without the service's prefix."""

    input: Type
    output: Type
    errors: tuple[str, ...]


class _Model:
    """One service's model. Its types are made when they are asked for, each once."""

    def __init__(self, text: bytes) -> None:
        model = as_object(json.loads(text))
        self._operations = as_object(model.get("operations"))
        self._shapes = as_object(model.get("shapes"))
        self._types: dict[str, Type] = {}

    def type(self, name: object) -> Type:
        """The type of a shape's name; one that says nothing where there is no such shape."""
        known = as_text(name)
        found = self._types.get(known)
        if found is None:
            shape = as_object(self._shapes.get(known))
            opaque = shape.get("document") or shape.get("eventstream")
            base = "anything" if opaque else _BASES.get(shape.get("type"), "anything")
            found = self._types[known] = Type(known, base, shape, self)
        return found

    def operation(self, name: str) -> Operation | None:
        node = as_object(self._operations.get(name))
        if not node:
            return None
        errors = (as_text(as_object(error).get("shape")) for error in as_list(node.get("errors")))
        return Operation(self._end(node, "input"), self._end(node, "output"), tuple(map(error_name, errors)))

    def _end(self, node: Object, end: str) -> Type:
        shape = as_object(node.get(end)).get("shape")
        return self.type(shape) if shape else Type("", "structure", {}, self)

    @cached_property
    def errors(self) -> frozenset[str]:
        """The errors of all calls, as the SDK spells them."""
        return frozenset(error_name(name) for name, shape in self._shapes.items() if as_object(shape).get("exception"))


@lru_cache(maxsize=4096)
def operation(id: str) -> Operation | None:
    """The call of `aws-sdk:ecs:runTask` or `ecs:runTask`; None where no model has it."""
    model = _model_of(id)
    call = id.rpartition(":")[2]
    return model.operation(call[:1].upper() + call[1:]) if model else None


def operation_errors(id: str) -> tuple[str, ...]:
    """A call's own errors, as the SDK spells them; empty where no model is there."""
    found = operation(id)
    return found.errors if found else ()


def service_errors(id: str) -> frozenset[str]:
    """The errors of all calls of the service of `id`; empty where no model is there."""
    model = _model_of(id)
    return model.errors if model else frozenset()


def error_prefix(id: str) -> str:
    """How errors of an AWS SDK integration begin, without the dot; empty for any other."""
    service = id.split(":")[1] if id.startswith("aws-sdk:") else ""
    return _names().get(service, ("", ""))[0]


def sdk_name(name: str) -> str:
    """A field's name as the SDK spells it: `DBInstanceIdentifier` is DbInstanceIdentifier, `roleARN` is RoleARN."""
    # The capitals at the beginning are one word; the last of them begins the next where a small letter follows.
    leading = re.match(r"[A-Z]+(?![a-z])|[A-Z]", name)
    small = name if leading is None else name[: leading.end()].lower() + name[leading.end() :]
    if small in _RESERVED:
        return f"{small[0].upper()}{small[1:]}Value"
    return _RENAMED.get(name, small[:1].upper() + small[1:])


def error_name(shape: str) -> str:
    """An error's name as the SDK spells it: `NoSuchKey` is NoSuchKeyException, `DBInstanceNotFoundFault`
    DbInstanceNotFoundException."""
    bare = re.sub(r"(Fault|Exception)$", "", shape)
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", bare)
    return "".join(word[0].upper() + word[1:].lower() for word in words) + "Exception"


@cache
def _names() -> Mapping[str, tuple[str, str]]:
    """Of each service of the AWS SDK integrations the prefix of its errors, and the folder of its model if named."""
    lines = Path(__file__).with_name("sdk_names.txt").read_text(encoding="utf-8").splitlines()
    parts = (line.partition(" ") for line in lines if not line.startswith("#"))
    return {prefix.lower(): (prefix, folder) for prefix, _, folder in parts}


@cache
def _folders() -> Mapping[str, Path]:
    """The models' folders by their names without hyphens; empty where botocore is not installed."""
    found = find_spec("botocore")
    places = list(found.submodule_search_locations or ()) if found else []
    data = [Path(place) / "data" for place in places]
    return {path.name.replace("-", ""): path for each in data if each.is_dir() for path in each.iterdir()}


_OPTIMISED = {"states": "stepfunctions"}
"""Services of optimised integrations whose models have other names."""


def _model_of(id: str) -> _Model | None:
    service = id.removeprefix("aws-sdk:").partition(":")[0]
    if id.startswith("aws-sdk:"):
        folder = _names().get(service, ("", ""))[1] or service
    else:
        folder = _OPTIMISED.get(service, service)
    return _model(folder.replace("-", ""))


@lru_cache(maxsize=64)
def _model(folder: str) -> _Model | None:
    """The newest model of a service; None where there is none."""
    path = _folders().get(folder)
    versions = sorted(_versions(path), reverse=True) if path else []
    if not versions:
        return None
    content = versions[0].read_bytes()
    return _Model(gzip.decompress(content) if versions[0].suffix == ".gz" else content)


def _versions(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*/service-2.json*") if path.suffix in (".gz", ".json"))
