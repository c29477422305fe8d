"""The one machine that a command is about."""

from __future__ import annotations

from asl.cli.sources import Source, sources
from asl.cli.usage import UsageError
from asl.syntax.hints import nearest

TOLD = 20
"""Machines of a folder or template that are told by their names."""


def source(name: str, machine: str | None = None) -> Source:
    """The definition in one file, or of one machine in a template or folder; `-` is standard input.

    Raises:
        UsageError: when there is no such file or machine, it must not be read, or `machine` has to say which.
    """
    found = sources([name]).found
    names = {one.label for one in found if one.machine}
    if len(found) == 1 and (machine is None or not names):
        return found[0]
    every = list(dict.fromkeys(one.label or one.name for one in found))
    more = f" and {len(every) - TOLD:,} more" if len(every) > TOLD else ""
    known = ", ".join(every[:TOLD]) + more
    if machine is None:
        raise UsageError(f"{name} holds {len(found)} machines; choose one with --machine: {known}")
    chosen = [one for one in found if machine in (one.label, one.machine, one.name, f"{one.template}:{one.label}")]
    if not chosen:
        raise UsageError(f"{name} holds no machine {machine}{nearest(machine, names)}; there are {known}")
    if len(chosen) > 1:
        places = ", ".join(f"{one.template}:{one.label}" for one in chosen)
        raise UsageError(f"{name} holds {len(chosen)} machines {machine}; choose one with --machine: {places}")
    return chosen[0]
