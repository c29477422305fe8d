"""A diagnosis as it is shown to people: the verdict first, what to do last, where the eye is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orderflow.books import Money, OrderBooks
from orderflow.cli.drawing import Tree
from orderflow.cli.output import cell, money, plain, print_out, span
from orderflow.cli.returned import told_of_return
from orderflow.decisions import Question
from orderflow.documents import is_object, text_at
from orderflow.history import cause_summary
from orderflow.map_runs import counted
from orderflow.standing import CAUSE_CHARACTERS, Ran
from orderflow.text import one_line
from orderflow.why import Diagnosis, Explanation

FIELD_CHARACTERS = 240
"""How much is shown of each field of a state's input; --json has all of it."""

MONEY: Mapping[Money, str] = {
    "HELD": "of the customer's money held",
    "TAKEN": "of the customer's money taken",
    "REFUNDED": "charged and refunded",
    "SETTLED": "charged and settled by a person",
}

COLOURS = {"RUNNING": "yellow", "SUCCEEDED": "green"}


def show(found: Diagnosis | Explanation, command: str, now: datetime) -> None:
    """Print what was found. `command` is how orderflow was called for this stack."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    for name, value in _facts(found, now):
        facts.add_row(Text(name, style="bold"), value)
    print_out(_verdict(found, now), Padding(facts, (1, 0, 0, 0)))
    if found.way:
        print_out(_headline("the way it took"), Tree(found.way))
    if isinstance(found, Diagnosis) and found.log:
        print_out(_headline("log"), _log(found))
    if found.input is not None:
        print_out(_headline("the state's input"), _input(found.input))
    print_out(_headline("what to do"))
    for number, step in enumerate(found.next_steps, 1):
        print_out(cell(f"{number}. {step.do}"))
        for one in step.commands:
            print_out(Text(f"   {command} {one}", style="bold cyan", overflow="fold"))


def _verdict(found: Diagnosis | Explanation, now: datetime) -> Text:
    status = found.execution.status if found.execution else "FORGOTTEN"
    where = f" in {found.state}" if found.state else ""
    ended = f", ended in {found.ended_in}" if found.ended_in and found.ended_in != found.state else ""
    since = (found.execution.stopped_at if found.execution else None) or found.since
    age = f", {span((now - since).total_seconds())}{'' if status == 'RUNNING' else ' ago'}" if since else ""
    colour = COLOURS.get(status, "red")
    return Text.assemble(
        (one_line(_title(found)), "bold"), "  ", (one_line(f"{status}{where}{ended}{age}"), f"bold {colour}")
    )


def _title(found: Diagnosis | Explanation) -> str:
    if isinstance(found, Diagnosis):
        return found.order_id
    return f"{found.machine}/{found.execution.name}" if found.execution else found.machine


def _facts(found: Diagnosis | Explanation, now: datetime) -> Iterator[tuple[str, Text]]:
    if found.state and found.since:
        tried = f", tried {found.attempts} times" if found.attempts > 1 else ""
        left = f" ({span((found.until - now).total_seconds())} left)" if found.until and found.until > now else ""
        until = f", until {plain(found.until)} at most{left}" if found.until else ""
        yield "state", cell(f"{found.state} since {plain(found.since)}{tried}{until}")
    if isinstance(found, Explanation):
        yield from _of_any_machine(found)
    if found.error:
        where = f"{found.failed_in}: " if found.failed_in and found.failed_in != found.state else ""
        yield "error", cell(f"{where}{found.error}", "red")
    if found.cause:
        yield "cause", cell(found.cause, "red", CAUSE_CHARACTERS)
    if found.function:
        yield "function", cell(found.function)
    for number, trouble in enumerate(found.troubles):
        times = f" {trouble.times} times" if trouble.times > 1 else ""
        text = f"{plain(trouble.at)}  {trouble.state} failed{times}: {trouble.failure}"
        yield "" if number else "what failed", cell(text)
    if isinstance(found, Diagnosis):
        yield from _of_an_order(found)
    if found.execution:
        yield "execution", cell(_ran(found.execution))
    for number, note in enumerate(found.notes):
        yield "" if number else "not read", cell(note, "yellow")


def _of_any_machine(found: Explanation) -> Iterator[tuple[str, Text]]:
    if found.waits_for:
        yield "waits for", cell(found.waits_for)
    if found.map_run:
        counts = f"items {counted(found.map_run.items)}, executions {counted(found.map_run.executions)}"
        yield "Map Run", cell(f"{found.map_run.status}, {counts}; {found.map_run.map_run_arn}")
    if found.began:
        yield "began", cell(found.began)
    if found.others:
        counts = Counter(found.others)
        yield (
            "also in",
            cell(", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in counts.items())),
        )


def _of_an_order(found: Diagnosis) -> Iterator[tuple[str, Text]]:
    if found.books:
        yield "books", cell(_books(found.books))
        for number, one in enumerate(found.books.returns):
            yield "" if number else "returns", cell(told_of_return(one))
    if found.question:
        yield "asked", cell(_asked(found.question))
    for number, issue in enumerate(found.issues):
        text = f"{issue.kind} since {_moment(issue.at)}: {issue.provider}, where the books say {issue.ledger}"
        yield "" if number else "differs", cell(text, "red")


def _books(books: OrderBooks) -> str:
    parts = [f"{books.status} since {_moment(books.changed_at)}"]
    charged = f"{money(books.charged_cents)} {MONEY[books.money]} (payment {books.payment_id})" if books.money else ""
    parts += [charged or "nothing charged"]
    parts += [f"{money(books.refunded_cents)} refunded for returns"] if books.refunded_cents else []
    parts += [f"stock {books.stock} ({books.units})"] if books.stock else []
    parts += [f"parcel {books.parcel or 'unknown'} ({books.shipment_id})"] if books.shipment_id else []
    return "; ".join(parts)


def _asked(asked: Question) -> str:
    if asked.status == "DECIDED":
        at = _moment(asked.decided_at) if asked.decided_at else "?"
        return f"{asked.question}: {asked.verdict} by {asked.by} at {at}: {asked.why}"
    when = "until" if asked.status == "OPEN" else "at"
    return f"{asked.question}, {asked.status} {when} {_moment(asked.expires_at)}: {asked.text}"


def _ran(ran: Ran) -> str:
    redrives = f", redriven {ran.redrives} times" if ran.redrives else ""
    stopped = f" to {plain(ran.stopped_at)}" if ran.stopped_at else ""
    return f"{ran.name}, {plain(ran.started_at)}{stopped}{redrives}"


def _log(found: Diagnosis) -> Table:
    table = Table("at", "function", "level", "message", box=box.SIMPLE_HEAD, show_edge=False)
    for _, same in groupby(found.log, key=lambda line: (line.function, line.level, line.message, line.detail)):
        *earlier, line = same
        message = f"{line.message}: {line.detail}" if line.detail else line.message
        times = f" ({len(earlier) + 1} times)" if earlier else ""
        style = "red" if line.level in ("ERROR", "CRITICAL") else ""
        table.add_row(cell(plain(line.at)), cell(line.function), cell(line.level), cell(message + times, style))
    return table


def _input(document: Any) -> Table:
    """The state's input, a line for each of its fields; of a caught error what it says."""
    fields = Table.grid(padding=(0, 2))
    if not is_object(document):
        fields.add_row(cell(json.dumps(document, ensure_ascii=False), "dim", FIELD_CHARACTERS))
        return fields
    fields.add_column(no_wrap=True)
    for name, value in document.items():
        cause = text_at(value, "Cause")
        told = (
            json.dumps(value, ensure_ascii=False)
            if cause is None
            else f"{text_at(value, 'Error')}: {cause_summary(cause)}"
        )
        fields.add_row(cell(name), cell(told, "dim", FIELD_CHARACTERS))
    return fields


def _headline(text: str) -> Padding:
    return Padding(Text(text, style="bold underline"), (1, 0, 0, 0))


def _moment(written: str) -> str:
    return plain(datetime.fromisoformat(written).astimezone(UTC))
