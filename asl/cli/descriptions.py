"""The descriptions of machines that previews wrote: a folder for each stack, a file for each machine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from asl.cli.usage import UsageError
from asl.review.description import Description, Stack, read
from asl.review.masking import Masks

STOPPED = "stopped.txt"
"""The file that says why a program did not get to its end."""


def stacks(folder: Path, names: Iterable[str] | None, masks: Masks) -> dict[str, Stack]:
    """The stacks of `names` in `folder`, or all of them in the order of their names.

    Raises:
        UsageError: when there is no such folder, or a file in it is no description.
    """
    there = sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
    if missing := [name for name in names or there or ["a stack"] if name not in there]:
        raise UsageError(f"there is no folder {folder / missing[0]}")
    return {name: _stack(folder / name, masks) for name in names or there}


def _stack(folder: Path, masks: Masks) -> Stack:
    machines: dict[str, Description] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            machine = read(file.read_text(encoding="utf-8"), masks)
        except (ValueError, TypeError) as error:
            raise UsageError(f"{file}: {error}") from error
        machines[machine.name] = machine
    stopped = folder / STOPPED
    return Stack(machines, masks.text(stopped.read_text(encoding="utf-8")) if stopped.is_file() else "")
