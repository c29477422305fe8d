"""`view`: what the page shows of a file, and of a run of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asl.cli import runs
from asl.cli.case_files import ENDINGS, in_file, is_case_file
from asl.cli.choosing import source
from asl.cli.usage import FailedError, UsageError
from asl.rules.findings import DefinitionError
from asl.running.execution import Execution
from asl.syntax.hints import nearest
from asl.syntax.shapes import Object
from asl.testing.case_runs import run_case
from asl.testing.mock_config import MockError, outcomes
from asl.testing.outcomes import MisshapenResultError, MissingOutcomeError
from asl.testing.run import run
from asl.testing.visits import executions
from asl.viewer import Page, ShownExecution, View, page, shown_execution, shown_machine

_JSON = ("{", "[", '"', "@", "-")


def written(given: Any) -> tuple[str, str, str]:
    """The page's file, the page, and why the machine was not run where it was to be.

    Raises:
        UsageError: for what is not there, or no case of that name.
        FailedError: for what cannot be read, and for tasks that nobody said anything of.
    """
    file = Path(given.file)
    if given.file != "-" and is_case_file(file):
        if given.given is None:
            raise UsageError(f"{given.file} holds cases: say which with --run NAME")
        return _of_case(file, given.given, given.out)
    read = source(given.file, given.machine)
    if read.problem:
        raise FailedError(f"{read.name}: {read.problem}")
    name = read.machine or _stem(file) or "machine"
    type = read.type or given.type
    execution, problem = None, ""
    if given.given is not None and not given.given.lstrip().startswith(_JSON):
        return _of_case(_beside(file, given.given), given.given, given.out)
    if given.given is not None:
        try:
            mocks = outcomes(runs.given_mocks(given.mock), read.machine or None, given.case)
            ran = run(read.definition, runs.given_input(given.given, "--run"), mocks, type=type, seed=given.seed)
            execution = _shown(read.definition, ran, name)
        except DefinitionError:
            problem = "a definition with errors is not run; the page shows them"
        except MissingOutcomeError as error:
            raise runs.not_mocked(error) from error
        except (MockError, MisshapenResultError) as error:
            raise FailedError(str(error)) from error
    view = View(shown_machine(read.definition, name=name, type=type), execution=execution)
    return given.out or f"{name}.html", page(Page(name, (view,), made=f"Made from {read.name}.")), problem


def _stem(file: Path) -> str:
    """`order` of order.asl.json, `definition.order` of definition.order.json."""
    return file.stem.removesuffix(".asl")


def _beside(file: Path, case: str) -> Path:
    stem = _stem(file)
    found = next(
        (file.with_name(f"{stem}{ending}") for ending in ENDINGS if file.with_name(f"{stem}{ending}").is_file()), None
    )
    if found is None:
        raise UsageError(f"--run {case}: no JSON, and beside {file} is no {stem}{ENDINGS[0]} with a case of that name")
    return found


def _of_case(file: Path, named: str, out: str | None) -> tuple[str, str, str]:
    """A case by its name, or by what is in one name alone."""
    every = [(sheet, case) for sheet in in_file(file) for case in sheet.cases]
    exact = [one for one in every if one[1].name == named]
    chosen = exact or [one for one in every if named.lower() in one[1].name.lower()]
    if len(chosen) != 1:
        names = [case.name for _, case in chosen or every]
        hint = nearest(named, names)
        what = f"{len(chosen)} cases have that in their names" if chosen else f"no case has that name{hint}"
        raise UsageError(f"--run {named}: in {file} {what}; there are: {', '.join(names)}")
    ((sheet, case),) = chosen
    ran = run_case(sheet.workflow, case)
    if ran.problem:
        raise FailedError(f"{file}: {case.name}: {ran.problem}")
    machine = sheet.workflow.machine
    view = View(
        shown_machine(machine.definition, name=sheet.workflow.name, type=machine.type),
        execution=_shown(machine.definition, ran.run.execution, case.name),
    )
    title = f"{sheet.workflow.name}: {case.name}"
    return out or f"{sheet.workflow.name}.html", page(Page(title, (view,), made=f"Made from {file}.")), ""


def _shown(definition: Object, execution: Execution, name: str) -> ShownExecution:
    own, *children = executions(execution)
    return shown_execution(
        definition,
        (event.as_aws() for event in own.events),
        name=name,
        children=((event.as_aws() for event in child.events) for child in children),
    )
