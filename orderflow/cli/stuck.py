"""The commands about what is stuck: why it is, and having it go on. Of orders, and of executions of any machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from orderflow.cli.base import FAILED, AsJson, AsJsonLines, Reference, app, is_order, target
from orderflow.cli.diagnosis import show
from orderflow.cli.output import err, out, plain, print_table, with_camel_case, write_json
from orderflow.errors import OrderflowError
from orderflow.outputs import ORDER_MACHINE
from orderflow.redrive import How, RedrivenExecution, Redrives, moment, redrive_execution, unsuccessful
from orderflow.why import diagnose, explain

# Why is it stuck?


@app.command()
def why(context: typer.Context, reference: Reference, as_json: AsJson = False) -> None:
    """Where an order or an execution of any machine is stuck, with what input and why, and what to do next."""
    now = datetime.now(UTC)
    meant = target(context)
    if is_order(reference):
        found = diagnose(meant.find(), reference, now)
    else:
        execution = meant.execution(reference)
        found = explain(execution.deployment, execution.arn)
    if as_json:
        write_json({**with_camel_case(asdict(found)), "input": found.input})
        return
    show(found, f"orderflow --stack {meant.stack}" if meant.stack else "orderflow", now)


# Going on


@dataclass(frozen=True)
class Outcome:
    """What became of one order that was to go on."""

    order_id: str
    result: How | Literal["failed"]
    detail: str
    execution_arn: str | None = None


@app.command()
def redrive(
    context: typer.Context,
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="[EXECUTION]",
            help="An order's id, MACHINE/NAME or an execution's ARN; with --all-failed-since a machine, or none for "
            "the orders.",
        ),
    ] = None,
    all_failed_since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="All that failed or timed out since: 90m, 2h, 3d ago, or ISO 8601."),
    ] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Orders by the definition that is deployed now, in executions of their own.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before many are redriven.")] = False,
    as_json: AsJsonLines = False,
) -> None:
    """Have an order or an execution go on that failed, timed out or was aborted.

    AWS redrives an execution in the state that failed, within 14 days. An order whose execution AWS cannot redrive gets
    a new one, which goes on where the ledger stands; nothing of it is done twice. What someone aborted is redriven one
    by one only.
    """
    if reference is None and all_failed_since is None:
        raise typer.BadParameter("give an order, an execution, or --all-failed-since")
    if all_failed_since is None and reference and is_order(reference):
        _redrive_orders(context, [reference], anew, as_json)
    elif reference is None:
        since = _since(all_failed_since or "")
        orders = list(_redrives(context).unsuccessful(since))
        _redrive_orders(context, _agreed(orders, "orders", since, yes), anew, as_json, others=True)
    elif anew:
        raise typer.BadParameter("--anew is of orders, whose ledger says where they go on; start an execution instead")
    elif all_failed_since is None:
        meant = target(context).execution(reference)
        _redrive_executions(meant.deployment.connect("stepfunctions"), [meant.arn], as_json)
    else:
        since = _since(all_failed_since)
        deployment, machine = target(context).machine(reference)
        client = deployment.connect("stepfunctions")
        failed = [one.execution_arn for one in unsuccessful(client, machine.read, since)]
        _redrive_executions(client, _agreed(failed, f"executions of {machine.name}", since, yes), as_json)


def _since(text: str) -> datetime:
    try:
        return moment(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(f"--all-failed-since takes 90m, 2h, 3d or ISO 8601, not {text}") from error


def _agreed(found: list[str], what: str, since: datetime, yes: bool) -> list[str]:
    if not found:
        err.print(f"No {what} have failed or timed out since {plain(since)}.", markup=False)
    elif not yes:
        question = f"{len(found)} {what} failed or timed out since {plain(since)}. Redrive them?"
        typer.confirm(question, abort=True, err=True)
    return found


def _redrives(context: typer.Context) -> Redrives:
    deployment = target(context).find()
    return Redrives(deployment.machine(ORDER_MACHINE), deployment.connect("stepfunctions"))


def _redrive_orders(
    context: typer.Context, orders: Sequence[str], anew: bool, as_json: bool, *, others: bool = False
) -> None:
    redrives = _redrives(context)
    outcomes: list[Outcome] = []
    for one in orders:
        outcomes.append(outcome_of(redrives, one, anew, others=others))
        if as_json:
            write_json(with_camel_case(asdict(outcomes[-1])))
    if not as_json:
        print_outcomes(outcomes)
    if any(outcome.result == "failed" for outcome in outcomes):
        raise typer.Exit(FAILED)


def outcome_of(redrives: Redrives, order: str, anew: bool, *, others: bool) -> Outcome:
    """Redrive one order; where there are `others` behind it, its failure is theirs to be told of later."""
    try:
        done = redrives.redrive(order, anew=anew)
    except OrderflowError as error:
        if not others:
            raise
        return Outcome(order, "failed", str(error))
    return Outcome(order, done.how, done.reason, done.execution_arn)


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    print_table(("order", "result", "why"), [(one.order_id, one.result, one.detail) for one in outcomes])
    _count([outcome.result for outcome in outcomes])


def _redrive_executions(client: Any, arns: Sequence[str], as_json: bool) -> None:
    outcomes: list[RedrivenExecution] = []
    for arn in arns:
        outcomes.append(redrive_execution(client, arn))
        if as_json:
            write_json(with_camel_case(asdict(outcomes[-1])))
    if not as_json:
        print_table(("execution", "result", "why"), [(one.name, one.result, _why(one)) for one in outcomes])
        _count([outcome.result for outcome in outcomes])
    if any(outcome.result == "not redrivable" for outcome in outcomes):
        raise typer.Exit(FAILED)


def _why(done: RedrivenExecution) -> str:
    return f"{done.detail}: {', '.join(done.runs_again)}" if done.runs_again else done.detail


def _count(results: Sequence[str]) -> None:
    if len(results) > 1:
        out.print(", ".join(f"{count} {result}" for result, count in Counter(results).items()))
