"""Files of cases as pytest's tests: each case is an item, by its name.

Loaded once such a file is found: https://docs.pytest.org/en/stable/example/nonpython.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asl.cli.case_files import Sheet, in_file
from asl.cli.case_reports import why
from asl.cli.usage import UsageError
from asl.testing.case_runs import Ran, run_case
from asl.testing.cases import Case


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        try:
            found = list(in_file(Path(os.path.relpath(self.path))))
        except UsageError as wrong:
            raise self.CollectError(str(wrong)) from wrong
        for sheet in found:
            for case in sheet.cases:
                yield CaseItem.from_parent(self, name=case.name, sheet=sheet, case=case)  # pyright: ignore[reportUnknownMemberType]


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, sheet: Sheet, case: Case, **given: Any) -> None:
        super().__init__(**given)  # pyright: ignore[reportUnknownMemberType]
        self.sheet, self.case = sheet, case

    def runtest(self) -> None:
        ran = run_case(self.sheet.workflow, self.case)
        if not ran.passed:
            raise CaseFailedError(ran)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected, and the way taken, in place of a traceback."""
        failed = excinfo.value
        return (
            "\n".join(why(failed.ran)) if isinstance(failed, CaseFailedError) else super().repr_failure(excinfo, style)
        )

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.name


class CaseFailedError(AssertionError):
    """A case did not end as it has to."""

    def __init__(self, ran: Ran) -> None:
        super().__init__(
            "; ".join(f"{one.what}: expected {one.expected}, found {one.found}" for one in ran.differences)
        )
        self.ran = ran
