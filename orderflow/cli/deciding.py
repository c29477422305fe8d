"""Telling a stack what a person has decided, and the person what came of it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from orderflow.cli.base import FAILED, target
from orderflow.cli.output import out, with_camel_case, write_json
from orderflow.decisions import Decided, Verdict, decide
from orderflow.reviews import Reviewed


def decide_and_tell(
    context: typer.Context, order: str, verdict: Verdict, by: str | None, why: str, as_json: bool
) -> None:
    """Decide what is asked about an order or a return; exits with FAILED where another decision stands."""
    tell_decided(decide(target(context).find(), order, verdict, by, why), as_json)


def tell_decided(decided: Decided | Reviewed, as_json: bool) -> None:
    """What came of a decision; exits with FAILED where it is not the one that stands."""
    if as_json:
        write_json(with_camel_case(asdict(decided)))
    else:
        out.print(decided.message, markup=False, soft_wrap=True)
    if not decided.decided:
        raise typer.Exit(FAILED)
