"""The order as the shop sent it: its fields, the rules they obey, and the digest that tells two orders apart."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, TypeAlias

from handlers.shared.errors import ValidationError

Order: TypeAlias = Mapping[str, Any]
"""What the shop sent and, further on in the execution, what the steps have put beside it."""

MAX_LINES = 90
"""Each line is an action of the transaction that reserves the stock, beside two others; it may have 100."""

MAX_QUANTITY = 1_000

STEP_RESULTS = frozenset(
    {"quote", "approval", "payment", "fulfillment", "failure", "undoing"}
    | {"undo", "stuck", "help", "unanswered", "ended", "untold"}
)
"""What the workflow adds to the order on its way."""

Rules: TypeAlias = Mapping[str, tuple[Callable[[Any], bool], str]]
"""By field: what its value must pass, and how that is said to whoever sent another."""

_ID_RULE = "must be 1 to 80 characters of A-Z, a-z, 0-9, - and _"


def digest(order: Any) -> str:
    """The same for the same content, whatever the order of its keys and whatever the workflow has added since."""
    sent = {k: v for k, v in order.items() if k not in STEP_RESULTS} if isinstance(order, dict) else order
    return hashlib.sha256(json.dumps(sent, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def usable_id(order: Any, field: str = "orderId") -> str | None:
    """The order's id, where it has one that can be the key of a row; likewise another id in `field`."""
    value = order.get(field) if isinstance(order, dict) else None
    return value if _is_id(value) else None


def usable_skus(order: Any) -> dict[str, str]:
    """Every well-formed sku by the path of its field: `{"items[0].sku": "1029743"}`, of no more lines than allowed."""
    items = order.get("items") if isinstance(order, dict) else None
    lines = enumerate(items[:MAX_LINES]) if isinstance(items, list) else ()
    return {f"items[{n}].sku": line["sku"] for n, line in lines if isinstance(line, dict) and _is_id(line.get("sku"))}


def problems(order: Any) -> list[str]:
    """Everything that is wrong with an order by itself: `shipTo.postcode: must be …`; empty when nothing is."""
    if not isinstance(order, dict):
        return ["order: must be an object"]
    return [
        *_fields("", order, _ORDER_FIELDS, optional={"amountCents"}),
        *_items(order.get("items")),
        *_fields("shipTo.", order.get("shipTo"), _ADDRESS_FIELDS),
    ]


def problems_of_basket(basket: Any) -> list[str]:
    """The same of a basket that a quote is asked for: the items of an order, and where they go."""
    if not isinstance(basket, dict):
        return ["basket: must be an object with items and shipTo"]
    return [
        *_fields("", basket, _BASKET_FIELDS, of="a basket"),
        *_items(basket.get("items")),
        *_fields("shipTo.", basket.get("shipTo"), _PLACE_FIELDS, of="a basket"),
    ]


def require_basket(basket: Any) -> None:
    """Raise ValidationError, naming every field of a basket that is wrong."""
    if wrong := problems_of_basket(basket):
        raise ValidationError("; ".join(wrong))


def _items(items: Any) -> Iterator[str]:
    if not isinstance(items, list):
        return
    seen: set[str] = set()
    for number, line in enumerate(items[:MAX_LINES]):
        if not isinstance(line, dict):
            yield f"items[{number}]: must be an object with sku and quantity"
            continue
        yield from _fields(f"items[{number}].", line, _LINE_FIELDS)
        sku = usable_id(line, "sku")
        if sku in seen:
            yield f'items[{number}].sku: "{sku}" stands in an earlier line too; add the quantities up into one'
        elif sku:
            seen.add(sku)


def _fields(
    prefix: str, value: Any, rules: Rules, *, optional: Set[str] = frozenset(), of: str = "an order"
) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name, (fits, rule) in rules.items():
        if name not in value:
            if name not in optional:
                yield f"{prefix}{name}: is missing; it {rule}"
        elif not fits(value[name]):
            yield f"{prefix}{name}: {rule}"
    for name in value:
        if name not in rules:
            yield f"{prefix}{name[:80]}: is no field of {of}; known here are {', '.join(rules)}"


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9A-Za-z_-]{1,80}", value) is not None


def _is_postcode(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9A-Za-z -]{1,12}", value) is not None and not value.isspace()


def _is_name(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 1 <= len(value) <= 100
        and all(char in " .,'-" or _is_letter_or_digit(char) for char in value)
        and any(char.isalnum() for char in value)
    )


def _is_letter_or_digit(char: str) -> bool:
    # Many scripts write part of a letter as a mark; the marks called variation selectors only colour emoji.
    category = unicodedata.category(char)
    return category[0] == "L" or (category in ("Nd", "Mn", "Mc") and not "\ufe00" <= char <= "\ufe0f")


def _is_whole(value: Any, most: float) -> bool:
    # True is an int to Python, and 2.0 is no count: only int itself will do.
    return type(value) is int and 1 <= value <= most


_ORDER_FIELDS: Rules = {
    "orderId": (_is_id, _ID_RULE),
    "customerId": (_is_id, _ID_RULE),
    "items": (
        lambda value: isinstance(value, list) and 1 <= len(value) <= MAX_LINES,
        f"must be a list of 1 to {MAX_LINES} lines",
    ),
    "paymentMethodId": (_is_id, _ID_RULE),
    "shipTo": (lambda value: isinstance(value, dict), "must be an object with name and postcode"),
    "amountCents": (lambda value: _is_whole(value, float("inf")), "must be a whole number of cents from 1"),
}
_LINE_FIELDS: Rules = {
    "sku": (_is_id, _ID_RULE),
    "quantity": (lambda value: _is_whole(value, MAX_QUANTITY), f"must be a whole number from 1 to {MAX_QUANTITY}"),
}
_PLACE_FIELDS: Rules = {"postcode": (_is_postcode, "must be 1 to 12 characters of A-Z, a-z, 0-9, space and -")}
_ADDRESS_FIELDS: Rules = {
    "name": (_is_name, "must be 1 to 100 letters, digits, spaces and . , ' - (no emoji)"),
    **_PLACE_FIELDS,
}
_BASKET_FIELDS: Rules = {
    "items": _ORDER_FIELDS["items"],
    "shipTo": (lambda value: isinstance(value, dict), "must be an object with postcode"),
}
