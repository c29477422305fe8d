"""Points in time as Step Functions writes and reads them: seconds since 1970 here, ISO 8601 with an offset there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

# Upper-case T and Z, an offset, any number of digits of a second: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?(?::\d\d)?)", re.ASCII
)


@lru_cache(maxsize=64)
def written(seconds: float) -> str:
    """`2024-05-01T12:00:00.250Z`, as the context object has it: without a fraction where it is zero.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-format
    """
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return f"{moment.removesuffix('+00:00').removesuffix('.000')}Z"


@lru_cache(maxsize=1024)
def read(text: str) -> float | None:
    """The instant that `text` names; None where it is no ISO 8601 date and time with an offset."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    minute, second, fraction, offset = match.groups()
    try:
        whole = datetime.fromisoformat(f"{minute}:{second or '00'}{'+00:00' if offset == 'Z' else offset}")
    except ValueError:
        return None
    return whole.timestamp() + float(f"0.{fraction or 0}")
