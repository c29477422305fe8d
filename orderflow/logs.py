"""What functions have logged about one order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from orderflow.documents import parse_object, text_at
from orderflow.errors import aws_errors
from orderflow.outputs import Deployment
from orderflow.text import one_line

PAGES = 20
"""How many pages of a log are read at most: AWS answers with empty ones while it searches."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a function's log; `detail` is the error or reason that it names."""

    at: datetime
    function: str
    level: str
    message: str
    detail: str = ""


def log_lines(
    deployment: Deployment, log_group: str, order_id: str, since: datetime, until: datetime, limit: int
) -> list[LogLine]:
    """The last `limit` lines about the order between `since` and `until`, oldest first.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    pages = (
        deployment.connect("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=log_group,
            startTime=_milliseconds(since),
            endTime=_milliseconds(until),
            filterPattern=f'{{ $.orderId = "{order_id}" }}',
        )
    )
    with aws_errors():
        events = [event for page in islice(pages, PAGES) for event in page["events"]]
    lines = (_line(event, log_group.rpartition("/")[2], order_id) for event in events)
    return [line for line in lines if line][-limit:]


def _line(event: dict[str, Any], function: str, order_id: str) -> LogLine | None:
    """The line, if it is about the order: the embedded cloud gives every one."""
    document = parse_object(event["message"])
    if text_at(document, "orderId") != order_id:
        return None
    exception = (text_at(document, "exception") or "").strip().rpartition("\n")[2]
    told = [text_at(document, name) for name in ("error", "reason")]
    return LogLine(
        at=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
        function=function,
        level=text_at(document, "level") or "",
        message=one_line(text_at(document, "message") or "", 400),
        detail=one_line(": ".join(filter(None, told)) or exception, 400),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
