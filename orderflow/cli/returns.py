"""The commands about returns: started for a customer, and inspected once the goods are here."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from orderflow.cli.base import AsJson, By, OrderId, Why, app, target
from orderflow.cli.deciding import decide_and_tell
from orderflow.cli.output import out, with_camel_case, write_json
from orderflow.decisions import OF_A_RETURN, Verdict
from orderflow.returns import RETURN_MACHINE, pieces_of, start_return


class Found(StrEnum):
    """What an inspector finds."""

    RESTOCK = "restock"
    WRITE_OFF = "write-off"
    REFUSE = "refuse"


VERDICTS: dict[Found, Verdict] = {
    Found.RESTOCK: "RESTOCKED",
    Found.WRITE_OFF: "WRITTEN_OFF",
    Found.REFUSE: "REFUSED",
}


@app.command("return")
def start(
    context: typer.Context,
    order: OrderId,
    items: Annotated[
        list[str], typer.Option("--item", metavar="SKU=PIECES", help="What is returned; once for each product.")
    ],
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The customer's.")] = None,
    return_id: Annotated[
        str | None, typer.Option("--id", metavar="RETURN", help="The return's, instead of the order's next one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start the return of a delivered order, in part or whole; the same one twice is started once."""
    done = start_return(target(context).find(), order, pieces_of(items), reason, return_id)
    if as_json:
        write_json(with_camel_case(asdict(done)))
        return
    found = "already there" if done.repeated else "started"
    out.print(f"{found}: return {done.return_id}", markup=False, soft_wrap=True)
    out.print(f"'orderflow status {RETURN_MACHINE}/{done.return_id}' says what becomes of it", markup=False)


@app.command()
def inspect(
    context: typer.Context,
    return_id: Annotated[str, typer.Argument(metavar="RETURN", help="The return's id, as 'decisions' shows it.")],
    found: Annotated[Found, typer.Argument(help="What becomes of the goods; refused ones go back to the customer.")],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say what you found of goods that were sent back: the first decision stands, and the customer is told."""
    decide_and_tell(context, f"{OF_A_RETURN}{return_id.removeprefix(OF_A_RETURN)}", VERDICTS[found], by, why, as_json)
