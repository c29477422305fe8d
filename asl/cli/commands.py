"""The commands. Each writes its result to standard output and nothing else there, and loads just what it needs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asl.cli import printing
from asl.cli.arguments import parser
from asl.cli.usage import FAILED, MISUNDERSTOOD, FailedError, UsageError

if TYPE_CHECKING:
    from asl.cli.reports import Report
    from asl.cli.sources import Source, Sources
    from asl.rules.findings import Rule
    from asl.testing.at_aws import AtAws
    from asl.testing.case_runs import Ran


def check(given: Any) -> None:
    """Find what AWS would refuse, and what can lose data, money or an execution.

    `${Name}` stands for a value that deployment fills in. Formats for programs hold all findings, each with its harm.
    """
    from asl.cli.reports import reports, told_once
    from asl.cli.sources import sources

    if given.explain is not None:
        _explain(given.explain)
        return
    if not given.files:
        raise UsageError("name a file, a folder, or - for standard input")
    read = sources(given.files)
    found = told_once(report for one in read.found for report in reports(one, given.type))
    _write_reports(found, given.format, read, all=given.all)
    if any(report.severity == "error" for report in found):
        raise SystemExit(FAILED)


def _write_reports(found: Sequence[Report], format: str, read: Sources, *, all: bool) -> None:
    from asl.cli.reports import sarif, summary, where

    if format == "sarif":
        printing.raw(f"{sarif(found)}\n")
    elif format == "jsonl":
        for report in found:
            printing.raw(f"{report.json_line()}\n")
    else:
        for report in found:
            if all or not report.is_advice:
                printing.segments(report.segments())
        for line in (*where(read), summary(found, read, all=all)):
            printing.aside(line)


def grants(given: Any) -> None:
    """What the machine's role may do: just what the definition's tasks need. What it cannot tell, it asks for."""
    from asl.cli.declarations import IN_A_PROGRAM, declarations
    from asl.permissions.grants import PermissionsError
    from asl.permissions.grants import grants as derive
    from asl.permissions.policy import document

    definition = _readable(given.file, given.machine).definition
    try:
        statements, asked = derive(definition, allow=declarations(given.allow, definition)), ()
    except PermissionsError as error:
        statements, asked = error.statements, error.problems
    _write_policy(document(statements), given.format)
    if asked:
        for problem in (*asked, IN_A_PROGRAM):
            printing.aside(f"asl: {problem}")
        raise SystemExit(FAILED)


def _write_policy(policy: dict[str, Any], format: str) -> None:
    if format == "json":
        printing.raw(f"{json.dumps(policy, indent=2)}\n")
        return
    for statement in policy["Statement"]:
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                printing.result(f"{action} on {resource}")


def diagram(given: Any) -> None:
    """Draw the machine. States with errors are red, with warnings amber; advice is not drawn."""
    from asl.pictures.mermaid import mermaid
    from asl.pictures.svg import svg
    from asl.rules.check import check as find_problems

    read = _readable(given.file, given.machine)
    found = find_problems(read.definition, type=read.type or given.type)
    findings = [one for one in found if not one.rule.is_advice and not read.is_open(one.path)]
    draw = mermaid if given.format == "mermaid" else svg
    _write_picture(lambda: draw(read.definition, findings))


def view(given: Any) -> None:
    """Make one page that shows the machine, which opens anywhere; with --run, also what happened step by step.

    A case is found by its name in FILE, where that holds cases, or in the file of cases beside it.
    """
    from asl.cli.views import written

    file, page, problem = written(given)
    if file == "-":
        printing.raw(page)
    else:
        try:
            Path(file).write_text(page, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--out {file}: {error.strerror or error}") from error
        printing.aside(f"wrote {file}: open it in a browser")
    if problem:
        raise FailedError(problem)


def diff(given: Any) -> None:
    """Say what NEW does differently from OLD, the most dangerous first."""
    from asl.differences import Danger, difference, difference_mermaid, difference_svg

    found = difference(*(_readable(name, given.machine).definition for name in (given.old, given.new)))
    if given.format != "text":
        draw = difference_mermaid if given.format == "mermaid" else difference_svg
        _write_picture(lambda: draw(found))
        return
    for change in found.changes:
        printing.result(change.text, "bold red" if change.danger <= Danger.PROTECTION_REMOVED else "")
    if not found.changes:
        printing.aside("No difference.")


def run(given: Any) -> None:
    """Run the machine here, in virtual time: tasks come to what --mock says, and nothing is called."""
    from asl.cli import runs
    from asl.rules.findings import DefinitionError
    from asl.testing.mock_config import MockError, outcomes
    from asl.testing.outcomes import MisshapenResultError, MissingOutcomeError
    from asl.testing.run import run as execute

    read = _readable(given.file, given.machine)
    tasks, input = runs.given_mocks(given.mock), runs.given_input(given.input)
    try:
        mocked = outcomes(tasks, read.machine or None, given.case)
        execution = execute(read.definition, input, mocked, type=read.type or given.type, seed=given.seed)
    except DefinitionError as error:
        for finding in error.findings:
            printing.aside(f"{read.name}:{read.line(finding.path)}: {finding}")
        raise FailedError("a definition with errors is not run") from error
    except MissingOutcomeError as error:
        raise runs.not_mocked(error) from error
    except (MockError, MisshapenResultError) as error:
        raise FailedError(str(error)) from error
    if given.format == "json":
        printing.raw(f"{runs.as_json(execution)}\n")
    else:
        for line, style in runs.lines(execution, verbose=given.verbose):
            printing.result(line, style)
        printing.aside(runs.end(execution))
        if execution.status == "SUCCEEDED":
            printing.raw(f"{json.dumps(execution.output, indent=2, ensure_ascii=False)}\n")
    if execution.status != "SUCCEEDED":
        raise SystemExit(FAILED)


def test(given: Any) -> None:
    """Run cases that stand in files: what the machine is given, what its tasks come to, and how it has to end."""
    from time import perf_counter

    from asl.cli import case_reports
    from asl.cli.case_files import BadCasesError, sheets
    from asl.testing.case_runs import run_case

    began = perf_counter()
    try:
        found = sheets(given.files)
    except BadCasesError as wrong:
        for line in wrong.lines:
            printing.aside(line)
        raise SystemExit(MISUNDERSTOOD) from wrong
    chosen = [(one, case) for one in found for case in one.cases if given.k.lower() in case.name.lower()]
    if not chosen:
        raise UsageError(f"-k {given.k}: no case has that in its name")
    follow = _at_aws(given) if given.at_aws else None
    failed = 0
    for one, case in chosen:
        ran = run_case(one.workflow, case)
        followed = follow(ran) if follow else None
        failed += not (ran.passed and (followed is None or followed.agrees))
        if given.format == "jsonl":
            document = case_reports.as_json(one.file, ran, followed)
            printing.raw(f"{json.dumps(document, ensure_ascii=False)}\n")
        else:
            for told, style in case_reports.lines(one.file, ran, followed):
                printing.result(told, style)
    took = case_reports.milliseconds(perf_counter() - began)
    printing.aside(f"{len(chosen) - failed} passed, {failed} failed in {took}")
    if failed:
        raise SystemExit(FAILED)


def _at_aws(given: Any) -> Callable[[Ran], AtAws | None]:
    """Runs cases at AWS that have run here."""
    from asl.cli.aws import test_state
    from asl.testing.at_aws import run_at_aws

    ask = test_state(given.endpoint_url)
    return lambda ran: run_at_aws(ran, ask, given.role)


def explore(given: Any) -> None:
    """Try all that tasks may come to, and tell what can happen: promises broken, errors uncaught, loops without end."""
    from asl.cli import explorations, runs
    from asl.rules.findings import DefinitionError
    from asl.testing.exploring.explorer import BOUND, NO_INPUT
    from asl.testing.exploring.explorer import explore as try_all
    from asl.testing.mock_config import MockError, outcomes
    from asl.testing.outcomes import MisshapenResultError

    promises = explorations.promises(given.must_reach)
    read = _readable(given.file, given.machine)
    input = NO_INPUT if given.input is None else runs.given_input(given.input)
    bound = BOUND if given.bound is None else given.bound
    try:
        mocked = outcomes(runs.given_mocks(given.mock), read.machine or None, given.case)
        type = read.type or given.type
        found = try_all(read.definition, input, mocked, must_reach=promises, type=type, bound=bound)
    except DefinitionError as error:
        for finding in error.findings:
            printing.aside(f"{read.name}:{read.line(finding.path)}: {finding}")
        raise FailedError("a definition with errors is not explored") from error
    except (MockError, MisshapenResultError, ValueError) as error:
        raise FailedError(str(error)) from error
    if given.format == "json":
        printing.raw(f"{explorations.as_json(found)}\n")
    else:
        for line, style in found.lines():
            printing.result(line, style)
    if not found.ok:
        raise SystemExit(FAILED)


def cost(given: Any) -> None:
    """Estimate the price, as Standard and as Express, with the functions and tables that are called."""
    from asl.cli.costs import as_json, assumptions, notes, table
    from asl.pricing import cost as estimate

    assumed = assumptions(given.share, given.rounds, given.items, given.assume, given.x86)
    definition = _readable(given.file, given.machine).definition
    try:
        found = estimate(definition, executions_per_month=given.volume, assumed=assumed)
    except ValueError as error:
        raise FailedError(str(error)) from error
    if given.format == "json":
        printing.raw(f"{as_json(found)}\n")
        return
    printing.table(table(found))
    for note in notes(found):
        printing.result(note)


def review(given: Any) -> None:
    """Tell in Markdown what a program's change does to its machines, as its previews described them."""
    from asl.cli.descriptions import stacks
    from asl.review.markdown import SMALLEST
    from asl.review.markdown import review as tell
    from asl.review.masking import Masks

    for option, room in (("--room", given.room), ("--short-room", given.short_room)):
        if room < SMALLEST:
            raise UsageError(f"{option} {room}: {SMALLEST} bytes at least")
    masks = Masks()
    old, new = (stacks(Path(folder), given.names or None, masks) for folder in (given.before, given.after))
    printing.raw(tell(old, new, volume=given.volume, room=given.room))
    if given.short:
        Path(given.short).write_text(tell(old, new, volume=given.volume, room=given.short_room), encoding="utf-8")
    if given.page:
        from asl.viewer import page  # as long to load as all else together
        from asl.viewer.reviewed import review_page

        Path(given.page).write_text(page(review_page(old, new, volume=given.volume)), encoding="utf-8")


def rules(given: Any) -> None:
    """All rules, or one with its reason."""
    from asl.rules import RULES

    if given.explain is not None:
        _explain(given.explain)
        return
    for rule in RULES:
        printing.result(f"{rule.id}  {rule.rank:<20}  {rule.title}")


def _explain(id: str) -> None:
    from asl.rules import RULES
    from asl.syntax.hints import nearest

    known = {rule.id: rule for rule in RULES}
    rule = known.get(id.upper())
    if rule is None:
        raise UsageError(f"there is no rule {id}{nearest(id.upper(), known)}")
    printing.raw(f"{_explained(rule)}\n")


def _explained(rule: Rule) -> str:
    from asl.cli.examples import example

    shown = [f"{rule.id} ({rule.rank}): {rule.title}\n\n{rule.why}\n{rule.fix}\n{rule.source}"]
    for kind, found in (("Bad", example(rule.id, "bad")), ("Good", example(rule.id, "good"))):
        if found:
            shown.append(f"{kind}:\n{found}")
    return "\n\n".join(shown)


def _readable(name: str, machine: str | None) -> Source:
    from asl.cli.choosing import source

    found = source(name, machine)
    if found.problem:
        raise FailedError(f"{found.name}: {found.problem}")
    return found


def _write_picture(draw: Callable[[], str]) -> None:
    try:
        printing.raw(draw())
    except ImportError as error:
        raise FailedError(str(error)) from error


COMMANDS: dict[str, Callable[[Any], None]] = {
    "check": check,
    "grants": grants,
    "diagram": diagram,
    "view": view,
    "diff": diff,
    "run": run,
    "test": test,
    "explore": explore,
    "cost": cost,
    "review": review,
    "rules": rules,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: `arguments`, or those of the process.

    Raises:
        SystemExit: with the exit code, unless it is 0.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no terminal's encoding may stop a message
            stream.reconfigure(errors="backslashreplace")
    written = sys.argv[1:] if arguments is None else arguments
    read = parser(COMMANDS, written)
    given = read.parse_args(written)
    try:
        given.run(given)
    except UsageError as error:
        read.error(printing.one_line(str(error)))
    except FailedError as error:
        printing.aside(f"asl: {error}")
        raise SystemExit(FAILED) from None
