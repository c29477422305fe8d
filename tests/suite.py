"""`make check`, `make quick`, `make test`: all that looks at the tree, side by side, and what each took.

    python -m tests.suite check    lint, types, advisories, workflows
    python -m tests.suite quick    lint and types, and the tiers that need no cloud
    python -m tests.suite test     everything; Pulumi's command line is built meanwhile where there is none
    python -m tests.suite loaded   the same beside processes that compute and nothing else

What follows is handed to pytest: `python -m tests.suite test -k webhook`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHIPS = ("asl", "components", "handlers", "orderflow", "workflows", "__main__.py")
AUDIT = """
mkdir -p .build
uv export --frozen --quiet --no-emit-project --no-hashes --output-file .build/requirements.txt > /dev/null
exec "$0" .github/scripts/audit_packages.py .build/requirements.txt
"""
ACTIONLINT = """
if command -v actionlint > /dev/null; then exec actionlint; fi
if command -v go > /dev/null; then exec go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12; fi
echo "no actionlint to check .github/workflows with: install it, or Go" >&2
exit 1
"""
QUICK: dict[str, Sequence[str]] = {
    "ruff": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "pyright": ("pyright",),
    "pages": (sys.executable, "-m", "tests.browser.tools", "check"),
}
CHECKS: dict[str, Sequence[str]] = {
    **QUICK,
    "bandit": ("bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", *SHIPS),
    "audit": ("sh", "-ec", AUDIT, sys.executable),
    "actionlint": ("sh", "-ec", ACTIONLINT),
}
WORKERS = (os.cpu_count() or 1) + 2
"""Half of the time of what runs in the embedded cloud is waiting: for parcels, for people, for what follows."""
PYTEST = (sys.executable, "-m", "pytest", "--numprocesses", str(WORKERS), "--no-loadscope-reorder")
PULUMI = (sys.executable, "-c", "from emulator.engine.command import pulumi_command; pulumi_command()")
"""Gets it if it is not there yet; whoever needs it meanwhile waits for that."""
LOAD = (sys.executable, "-c", "while True: pass")
LOADS = 8
WITHOUT_A_CLOUD = ("tests/unit", "tests/infra")


@dataclass(frozen=True)
class Ran:
    """What a command came to; `computed` are the seconds of processor time, of it and of all that it waited for."""

    name: str
    code: int
    took: float
    computed: float
    output: str = ""

    def __str__(self) -> str:
        failed = "" if self.code == 0 else f"  FAILED ({self.code})"
        return f"{self.name:<12} {self.took:>5.0f} s, {self.computed:.0f} s of it computing{failed}"


def main(what: str, more: Sequence[str]) -> int:
    """Run what is asked for, and tell of each how it went as soon as it has ended; 1 if anything failed."""
    started = time.monotonic()
    checks = QUICK if what == "quick" else CHECKS
    commands = [(name, command, False) for name, command in checks.items()]
    if what in ("test", "loaded"):
        commands += [("Pulumi", PULUMI, False), ("tests", (*PYTEST, *more), True)]
    elif what == "quick":
        commands += [("tests", (*PYTEST, *(more or WITHOUT_A_CLOUD)), True)]
    codes: list[int] = []
    with _loads(LOADS if what == "loaded" else 0), ThreadPoolExecutor(len(commands)) as pool:
        for ended in as_completed(pool.submit(_run, *command) for command in commands):
            ran = ended.result()
            codes.append(ran.code)
            if ran.code or "NOT AUDITED" in ran.output:
                print(f"\n{ran.output.rstrip()}")
            print(ran, flush=True)
    print(f"{'all':<12} {time.monotonic() - started:>5.0f} s")
    return int(any(codes))


@contextmanager
def _loads(count: int) -> Iterator[None]:
    """Processes that take what processors there are."""
    running = [subprocess.Popen(LOAD) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def _run(name: str, command: Sequence[str], is_shown: bool) -> Ran:
    """Run a command; what it says is kept, unless it is shown at once."""
    started = time.monotonic()
    program = shutil.which(command[0]) or command[0]
    with tempfile.TemporaryFile("w+") as said:
        streams = {} if is_shown else {"stdout": said, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        process = subprocess.Popen([program, *command[1:]], cwd=ROOT, **streams)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        computed = usage.ru_utime + usage.ru_stime
        return Ran(name, process.returncode, time.monotonic() - started, computed, said.read())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
