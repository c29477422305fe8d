"""Previews and deployments by Pulumi's own engine: our components against pulumi-aws used directly, and AWS CDK."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi.automation as auto

from bench.report import Result, at_most, finish, median_ms, no_slower, shown
from bench.synthesis import cdk
from emulator.cloud import cloud
from emulator.engine import Engine, engine

MACHINES, STATES, FEW = 100, 50, 10
RUNS = 3
TIMES, GROWTH, SHIPPED_SECONDS = 1.15, 12, 5

COMPONENTS = """
import components
from bench.machines import definition

for number in range({machines}):
    args = components.StateMachineArgs(definition({states}), components.Logs(retention_days=7), tracing=False)
    components.StateMachine(f"m{{number}}", args)
"""
DIRECT = """
from bench.machines import direct

for number in range({machines}):
    direct(f"m{{number}}", {states})
"""


def main() -> None:
    """Measure."""
    finish("Pulumi's engine, and AWS CDK", measured())


def measured() -> Iterator[Result]:
    """Every figure; previews are medians."""
    many = f"of {MACHINES} x {STATES} states"
    with tempfile.TemporaryDirectory() as home, cloud() as running, engine(running, Path(home)) as ours:
        components = project(ours, "components", COMPONENTS, MACHINES)
        direct = project(ours, "direct", DIRECT, MACHINES)
        first, peer = in_turns(components.preview, direct.preview, RUNS)
        yield no_slower(f"first preview {many}", first, "pulumi-aws directly", peer, TIMES)
        up, peer = in_turns(components.up, direct.up, 1)
        yield no_slower(f"up {many}", up, "pulumi-aws directly", peer, TIMES)
        yield shown(f"first preview {many}", first, "cdk synth", cdk_synth_ms(Path(home)))
        yield linear(growth(ours, COMPONENTS, components), growth(ours, DIRECT, direct))
        shipped = ours.stack("dev")
        shipped.up()
        seconds = median_ms(shipped.preview, RUNS) / 1000
        yield at_most("no-op preview of the shipped stack", seconds, "s", SHIPPED_SECONDS)


def project(ours: Engine, name: str, source: str, machines: int) -> auto.Stack:
    """A stack of a project that is nothing but these machines."""
    folder = ours.home / name
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (folder / "__main__.py").write_text(source.format(machines=machines, states=STATES))
    return ours.stack("bench", folder)


def growth(ours: Engine, source: str, many: auto.Stack) -> float:
    """How many times longer a preview without changes takes with MACHINES than with FEW."""
    few = project(ours, f"few{len(source)}", source, FEW)
    few.up()
    return median_ms(many.preview, RUNS) / median_ms(few.preview, RUNS)


def linear(ours: float, peer: float) -> Result:
    """Ten times the machines may take little more than ten times as long. Alone, Pulumi's SDK waits for its Outputs in
    quadratic time (`components/outstanding.py`)."""
    name, peers = f"no-op preview, {FEW} to {MACHINES} machines", f"pulumi-aws directly: {peer:.1f} times"
    return Result(name, ours, "times", peers, peer / ours, f"<= {GROWTH} times", ours <= GROWTH)


def in_turns(ours: Callable[[], object], peer: Callable[[], object], runs: int) -> tuple[float, float]:
    """The medians of both in milliseconds, taken in turns so that a slow minute of the machine hits both."""
    taken = [(median_ms(ours, 1), median_ms(peer, 1)) for _ in range(runs)]
    return statistics.median(one for one, _ in taken), statistics.median(other for _, other in taken)


def cdk_synth_ms(folder: Path) -> float:
    """The median time in which CDK synthesises the same machines, without the start of its command line."""
    synthesise = cdk()
    return median_ms(lambda: synthesise("app.js", MACHINES, STATES, folder / f"cdk-{time.monotonic_ns()}"), RUNS)


if __name__ == "__main__":
    main()
