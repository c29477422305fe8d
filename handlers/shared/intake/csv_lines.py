"""Orders in CSV: one row is one order, and its items stand in one cell, `1029743:2 995242:3`.

https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.shared.intake.lines import MAX_BYTES, Line, LineRefusedError, Lines

COLUMNS = ("orderId", "customerId", "items", "paymentMethodId", "name", "postcode")
MORE = ("amountCents",)
DELIMITERS = (",", ";", "\t")
MAX_RECORD_LINES = 50
"""How many lines one row may have: a quotation mark that never closes must not swallow the file."""

_WHOLE = re.compile("[0-9]{1,15}")


@dataclass(frozen=True)
class Header:
    """What the first line says: how cells are divided, and the column of each."""

    delimiter: str
    columns: tuple[str, ...]

    @property
    def lacks(self) -> list[str]:
        return [name for name in COLUMNS if name not in self.columns]

    @property
    def unknown(self) -> list[str]:
        return [name for name in self.columns if name not in (*COLUMNS, *MORE)]

    @property
    def repeated(self) -> list[str]:
        return [name for name in (*COLUMNS, *MORE) if self.columns.count(name) > 1]


def header_in(text: str) -> Header:
    """What `text` says when it is divided by what finds most columns in it."""
    headers = [Header(by, tuple(_cells(text, by))) for by in DELIMITERS]
    return max(headers, key=lambda header: len({*COLUMNS} & {*header.columns}))


def orders(lines: Lines, header: Header) -> Iterator[tuple[int, Any]]:
    """The number of each row's first line, and the order that it says, or the LineRefusedError of why it says none."""
    for line in lines.written():
        try:
            row, more = _row(line, lines, header.delimiter)
            if len(row) != len(header.columns):
                # Lines that do not make a row together are looked at one by one.
                lines.put_back(more)
                raise LineRefusedError(_miscounted(row, header, more))
            yield line.number, _order(dict(zip(header.columns, map(str.strip, row), strict=True)))
        except LineRefusedError as refused:
            yield line.number, refused


def _row(first: Line, lines: Lines, delimiter: str) -> tuple[Sequence[str], list[Line]]:
    """The cells of the row that begins with a line, and what other lines it takes. Raises LineRefusedError."""
    more: list[Line] = []

    def texts() -> Iterator[str]:
        yield f"{first.text}\n"
        size = first.size
        while len(more) < MAX_RECORD_LINES and (line := lines.take()) is not None:
            more.append(line)
            size += line.size
            if size > MAX_BYTES:
                return
            yield f"{line.text}\n"

    try:
        return next(csv.reader(texts(), delimiter=delimiter, strict=True)), more
    except (csv.Error, LineRefusedError) as error:
        lines.put_back(more)
        if more:
            raise LineRefusedError("opens a quotation mark that no line after it closes as it should") from error
        raise LineRefusedError(_said(error)) from error


def _said(error: Exception) -> str:
    if isinstance(error, LineRefusedError):
        return str(error)
    return f"is no line of CSV: {error}; a quotation mark in a quoted text is written twice"


def _miscounted(row: Sequence[str], header: Header, more: Sequence[Line]) -> str:
    over = f" over {len(more) + 1} lines" if more else ""
    return (
        f"has {len(row)} cells{over}, and the header {len(header.columns)}; "
        f"put a text with {_named(header.delimiter)} in it between quotation marks"
    )


def _named(delimiter: str) -> str:
    return "a tab" if delimiter == "\t" else f"'{delimiter}'"


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _order(row: Mapping[str, str]) -> dict[str, Any]:
    """The order of a row; what is wrong with its values the order's own rules say."""
    order: dict[str, Any] = {name: row[name] for name in ("orderId", "customerId", "paymentMethodId")}
    order["items"] = [_item(piece) for piece in re.split(r"[;\s]+", row["items"]) if piece]
    order["shipTo"] = {"name": row["name"], "postcode": row["postcode"]}
    return {**order, **({"amountCents": _number(row["amountCents"])} if row.get("amountCents") else {})}


def _item(piece: str) -> dict[str, Any]:
    sku, colon, quantity = piece.partition(":")
    return {"sku": sku, **({"quantity": _number(quantity)} if colon else {})}


def _number(text: str) -> int | str:
    return int(text) if _WHOLE.fullmatch(text) else text
