"""Spans of time as people write them: `90`, `90s`, `6h`, `1d12h`."""

from __future__ import annotations

import re
from math import isfinite

from asl.syntax.shapes import is_number

_WRITTEN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_SECONDS = (86_400, 3600, 60, 1)


def seconds(written: object) -> float | None:
    """The seconds of a number, or of a text with days, hours, minutes and seconds; None for anything else."""
    if is_number(written):
        return written if written >= 0 and isfinite(written) else None
    match = _WRITTEN.fullmatch(written) if isinstance(written, str) and written else None
    if match is None:
        return None
    return sum(float(part) * size for part, size in zip(match.groups(), _SECONDS, strict=True) if part)
