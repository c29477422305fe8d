"""What commands write: tables for people, JSON for programs, and messages beside both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar, cast

import typer
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from orderflow.console import PlainConsole
from orderflow.documents import is_object
from orderflow.text import one_line

WIDE = 200
"""The width of tables that go to a file or a pipe, in columns."""

out, err = PlainConsole(highlight=False), PlainConsole(stderr=True, highlight=False)

Row: TypeAlias = Sequence[str | None]
T = TypeVar("T", bound="Started")


def print_table(columns: Sequence[str], rows: Iterable[Row]) -> None:
    table = Table(*columns, box=box.SIMPLE_HEAD, show_edge=False)
    for row in rows:
        table.add_row(*(cell(value or "") for value in row))
    if table.row_count:
        print_out(table)


class Started(Protocol):
    """An order or an execution, as lists have them."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def status(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def stopped_at(self) -> datetime | None: ...


def print_listed(what: str, found: Iterable[T], named: Callable[[T], str], as_json: bool) -> None:
    """A list of orders or executions, a line for each; `what` they are, and how each is `named`."""
    if as_json:
        for one in found:
            write_json(with_camel_case(asdict(one)))
        return
    rows = [(named(one), one.status, plain(one.started_at), plain(one.stopped_at)) for one in found]
    print_table((what, "status", "started", "stopped"), rows)
    if not rows:
        err.print(f"No {what}s.")


def print_out(*parts: RenderableType) -> None:
    if not out.is_terminal:
        out.width = WIDE
    for part in parts:
        out.print(part)


def cell(value: str, style: str = "", limit: int = 400) -> Text:
    """Text as it is: nothing in it is markup, or reaches the terminal as control characters."""
    return Text(one_line(value, limit), style=style, overflow="fold")


def plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return "" if value is None else str(value)


def money(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def span(seconds: float) -> str:
    """A length of time in its two largest units: `3 d 4 h`, `12 min 5 s`."""
    left, parts = int(max(0, seconds)), list[str]()
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count and len(parts) < 2:
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts) or "0 s"


def write_json(document: Mapping[str, Any]) -> None:
    """One line of ASCII, flushed: whoever reads along sees each result as it comes."""
    typer.echo(json.dumps(document, default=_json_value))


def _json_value(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def with_camel_case(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields named as in the order's own JSON, those inside them too."""
    return {re.sub(r"_(.)", lambda found: found[1].upper(), name): _inside(value) for name, value in fields.items()}


def _inside(value: Any) -> Any:
    if is_object(value):
        return with_camel_case(value)
    return [_inside(one) for one in cast(Sequence[Any], value)] if isinstance(value, list | tuple) else value


def complain(message: object) -> None:
    err.print(Text(f"orderflow: {message}"), soft_wrap=True)
