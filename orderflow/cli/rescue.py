"""The commands about orders for whoever is on duty: decisions, and differences of the books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from orderflow.cli.base import FAILED, AsJson, By, OrderId, OrderOrReturn, Why, app, target
from orderflow.cli.deciding import decide_and_tell
from orderflow.cli.output import err, money, out, plain, print_table, with_camel_case, write_json
from orderflow.cli.stuck import outcome_of, print_outcomes
from orderflow.decisions import open_questions
from orderflow.errors import OrderflowError
from orderflow.issues import Issue, Report, accept, accepted_issues, compare, open_issues, reconcile, the_issue
from orderflow.next_steps import MENDED_BY_REDRIVE, advice_on
from orderflow.outputs import ORDER_MACHINE
from orderflow.redrive import Redrives
from orderflow.text import one_line

# Questions and decisions


@app.command()
def decisions(context: typer.Context, as_json: AsJson = False) -> None:
    """What people are asked and nobody has answered yet, what expires first at the head."""
    now = datetime.now(UTC)
    found = open_questions(target(context).find(), now)
    if as_json:
        for question in found:
            write_json(with_camel_case(asdict(question)))
        return
    rows = [(one.order_id, one.question, money(one.cents), _at(one.asked_at), _at(one.expires_at)) for one in found]
    print_table(("order", "question", "amount", "since", "expires"), rows)
    if not found:
        err.print("Nobody is asked anything.")


@app.command()
def approve(context: typer.Context, order: OrderId, why: Why, by: By = None, as_json: AsJson = False) -> None:
    """Approve a large order, which then goes on."""
    decide_and_tell(context, order, "APPROVED", by, why, as_json)


@app.command()
def reject(context: typer.Context, order: OrderId, why: Why, by: By = None, as_json: AsJson = False) -> None:
    """Reject a large order, which then is refused, and nothing charged."""
    decide_and_tell(context, order, "REJECTED", by, why, as_json)


@app.command()
def settle(context: typer.Context, order: OrderOrReturn, why: Why, by: By = None, as_json: AsJson = False) -> None:
    """Say that you have settled by hand an order whose undoing keeps failing: the customer has the money back.

    Likewise a return whose refund keeps failing; its goods are written off then.
    """
    decide_and_tell(context, order, "SETTLED", by, why, as_json)


@app.command()
def retry(context: typer.Context, order: OrderOrReturn, why: Why, by: By = None, as_json: AsJson = False) -> None:
    """Have the undoing of an order, or the refund of a return, tried again: it keeps failing, and you are asked."""
    decide_and_tell(context, order, "RETRIED", by, why, as_json)


# The books


UNSEEN = {
    "moving": "orders that kept changing while they were compared",
    "pricedByQuote": "orders reckoned at their own prices, since the catalogue's are newer or undated",
}
"""What a report counts that was looked at only in part, and what that means."""


ACCEPTED = "accepted"
"""What a report counts of differences that people have found right."""


@app.command("issues")
def list_issues(
    context: typer.Context,
    accepted: Annotated[bool, typer.Option("--accepted", help="Those that people have found right instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Where the books differ from the payment provider's or the carrier's word, and what to do about it."""
    deployment = target(context).find()
    if accepted:
        _show_accepted(accepted_issues(deployment), as_json)
    else:
        _show_issues(open_issues(deployment), as_json)


@app.command("accept")
def accept_issue(
    context: typer.Context,
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id; - for what is nobody's.")],
    difference: Annotated[str, typer.Argument(metavar="DIFFERENCE", help="As 'orderflow issues' calls it.")],
    why: Why,
    about: Annotated[str | None, typer.Option(metavar="ID", help="Which one, where several are open.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say that a difference is right as it is: it is told again only when what differs changes."""
    deployment = target(context).find()
    issue = the_issue(deployment, "" if order == "-" else order, difference.upper(), about)
    done = accept(deployment, issue, by, why)
    if as_json:
        write_json(with_camel_case(asdict(done)))
    else:
        out.print(f"{issue.kind}: {issue.provider}; the ledger says {issue.ledger}", markup=False, soft_wrap=True)
        out.print(done.message, markup=False, soft_wrap=True)
    if not done.decided:
        raise typer.Exit(FAILED)


@app.command("reconcile")
def reconcile_all(
    context: typer.Context,
    seconds: Annotated[
        int, typer.Option("--wait", min=1, metavar="SECONDS", help="How long to wait for its end.")
    ] = 600,
    as_json: AsJson = False,
) -> None:
    """Compare all books of recent orders with the provider's and the carrier's now; show a report and what differs."""
    deployment = target(context).find()
    done = reconcile(deployment, seconds)
    if done.status == "RUNNING":
        err.print(f"Still comparing after {seconds} s; 'orderflow issues' shows what it finds.")
    _show_issues(open_issues(deployment), as_json)
    if done.report and as_json:
        write_json({"report": _as_document(done.report)})
    elif done.report:
        for line in _told(done.report):
            out.print(line, markup=False, soft_wrap=True)
    if done.status not in ("RUNNING", "SUCCEEDED"):
        why = f": {one_line(done.cause, 400)}" if done.cause else "; its execution says why"
        raise OrderflowError(f"the reconciliation ended {done.status}{why}")


def _as_document(report: Report) -> dict[str, Any]:
    """With the kinds' and books' own names."""
    counts = {"listed": report.listed, "notCompared": report.not_compared, "lookedAt": dict(report.looked_at)}
    return {**counts, "issues": dict(report.issues), "unlisted": dict(report.unlisted)}


def _told(report: Report) -> Iterator[str]:
    """A report in lines: how much was compared, how many issues of each kind, and what could not be seen."""
    seen = {name: count for name, count in report.looked_at.items() if name not in (*UNSEEN, ACCEPTED)}
    yield f"Looked at {_counted(seen)}."
    yield f"Issues: {_counted(report.issues)}." if report.issues else "Issues: none."
    if count := report.looked_at.get(ACCEPTED):
        yield f"Accepted: {count} differences that people have found right."
    for name, meaning in UNSEEN.items():
        if count := report.looked_at.get(name):
            yield f"Not seen: {count} {meaning}."
    for book, reason in report.unlisted.items():
        yield one_line(f"Not seen: {book}, which could not be listed: {reason}", 400)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"


@app.command()
def repair(context: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """Compare one order's books now, and have it go on where that brings them in line.

    What only a person can bring in line is shown, with what to do; the exit code is then 1.
    """
    deployment = target(context).find()
    found = compare(deployment, order)
    by_hand = [issue for issue in found if issue.kind not in MENDED_BY_REDRIVE]
    if found or as_json:
        _show_issues(found, as_json)
    else:
        out.print(f"No difference of order {order} is open.", markup=False)
    outcome = None
    if len(by_hand) < len(found):
        redrives = Redrives(deployment.machine(ORDER_MACHINE), deployment.connect("stepfunctions"))
        outcome = outcome_of(redrives, order, anew=False, others=False)
        if as_json:
            write_json(with_camel_case(asdict(outcome)))
        else:
            print_outcomes([outcome])
    if by_hand or (outcome and outcome.result == "not needed"):
        raise typer.Exit(FAILED)


def _show_issues(found: Sequence[Issue], as_json: bool) -> None:
    for issue in found if as_json else ():
        advice = advice_on(issue.kind)
        write_json({**with_camel_case(asdict(issue)), "means": advice.means, "do": advice.do})
    if not as_json:
        rows = [
            (one.order_id, one.kind, one.about, _at(one.at), one.provider, one.ledger, advice_on(one.kind).do)
            for one in found
        ]
        print_table(("order", "difference", "about", "since", "others say", "ledger", "what to do"), rows)
        if not found:
            err.print("No difference is open.")


def _show_accepted(found: Sequence[Issue], as_json: bool) -> None:
    for issue in found if as_json else ():
        write_json(with_camel_case(asdict(issue)))
    if not as_json:
        rows = [(one.order_id, one.kind, one.about, one.provider, one.ledger, _accepted(one)) for one in found]
        print_table(("order", "difference", "about", "others say", "ledger", "accepted by"), rows)
        if not found:
            err.print("No difference has been accepted.")


def _accepted(issue: Issue) -> str:
    return f"{issue.accepted_by}, {_at(issue.accepted_at)}: {issue.accepted_why}"


def _at(moment: str) -> str:
    return plain(datetime.fromisoformat(moment))
