"""The coverage of machines over a session of pytest: counted in each process, told by the one that the user started."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from rich.console import Console
from rich.table import Table

from asl.syntax.walk import walk
from asl.testing.coverage import KINDS, Coverage, Covered, Kind, Part, percent
from asl.testing.runs import Run

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

_SENT = "orderflow_coverage"
_MOST_MISSED = 20


class _Worker(Protocol):
    """A process of pytest-xdist, as its own controller sees it."""

    workeroutput: dict[str, Any]


class Covering:
    """Counts what runs take, and tells it at the end of the session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._covered = Covered()

    def add(self, run: Run) -> None:
        """Count what a run has taken so far."""
        self._covered.of(run.execution.names.machine, run.machine).add(run.execution)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what was counted in a worker; fail the session where too little was taken."""
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_SENT] = [
                {"name": one.name, "type": one.machine.type, "definition": json.dumps(one.machine.definition),
                 "taken": sorted(one.taken)}
                for one in self._covered.all
            ]  # fmt: skip
            return
        self._write()
        if session.exitstatus == pytest.ExitCode.OK and self._too_little():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: _Worker) -> None:
        """Take over what a worker of pytest-xdist has counted; one that crashed hands over nothing."""
        for sent in getattr(node, "workeroutput", {}).get(_SENT, ()):
            machine = walk(json.loads(sent["definition"]), type=sent["type"])
            self._covered.of(sent["name"], machine).taken.update(sent["taken"])

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """The table, and what was never taken."""
        writer = terminalreporter._tw  # pyright: ignore[reportPrivateUsage] its width and colours, as pytest-cov does
        terminalreporter.section("workflow coverage")
        for line in _told(self._covered, writer.fullwidth, writer.hasmarkup, whole=self._config.get_verbosity() > 0):
            terminalreporter.write_line(line)
        if told := self._too_little():
            terminalreporter.write_line(told, red=True)

    def _too_little(self) -> str:
        """What is said where less is covered than is wanted; empty where it is enough."""
        wanted: float | None = self._config.getoption("asl_cov_fail_under")
        found = percent(self._covered.all)
        if wanted is None or found >= wanted:
            return ""
        told = f"{found:.1f} % is covered" if self._covered.all else "no workflow was run"
        return f"FAIL: {told}, and {wanted:g} % is wanted (--asl-cov-fail-under)"

    def _write(self) -> None:
        options: tuple[Path | None, ...] = tuple(
            self._config.getoption(f"asl_cov_{name}") for name in ("json", "svg", "mermaid")
        )
        as_json, as_svg, as_mermaid = options
        if as_json:
            as_json.parent.mkdir(parents=True, exist_ok=True)
            as_json.write_text(json.dumps(self._covered.as_json(), indent=2, ensure_ascii=False) + "\n")
        for one, label in _labelled(self._covered):
            missed = {part.path for part in one.missed}
            if as_svg:
                from asl.pictures.svg import svg

                _write(as_svg, f"{label}.svg", svg(one.machine.definition, missed=missed))
            if as_mermaid:
                from asl.pictures.mermaid import mermaid

                _write(as_mermaid, f"{label}.mmd", mermaid(one.machine.definition, missed=missed))


def _write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / re.sub(r"[^\w.-]+", "-", name)).write_text(text)


def _labelled(covered: Covered) -> Iterator[tuple[Coverage, str]]:
    """Each machine with a name of its own."""
    seen: dict[str, int] = {}
    for one in covered.all:
        seen[one.name] = seen.get(one.name, 0) + 1
        yield one, one.name if seen[one.name] == 1 else f"{one.name} {seen[one.name]}"


def _told(covered: Covered, width: int, colours: bool, whole: bool) -> Iterator[str]:
    table = Table("machine", *(plural for plural in KINDS.values()), "covered", box=None, padding=(0, 2, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    for one, label in _labelled(covered):
        table.add_row(label, *(_count(one, kind) for kind in KINDS), f"{one.percent:.1f} %")
    if len(covered.all) > 1:
        table.add_row("all", *("" for _ in KINDS), f"{percent(covered.all):.1f} %")
    written = StringIO()
    Console(file=written, width=width, force_terminal=colours, highlight=False).print(table)
    yield from written.getvalue().splitlines()
    for one, label in _labelled(covered):
        missed = _missed(one)
        if missed:
            yield f"never taken in {label}:"
            shown = missed if whole else missed[:_MOST_MISSED]
            yield from (f"  {part}" for part in shown)
            if len(missed) > len(shown):
                yield f"  and {len(missed) - len(shown)} more, shown with -v"


def _count(one: Coverage, kind: Kind) -> str:
    taken, every = one.count(kind)
    return f"{taken}/{every}" if every else "-"


def _missed(one: Coverage) -> list[Part]:
    """What was never taken; of a state that was never entered that alone."""
    missed = one.missed
    never = {part.state for part in missed if part.kind == "state"}
    return [part for part in missed if part.kind == "state" or part.state not in never]
