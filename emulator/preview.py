"""What stops the program, in a moment: its preview under Pulumi's mocks, once or after each change of a file."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from emulator.program import ROOT
from orderflow.console import PlainConsole

SLOW = (
    *("cloudwatch", "dynamodb", "iam", "kms", "lambda_", "pipes"),
    *("s3", "scheduler", "secretsmanager", "sfn", "sns", "sqs"),
)
"""Of pulumi-aws what the program uses: loaded once for all previews of a watch."""

SOURCES = frozenset({".py", ".yaml"})

console = PlainConsole(highlight=False)


def preview(stack: str, *, program: Path = ROOT / "__main__.py") -> bool:
    """Run the program for `stack`, in which nothing is known and nothing made, and say what stops it or how much is
    there; whether it may go on. Warnings come out as Pulumi shows them."""
    from emulator.program import PROJECT
    from orderflow.testing import previewing

    found = previewing.preview(stack, PROJECT, program=program)
    if found.stopped:
        console.print(f"{stack}: {found.stopped}", style="red", markup=False, soft_wrap=True)
    else:
        console.print(f"{stack}: {found.resources} resources, and nothing stops them", style="green", markup=False)
    return not found.stopped


def watch(stack: str, *, program: Path = ROOT / "__main__.py") -> None:
    """A preview now, and one whenever a file of Python or of settings has changed, until Ctrl-C.

    Each runs in a process of its own, which is forked from one that has loaded all but the program: so it reads the
    program anew, and takes no longer than that does.
    """
    import watchfiles  # for developers, as the rest of their tools

    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([*(f"pulumi_aws.{name}" for name in SLOW), "emulator.deploy"])
    folder = program.resolve().parent
    ignored = watchfiles.DefaultFilter()

    def is_source(change: watchfiles.Change, file: str) -> bool:
        return Path(file).suffix in SOURCES and ignored(change, file)

    changes = watchfiles.watch(
        folder, watch_filter=is_source, debounce=200, step=20, rust_timeout=100, yield_on_timeout=True
    )
    next(changes)  # from here on nothing is missed, what changes during a preview included
    while True:
        process = processes.Process(target=_preview, args=(stack, program))
        process.start()
        process.join()
        console.print("waiting for a change; Ctrl-C ends this", style="dim")
        changed = next(filter(None, changes))
        names = sorted(str(Path(file).relative_to(folder)) for _, file in changed)
        console.print(f"changed: {', '.join(names)}", markup=False)


def _preview(stack: str, program: Path) -> None:
    sys.exit(0 if preview(stack, program=program) else 1)
