"""The command that begins a workflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderflow.cli.base import app
from orderflow.cli.output import out

if TYPE_CHECKING:
    from orderflow.scaffold.planning import Plan

new = typer.Typer(no_args_is_help=True)
app.add_typer(new, name="new", help="Begin a workflow of your own.")


@new.callback()
def _group() -> None:  # pyright: ignore[reportUnusedFunction] # makes `workflow` a command of its own
    """Begin a workflow of your own."""


@new.command()
def workflow(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, hyphens: restock-shelves.")],
    express: Annotated[bool, typer.Option("--express", help="An Express machine; Standard without.")] = False,
    jsonpath: Annotated[bool, typer.Option("--jsonpath", help="In JSONPath; in JSONata without.")] = False,
) -> None:
    """Write a workflow, its function and its tests, and put it into the program of this folder.

    Where the folder has no Pulumi project, one is begun. What is there is never written over.
    """
    from orderflow.scaffold.planning import Wanted, planned  # only here is any of it needed
    from orderflow.scaffold.writing import write

    folder = Path.cwd()
    plan = planned(Wanted(name, "EXPRESS" if express else "STANDARD", jsonpath), folder)
    write(plan, folder)
    for verb, files in (("Wrote", plan.new), ("Changed", plan.changed)):
        for path in files:
            out.print(f"{verb} {path}", soft_wrap=True)
    out.print("Next:")
    for line in _next(plan):
        out.print(f"  {line}", soft_wrap=True)


def _next(plan: Plan) -> tuple[str, str, str]:
    """What to do with it, a line each."""
    write = "write the steps into workflows/ and the work into handlers/; the tests say whether they go together"
    covered = "# its tests, and what they took of it"
    if plan.inside == "repository":
        return (
            f"uv run pytest {' '.join(plan.tests)} --asl-cov  {covered}",
            "make golden && git diff  # what it adds",
            write,
        )
    return f"python -m pytest --asl-cov  {covered}", "orderflow preview  # what stops it; needs no account", write
