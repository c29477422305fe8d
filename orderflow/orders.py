"""Orders as a shop sends them: read from JSON or JSON lines, and checked before anything starts.

Nothing here raises on bad input: what is not an order comes back as Rejected, with every problem that was found.
"""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Protocol, cast

from orderflow.documents import is_list, is_object, text_at
from orderflow.text import one_line

ORDER_LIMIT_CENTS = 1_000_000
"""The largest amount of one order unless the stack says otherwise (its setting `orderLimitCents`)."""

MAX_BYTES = 262_144
"""The largest input of a Step Functions execution, in UTF-8."""

MAX_ITEMS = 90
MAX_QUANTITY = 1000

WHOLE = "order"
"""The field of a Problem that speaks of the whole order."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order that can be started. `line` is where it begins in its file, from 1."""

    order_id: str
    document: Mapping[str, Any]
    line: int = 1

    @property
    def canonical(self) -> str:
        """The order as every start of it sends it, so that equal orders are equal texts."""
        return canonical_json(self.document)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field (`items[2].quantity`), or with the whole: what was found and how to fix it."""

    field: str
    found: str
    fix: str

    def __str__(self) -> str:
        return f"{self.field}: found {self.found}; {self.fix}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """What is not an order, with all of its problems. `order_id` is None where it cannot be read."""

    line: int
    order_id: str | None
    problems: tuple[Problem, ...]


def canonical_json(document: object) -> str:
    """JSON with sorted keys, no blanks, and characters as they are."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_orders(data: bytes | str, *, limit_cents: int = ORDER_LIMIT_CENTS) -> list[Order | Rejected]:
    """The orders in `data`, in their order: one JSON object over any number of lines, or one object a line.

    Blank lines are skipped; data with nothing else in it is one Rejected. A later order with the id of an earlier one
    is rejected unless it is the same order.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    pieces = _pieces(raw.removeprefix(codecs.BOM_UTF8))
    if not pieces:
        return [_rejected(1, "nothing", "put one order in it, or one order a line")]
    return list(_without_conflicts(_read(line, piece, limit_cents) for line, piece in pieces))


def check_order(document: Any, *, line: int = 1, limit_cents: int = ORDER_LIMIT_CENTS) -> Order | Rejected:
    """The order in a parsed JSON document, or all that is wrong with it."""
    problems = [*_order(limit_cents).problems("", document), *_size(document)]
    if problems:
        return Rejected(line, text_at(document, "orderId"), tuple(problems))
    return Order(document["orderId"], document, line)


# Reading


def _pieces(data: bytes) -> list[tuple[int, bytes]]:
    """The parts of a file that should hold one order each, with the line that each begins on."""
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    if len(lines) < 2 or (any(_looks_whole(line) for _, line in lines) and not _is_json(data)):
        return lines
    first = lines[0][0]
    return [(first, b"\n".join(data.split(b"\n")[first - 1 :]))]


def _looks_whole(line: bytes) -> bool:
    """Whether an unindented line looks like one object: so JSON lines differ from a broken document of many lines."""
    return line.startswith(b"{") and line.rstrip().endswith(b"}")


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _read(line: int, piece: bytes, limit_cents: int) -> Order | Rejected:
    try:
        document = json.loads(piece.decode(), object_pairs_hook=_Object)
    except UnicodeDecodeError as error:
        at = line + piece.count(b"\n", 0, error.start)
        return _rejected(at, f"bytes that are not UTF-8 on line {at}", "save it as UTF-8")
    except json.JSONDecodeError as error:
        at = line + error.lineno - 1
        found = f"no valid JSON: {error.msg[:1].lower()}{error.msg[1:]} at line {at}, column {error.colno}"
        several = error.msg == "Extra data" and error.doc[error.pos : error.pos + 1] in ("{", "[")
        return _rejected(at, found, "write each order on one line of its own" if several else "mend the JSON there")
    except RecursionError:
        return _rejected(line, "lists or objects nested too deeply to read", "send the order as documented")
    except ValueError:
        return _rejected(line, "a number of thousands of digits", "send amounts in cents")
    if is_list(document):
        return _rejected(
            line, _shown(document), "write each order on one line of its own, without the list around them"
        )
    return check_order(document, line=line, limit_cents=limit_cents)


def _rejected(line: int, found: str, fix: str) -> Rejected:
    return Rejected(line, None, (Problem(WHOLE, found, fix),))


def _without_conflicts(results: Iterable[Order | Rejected]) -> Iterator[Order | Rejected]:
    """Reject each order whose id an earlier one with other content has."""
    seen: dict[str, Order] = {}
    for result in results:
        if isinstance(result, Order):
            first = seen.setdefault(result.order_id, result)
            if first.canonical != result.canonical:
                problem = Problem(
                    "orderId",
                    f'"{result.order_id}", which the order on line {first.line} has, with other content',
                    "give each order an id of its own",
                )
                yield Rejected(result.line, result.order_id, (problem,))
                continue
        yield result


class _Object(dict[str, Any]):
    """A JSON object that remembers which keys were written more than once: a dict would keep the last in silence."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = _repeated(key for key, _ in pairs)


def _repeated(values: Iterable[Hashable]) -> list[Any]:
    """The values that come more than once, each once."""
    seen: set[Hashable] = set()
    return list(dict.fromkeys(value for value in values if value in seen or seen.add(value)))


# Checking


class _Shape(Protocol):
    """What a value must be; `must` says so to whoever sends something else."""

    @property
    def must(self) -> str: ...

    def problems(self, path: str, value: Any) -> Iterator[Problem]: ...


@dataclass(frozen=True)
class _Value:
    """A single value that `fits`."""

    fits: Callable[[Any], bool]
    must: str

    def problems(self, path: str, value: Any) -> Iterator[Problem]:
        if not self.fits(value):
            yield Problem(path, _shown(value), self.must)


@dataclass(frozen=True)
class _Record:
    """An object with these fields and no others."""

    fields: Mapping[str, _Shape]
    optional: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def must(self) -> str:
        return f"it must be an object with {', '.join(name for name in self.fields if name not in self.optional)}"

    def problems(self, path: str, value: Any) -> Iterator[Problem]:
        if not is_object(value):
            yield Problem(path or WHOLE, _shown(value), self.must)
            return
        for name in value.repeated if isinstance(value, _Object) else ():
            yield Problem(_join(path, name), "the field more than once", "keep one of them")
        for name, shape in self.fields.items():
            if name in value:
                yield from shape.problems(_join(path, name), value[name])
            elif name not in self.optional:
                yield Problem(_join(path, name), "nothing", f"add it; {shape.must}")
        for name in value:
            if name not in self.fields:
                near = get_close_matches(str(name), self.fields, n=1, cutoff=0.5)
                fix = f"did you mean {near[0]}?" if near else f"known here are {', '.join(self.fields)}"
                yield Problem(_join(path, str(name)), "an unknown field", fix)


@dataclass(frozen=True)
class _Items:
    """The order's lines: a list of records, no sku twice."""

    line: _Record
    must: str = f"it must be a list of 1 to {MAX_ITEMS} items"

    def problems(self, path: str, value: Any) -> Iterator[Problem]:
        if not is_list(value):
            yield Problem(path, _shown(value), self.must)
            return
        if not 1 <= len(value) <= MAX_ITEMS:
            # Too many are not looked at one by one: nobody reads 40,000 problems.
            yield Problem(path, _shown(value), self.must)
            return
        for index, item in enumerate(value):
            yield from self.line.problems(f"{path}[{index}]", item)
        skus = [text_at(item, "sku") for item in value]
        for sku in _repeated(sku for sku in skus if sku is not None):
            second = skus.index(sku, skus.index(sku) + 1)
            yield Problem(f"{path}[{second}].sku", f"{_shown(sku)} again", "add the quantities up into one item")


def _text(pattern: str, allowed: str) -> _Value:
    return _Value(lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None, allowed)


def _whole_number(least: int, most: int, unit: str) -> _Value:
    # A bool is an int to Python, and 1.0 is not a count: only int itself will do.
    return _Value(
        lambda value: type(value) is int and least <= value <= most,
        f"it must be a whole number{unit} from {least:,} to {most:,}",
    )


def _is_name(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 1 <= len(value) <= 100
        and all(map(_is_name_character, value))
        and any(char.isalnum() for char in value)
    )


def _is_name_character(char: str) -> bool:
    # Marks belong to the letters of many scripts, but the variation selectors among them only dress up emoji.
    category = unicodedata.category(char)
    return (
        char in " .,'-"
        or category[0] == "L"
        or category in ("Nd", "Mc")
        or (category == "Mn" and not _is_selector(char))
    )


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f"


# What execution names may hold without breaking CloudWatch's metrics and logs.
_ID = _text(r"[0-9A-Za-z_-]{1,80}", "it must be 1 to 80 characters of A-Z, a-z, 0-9, - and _")
_NAME = _Value(_is_name, "it must be 1 to 100 letters, digits, blanks and . , ' - (no emoji)")
_POSTCODE = _text(
    r"(?=.*[0-9A-Za-z])[0-9A-Za-z -]{1,12}", "it must be 1 to 12 characters of A-Z, a-z, 0-9, blank and -"
)


def _order(limit_cents: int) -> _Record:
    return _Record(
        {
            "orderId": _ID,
            "customerId": _ID,
            "items": _Items(_Record({"sku": _ID, "quantity": _whole_number(1, MAX_QUANTITY, "")})),
            "paymentMethodId": _ID,
            "shipTo": _Record({"name": _NAME, "postcode": _POSTCODE}),
            "amountCents": _whole_number(1, limit_cents, " of cents"),
        },
        optional=frozenset({"amountCents"}),
    )


def _size(document: Any) -> Iterator[Problem]:
    try:
        size = len(canonical_json(document).encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError):
        return  # not a JSON document; what is wrong with it is found field by field
    if size > MAX_BYTES:
        yield Problem(WHOLE, f"{size:,} bytes", f"an order may have at most {MAX_BYTES:,}")


def _join(path: str, name: str) -> str:
    name = one_line(name, 60) or '""'
    return f"{path}.{name}" if path else name


def _shown(value: Any) -> str:
    """A value as it stood in the JSON, lists and objects only by their size."""
    match value:
        case dict():
            return "an object"
        case list():
            return f"a list of {len(cast(list[Any], value))}"
        case str():
            return f'"{one_line(value, 60)}"' if value.strip() else "an empty or blank text"
        case bool() | float() | None:
            return json.dumps(value)
        case int() if abs(value) >= 10**18:
            return "a number of more than 18 digits"
        case _:
            return one_line(str(value), 60)
