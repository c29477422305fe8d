"""Orders in JSON lines: one order a line. https://jsonlines.org"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from handlers.shared.intake.lines import LineRefusedError, Lines


def orders(lines: Lines) -> Iterator[tuple[int, Any]]:
    """The number of each line, and the value that it holds, or the LineRefusedError of why it holds none."""
    for line in lines.written():
        try:
            yield line.number, _value(line.text)
        except LineRefusedError as refused:
            yield line.number, refused


def _value(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise LineRefusedError(
            f"is no JSON: {error.msg} at column {error.colno}; write one order on one line"
        ) from error
    except RecursionError as error:
        raise LineRefusedError("nests lists or objects too deeply to be read") from error
    except LineRefusedError:
        raise
    except ValueError as error:
        raise LineRefusedError("has a number of thousands of digits") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose fields all stand in it once: a dict would keep the last in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise LineRefusedError(f"has the field {repeated[:80]} more than once; keep one of them")
    return found
