"""Demos of the workflows that a stack may have beside those of orders, each loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from emulator.cloud import Cloud
from emulator.demos.frame import Came
from emulator.flow import Cases

DEMOS: tuple[str, ...] = ("bulk", "onboarding", "quote", "returns")
"""By the workflow's name in the setting `workflows`; each is the module here that is named so, and has `run`."""


def of(workflow: str) -> Callable[[Cloud, dict[str, Any]], Came]:
    """What runs the cases of a workflow on the deployed stack, whose outputs it is given."""
    return import_module(f"emulator.demos.{workflow}").run


def cloud_of(workflow: str) -> dict[str, Any]:
    """How the cloud is started that the demo of a workflow runs in: `CLOUD` of its module, where it says so."""
    return getattr(import_module(f"emulator.demos.{workflow}"), "CLOUD", {})


def shown_of(workflow: str) -> Cases:
    """What the page of that demo shows: `SHOWN` of its module."""
    return import_module(f"emulator.demos.{workflow}").SHOWN


def by_hand(workflow: str, cloud: Cloud, outputs: dict[str, Any]) -> AbstractContextManager[str]:
    """While inside there is all that cases of the workflow need beside the stack; what to type to have one."""
    return import_module(f"emulator.demos.{workflow}").by_hand(cloud, outputs)


def config_of(workflow: str) -> dict[str, str]:
    """The settings of the stack in that demo: `CONFIG` of its module, where it says so."""
    return getattr(import_module(f"emulator.demos.{workflow}"), "CONFIG", {}) if workflow else {}
