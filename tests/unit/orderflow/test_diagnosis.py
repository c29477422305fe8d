"""A diagnosis as it stands in a terminal: all of it, each fact in its place, and nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from textwrap import dedent
from typing import Any

import pytest

from orderflow.books import OrderBooks, ReturnBooks
from orderflow.cli import output
from orderflow.cli.diagnosis import show
from orderflow.console import PlainConsole
from orderflow.decisions import Question
from orderflow.issues import Issue
from orderflow.logs import LogLine
from orderflow.map_runs import MapRun
from orderflow.next_steps import NextStep
from orderflow.standing import Ran, Trouble
from orderflow.why import Diagnosis, Explanation

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)
NOW = AT + timedelta(hours=3)
RAN = Ran("order-1", "arn", "RUNNING", AT, None, 0)
BOOKS = OrderBooks(
    "UNDOING", AT.isoformat(), 1_895, 1_895, 1_295, "TAKEN", "pay-1", "RESERVED", 5, "s-1", None, None, 600
)
Shown = Callable[..., str]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What stands in a terminal so many columns wide."""

    def shown(found: Diagnosis | Explanation, columns: int = 100, colours: Any = None) -> str:
        console = PlainConsole(
            width=columns, file=StringIO(), force_terminal=True, color_system=colours, highlight=False
        )
        monkeypatch.setattr(output, "out", console)
        show(found, "orderflow --stack prod", NOW)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        return "\n".join(line.rstrip() for line in text.splitlines())

    return shown


def hours(count: int) -> datetime:
    return AT + timedelta(hours=count)


DECIDED = Question(
    "order-1", "STUCK", "?", 1_895, "DECIDED", AT.isoformat(), hours(4).isoformat(),
    "SETTLED", "ada", "paid back", hours(2).isoformat(),
)  # fmt: skip
RETURNS = tuple(ReturnBooks(f"r-{n}", "REFUNDED", AT.isoformat(), {"A1": n}, 600, None, None) for n in (1, 2))
KINDS = ("CAPTURE_NOT_RECORDED", "PARCEL_DIFFERS")
STUCK = Diagnosis(
    order_id="order-1",
    execution=replace(RAN, status="FAILED", stopped_at=hours(2), redrives=2),
    state="AskForHelp",
    since=hours(1),
    until=hours(4),
    attempts=2,
    ended_in="CompensationStuck",
    failed_in="RefundPayment",
    error="TechnicalError",
    cause="no answer",
    function="orderflow-prod-ask-person",
    input={"shipTo": {"name": "Zoë"}, "stuck": {"Error": "TechnicalError", "Cause": '{"errorMessage": "no answer"}'}},
    troubles=(
        Trouble("ReserveInventory", 1, "OutOfStock: none left", AT),
        Trouble("RefundPayment", 2, "TechnicalError: no answer", hours(1)),
    ),
    log=(
        LogLine(AT, "ask-person", "INFO", "began"),
        LogLine(hours(1), "ask-person", "ERROR", "failed", "no answer"),
        LogLine(hours(2), "ask-person", "ERROR", "failed", "no answer"),
    ),
    books=replace(BOOKS, returns=RETURNS),
    question=DECIDED,
    issues=tuple(Issue("order-1", kind, "pay-1", "CAPTURED", "CHARGED", AT.isoformat(), "tonight") for kind in KINDS),
    next_steps=(NextStep("Mend it.", ("redrive order-1",)), NextStep("Settle it.")),
    notes=("the log: AccessDenied", "the decisions: AccessDenied"),
)


def test_all_that_is_known_of_an_order_is_told(shown: Shown) -> None:
    assert shown(STUCK) == dedent("""\
        order-1  FAILED in AskForHelp, ended in CompensationStuck, 1 h ago

        state        AskForHelp since 2026-03-01 03:00:00Z, tried 2 times, until 2026-03-01 06:00:00Z at
                     most (1 h left)
        error        RefundPayment: TechnicalError
        cause        no answer
        function     orderflow-prod-ask-person
        what failed  2026-03-01 02:00:00Z ReserveInventory failed: OutOfStock: none left
                     2026-03-01 03:00:00Z RefundPayment failed 2 times: TechnicalError: no answer
        books        UNDOING since 2026-03-01 02:00:00Z; 18.95 of the customer's money taken (payment
                     pay-1); 6.00 refunded for returns; stock RESERVED (5); parcel unknown (s-1)
        returns      r-1: REFUNDED since 2026-03-01 02:00:00Z, 1 A1, 6.00
                     r-2: REFUNDED since 2026-03-01 02:00:00Z, 2 A1, 6.00
        asked        STUCK: SETTLED by ada at 2026-03-01 04:00:00Z: paid back
        differs      CAPTURE_NOT_RECORDED since 2026-03-01 02:00:00Z: CAPTURED, where the books say CHARGED
                     PARCEL_DIFFERS since 2026-03-01 02:00:00Z: CAPTURED, where the books say CHARGED
        execution    order-1, 2026-03-01 02:00:00Z to 2026-03-01 04:00:00Z, redriven 2 times
        not read     the log: AccessDenied
                     the decisions: AccessDenied

        log
         at                     function     level   message
        ─────────────────────────────────────────────────────────────────────────
         2026-03-01 02:00:00Z   ask-person   INFO    began
         2026-03-01 04:00:00Z   ask-person   ERROR   failed: no answer (2 times)

        the state's input
        shipTo  {"name": "Zoë"}
        stuck   TechnicalError: no answer

        what to do
        1. Mend it.
           orderflow --stack prod redrive order-1
        2. Settle it.""")


def test_of_an_order_of_which_little_is_known_nothing_is_made_up(shown: Shown) -> None:
    uncharged = replace(BOOKS, money=None, stock=None, shipment_id=None, refunded_cents=0)
    asked = Question("order-1", "APPROVAL", "May it?", 1_895, "OPEN", AT.isoformat(), hours(4).isoformat())
    waiting = Diagnosis(
        order_id="order-1", execution=RAN, state="AwaitApproval", since=AT, attempts=1, ended_in="AwaitApproval",
        failed_in="AwaitApproval", error="ClientError", books=uncharged, question=asked, input=["Zoë"],
    )  # fmt: skip
    assert shown(waiting) == dedent("""\
        order-1  RUNNING in AwaitApproval, 3 h

        state      AwaitApproval since 2026-03-01 02:00:00Z
        error      ClientError
        books      UNDOING since 2026-03-01 02:00:00Z; nothing charged
        asked      APPROVAL, OPEN until 2026-03-01 06:00:00Z: May it?
        execution  order-1, 2026-03-01 02:00:00Z

        the state's input
        ["Zoë"]

        what to do""")
    forgotten = Diagnosis(order_id="order-1", execution=None, since=AT, question=replace(DECIDED, decided_at=None))
    assert shown(forgotten) == dedent("""\
        order-1  FORGOTTEN, 3 h ago

        asked  STUCK: SETTLED by ada at ?: paid back

        what to do""")


def test_an_execution_of_any_machine_is_told_with_what_it_waits_for_and_has_begun(shown: Shown) -> None:
    run = MapRun("arn:run", "arn", "RUNNING", AT, None, {"failed": 2, "total": 10}, {"total": 3})
    found = Explanation(
        machine="bulk", execution=replace(RAN, name="e-1"), state="Each", since=AT, until=NOW, began="arn:begun",
        waits_for="its Map Run", map_run=run, others=("Other", "Twice", "Twice"),
    )  # fmt: skip
    assert shown(found) == dedent("""\
        bulk/e-1  RUNNING in Each, 3 h

        state      Each since 2026-03-01 02:00:00Z, until 2026-03-01 05:00:00Z at most
        waits for  its Map Run
        Map Run    RUNNING, items 2 failed of 10, executions 3; arn:run
        began      arn:begun
        also in    Other, Twice (2 times)
        execution  e-1, 2026-03-01 02:00:00Z

        what to do""")
    assert shown(Explanation(machine="bulk", execution=None)).splitlines()[0] == "bulk  FORGOTTEN"


def test_names_stay_whole_however_long_what_stands_beside_them_and_however_narrow_the_terminal(shown: Shown) -> None:
    reference = "theReferenceByWhichTheProviderKnowsTheCharge"
    assert f'\n{reference}  "x x x ' in shown(replace(STUCK, input={reference: "x " * 60}), 80)
    assert "\nwhat failed  2026" in shown(STUCK, 20)


def test_only_errors_of_the_log_are_red(shown: Shown) -> None:
    red = "\x1b[31m"
    lines = [line for line in shown(STUCK, colours="standard").splitlines() if "ask-person " in line]
    assert [red in line for line in lines] == [False, True]
