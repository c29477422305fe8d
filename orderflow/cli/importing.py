"""The command that brings a machine from elsewhere into Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderflow.cli.base import app
from orderflow.cli.output import complain, out, print_table
from orderflow.errors import OrderflowError

if TYPE_CHECKING:
    from orderflow.importing.choosing import Chosen
    from orderflow.importing.module import Module
    from orderflow.importing.permissions import Compared


@app.command("import")
def import_machine(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A definition, a template, or the folder cdk.out.")],
    state_machine: Annotated[
        str, typer.Option(metavar="NAME", help="Which, of several: its logical id in the template.")
    ] = "",
    into: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="workflows/NAME.py, by the machine's name, without.")
    ] = None,
) -> None:
    """Write a workflow in Python from a machine that is there.

    FILE is a definition in JSON or YAML, a template of CloudFormation, SAM or Serverless, Terraform's JSON, or what the
    CDK synthesised. What is written has been loaded and compared with the definition, and nothing is written over.
    """
    from orderflow.importing.choosing import chosen  # only here is any of it needed
    from orderflow.importing.module import Origin, module
    from orderflow.importing.verifying import require_same
    from orderflow.scaffold.names import fitting, read_name
    from orderflow.scaffold.writing import write_file

    found = chosen(file, state_machine)
    try:
        name = read_name(into.stem if into else fitting(found.suggested)).of_module
    except OrderflowError as error:
        raise OrderflowError(f"{error}; say one, --out workflows/NAME.py") from None
    target = into or Path("workflows", f"{name}.py")
    if target.exists():
        raise OrderflowError(f"{target} is there already, and nothing is written over: say another, --out FILE")
    definition = found.source.definition
    type = found.source.type or "STANDARD"
    made = module(definition, Origin(name, type, found.place))
    require_same(made, name, definition)
    write_file(target, made.text)
    _tell(found, made, target, type)


def _say(text: str) -> None:
    """A line as it is: nothing in it is markup, and no terminal's width breaks it."""
    out.print(text, markup=False, soft_wrap=True)


def _tell(found: Chosen, made: Module, target: Path, type: str) -> None:
    import asl

    definition, source = found.source.definition, found.source
    states = sum(1 for _ in asl.walk(definition).states)
    _say(f"Wrote {target}: {states} states; loaded, it gives the definition of {found.place}")
    if source.type is None:
        complain(f"{source.name} does not say which type the machine has; taken for a Standard one")
    if source.reading:
        complain(f"the definition depends on conditions; written is what it is where {source.reading}")
    for one in found.skipped:
        complain(f"not read: {one.name}: {one.why}")
    _say("\nWhat it refers to:" if made.parameters else "\nIt refers to nothing.")
    print_table(("parameter", "was", "first in"), [(one.name, one.stands_for, one.path) for one in made.parameters])
    findings = asl.check(definition, type=type)
    _say(f"\nThe check finds {len(findings) or 'nothing'}{':' if findings else '.'}")
    for finding in findings:
        _say(f"  {finding}")
    open_ones = _tell_permissions(found)
    _tell_next(target, made, type, open_ones)


def _tell_permissions(found: Chosen) -> Sequence[str]:
    """Say what the role may do; what is still to be declared."""
    import asl
    from orderflow.importing.choosing import old_role
    from orderflow.importing.permissions import compared

    problems: Sequence[str] = ()
    try:
        statements = asl.grants(found.source.definition)
    except asl.PermissionsError as error:
        problems, statements = error.problems, list(error.statements)
    new, old = asl.document(statements), old_role(found.source)
    is_told = old is not None and bool(old.statements)
    _say("\nWhat its role may do, beside the old one:" if is_told else "\nWhat its role may do:")
    rows = compared(new, old.policy if old else {})
    print_table(
        ("", "may", "on", "") if is_told else ("may", "on"),
        [(one.what, *_row(one), one.note) if is_told else _row(one) for one in rows],
    )
    for unread in old.unread if old else ():
        _say(f"  not compared: {unread}")
    return problems


def _row(one: Compared) -> tuple[str, str]:
    return ", ".join(one.actions), one.resource


def _tell_next(target: Path, made: Module, type: str, problems: Iterable[str]) -> None:
    from orderflow.importing.references import PARTITION

    name = target.stem
    given = ", ".join(one.name for one in made.parameters if one.stands_for != PARTITION)
    _say("\nNext, in __main__.py, with components or names for what it refers to:")
    _say(f"  from workflows.{name} import {name}")
    args = f'components.StateMachineArgs({name}({given}), logs, "{type}")'
    resource = name.replace("_", "-")
    _say(f'  components.StateMachine("{resource}", {args})')
    for problem in problems:
        _say(f"  {problem}")
