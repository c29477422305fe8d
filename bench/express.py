"""What Express machines are for: many short executions, and answers in one call.

The projection is replayed from 1,000, 10,000 and 100,000 ledger events, each sent twice and out of order: whether that
takes longer than there are more, ends in the same view, and how much memory it takes; and whether `asl cost` tells
before what the run came to. Each replay has a process of its own. The peer is ministack's engine, by a sample.

Quotes go through the HTTP API of the embedded cloud, where a quote is five calls of functions. Beside the whole stand
what the engine takes for it by itself, what the handlers take, and what HTTP and the API take; the rest is how the
embedded cloud calls functions and its tables. There is no peer for a whole program.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import asl
from asl.pricing import prices
from asl.running.steps import Program
from asl.testing.run import STARTS_AT, prepared
from bench.earlier import ROOT
from bench.replay import BATCH, SEED, as_it_should_be, assumed, definition, doubled, ledger, replayed
from bench.report import Result, at_most, finish, median_ms, shown
from bench.running import PEER
from emulator.cloud import Cloud, Faults, cloud
from emulator.demos.quote import BASKET, GOLD, signed
from emulator.deploy import deploy
from emulator.seed import seed
from workflows import QuoteFunctions, quote

TITLE = "Express: a replay, and quotes"
EVENTS = (1_000, 10_000, 100_000)
SAMPLE = 100
MOST_MB, LINEAR = 300, 1.5
"""Memory at most, and how much longer an event of the largest replay may take than one of the middle one."""
TRANSITIONS_PERCENT, SECONDS_PERCENT = 0.5, 15
"""How far the estimate may be off. Each execution's time is rounded up to 100 ms; the estimate rounds the average."""
QUOTES = {1: 100, 8: 400}
"""How many quotes are asked for at each number at a time."""
OWN_MS, ENGINE_MS = 20, 5
ANSWERS = {
    "AskPrice": {"amountCents": 900_000, "currency": "usd", "lines": []},
    "AskStock": {"enough": True, "short": []},
    "AskDelivery": {"possible": True, "dueAt": "2025-01-03T00:00:00Z"},
}


def main() -> None:
    """Measure, or be one of the measured replays."""
    if len(sys.argv) == 3 and sys.argv[1] == "replay":
        one_replay(int(sys.argv[2]))
        return
    finish(TITLE, [*replays(), *quotes()])


def replays() -> Iterator[Result]:
    """Time, memory and price of replays."""
    found = {count: _run("bench.express", "", "replay", str(count)) for count in EVENTS}
    for count, replay in found.items():
        yield Result(f"{count:,} events, twice each", replay["seconds"], "s", "", None, "", True)
        yield at_most(f"peak memory of that, {replay['views']:,} views", replay["MB"], "MB", MOST_MB)
        yield at_most("views of that which are not as they should be", replay["differing"], "", 0)
    yield at_most(
        "an event of 100,000, in events of 10,000",
        found[100_000]["seconds"] / found[10_000]["seconds"] / 10,
        "x",
        LINEAR,
    )
    largest = found[100_000]
    yield shown(f"{BATCH} events", largest["seconds"] / largest["executions"] * 1000, PEER, _peer_ms())
    yield from _costs(largest)


def one_replay(count: int) -> None:
    """Replay `count` events, and print what that took and came to; the peak is this process's."""
    begun = time.process_time()
    done = replayed(doubled(ledger(count), Random(SEED)))
    seconds = time.process_time() - begun
    meant = as_it_should_be(ledger(count)).rows
    differing = len(dict(done.view.rows.items() ^ meant.items()))
    figures = {name: getattr(done, name) for name in ("executions", "transitions", "gb_seconds")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"seconds": seconds, "MB": peak, "views": len(meant), "differing": differing}
    print(json.dumps({**told, **figures}))


def _costs(replay: dict[str, Any]) -> Iterator[Result]:
    """What `asl cost` tells of so many executions, against what they did: https://aws.amazon.com/step-functions/pricing/"""
    executions, transitions, used = (replay[name] for name in ("executions", "transitions", "gb_seconds"))
    told = asl.cost(definition(), executions_per_month=executions, assumed=assumed())
    items = {item.name: item for item in (*told.standard.items, *told.express.items)}
    told_transitions = items["state transitions"].units * executions
    told_seconds = items["Express GB-seconds"].units * executions
    standard = prices.STANDARD_TRANSITION.of(transitions)
    express = prices.EXPRESS_REQUEST.of(executions) + prices.EXPRESS_GB_SECOND.of(used)
    by_request = items["Express requests"].usd_per_month + items["Express GB-seconds"].usd_per_month
    for name, did, said, unit, percent in (
        ("state transitions", transitions, told_transitions, "", TRANSITIONS_PERCENT),
        ("GB-seconds", used, told_seconds, "", SECONDS_PERCENT),
        ("Standard", standard, items["state transitions"].usd_per_month, "$", TRANSITIONS_PERCENT),
        ("Express", express, by_request, "$", SECONDS_PERCENT),
    ):
        off = abs(did - said) / did * 100
        peer = f"asl cost: {said:,.2f}"
        yield Result(
            f"{name} of all, as run", did, unit, peer, did / said, f"{percent:g} % off at most", off <= percent
        )


def _peer_ms() -> float:
    """The milliseconds that ministack's engine takes for a batch, by a sample."""
    records = json.dumps(list(ledger(SAMPLE, poisoned=False)))
    return _run("bench.replay_peer", records) / (SAMPLE / BATCH) * 1000


def _run(module: str, given: str, *arguments: str) -> Any:
    environment = {**os.environ, "LOG_LEVEL": "ERROR", "SFN_WAIT_SCALE": "0"}
    command = [sys.executable, "-m", module, *arguments]
    run = subprocess.run(command, cwd=ROOT, env=environment, input=given, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


@dataclass(frozen=True)
class Asking:
    """Asks for the same quote again and again."""

    cloud: Cloud
    url: str
    body: str = json.dumps(BASKET)

    def once(self, _: object = None) -> tuple[float, bool]:
        """The milliseconds until the quote is there, and whether it is whole."""
        headers = signed(self.url, self.body)
        begun = time.perf_counter()
        status, answer = self.cloud.call_url(self.url, self.body.encode(), headers)
        taken = (time.perf_counter() - begun) * 1000
        return taken, status == 200 and not json.loads(answer)["missing"]

    def unsigned(self) -> None:
        """A request that the API refuses: HTTP and the API, and nothing behind them."""
        status, _ = self.cloud.call_url(self.url, self.body.encode())
        if status != 403:
            raise RuntimeError(f"an unsigned request was answered {status}")


def quotes() -> Iterator[Result]:
    """How many quotes a second there are, how long one takes, and what of it is whose."""
    with (
        tempfile.TemporaryDirectory() as home,
        cloud(faults=Faults(str(Path(home) / "own"), "bench.own_time")) as running,
    ):
        outputs = deploy(running, config={"orderflow:workflows": "quote", "orderflow:quoteSeconds": "11"})
        seed(running, outputs["tables"], [GOLD])
        asking = Asking(running, f"{outputs['apis']['quotes']['url']}/quotes")
        with ThreadPoolExecutor(max(QUOTES)) as callers:
            list(callers.map(asking.once, range(4 * max(QUOTES))))  # each process has loaded all then
        (Path(home) / "own").unlink()
        whole = own = 0.0
        for at_once, count in QUOTES.items():
            begun = time.perf_counter()
            with ThreadPoolExecutor(at_once) as callers:
                answers = list(callers.map(asking.once, range(count)))
            seconds = time.perf_counter() - begun
            yield Result(f"quotes a second, {at_once} at a time", count / seconds, "1/s", "", None, "", True)
            yield at_most("of these without a part", sum(not is_whole for _, is_whole in answers), "", 0)
            yield from _times(at_once, [ms for ms, _ in answers])
            if at_once == 1:
                whole, own = statistics.median(ms for ms, _ in answers), _own_ms(Path(home) / "own")
                yield at_most("of one: the handlers' own, the slowest part and the wait", own, "ms", OWN_MS)
        http = median_ms(asking.unsigned, 50)
    engine = _engine_ms()
    yield Result("of one: HTTP and the API", http, "ms", "", None, "", True)
    yield at_most("of one: the engine by itself", engine, "ms", ENGINE_MS)
    rest = whole - own - http - engine
    yield Result("of one: the rest, the cloud's calls of functions and tables", rest, "ms", "", None, "", True)


def _times(at_once: int, taken: Sequence[float]) -> Iterator[Result]:
    for name, ms in (("median", statistics.median(taken)), ("99th percentile", statistics.quantiles(taken, n=100)[-1])):
        yield Result(f"a quote, {at_once} at a time, {name}", ms, "ms", "", None, "", True)


def _own_ms(file: Path) -> float:
    """The median of what the handlers of one quote take, of which three run side by side."""
    by_subject: dict[str, list[float]] = defaultdict(list)
    for line in file.read_text().splitlines():
        subject, milliseconds = line.split()
        by_subject[subject].append(float(milliseconds))
    waits = statistics.median(by_subject.pop("request"))
    return waits + statistics.median(max(parts) for parts in by_subject.values())


def _engine_ms() -> float:
    """The median of an execution whose tasks are answered at once."""
    functions = (f"arn:aws:lambda:us-east-1:000000000000:function:{name}:live" for name in ANSWERS)
    program = Program.read(quote(QuoteFunctions(*functions), 3), type="EXPRESS")

    def execute() -> None:
        run = prepared(program, BASKET, ANSWERS, None, Random(0), STARTS_AT, None)
        run.loop.run(lambda: run.status != "RUNNING")
        if run.status != "SUCCEEDED":
            raise RuntimeError(f"a quote ended as {run.status}: {run.error} {run.cause}")

    return median_ms(execute, 201)


if __name__ == "__main__":
    main()
