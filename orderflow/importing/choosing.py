"""Which machine is imported: of a file or a folder, the one that is named, or the only one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asl.cli.sources import Skipped, Source, sources
from asl.cli.usage import UsageError
from asl.reading.templates.machines import read_template
from asl.reading.templates.roles import RoleOfTemplate, role_of
from asl.syntax.hints import nearest
from asl.syntax.shapes import as_list, as_object
from orderflow.errors import OrderflowError

DEEPEST = 100
"""Python's reader has a limit of its own not far above; states inside four Maps stand at level 17."""
_HASH = re.compile(r"[0-9A-F]{8}$")
"""What the CDK ends its logical ids with."""


@dataclass(frozen=True)
class Chosen:
    """A machine that can be read, and what beside it could not be."""

    source: Source
    skipped: Sequence[Skipped]

    @property
    def place(self) -> str:
        """Where it is from, in words."""
        file = Path(self.source.template or self.source.name).name
        return f"{file}, {self.source.machine}" if self.source.machine else file

    @property
    def suggested(self) -> str:
        """What a workflow of it may be called: the machine's name, or the file's."""
        machine = _HASH.sub("", self.source.machine.rpartition(".")[2])
        return machine or Path(self.source.name).name.partition(".")[0]


def chosen(file: str, machine: str = "") -> Chosen:
    """The machine in `file`, of that name where there are several.

    Raises:
        OrderflowError: where there is none, several and no name, or one that cannot be read, with what to do.
    """
    try:
        found = sources([file])
    except UsageError as error:
        raise OrderflowError(str(error)) from None
    names = list(dict.fromkeys(source.machine or source.name for source in found.found))
    if machine:
        passed = [one for one in found.skipped if one.name.endswith(f" {machine}")]
        if machine not in names and passed:
            raise OrderflowError(f"{passed[0].name} is not to be had: {passed[0].why}")
        if machine not in names:
            raise OrderflowError(
                f"{file} has no machine '{machine}'{nearest(machine, names)}; it has {', '.join(names)}"
            )
    elif len(names) > 1:
        raise OrderflowError(f"{file} has {len(names)} machines: say which, --state-machine {' or '.join(names)}")
    source = next(one for one in found.found if not machine or machine in (one.machine, one.name))
    if source.problem:
        raise OrderflowError(f"{source.name}:{source.problem.line}: {source.problem.message}; mend it and import again")
    if not {"StartAt", "States"} <= source.definition.keys():
        raise OrderflowError(f"{source.name} has no StartAt and States: it is no definition, and no template with one")
    if (levels := _levels(source.definition)) > DEEPEST:
        raise OrderflowError(f"{source.name} is nested {levels} levels deep; written are up to {DEEPEST}")
    return Chosen(source, found.skipped)


def _levels(value: object) -> int:
    """How deep a value is nested, level by level."""
    levels, inner = 0, [value]
    while inner := [one for held in inner for one in (*as_object(held).values(), *as_list(held))]:
        levels += 1
    return levels


def old_role(source: Source) -> RoleOfTemplate | None:
    """What the template lets the machine's role do; None where there is no template."""
    if not source.template:
        return None
    file = Path(source.template)
    return role_of(source.machine, read_template(file.name, file.read_text(encoding="utf-8-sig")))
