"""A file, read whole: which of its lines are orders, and why the others are none."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from handlers.shared import orders
from handlers.shared.errors import FileRefused
from handlers.shared.intake import csv_lines, json_lines
from handlers.shared.intake.lines import Line, LineRefusedError, Lines

JSON_LINES = (".jsonl", ".ndjson")
WHY_CHARACTERS = 500
"""How much of a reason is kept: a file may have many."""
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HELP = f"a CSV file begins with the header {','.join(csv_lines.COLUMNS)}, and JSON lines have one order a line"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of a file: the order in it, as every start of it writes it down; or why it is none."""

    number: int
    order_id: str | None
    order: bytes | None
    why: str = ""


@dataclass(frozen=True)
class Reading:
    """The lines of a file in their order, each read when it is asked for, and the columns that nobody looks at."""

    lines: Iterator[ReadLine]
    not_read: tuple[str, ...] = ()


def read(chunks: Iterable[bytes], name: str) -> Reading:
    """What is in a file, whose `name` decides where its first line says nothing.

    Raises:
        FileRefused: when it is empty, or neither CSV with its header nor JSON lines.
    """
    lines = Lines(chunks)
    first = next(lines.written(), None)
    if first is None:
        raise FileRefused(f"the file is empty; {HELP}")
    body = first.body or b""
    if body.startswith(UTF_16):
        raise FileRefused("the file is UTF-16; save it as UTF-8")
    first = Line(first.number, first.size, first.body and body.removeprefix(codecs.BOM_UTF8))
    if body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        lines.put_back([first])
        return Reading(_checked(json_lines.orders(lines)))
    header = csv_lines.header_in(body.removeprefix(codecs.BOM_UTF8).decode(errors="replace"))
    if not header.lacks and not header.repeated:
        return Reading(_checked(csv_lines.orders(lines, header)), tuple(header.unknown))
    if name.lower().endswith(JSON_LINES):
        lines.put_back([first])
        return Reading(_checked(json_lines.orders(lines)))
    raise FileRefused(_not_a_header(header, body))


def _not_a_header(header: csv_lines.Header, body: bytes) -> str:
    if header.repeated:
        return f"the header has {', '.join(header.repeated)} more than once; keep one of them"
    if body.lstrip().startswith(b"["):
        return f"the file is a list of JSON: write each order on one line; {HELP}"
    if len(header.lacks) == len(csv_lines.COLUMNS) and len(header.columns) < 2:
        return f"the file is neither CSV nor JSON lines; {HELP}"
    near = [found for name in header.lacks if (found := get_close_matches(name, header.unknown, 1, 0.6))]
    meant = f" (it has {', '.join(found[0][:80] for found in near)})" if near else ""
    return f"the header lacks {', '.join(header.lacks)}{meant}; {HELP}"


def _checked(found: Iterable[tuple[int, Any]]) -> Iterator[ReadLine]:
    """Each line held against the rules of orders, and against the lines before it."""
    seen: dict[str, tuple[int, bytes]] = {}
    for number, order in found:
        if isinstance(order, LineRefusedError):
            yield ReadLine(number, None, None, str(order)[:WHY_CHARACTERS])
            continue
        order_id = orders.usable_id(order)
        if problems := orders.problems(order):
            yield ReadLine(number, order_id, None, "; ".join(problems)[:WHY_CHARACTERS])
            continue
        digest = bytes.fromhex(orders.digest(order))
        before = seen.setdefault(order["orderId"], (number, digest))
        if before == (number, digest):
            yield ReadLine(number, order_id, canonical(order))
        else:
            yield ReadLine(number, order_id, None, _again(before, digest))


def _again(before: tuple[int, bytes], digest: bytes) -> str:
    line, first = before
    if first == digest:
        return f"is the order of line {line} again, which is started once"
    return f"orderId: line {line} has it with another content; give each order an id of its own"


def canonical(order: Any) -> bytes:
    """The order as every start of it writes it, whoever starts it, so that Step Functions sees a repeat as one."""
    return json.dumps(order, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
