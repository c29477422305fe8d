"""Demos of the workflows that a stack may have beside those of orders, each loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from emulator.cloud import Cloud
from emulator.demos.frame import Came

DEMOS: tuple[str, ...] = ("bulk", "quote")
"""By the workflow's name in the setting `workflows`; each is the module here that is named so, and has `run`."""


def of(workflow: str) -> Callable[[Cloud, dict[str, Any]], Came]:
    """What runs the cases of a workflow on the deployed stack, whose outputs it is given."""
    return import_module(f"emulator.demos.{workflow}").run
