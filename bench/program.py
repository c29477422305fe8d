"""The whole program under mocks, the import of each handler, and the size of each function's package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.report import Result, at_most, finish, median_ms
from components.packaging import handler_names, package_dependencies, package_handler
from emulator.deploy import Preview
from emulator.program import run_program

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = handler_names()
RUNS = 7
PROGRAM_MS, IMPORT_MS, PACKAGE_KB = 1_500, 250, 100


def main() -> None:
    """Measure."""
    finish("The program and its functions", [*program(), *imports(), *packages()])


def program() -> Iterator[Result]:
    """The stack `dev` as a preview, in this process: what is loaded once, like Pulumi's SDK, does not count."""

    def run() -> None:
        run_program(Preview(), "dev", preview=True)

    run()
    yield at_most("__main__.py under mocks", median_ms(run, RUNS), "ms", PROGRAM_MS)


def imports() -> Iterator[Result]:
    """Each handler in a fresh interpreter, less the interpreter's own start."""
    for name in HANDLERS:
        start = median_ms(lambda: _python("pass"), RUNS)
        loaded = median_ms(lambda name=name: _python(f"import handlers.{name}"), RUNS)
        yield at_most(f"import handlers.{name}", loaded - start, "ms", IMPORT_MS)


def packages() -> Iterator[Result]:
    """Each function's zip."""
    layer = package_dependencies()
    for name in HANDLERS:
        yield at_most(f"package of {name}", package_handler(name, layer).path.stat().st_size / 1000, "KB", PACKAGE_KB)


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
