"""The cases of the workflows' demos that cells become, and what runs them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from emulator.chaos.cells import Cell
from emulator.chaos.faults import Fault
from emulator.cloud import Cloud
from emulator.demos import bulk, onboarding, quote, returns
from emulator.demos.frame import Came
from handlers.shared.sandbox_carrier import NO_LABEL
from handlers.shared.sandbox_payments import REFUND_FAILS

Named: TypeAlias = Mapping[str, Cell]
"""Cells by the names of their cases, which begin with their way."""


@dataclass(frozen=True)
class Cases:
    """`run` has all of them run on the deployed stack, and `known_as` are the other names by which events know some."""

    run: Callable[[Cloud, dict[str, Any]], Came]
    known_as: Mapping[str, str] = field(default_factory=dict[str, str])


_TEA = {case.name: case for case in returns.CASES}["one-tea"]
RETURNS: Mapping[str, returns.Case] = {
    "accepted": _TEA,
    "twice": replace(_TEA, starts=2),
    "settled": replace(_TEA, says=["RESTOCKED", "SETTLED"]),
    "not-labeled": replace(_TEA, ends="RETURN_CANCELED", says=(), why=""),
    **{case.name: case for case in returns.CASES if case.name in ("no-label", "by-hand")},
}
_USUAL = ("98101", "pm_card_visa")
_ORDERED = {"no-label": (NO_LABEL, "pm_card_visa"), "by-hand": ("98101", REFUND_FAILS)}
"""Where the order of a way goes, and how it is paid."""
_TEAS = 3
"""How many of an order can be returned, one by one."""


def _returns(named: Named) -> Cases:
    """Those that strike alike are of one order, whose row they have to share."""
    orders, cases = dict[str, tuple[str, str]](), list[returns.Case]()
    for number, (name, cell) in enumerate(named.items()):
        about = _ORDERED.get(cell.way, _USUAL)
        orders[order := "-".join(("of", *about, str(number // _TEAS)))] = about
        cases.append(replace(RETURNS[cell.way], name=name, order=order, pieces={"tea": 1}))
    return Cases(lambda cloud, outputs: returns.run(cloud, outputs, cases, orders))


APPLICANTS: Mapping[str, onboarding.Applicant] = {
    **{one.id: one for one in onboarding.APPLICANTS},
    "not-opened": onboarding.Applicant("", "NOT_OPENED", onboarding.CARD),
    "down": onboarding.Applicant("", "OPENED", onboarding.CARD, verdict="APPROVED"),
}


def _onboarding(named: Named) -> Cases:
    applicants = [replace(APPLICANTS[cell.way], id=name) for name, cell in named.items()]
    return Cases(lambda cloud, outputs: onboarding.run(cloud, outputs, applicants))


def _bulk(named: Named) -> Cases:
    """Each file is of orders of its own."""
    bodies = {name: _body(name) for name in named}
    known_as = {f"work/{hashlib.sha256(body).hexdigest()}": name for name, body in bodies.items()}
    files = [file for name, cell in named.items() for file in _files(name, cell.way, bodies[name])]
    left = [name for name, cell in named.items() if cell.way == "left"]
    later = [bulk.File(f"{name}-again", bodies[name], started=2) for name in left]
    rivals = [name for name, cell in named.items() if cell.way == "rivals"]

    def run(cloud: Cloud, outputs: dict[str, Any]) -> Came:
        came = bulk.take_in(cloud, outputs, files, later)
        return replace(came, problems=[*came.problems, *_both_taken_in(came, rivals)])

    return Cases(run, known_as)


def _body(name: str) -> bytes:
    return "".join(f"{bulk.document(f'{name}-{number}')}\n" for number in range(2)).encode()


def _files(name: str, way: str, body: bytes) -> list[bulk.File]:
    if way == "rivals":
        return [bulk.File(one, body, outcome="") for one in (name, f"{name}-too")]
    if way == "left":
        return [bulk.File(name, body, outcome="STOPPED")]
    return [bulk.File(name, body, started=2)]


def _both_taken_in(came: Came, rivals: Iterable[str]) -> Iterable[str]:
    """Where not one of two such files was taken in, and the other known as the same."""
    outcomes = {one.case: one.outcome for one in came.ended}
    for name in rivals:
        if (ended := sorted(outcomes[one] for one in (name, f"{name}-too"))) != ["file taken before", "file taken in"]:
            yield f"{name} was put there twice at the same moment, and came to: {', '.join(ended)}"


WHY = {Fault.REFUSES: "failed", Fault.CRASH_AFTER_WORK: "failed", Fault.HANGS: "late"}
"""What a quote says of a part that a fault strikes; the others are made good."""


def _quote(named: Named) -> Cases:
    """A basket is known by where it goes."""
    cases = [_asked(name, cell) for name, cell in named.items()]
    return Cases(lambda cloud, outputs: quote.answered(cloud, outputs, [quote.GOLD], cases))


def _asked(name: str, cell: Cell) -> quote.Case:
    shop = quote.Shop({quote.GOLD.sku: quote.GOLD})
    order = {**quote.BASKET, "orderId": name, "shipTo": {"postcode": name}}
    lacks = {function.removeprefix("quote_"): WHY[fault] for function, fault, _ in cell.faults if fault in WHY}
    if len(lacks) == len(quote.PARTS):
        return quote.nothing(order)
    return shop.without(order, lacks) if lacks else shop.quoted(order)


CASES: Mapping[str, Callable[[Named], Cases]] = {
    "bulk": _bulk,
    "onboarding": _onboarding,
    "quote": _quote,
    "returns": _returns,
}
