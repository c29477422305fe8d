"""The whole program under mocks, the import of each handler, and the size of each function's package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.report import Result, at_most, finish, median_ms
from components.orders.sources import HANDLERS as FOLDER
from components.orders.sources import LIBRARIES
from components.packaging import handler_names, package_dependencies, package_handler
from orderflow.testing.stack import Stacks
from tests.authorization.judge import problems as judge
from tests.infra.cloudformation import problems as schema_problems
from tests.infra.test_statements import documents

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = handler_names(FOLDER)
RUNS = 7
PROGRAM_MS, JUDGED_MS, IMPORT_MS, PACKAGE_KB = 1_500, 8_000, 250, 100


def main() -> None:
    """Measure."""
    finish("The program and its functions", [*program(), *imports(), *packages()])


def program() -> Iterator[Result]:
    """The stack `dev`, in this process: what is loaded once, like Pulumi's SDK and AWS's schemas, does not count.

    As a preview; and as the tests judge it, with every resource held against AWS's schemas and every statement against
    AWS's list of actions.
    """
    stack = Stacks(ROOT)

    def preview() -> None:
        stack("dev", preview=True)

    def judged() -> None:
        resources = stack("dev").resources()
        statements = (one for resource in resources for one in documents(resource))
        found = [*schema_problems(resources), *(one for document in statements for one in judge(document))]
        assert not found, found

    preview()
    yield at_most("__main__.py under mocks", median_ms(preview, RUNS), "ms", PROGRAM_MS)
    judged()
    yield at_most("and judged by AWS's schemas and actions", median_ms(judged, RUNS), "ms", JUDGED_MS)


def imports() -> Iterator[Result]:
    """Each handler in a fresh interpreter, less the interpreter's own start."""
    for name in HANDLERS:
        start = median_ms(lambda: _python("pass"), RUNS)
        loaded = median_ms(lambda name=name: _python(f"import handlers.{name}"), RUNS)
        yield at_most(f"import handlers.{name}", loaded - start, "ms", IMPORT_MS)


def packages() -> Iterator[Result]:
    """Each function's zip."""
    layer = package_dependencies(LIBRARIES)
    for name in HANDLERS:
        yield at_most(
            f"package of {name}", package_handler(name, FOLDER, layer).path.stat().st_size / 1000, "KB", PACKAGE_KB
        )


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
