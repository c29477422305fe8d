"""What the program's machines would be, stack by stack: its preview under Pulumi's mocks, without credentials."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

import pulumi

from asl.cli.descriptions import STOPPED
from components.description import FOLDER
from emulator.deploy import Preview
from emulator.program import ROOT, run_program


def describe(stacks: Iterable[str], into: Path, *, program: Path = ROOT / "__main__.py") -> dict[str, str]:
    """Fill a folder for each stack inside `into`; why the program stopped, by stack, where it did.

    Raises:
        FileExistsError: when one of the folders is there already; what lies in it would pass for this program's.
    """
    stopped: dict[str, str] = {}
    for stack in stacks:
        folder = into.resolve() / stack
        folder.mkdir(parents=True)
        os.environ[FOLDER] = str(folder)
        try:
            run_program(Preview(), stack, preview=True, program=program)
        except Exception as error:  # the program is someone's work in progress
            stopped[stack] = why(error, program)
            (folder / STOPPED).write_text(stopped[stack], encoding="utf-8")
        finally:
            del os.environ[FOLDER]
    return stopped


def why(error: Exception, program: Path) -> str:
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
    packages = (ROOT / "asl", ROOT / "components", ROOT / "emulator", Path(sys.prefix))
    return file.is_relative_to(folder) and not any(file.is_relative_to(package) for package in packages)
