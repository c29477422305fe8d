"""The command that shows an execution on a page: one file, which opens anywhere and asks nothing of anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from orderflow.arns import read_arn
from orderflow.cli.base import Reference, Seconds, app, target
from orderflow.cli.executions import WAIT_SECONDS
from orderflow.cli.output import err, out
from orderflow.executions import events
from orderflow.files import write_whole
from orderflow.outputs import LOCAL


@app.command()
def show(
    context: typer.Context,
    reference: Reference,
    following: Annotated[
        bool, typer.Option("--follow", help="Write the page anew until the execution ends; it reads itself again.")
    ] = False,
    seconds: Seconds = WAIT_SECONDS,
    to: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where the page goes; else into .orderflow/.")
    ] = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="With secrets and personal fields, which are left out otherwise.")
    ] = False,
) -> None:
    """An order or an execution of any machine on its diagram, as a page that opens anywhere and can go to a ticket."""
    from asl.viewer import page  # loads the language, which no other command needs
    from orderflow.showing import showing

    meant = target(context).execution(reference)
    arn = read_arn(meant.arn)
    name = meant.order_id or (f"{arn.machine}/{arn.name}" if arn else reference)
    shown = showing(meant.deployment, meant.arn, name, masks=not unmasked)
    file = to or Path(LOCAL) / f"{arn.name if arn else 'execution'}.html"
    if not following:
        client = meant.deployment.connect("stepfunctions")
        write_whole(file, page(shown.page(list(events(client, meant.arn, data=True)))))
        out.print(str(file), markup=False, soft_wrap=True)
        return
    is_new, latest = True, None
    try:
        for latest in shown.pages(seconds):
            write_whole(file, page(latest))
            if is_new:
                out.print(str(file), markup=False, soft_wrap=True)
                err.print("The page follows the execution; Ctrl-C ends that.")
            is_new = False
    except KeyboardInterrupt:
        if latest:
            write_whole(file, page(replace(latest, reload_seconds=None)))
        raise
