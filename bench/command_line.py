"""`python -m asl check FILE` from a cold start, beside AWS's language service, cfn-lint and an earlier build; and
`orderflow`, in words only and with a call of AWS, which a server of this process answers.

`python -m bench.command_line --against COMMIT` runs that commit's command on the same files in the same run. Every
figure is the median of whole processes, started in turns; compiled Python is kept, as it is where people work. The
service comes from npm, pinned, into a folder that goes away; cfn-lint gets the machine in a template.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

from bench.check import CHECKERS, FROM_NPM
from bench.earlier import ROOT, unpacked
from bench.large import large
from bench.report import Result, arguments, at_most, faster, report, shown

TITLE = "The command line, cold"
STATES, RUNS = 1_000, 9
SMALL_MS, COMMAND_MS = 250, 400
OVER_EARLIER, OVER_SERVICE = 4, 3
SMALL = {"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "End": True}}}
SERVICE = "amazon-states-language-service"


def main() -> None:
    """Measure."""
    parser = arguments(TITLE)
    parser.add_argument("--against", help="the commit of an earlier build", metavar="COMMIT")
    given = parser.parse_args()
    with unpacked(given.against) as earlier, tempfile.TemporaryDirectory() as folder:
        report(TITLE, [*measured(earlier, Path(folder)), *orders(earlier)], given.json)


def measured(earlier: Path | None, folder: Path) -> Iterator[Result]:
    """A small file, and one of 1,000 states."""
    shutil.copytree(CHECKERS, folder, dirs_exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    small, many, template = folder / "small.asl.json", folder / "many.asl.json", folder / "small.template.json"
    small.write_text(json.dumps(SMALL))
    many.write_text(json.dumps(large(STATES), indent=2))
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"Definition": SMALL, "RoleArn": "arn:aws:iam::111122223333:role/m"},
    }
    template.write_text(json.dumps({"Resources": {"Machine": machine}}))

    check = [sys.executable, "-m", "asl", "check"]
    lint = [str(Path(sys.executable).with_name("cfn-lint")), str(template)]
    ours, theirs = _in_turns(([*check, str(small)], ROOT), (lint, folder))
    yield at_most("a small file", ours, "ms", SMALL_MS)
    yield shown("a small file", ours, f"cfn-lint {version('cfn-lint')}", theirs)
    ours, theirs = _in_turns(([*check, str(many)], ROOT), (["node", "cold.js", str(many)], folder))
    yield faster(f"{STATES:,} states", ours, f"{SERVICE} {FROM_NPM[SERVICE]}", theirs, OVER_SERVICE)
    if earlier is not None:
        ours, before = _in_turns(([*check, str(many)], ROOT), ([*check, str(many)], earlier))
        yield faster(f"{STATES:,} states", ours, "before", before, OVER_EARLIER)
        ours, before = _in_turns(([*check, str(small)], ROOT), ([*check, str(small)], earlier))
        yield shown("a small file", ours, "before", before)


def orders(earlier: Path | None) -> Iterator[Result]:
    """The `orderflow` command: what it can do, and where an order stands that nobody knows."""
    command = [sys.executable, "-m", "orderflow"]
    machine = "arn:aws:states:us-east-1:111122223333:stateMachine:orders"
    with _aws_without_orders() as port:
        given = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
        for name, asked in {
            "orderflow --help": ["--help"],
            "orderflow status": ["--state-machine-arn", machine, "status", "order-1"],
        }.items():
            folders = (ROOT, earlier) if earlier else (ROOT,)
            ours, *before = _in_turns(*(([*command, *asked], folder) for folder in folders), ended=(0, 1), **given)
            yield at_most(name, ours, "ms", COMMAND_MS)
            if before:
                yield shown(name, ours, "before", before[0])


@contextmanager
def _aws_without_orders() -> Iterator[int]:
    """Step Functions that knows of no execution, on a port of the loopback interface."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"__type": "ExecutionDoesNotExist", "message": "there is none"}'
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(400)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _in_turns(*commands: tuple[list[str], Path], ended: Collection[int] = (0, 4, 6), **given: str) -> list[float]:
    """The median time of each command in its folder, in milliseconds: a slow minute of the machine hits all of them.

    `ended` are the exit codes that will do; of cfn-lint, warnings are 4, with advice 6. `given` joins the environment.
    """
    taken: list[list[float]] = [[] for _ in commands]
    for run in range(RUNS + 1):
        for (command, folder), times in zip(commands, taken, strict=True):
            kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
            environment = {**kept, **given}
            start = time.perf_counter()
            process = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
            if process.returncode not in ended:
                raise RuntimeError(f"{command} ended with {process.returncode}: {process.stderr[-500:]}")
            if run:  # the first fills caches
                times.append((time.perf_counter() - start) * 1000)
    return [statistics.median(times) for times in taken]


if __name__ == "__main__":
    main()
