"""When a schedule starts its target: an expression of EventBridge's Scheduler, and a time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import available_timezones

from asl.syntax.hints import nearest

from .parts import TriggerRefusedError

_PAGE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
_RATE = re.compile(r"rate\(\s*[1-9]\d*\s+(minute|hour|day)s?\s*\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_FIELDS = (
    ("minutes", 0, 59, r"[\d,*/-]+"),
    ("hours", 0, 23, r"[\d,*/-]+"),
    ("day of month", 1, 31, r"[\d,*/?LW-]+"),
    ("month", 1, 12, rf"([\d,*/-]|{_MONTHS})+"),
    ("day of week", 1, 7, r"([\d,*/?L#-]|SUN|MON|TUE|WED|THU|FRI|SAT)+"),
    ("year", 1970, 2199, r"[\d,*/-]+"),
)
"""Of a cron expression: each field, from what to what, and how it is written."""


def require_times(schedule: str, expression: object, timezone: object) -> None:
    """Hold an expression and a zone against what the Scheduler takes; an Output may be anything.

    Raises:
        TriggerRefusedError: for one that it would refuse: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    if isinstance(expression, str) and (wrong := next(_wrong_with(expression), None)):
        raise TriggerRefusedError(f"{schedule}: `expression` is {expression!r}: {wrong} ({_PAGE})")
    zones = available_timezones()
    if isinstance(timezone, str) and zones and timezone not in zones:
        alike = sorted(zone for zone in zones if zone[0] == timezone[:1].upper())
        raise TriggerRefusedError(f"{schedule}: there is no `timezone` {timezone!r}{nearest(timezone, alike)}")


def _wrong_with(expression: str) -> Iterator[str]:
    if found := _CRON.fullmatch(expression):
        yield from _wrong_with_cron(found[1].split())
    elif found := _AT.fullmatch(expression):
        try:
            datetime.fromisoformat(found[1])
        except ValueError as error:
            yield str(error)
    elif not _RATE.fullmatch(expression):
        yield "write rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-01T09:00:00)"


def _wrong_with_cron(fields: list[str]) -> Iterator[str]:
    if len(fields) != len(_FIELDS):
        yield f"cron has six fields here, {', '.join(name for name, *_ in _FIELDS)}; these are {len(fields)}"
        return
    for (name, least, most, form), field in zip(_FIELDS, fields, strict=True):
        # What follows / or # is no value of the field.
        values = [int(value) for value in re.findall(r"(?<![/#\d])\d+", field)]
        if not re.fullmatch(form, field.upper()) or not all(least <= value <= most for value in values):
            yield f"the {name} is {field!r}, and takes {least} to {most}"
    if (fields[2] == "?") == (fields[4] == "?"):
        yield "one of day of month and day of week is ?, the other is not"
