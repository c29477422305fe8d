"""What the program's machines would be, stack by stack: its preview under Pulumi's mocks, without credentials."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emulator.program import PROJECT, ROOT, load_components
from orderflow.testing.previewing import preview


def describe(stacks: Iterable[str], into: Path, *, program: Path = ROOT / "__main__.py") -> dict[str, str]:
    """Fill a folder for each stack inside `into`; why the program stopped, by stack, where it did.

    Raises:
        FileExistsError: when one of the folders is there already; what lies in it would pass for this program's.
    """
    load_components()
    found = {stack: preview(stack, PROJECT, into / stack, program=program) for stack in stacks}
    return {stack: one.stopped for stack, one in found.items() if one.stopped}
