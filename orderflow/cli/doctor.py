"""The command that looks whether everything of a stack is there and works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from orderflow.cli.base import FAILED, AsJson, app, target
from orderflow.cli.output import cell, err, print_out, write_json
from orderflow.doctor import HEALTHY, Line, State
from orderflow.errors import NoStack

COLOURS: dict[State, str] = {"ok": "green", "warning": "yellow", "waiting": "yellow"}


@app.command()
def doctor(
    context: typer.Context,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Wait so long at most for what is still starting.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Whether every part of the stack is there, active and allowed what it needs; changes nothing.

    The exit code is 1 where something is wrong or could not be looked at; each line says what to do.
    """
    from orderflow.doctor.examination import examine  # loads what knows of definitions, which no other command needs

    deployment = target(context).find()
    if not deployment.outputs:
        raise NoStack("which stack? a machine's ARN does not tell of its other parts; name the stack with --stack")
    lines = examine(deployment, wait, _report)
    healthy = all(line.state in HEALTHY for line in lines)
    if as_json:
        write_json({"healthy": healthy, "lines": [asdict(line) for line in lines]})
    else:
        _show(lines)
    if not healthy:
        raise typer.Exit(FAILED)


def _report(waiting: Sequence[Line]) -> None:
    err.print("Waiting for", ", ".join(f"{line.part} {line.name} ({line.found})" for line in waiting), markup=False)


def _show(lines: Sequence[Line]) -> None:
    """What is not right, line by line, above one line for all that is right of each kind."""
    table = Table("part", "name", "state", "found", "what to do", box=box.SIMPLE_HEAD, show_edge=False)
    for line in sorted((line for line in lines if line.state != "ok"), key=lambda line: line.state in HEALTHY):
        state = cell(line.state, COLOURS.get(line.state, "bold red"))
        table.add_row(cell(line.part), cell(line.name), state, cell(line.found), cell(line.do))
    for part, right in groupby((line for line in lines if line.state == "ok"), key=lambda line: line.part):
        table.add_row(cell(part), cell(_counted(list(right))), cell("ok", COLOURS["ok"]), "", "")
    print_out(table)


def _counted(lines: Sequence[Line]) -> str:
    return lines[0].name if len(lines) == 1 else f"all {len(lines)}"
