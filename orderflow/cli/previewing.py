"""The command that says what a program would make, and what stops it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from orderflow.cli.base import FAILED, app
from orderflow.cli.output import complain, out, print_table
from orderflow.errors import OrderflowError

if TYPE_CHECKING:
    from orderflow.testing.project import Project

DEFAULT_STACK = "dev"


@app.command("preview")
def preview_program(
    stacks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STACK]...", help="As in Pulumi.STACK.yaml; all that there are without."),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Describe the machines here, FOLDER/STACK/MACHINE.json, for `asl` to read."
        ),
    ] = None,
) -> None:
    """Say what stops the program of this folder, and which machines it would make.

    Runs it as `pulumi preview` does for stacks in which nothing is there yet, without Pulumi's command and without an
    account; the command ends with 1 where anything stops it.
    """
    if find_spec("pulumi_aws") is None:
        raise OrderflowError(
            "there is no Pulumi to run the program with: install orderflow with its extra `components`"
        )
    from orderflow.testing.project import Project

    try:
        project = Project.around(Path.cwd())
    except FileNotFoundError:
        raise OrderflowError(
            "there is no Pulumi.yaml here or above: `orderflow new workflow NAME` begins a project"
        ) from None
    with TemporaryDirectory() as spare:
        told = [_tell(stack, project, into or Path(spare)) for stack in stacks or project.stacks or [DEFAULT_STACK]]
    if not all(told):
        raise typer.Exit(FAILED)


def _tell(stack: str, project: Project, into: Path) -> bool:
    """Say what the program comes to for a stack; whether it gets to its end."""
    import asl
    from asl.cli.descriptions import stacks
    from asl.review.masking import Masks
    from orderflow.testing.previewing import preview

    try:
        found = preview(stack, project, into / stack)
    except FileExistsError:
        raise OrderflowError(f"{into / stack} is there already, and may be another program's; remove it") from None
    if found.stopped:
        complain(f"{stack}: {found.stopped}")
        return False
    out.print(f"{stack}: {found.resources} resources, and nothing stops them", soft_wrap=True)
    machines = stacks(into, [stack], Masks())[stack].machines.values()
    print_table(
        ("machine", "type", "states"),
        [(one.name, one.type, str(sum(1 for _ in asl.walk(one.definition).states))) for one in machines],
    )
    return True
