"""What a chaos run found, as a document and as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from emulator.chaos.judge import Judgement
from emulator.chaos.plan import Plan
from emulator.reconcile import Comparison

STATES = {
    "validate_order": "ValidateOrder",
    "ask_person": "AwaitApproval, AskForHelp",
    "decide": "(a person's decision)",
    "charge_payment": "ChargePayment",
    "reserve_inventory": "ReserveInventory",
    "create_shipment": "CreateShipment",
    "capture_payment": "CapturePayment, CaptureDelivered",
    "follow_shipment": "WaitForShipping",
    "carrier_webhook": "(the carrier's news)",
    "check_shipment": "CheckShipmentStatus",
    "send_confirmation": "OrderComplete, Notify…, Handle…",
    "cancel_shipment": "CancelShipment",
    "release_stock": "ReleaseStock",
    "refund_payment": "RefundPayment",
    "record_settlement": "RecordSettlement",
}
"""The states that call each function."""


@dataclass(frozen=True)
class Findings:
    """What is left when all orders have ended: `looked_at` counts what the judgement comes from, by what it is."""

    judgement: Judgement
    comparisons: Sequence[Comparison]
    news: frozenset[str]
    problems: tuple[str, ...]
    looked_at: Mapping[str, int]


def report(plan: Plan, findings: Findings, seconds: float) -> dict[str, Any]:
    """Everything, with `ok` where nothing was lost, no books differ and every planned fault has struck."""
    outcome = {verdict.order_id: verdict.outcome for verdict in findings.judgement.verdicts}
    cells: dict[tuple[str, str], Counter[str]] = {cell: Counter() for cell in plan.cells}
    for order in plan.orders:
        for planned in order.faults:
            if planned.struck:
                cells[planned.cell][outcome[order.order_id]] += 1
    never = sorted(f"{fault} in {function}" for (fault, function), found in cells.items() if not found)
    never += [f"news {kind}" for kind in sorted(plan.news - findings.news)]
    problems = findings.judgement.problems
    problems += [
        f"books differ: {one.title}: {', '.join(one.differing[:10])}" for one in findings.comparisons if not one.ok
    ]
    problems += findings.problems
    return {
        "seed": plan.seed,
        "orders": len(plan.orders),
        "seconds": round(seconds, 1),
        "outcomes": dict(findings.judgement.outcomes),
        "lookedAt": dict(findings.looked_at),
        "cells": [
            {"fault": fault, "function": function, "state": STATES[function], "outcomes": dict(found)}
            for (fault, function), found in sorted(cells.items())
        ],
        "never": never,
        "comparisons": [{**asdict(one), "ok": one.ok} for one in findings.comparisons],
        "problems": problems,
        "ok": not problems and not never,
    }


def show(console: Console, written: dict[str, Any]) -> None:
    """The report as tables."""
    kinds = sorted({outcome for cell in written["cells"] for outcome in cell["outcomes"]})
    table = Table("fault", "state", *kinds, title=f"Chaos, seed {written['seed']}: {written['orders']} orders")
    for cell in written["cells"]:
        counts = [str(cell["outcomes"].get(kind, "")) for kind in kinds]
        table.add_row(cell["fault"], cell["state"], *counts)
    console.print(table)
    show_books(console, written)
    counted = ", ".join(f"{count:,} {what}" for what, count in written["lookedAt"].items())
    console.print(f"looked at: {counted}", markup=False)
    show_what_is_wrong(console, written)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(written["outcomes"].items()))
    verdict = "no order was lost" if written["ok"] else "NOT as promised"
    console.print(f"[bold]{written['orders']} orders: {counted}; {verdict}[/], in {written['seconds']} s")


def show_books(console: Console, written: dict[str, Any]) -> None:
    """What was compared, and whether it agrees."""
    books = Table("books", "what is compared", "", "", title="Books")
    for one in written["comparisons"]:
        sides, figures = zip(one["left"], one["right"], strict=True)
        verdict = "agree" if one["ok"] else "DIFFER"
        books.add_row(one["title"], "\n".join(sides), "\n".join(f"{figure:,}" for figure in figures), verdict)
    console.print(books)


def show_what_is_wrong(console: Console, written: dict[str, Any]) -> None:
    """Every problem, and every planned fault that never struck."""
    for problem in written["problems"]:
        console.print(problem, style="red", markup=False)
    for cell in written["never"]:
        console.print(f"planned and never struck: {cell}", style="red", markup=False)
