"""Files of cases as pytest's tests: each case is an item, by its name.

Loaded once such a file is found: https://docs.pytest.org/en/stable/example/nonpython.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asl.cli.case_files import in_file
from asl.cli.case_reports import against
from asl.cli.usage import UsageError
from asl.testing.case_runs import run_case
from asl.testing.cases import Case
from asl.testing.runs import Run
from asl.testing.workflow import Workflow


class CaseFile(pytest.File):
    """A file of cases; `seen` is told of each run."""

    def __init__(self, *, seen: Callable[[Run], object], **given: Any) -> None:
        super().__init__(**given)  # pyright: ignore[reportUnknownMemberType]
        self._seen = seen

    def collect(self) -> Iterator[CaseItem]:
        try:
            found = list(in_file(Path(os.path.relpath(self.path))))
        except UsageError as wrong:
            raise self.CollectError(str(wrong)) from wrong
        for sheet in found:
            workflow = replace(sheet.workflow, seen=self._seen)
            for case in sheet.cases:
                yield CaseItem.from_parent(self, name=case.name, workflow=workflow, case=case)  # pyright: ignore[reportUnknownMemberType]


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, workflow: Workflow, case: Case, **given: Any) -> None:
        super().__init__(**given)  # pyright: ignore[reportUnknownMemberType]
        self._workflow, self._case = workflow, case

    def runtest(self) -> None:
        ran = run_case(self._workflow, self._case)
        if not ran.passed:
            raise CaseFailedError("\n".join(against(ran)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected, in place of a traceback; the plugin adds the run, state by state."""
        failed = excinfo.value
        return str(failed) if isinstance(failed, CaseFailedError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._case.line - 1, self.name


class CaseFailedError(AssertionError):
    """A case did not end as it has to: the message says in what."""
