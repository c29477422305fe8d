"""What the program's machines would be, stack by stack: its preview under Pulumi's mocks, without credentials."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

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
            stopped[stack] = str(error) or type(error).__name__
            (folder / STOPPED).write_text(stopped[stack], encoding="utf-8")
        finally:
            del os.environ[FOLDER]
    return stopped
