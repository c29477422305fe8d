"""Writing what is planned: all of it, and over nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from orderflow.scaffold.planning import Plan

IMPORTS_SORTED = ("ruff", "check", "--quiet", "--select", "I", "--fix")
FORMATTED = ("ruff", "format", "--quiet")


def write(plan: Plan, folder: Path) -> None:
    """Write a plan's files into `folder`, in the style that the project's own ruff asks for, where it has one.

    Raises:
        FileExistsError: for a file that has come to be there since it was planned.
    """
    for path, text in plan.new.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    for path, text in plan.changed.items():
        unfinished = folder / f"{path}.new"
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, folder / path)
    if find_spec("ruff"):
        python = [path for path in plan.new if path.endswith(".py")]
        _run(folder, *IMPORTS_SORTED, *python, *plan.changed)
        _run(folder, *FORMATTED, *python)


def _run(folder: Path, *command: str) -> None:
    # Style is no reason to stop: what ruff refuses, its own run will tell.
    subprocess.run([sys.executable, "-m", *command], cwd=folder, check=False, capture_output=True)
