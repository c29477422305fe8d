"""Deploying the program into the embedded cloud: a preview first, as `pulumi up` does, then the real thing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.runtime.mocks import MockResourceArgs

from emulator import bridge
from emulator.cloud import Cloud
from emulator.program import ROOT, Engine, run_program
from orderflow.testing.program import revealed


class Preview(Engine):
    """Nothing is created and nothing is known: what a stack's very first preview sees. Keeps what would be made."""

    def __init__(self) -> None:
        self.resources: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.resources.append(args)
        return None, dict(args.inputs)


class Deployment(Engine):
    """Each new resource is made in the cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ.startswith("orderflow:"):
            return None, dict(args.inputs)
        return bridge.create(self.cloud, args.typ, revealed(args.inputs))


def deploy(
    cloud: Cloud,
    stack: str = "local",
    *,
    config: Mapping[str, str] | None = None,
    program: Path = ROOT / "__main__.py",
) -> dict[str, Any]:
    """Deploy `stack` into `cloud` and return its outputs, with the `endpointUrl` that clients need here.

    Raises whatever the program raises, a wrong definition's `asl.DefinitionError` among it, before anything is made.
    """
    preview(stack, config=config, program=program)
    return up(cloud, stack, config=config, program=program)


def preview(
    stack: str = "local", *, config: Mapping[str, str] | None = None, program: Path = ROOT / "__main__.py"
) -> None:
    """Run the program for `stack`, in which nothing is known and nothing made. Raises whatever the program raises."""
    run_program(Preview(), stack, preview=True, config=config, program=program)


def up(
    cloud: Cloud,
    stack: str = "local",
    *,
    config: Mapping[str, str] | None = None,
    program: Path = ROOT / "__main__.py",
) -> dict[str, Any]:
    """Make everything in `cloud`, after a preview; as `deploy`."""
    outputs = run_program(Deployment(cloud), stack, config=config, program=program)
    return {**outputs, "endpointUrl": cloud.endpoint}
