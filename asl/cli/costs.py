"""The `cost` command's options and its table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from asl.cli.usage import UsageError
from asl.pricing import Assumptions, Bill, Cost

if TYPE_CHECKING:
    from rich.table import Table

_LISTS = ("shares", "rounds", "items")
_FIGURES = tuple(field.name for field in fields(Assumptions) if field.name not in (*_LISTS, "lambda_architecture"))


def assumptions(
    shares: Iterable[str], rounds: Iterable[str], items: Iterable[str], figures: Iterable[str], x86: bool
) -> Assumptions:
    """What the options `State:Next=0.9`, `State=12`, `Map=100` and `lambda_ms=300` say.

    Raises:
        UsageError: for one that is not of this form.
    """
    by_state: dict[str, dict[str, float]] = {}
    for name, share in _pairs("--share", shares):
        state, colon, target = name.partition(":")
        if not colon:
            raise UsageError(f"--share {name}={share:g}: expected STATE:NEXT=SHARE")
        by_state.setdefault(state, {})[target] = share
    others: dict[str, Any] = dict(_pairs("--assume", figures))
    if unknown := sorted(others.keys() - {*_FIGURES}):
        raise UsageError(f"--assume {unknown[0]}: expected one of {', '.join(_FIGURES)}")
    try:
        given = Assumptions(by_state, dict(_pairs("--rounds", rounds)), dict(_pairs("--items", items)), **others)
        return replace(given, lambda_architecture="x86_64") if x86 else given
    except ValueError as error:
        raise UsageError(str(error)) from error


def _pairs(option: str, given: Iterable[str]) -> Iterable[tuple[str, float]]:
    for one in given:
        name, equals, figure = one.rpartition("=")
        try:
            number = float(figure)
        except ValueError:
            number = float("nan")
        if not equals or not 0 <= number < float("inf"):
            raise UsageError(f"{option} {one}: expected NAME=NUMBER, the number 0 or more")
        yield name, number


def as_json(found: Cost) -> str:
    """The whole estimate, sources and assumptions included."""
    document: dict[str, Any] = asdict(found)
    for name, bill in (("standard", found.standard), ("express", found.express)):
        document[name] |= {"usd_per_month": bill.usd_per_month, "usd_per_execution": bill.usd_per_execution}
    return json.dumps(document, indent=2)


def table(found: Cost) -> Table:
    """Both types side by side: units per execution, dollars per month."""
    from rich import box
    from rich.table import Table

    express_title = "Express: impossible" if found.express.impossible else "Express $/month"
    made = Table("per execution", "units", "Standard $/month", express_title, box=box.SIMPLE_HEAD, show_edge=False)
    for column in made.columns[1:]:
        column.justify = "right"
    standard, express = ({item.name: item for item in bill.items} for bill in (found.standard, found.express))
    for name, item in (standard | express).items():
        made.add_row(name, f"{item.units:,.6g}", *(_dollars(bill, name) for bill in (found.standard, found.express)))
    sums = [f"{bill.usd_per_month:,.2f}" for bill in (found.standard, found.express)]
    made.add_row("together, a month", "", *sums, style="bold")
    each = [f"{bill.usd_per_execution:.8f}" for bill in (found.standard, found.express)]
    made.add_row("one execution", "", *each)
    return made


def _dollars(bill: Bill, name: str) -> str:
    return next((f"{item.usd_per_month:,.2f}" for item in bill.items if item.name == name), "")


def notes(found: Cost) -> Iterable[str]:
    """What the figures rest on, and what they leave out."""
    for why in found.express.impossible:
        yield f"not as Express: {why}"
    for name, calls in found.usage.without_price.items():
        yield f"no price here for {name}: {calls:,.6g} calls per execution are not counted"
    given = found.assumptions
    figures = ", ".join(f"{name} {getattr(given, name):g}" for name in _FIGURES)
    yield f"assumed: {figures}, lambda_architecture {given.lambda_architecture}"
    yield f"{found.usage.seconds:,.6g} s and {found.usage.memory_mb:.1f} MB on average; {found.region}, no free tiers"
    for source in sorted({item.source for bill in (found.standard, found.express) for item in bill.items}):
        yield f"prices: {source}"
