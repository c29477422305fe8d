"""This repository's program, run without Pulumi's command line and against the embedded cloud."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.runtime.mocks import MockCallArgs

from emulator import bridge
from orderflow.testing import program as programs
from orderflow.testing.project import Project

ROOT = Path(__file__).resolve().parent.parent
PROJECT = Project(ROOT)


class Engine(programs.Engine):
    """What plays Pulumi's engine where functions answer as the embedded cloud does."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return bridge.invoke(args.token), []


def stack_config(name: str) -> Mapping[str, str]:
    """The configuration that `pulumi` would hand to the program for a stack."""
    return PROJECT.configuration(name, {}).values


def load_components() -> None:
    """Have them for all runs of the program in this process, which forgets what a run was the first to load.

    They make nothing when they are loaded, and keep what they have read of handlers.
    """
    importlib.import_module("components")


def run_program(
    engine: programs.Engine,
    stack_name: str,
    *,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    program: Path | None = None,
) -> dict[str, Any]:
    """Run the program, or another one under its settings, and return the stack's outputs."""
    load_components()
    return programs.run_program(engine, PROJECT, stack_name, preview=preview, config=config, program=program)
