"""The commands. Each writes its result to standard output and nothing else there."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from asl.cli.choosing import source
from asl.cli.costs import as_json, assumptions, notes, table
from asl.cli.declarations import FORM, IN_A_PROGRAM, declarations
from asl.cli.descriptions import stacks
from asl.cli.examples import example
from asl.cli.reports import Report, one_line, reports, sarif, summary, told_once, where
from asl.cli.sources import Source, Sources, sources
from asl.differences import difference, difference_mermaid, difference_svg
from asl.differences.changes import Danger
from asl.permissions.grants import PermissionsError
from asl.permissions.grants import grants as derive_grants
from asl.permissions.policy import document
from asl.pictures.mermaid import mermaid
from asl.pictures.svg import svg
from asl.pricing import cost as estimate
from asl.review import Masks
from asl.review import review as tell
from asl.review.markdown import SMALLEST
from asl.rules import RULES
from asl.rules.check import check as find_problems
from asl.rules.findings import Rule
from asl.syntax.hints import nearest
from asl.syntax.shapes import Object, as_list, as_object

FAILED, USAGE = 1, 2
"""Exit codes: errors were found; the command was not understood."""

WIDE = 120
"""The width of tables that go to a file or a pipe, in columns."""

out, err = Console(highlight=False), Console(stderr=True, highlight=False)


class MachineType(StrEnum):
    STANDARD = "STANDARD"
    EXPRESS = "EXPRESS"


class ReportFormat(StrEnum):
    TEXT = "text"
    JSONL = "jsonl"
    SARIF = "sarif"


class PrintFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class PictureFormat(StrEnum):
    MERMAID = "mermaid"
    SVG = "svg"


class DifferenceFormat(StrEnum):
    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Type = Annotated[MachineType, typer.Option(case_sensitive=False, help="What it is where no template says it.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="JSON, YAML or a template; - for standard input.")]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="Which one, where a template holds several.")]
Volume = Annotated[float, typer.Option(min=1, metavar="N", help="Executions a month.")]
Explain = Annotated[
    str | None, typer.Option(metavar="RULE", help="Why a rule is there, with a bad and a good example.")
]


@app.callback()
def options() -> None:
    """Check, draw, compare and price Amazon States Language, and derive what its machine's role may do.

    Exit codes: 0 no errors, 1 errors, 2 the command was not understood.
    """


@app.command()
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILES", help="JSON, YAML or templates; whole folders; - for standard input."),
    ] = None,
    type: Type = MachineType.STANDARD,
    format: Annotated[ReportFormat, typer.Option(help="For people, for programs, or for code scanning.")] = (
        ReportFormat.TEXT
    ),
    all: Annotated[bool, typer.Option("--all", help="Advice, too, and not its number alone.")] = False,
    explain: Explain = None,
) -> None:
    """Find what AWS would refuse, and what can lose data, money or an execution.

    `${Name}` stands for a value that deployment fills in. Formats for programs hold all findings, each with its harm.
    """
    if explain is not None:
        _explain(explain)
        return
    if not files:
        raise typer.BadParameter("name a file, a folder, or - for standard input")
    given = sources(files)
    found = told_once(report for one in given.found for report in reports(one, type.value))
    _write_reports(found, format, given, all=all)
    if any(report.severity == "error" for report in found):
        raise typer.Exit(FAILED)


def _write_reports(found: Sequence[Report], format: ReportFormat, given: Sources, *, all: bool) -> None:
    if format is ReportFormat.SARIF:
        typer.echo(sarif(found))
    elif format is ReportFormat.JSONL:
        for report in found:
            typer.echo(report.json_line())
    else:
        for report in found:
            if all or not report.is_advice:
                out.print(report.text(), soft_wrap=True)
        for line in (*where(given), summary(found, given, all=all)):
            err.print(Text(one_line(line)), soft_wrap=True)


@app.command()
def grants(
    file: File,
    machine: Name = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar=f"'{FORM}'", help="What a state may reach that data says; again for more."),
    ] = None,
    format: Annotated[PrintFormat, typer.Option(help="A list, or the policy.")] = PrintFormat.TEXT,
) -> None:
    """What the machine's role may do: just what the definition's tasks need. What it cannot tell, it asks for."""
    definition = _readable(file, machine).definition
    try:
        statements, asked = derive_grants(definition, allow=declarations(allow or (), definition)), ()
    except PermissionsError as error:
        statements, asked = error.statements, error.problems
    _write_policy(document(statements), format)
    if asked:
        for problem in (*asked, IN_A_PROGRAM):
            err.print(Text(one_line(f"asl: {problem}")), soft_wrap=True)
        raise typer.Exit(FAILED)


def _write_policy(policy: Object, format: PrintFormat) -> None:
    if format is PrintFormat.JSON:
        typer.echo(json.dumps(policy, indent=2))
        return
    for statement in map(as_object, as_list(policy["Statement"])):
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                out.print(Text(one_line(f"{action} on {resource}")), soft_wrap=True)


@app.command()
def diagram(
    file: File,
    machine: Name = None,
    format: Annotated[PictureFormat, typer.Option(help="SVG needs the extra 'svg'.")] = PictureFormat.MERMAID,
    type: Type = MachineType.STANDARD,
) -> None:
    """Draw the machine. States with errors are red, with warnings amber; advice is not drawn."""
    given = _readable(file, machine)
    found = find_problems(given.definition, type=given.type or type.value)
    findings = [one for one in found if not one.rule.is_advice and not given.is_open(one.path)]
    draw = mermaid if format is PictureFormat.MERMAID else svg
    _write_picture(lambda: draw(given.definition, findings))


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="JSON, YAML or a template; - for standard input.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="JSON, YAML or a template.")],
    machine: Name = None,
    format: Annotated[DifferenceFormat, typer.Option(help="In words, or as a picture.")] = DifferenceFormat.TEXT,
) -> None:
    """Say what NEW does differently from OLD, the most dangerous first."""
    found = difference(_readable(old, machine).definition, _readable(new, machine).definition)
    if format is not DifferenceFormat.TEXT:
        draw = difference_mermaid if format is DifferenceFormat.MERMAID else difference_svg
        _write_picture(lambda: draw(found))
        return
    for change in found.changes:
        style = "bold red" if change.danger <= Danger.PROTECTION_REMOVED else ""
        out.print(Text(one_line(change.text), style=style), soft_wrap=True)
    if not found.changes:
        err.print("No difference.")


@app.command()
def cost(
    file: File,
    machine: Name = None,
    volume: Volume = 1_000_000,
    share: Annotated[
        list[str] | None, typer.Option(metavar="STATE:NEXT=SHARE", help="How many of a state's visits go on there.")
    ] = None,
    rounds: Annotated[
        list[str] | None, typer.Option(metavar="CHOICE=N", help="How often a loop's Choice is asked.")
    ] = None,
    items: Annotated[list[str] | None, typer.Option(metavar="MAP=N", help="How many items a Map has.")] = None,
    assume: Annotated[
        list[str] | None, typer.Option(metavar="NAME=N", help="Another figure, as the result lists them.")
    ] = None,
    x86: Annotated[bool, typer.Option("--x86", help="Functions run on x86_64 and not on arm64.")] = False,
    format: Annotated[PrintFormat, typer.Option(help="A table, or all of it.")] = PrintFormat.TEXT,
) -> None:
    """Estimate the price, as Standard and as Express, with the functions and tables that are called."""
    given = assumptions(share or (), rounds or (), items or (), assume or (), x86)
    try:
        found = estimate(_readable(file, machine).definition, executions_per_month=volume, assumed=given)
    except ValueError as error:
        raise _failed(str(error)) from error
    if format is PrintFormat.JSON:
        typer.echo(as_json(found))
        return
    if not out.is_terminal:
        out.width = WIDE
    out.print(table(found))
    for note in notes(found):
        out.print(Text(one_line(note)), soft_wrap=True)


@app.command()
def review(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="A folder with a folder for each stack.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Another one.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="STACKS", help="The stacks in this order; all by their names.")
    ] = None,
    volume: Volume = 1_000_000,
    room: Annotated[int, typer.Option(min=SMALLEST, metavar="BYTES", help="The longest text.")] = 1_000_000,
) -> None:
    """Tell in Markdown what a program's change does to its machines, as its previews described them."""
    masks = Masks()
    old, new = stacks(before, names, masks), stacks(after, names, masks)
    typer.echo(tell(old, new, volume=volume, room=room), nl=False)


@app.command()
def rules(explain: Explain = None) -> None:
    """All rules, or one with its reason."""
    if explain is not None:
        _explain(explain)
        return
    for rule in RULES:
        out.print(Text(f"{rule.id}  {rule.rank:<20}  {rule.title}"), soft_wrap=True)


def _explain(id: str) -> None:
    known = {rule.id: rule for rule in RULES}
    rule = known.get(id.upper())
    if rule is None:
        raise typer.BadParameter(f"there is no rule {id}{nearest(id.upper(), known)}")
    out.print(_explained(rule), soft_wrap=True)


def _explained(rule: Rule) -> Text:
    shown = [f"{rule.id} ({rule.rank}): {rule.title}\n\n{rule.why}\n{rule.fix}\n{rule.source}"]
    for kind, found in (("Bad", example(rule.id, "bad")), ("Good", example(rule.id, "good"))):
        if found:
            shown.append(f"{kind}:\n{found}")
    return Text("\n\n".join(shown))


def _readable(name: str, machine: str | None) -> Source:
    found = source(name, machine)
    if found.problem:
        raise _failed(f"{found.name}: {found.problem}")
    return found


def _failed(message: str) -> typer.Exit:
    err.print(Text(one_line(f"asl: {message}")), soft_wrap=True)
    return typer.Exit(FAILED)


def _write_picture(draw: Callable[[], str]) -> None:
    try:
        typer.echo(draw(), nl=False)
    except ImportError as error:
        raise _failed(str(error)) from error


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no terminal's encoding may stop a message
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="python -m asl")
