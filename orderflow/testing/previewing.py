"""A program's preview without Pulumi's engine, a cloud or an account: what stops it, and what its machines would be.

Needs Pulumi; load it only where a program is run.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pulumi

import orderflow
from asl.cli.descriptions import STOPPED
from asl.review.description import FOLDER
from orderflow.testing.project import Project
from orderflow.testing.stack import Stacks

_TREE = Path(orderflow.__file__).resolve().parents[1]
_PACKAGES = (*(_TREE / name for name in ("asl", "components", "emulator", "orderflow")), Path(sys.prefix))
"""Where code is that programs call and do not write."""


@dataclass(frozen=True)
class Previewed:
    """How many `resources` would be made; `stopped` says why the program did not get to its end, where it did not."""

    resources: int
    stopped: str = ""


def preview(stack: str, project: Project, into: Path | None = None, *, program: Path | None = None) -> Previewed:
    """Run a project's program, or another one under its settings, as the preview of a `stack` that is not there yet.

    Its machines are described in the folder `into`, as `python -m asl review` reads them.

    Raises:
        FileExistsError: when there is such a folder; what lies in it would pass for this program's.
    """
    stacks, stopped = Stacks(project.folder), ""
    with _described(into):
        try:
            stacks(stack, preview=True, program=program)
        except Exception as error:  # the program is someone's work in progress
            stopped = _why(error, program or project.program)
    if into and stopped:
        (into / STOPPED).write_text(stopped, encoding="utf-8")
    made = stacks.last.registered if stacks.last else []
    return Previewed(sum(getattr(one.request, "custom", False) for one in made), stopped)


@contextmanager
def _described(into: Path | None) -> Generator[None]:
    if into is None:
        yield
        return
    into.mkdir(parents=True)
    os.environ[FOLDER] = str(into.resolve())
    try:
        yield
    finally:
        del os.environ[FOLDER]


def _why(error: Exception, program: Path) -> str:
    """What the program says to its user; of anything else that it raises also where, in a file of its own."""
    said = str(error) or type(error).__name__
    folder = program.resolve().parent
    places = ((Path(frame.filename).resolve(), frame.lineno) for frame in traceback.extract_tb(error.__traceback__))
    own = [(file.relative_to(folder), line) for file, line in places if _is_own(file, folder)]
    if isinstance(error, pulumi.RunError) or not own:
        return said
    file, line = own[-1]
    return f"{file}:{line}: {type(error).__name__}: {said}"


def _is_own(file: Path, folder: Path) -> bool:
    """Whether a program in `folder` wrote `file`, and not one of the packages that it calls."""
    return file.is_relative_to(folder) and not any(file.is_relative_to(package) for package in _PACKAGES)
