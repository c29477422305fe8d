"""The commands for versions: which there are, how their releases went, and the way back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from orderflow.cli.base import FAILED, AsJson, AsJsonLines, app, target
from orderflow.cli.output import complain, err, out, plain, print_table, with_camel_case, write_json
from orderflow.errors import UnknownMachine
from orderflow.machines import Machine
from orderflow.outputs import ORDER_MACHINE, Deployment
from orderflow.releases import Aliased, Outcome, Releases, released_machines

LOOK_SECONDS = 5
HOW: Mapping[Outcome, tuple[str, str]] = {
    "SHIFTING": ("is still being released", "wait longer, or take it back: orderflow rollback"),
    "RELEASED": ("was released, and someone has rolled it back", "mend it, and deploy"),
    "TAKEN_BACK": ("was taken back", "mend what the alarms tell of, and deploy"),
    "SUPERSEDED": (
        "gave way to another release or a rollback",
        "deploy a change, or lead all to it: orderflow rollback --to",
    ),
    "BROKEN_OFF": ("was not released to the end", "orderflow rollback, mend it, and deploy"),
    "": ("has not taken over", "if nobody has rolled it back on purpose: pulumi up --refresh"),
}
"""Why the version that was deployed last does not run, by its release, and what to do."""

MachineReference = Annotated[
    str | None, typer.Argument(metavar="MACHINE", help="As the stack or AWS calls it, or an alias's ARN.")
]


@app.command("releases")
def list_releases(
    context: typer.Context,
    machine: MachineReference = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="The newest N versions of each machine.")] = 10,
    wait: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="Wait so long at most until the deployed versions have taken over; exit with 1 if one has not.",
        ),
    ] = None,
    as_json: AsJsonLines = False,
) -> None:
    """The versions of each machine: when they were published, how many executions start with them, and how their
    releases went."""
    deployment, meant = _meant(context, machine)
    machines = [Aliased(deployment, one) for one in meant]
    found = _waited(machines, limit, wait) if wait is not None else [one.releases(limit) for one in machines]
    for one in found:
        _show(one, as_json)
    if wait is not None and (late := [one for one in found if not _has_taken_over(one)]):
        for one in late:
            complain(_why_not(one))
        raise typer.Exit(FAILED)


@app.command()
def rollback(
    context: typer.Context,
    machine: MachineReference = None,
    to: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The version to go to; by default the one that ran before.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have executions start with an older version again, at once. A release that is under way stops.

    Those that have started go on with the version that they started with.
    """
    deployment, meant = _meant(context, machine)
    done = Aliased(deployment, _one(meant)).rollback(to)
    if as_json:
        write_json(with_camel_case(asdict(done)))
        return
    led = ", ".join(f"{one.share} % with version {one.version}" for one in done.before)
    stopped = f"; the release of version {done.stopped} is stopped" if done.stopped else ""
    out.print(
        f"{done.machine}: executions start with version {done.version} now (before: {led}){stopped}", markup=False
    )


def _meant(context: typer.Context, reference: str | None) -> tuple[Deployment, list[Machine]]:
    if reference:
        deployment, machine = target(context).machine(reference)
        return deployment, [machine]
    deployment = target(context).find()
    return deployment, released_machines(deployment)


def _one(machines: Sequence[Machine]) -> Machine:
    """The only machine, else that of orders."""
    orders = [machine for machine in machines if machine.name == ORDER_MACHINE]
    if len(machines) == 1 or orders:
        return (orders or machines)[0]
    raise UnknownMachine(f"which machine? name one of: {', '.join(machine.name for machine in machines) or 'none'}")


def _waited(machines: Sequence[Aliased], limit: int, seconds: float) -> list[Releases]:
    """What is found once every deployed version has taken over or never will by itself, or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        found = [one.releases(limit) for one in machines]
        waiting = [one for one in found if _may_take_over(one)]
        left = deadline - time.monotonic()
        if not waiting or left <= 0:
            return found
        shares = ", ".join(f"{one.machine} ({_share(one)} % at version {one.told})" for one in waiting)
        err.print(f"Waiting for {shares}", markup=False, soft_wrap=True)
        time.sleep(min(LOOK_SECONDS, left))


def _share(found: Releases) -> int:
    return found.deployed.share if found.deployed else 0


def _has_taken_over(found: Releases) -> bool:
    return found.told is None or _share(found) == 100


def _may_take_over(found: Releases) -> bool:
    """Of a release that began a moment ago AWS may not tell yet."""
    outcome = found.deployed.outcome if found.deployed else ""
    return found.gradual and not _has_taken_over(found) and outcome in ("SHIFTING", "")


def _why_not(found: Releases) -> str:
    deployed, goes = found.deployed, ", ".join(f"{one.share} % at {one.number}" for one in found.versions if one.share)
    how, do = HOW[deployed.outcome if deployed else ""]
    why = f": {deployed.why}" if deployed and deployed.why else ""
    return f"{found.machine}: version {found.told} {how}{why}; executions start {goes}; {do}"


def _show(found: Releases, as_json: bool) -> None:
    if as_json:
        write_json(with_camel_case(asdict(found)))
        return
    out.print(found.machine, style="bold", markup=False)
    rows = [
        (
            str(one.number),
            plain(one.published_at),
            f"{one.share} %" if one.share else "",
            one.outcome.lower().replace("_", " "),
            plain(one.ended_at),
            one.why,
        )
        for one in found.versions
    ]
    print_table(("version", "published", "starts", "release", "ended", "why"), rows)
