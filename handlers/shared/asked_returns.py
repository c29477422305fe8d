"""A return as the shop asks for it: its fields, and the rules they obey."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.shared.errors import ReturnRejected
from handlers.shared.orders import MAX_LINES, MAX_QUANTITY, usable_id

FIELDS = ("returnId", "orderId", "items", "reason")
REASON_CHARACTERS = 500


@dataclass(frozen=True)
class Asked:
    """What is to be returned: how many of each product; the digest tells two returns apart that have one id."""

    return_id: str
    order_id: str
    lines: Mapping[str, int]
    digest: str

    @classmethod
    def of(cls, document: Any) -> Asked:
        """Read a return: {"returnId", "orderId", "items": [{"sku", "quantity"}], "reason"}, the last as one likes.

        Raises:
            ReturnRejected: naming everything that is wrong with it.
        """
        problems = list(_problems(document))
        return_id, order_id = usable_id(document, "returnId"), usable_id(document)
        if problems or return_id is None or order_id is None:
            raise ReturnRejected("; ".join(problems))
        lines = {line["sku"]: line["quantity"] for line in document["items"]}
        return cls(return_id, order_id, lines, digest(document))


def digest(document: Any) -> str:
    """The same for the same content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _problems(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "return: must be an object"
        return
    for name in ("returnId", "orderId"):
        if usable_id(document, name) is None:
            yield f"{name}: must be 1 to 80 characters of A-Z, a-z, 0-9, - and _"
    reason = document.get("reason", "")
    if not isinstance(reason, str) or len(reason) > REASON_CHARACTERS:
        yield f"reason: must be a text of {REASON_CHARACTERS} characters at most"
    for name in document.keys() - set(FIELDS):
        yield f"{str(name)[:80]}: is no field of a return; known here are {', '.join(FIELDS)}"
    items = document.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_LINES:
        yield f"items: must be a list of 1 to {MAX_LINES} lines"
        return
    yield from _wrong_lines(items)


def _wrong_lines(items: list[Any]) -> Iterator[str]:
    seen = set[str]()
    for number, line in enumerate(items):
        if not isinstance(line, dict) or line.keys() != {"sku", "quantity"}:
            yield f"items[{number}]: must be an object with sku and quantity"
            continue
        sku, quantity = usable_id(line, "sku"), line["quantity"]
        if sku is None:
            yield f"items[{number}].sku: must be 1 to 80 characters of A-Z, a-z, 0-9, - and _"
        elif sku in seen:
            yield f'items[{number}].sku: "{sku}" stands in an earlier line too; add the quantities up into one'
        seen.add(sku or "")
        # True is an int to Python, and 2.0 is no count: only int itself will do.
        if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
            yield f"items[{number}].quantity: must be a whole number from 1 to {MAX_QUANTITY}"
