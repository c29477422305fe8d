"""Returns of delivered orders: started here, and inspected by people.

A return's execution is called like it, so that it cannot be started twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderflow.books import books_of
from orderflow.errors import OrderflowError, OrderNotFound
from orderflow.executions import began_earlier, started
from orderflow.orders import canonical_json
from orderflow.outputs import Deployment

RETURN_MACHINE = "returns"
ID_CHARACTERS, DIGEST_CHARACTERS = 56, 8
_PIECES = re.compile(r"([0-9A-Za-z_-]{1,80})=([1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class StartedReturn:
    """The execution of a return, which is called like it; `repeated` is True where it had been started before."""

    return_id: str
    order_id: str
    execution_arn: str
    repeated: bool


def pieces_of(items: Sequence[str]) -> dict[str, int]:
    """How many of each product, as `SKU=2` writes it.

    Raises:
        OrderflowError: for what is not written so, and for a product that is named twice.
    """
    found: dict[str, int] = {}
    for item in items:
        read = _PIECES.fullmatch(item)
        if read is None:
            raise OrderflowError(f"--item takes SKU=PIECES, such as 1029743=2, not {item!r}")
        if read[1] in found:
            raise OrderflowError(f"--item names {read[1]} twice; add the pieces up into one")
        found[read[1]] = int(read[2])
    return found


def start_return(
    deployment: Deployment, order_id: str, pieces: Mapping[str, int], reason: str | None, return_id: str | None
) -> StartedReturn:
    """Start a return, or find it: without an id of its own it is the order's next one.

    Whether the order takes it the workflow finds out, and tells the customer.

    Raises:
        OrderNotFound: when the ledger has no such order.
        OrderflowError: when the stack has no returns, or another return was started under this id.
    """
    machine = deployment.machine(RETURN_MACHINE)
    name = return_id or _next_id(deployment, order_id)
    document: dict[str, Any] = {
        "returnId": name,
        "orderId": order_id,
        "items": [{"sku": sku, "quantity": count} for sku, count in pieces.items()],
        **({"reason": reason} if reason else {}),
    }
    answer = started(deployment.connect("stepfunctions"), machine, canonical_json(document), name)
    if answer is None:
        raise OrderflowError(
            f"a return was started as {name} already: 'orderflow status {RETURN_MACHINE}/{name}' shows it; give this "
            "one an id of its own by --id, or ask again where that one has just begun"
        )
    return StartedReturn(name, order_id, answer["executionArn"], began_earlier(answer))


def _next_id(deployment: Deployment, order_id: str) -> str:
    """`order-1_return1_1f0c3a7e`: the same until the return before it is in the books, so that one who asks twice at
    once starts one."""
    books = books_of(deployment, order_id)
    if books is None:
        raise OrderNotFound(f"the ledger has no order {order_id}; 'orderflow list' shows those there are")
    number = len(books.returns) + 1
    digest = hashlib.sha256(f"{order_id}#return{number}".encode()).hexdigest()
    return f"{order_id[:ID_CHARACTERS]}_return{number}_{digest[:DIGEST_CHARACTERS]}"
