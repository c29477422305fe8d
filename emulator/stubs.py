"""What stands for what the embedded cloud lacks: a file that says what tasks come to, and what resources are.

tasks:                                  # by a state's name, its path, or the call
  CheckIdentity: {result: {StatusCode: 200, ResponseBody: {ok: true}}}
  ecs:runTask.sync: [{error: ECS.AmazonECSException, cause: no capacity}, {result: {}, after: 2}]
resources:                              # by Pulumi's type, what AWS would add to their inputs
  aws:ecs/cluster:Cluster: {arn: "arn:aws:ecs:us-east-1:000000000000:cluster/documents"}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from asl.testing.outcomes import Outcome, Raises, Returns


class StubsError(ValueError):
    """A file of stubs cannot be read; the text says where, and what is wanted."""


@dataclass(frozen=True)
class Stubs:
    """What tasks come to, one outcome for each attempt, and the outputs of resources."""

    tasks: Mapping[str, list[Outcome]] = field(default_factory=dict[str, list[Outcome]])
    resources: Mapping[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])


def read_stubs(file: Path) -> Stubs:
    """The stubs in a YAML file.

    Raises:
        StubsError: naming the place that is wrong and what may stand there.
    """
    try:
        written = yaml.safe_load(file.read_text()) or {}
    except (OSError, yaml.YAMLError) as problem:
        raise StubsError(f"{file}: {problem}") from problem
    unknown = set(cast(dict[str, Any], written)) - {"tasks", "resources"} if isinstance(written, dict) else {"a list"}
    if unknown:
        raise StubsError(f"{file} holds {', '.join(sorted(unknown))}; 'tasks' and 'resources' may stand there")
    tasks: dict[str, Any] = written.get("tasks") or {}
    resources: dict[str, Any] = written.get("resources") or {}
    for type, outputs in resources.items():
        if not isinstance(outputs, dict):
            raise StubsError(f"{file}: resources.{type} has to be the outputs of the resource, by name")
    return Stubs({name: _outcomes(file, name, given) for name, given in tasks.items()}, resources)


def _outcomes(file: Path, name: str, given: Any) -> list[Outcome]:
    every: list[Any] = cast(list[Any], given) if isinstance(given, list) else [given]
    return [_outcome(f"{file}: tasks.{name}", one) for one in every]


def _outcome(place: str, given: Any) -> Outcome:
    wanted = "{result: ...} or {error: NAME, cause: TEXT}, each with 'after: SECONDS' where it takes time"
    if not isinstance(given, dict) or ("result" in given) == ("error" in given):
        raise StubsError(f"{place} has to be {wanted}")
    spec = cast(dict[str, Any], given)
    if unknown := set(spec) - {"result", "error", "cause", "after"}:
        raise StubsError(f"{place} holds {', '.join(sorted(unknown))}; it has to be {wanted}")
    if "error" in spec:
        return Raises(str(spec["error"]), spec.get("cause"), float(spec.get("after", 0)))
    return Returns(spec["result"], float(spec.get("after", 0)))
