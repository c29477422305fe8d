"""What a command line of `orderflow` is taken for, without doing anything."""

from __future__ import annotations

import shlex
from functools import cache
from typing import Any

import pytest
import typer

from orderflow.cli import app


def understood(command: str) -> bool:
    """Whether the command line takes it; it is parsed, and does nothing."""
    with pytest.raises(SystemExit) as ended:
        _silent().main(shlex.split(command)[1:], prog_name="orderflow")
    return ended.value.code == 0


@cache
def _silent() -> Any:
    """The whole command line, each of whose commands does nothing."""
    group: Any = typer.main.get_command(app)
    for name in group.list_commands(None):
        _silence(group.get_command(None, name))
    return group


def _silence(command: Any) -> None:
    command.callback = lambda **given: None
    for inner in getattr(command, "commands", {}).values():
        _silence(inner)
