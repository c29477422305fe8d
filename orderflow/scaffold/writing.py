"""Writing what is planned: all of it, and over nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from orderflow.scaffold.planning import Plan

IMPORTS_SORTED = ("ruff", "check", "--no-cache", "--quiet", "--select", "I", "--fix")
FORMATTED = ("ruff", "format", "--no-cache", "--quiet")


def write(plan: Plan, folder: Path) -> None:
    """Write a plan's files into `folder`.

    Raises:
        FileExistsError: for a file that has come to be there since it was planned.
    """
    for path, text in plan.new.items():
        _write_new(folder / path, text)
    for path, text in plan.changed.items():
        unfinished = folder / f"{path}.new"
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, folder / path)
    _style(folder, [path for path in plan.new if path.endswith(".py")], [*plan.changed])


def write_file(file: Path, text: str) -> None:
    """Write one new file of Python.

    Raises:
        FileExistsError: where there is one.
    """
    _write_new(file, text)
    _style(file.parent, [file.name])


def _write_new(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as new:
        new.write(text)


def _style(folder: Path, new: Sequence[str], changed: Sequence[str] = ()) -> None:
    """What the project's own ruff asks for, where it has one: of files that were changed it sorts the imports."""
    if find_spec("ruff"):
        _run(folder, *IMPORTS_SORTED, *new, *changed)
        _run(folder, *FORMATTED, *new)


def _run(folder: Path, *command: str) -> None:
    # Style is no reason to stop: what ruff refuses, its own run will tell.
    subprocess.run([sys.executable, "-m", *command], cwd=folder, check=False, capture_output=True)
