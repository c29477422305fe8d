"""The commands about the machines of a stack: which there are, and what is deployed of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from orderflow.cli.base import AsJson, AsJsonLines, MachineReference, app, target
from orderflow.cli.output import err, out, print_table, with_camel_case, write_json
from orderflow.machines import Deployed, Machine, definition, describe


@app.command("machines")
def list_machines(context: typer.Context, as_json: AsJsonLines = False) -> None:
    """The machines of the stack: what each is, whether it runs, and which version starts through its alias."""
    deployment = target(context).find()
    client = deployment.connect("stepfunctions")
    found = [describe(client, Machine(name, starts)) for name, starts in deployment.machines.items()]
    if as_json:
        for machine in found:
            write_json(with_camel_case(asdict(machine)))
        return
    rows = [(one.name, one.type, one.status, _leads(one), one.arn, one.log_group) for one in found]
    print_table(("machine", "type", "status", "version", "ARN", "log group"), rows)
    if not found:
        err.print("No machines.")


def _leads(machine: Deployed) -> str:
    if len(machine.routes) == 1:
        return machine.routes[0].version
    return ", ".join(f"{route.weight} % {route.version}" for route in machine.routes)


@app.command("definition")
def show_definition(
    context: typer.Context,
    machine: MachineReference,
    version: Annotated[int | None, typer.Option(min=1, metavar="N", help="That of version N.")] = None,
    as_json: AsJson = False,
) -> None:
    """The definition that new executions run by, in the Amazon States Language; JSON with and without --json."""
    deployment, meant = target(context).machine(machine)
    found = definition(deployment.connect("stepfunctions"), meant, version)
    if as_json:
        write_json(found)
    else:
        out.print_json(data=found)
