"""ReadFile: a file of orders, read whole: which lines are orders, where each stands, and why the others are none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.collaborators.intake import claims, intake_bucket
from handlers.shared.intake.bucket import IntakeBucket
from handlers.shared.intake.claims import Claims
from handlers.shared.intake.reading import ReadLine, read
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Read event["file"]; see `read_intake`."""
    return read_intake(event["file"], event["executionId"], intake_bucket(), claims(), clock.now())


def read_intake(
    file: dict[str, str], execution_id: str, bucket: IntakeBucket, claims: Claims, now: datetime
) -> dict[str, Any]:
    """Write down the orders of a file {"key", "etag"}: {"folder", "digest", "lines", "orders", "refused",
    "columnsNotRead"}, the counts being of lines that have anything in them.

    In the folder of the bucket `orders.jsonl` are the orders, `places.jsonl` where each of them stands there, and
    `refused.jsonl` the other lines with their reasons. A file that another execution takes in or has taken in gets
    "earlier": the key that it was put under, the execution, and since when.

    Raises:
        FileRefused: when nothing of it can be taken in.
    """
    digest = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        for chunk in bucket.chunks(file["key"], file["etag"]):
            digest.update(chunk)
            yield chunk

    with ExitStack() as stack:
        written = {name: stack.enter_context(TemporaryFile()) for name in ("orders", "places", "refused")}
        reading = read(chunks(), file["key"])
        counts = _write(reading.lines, **written)
        found = {
            "folder": f"work/{digest.hexdigest()}",
            "digest": digest.hexdigest(),
            "columnsNotRead": [name[:80] for name in reading.not_read[:20]],
            **counts,
        }
        for name, body in written.items():
            body.seek(0)
            bucket.put(f"{found['folder']}/{name}.jsonl", body)
    # The last step, so that none after it can fail and leave the file to nobody.
    earlier = claims.claim(found["digest"], file["key"], execution_id, now)
    if earlier is None:
        return found
    return {**found, "earlier": {"key": earlier.key, "executionId": earlier.execution_id, "at": earlier.began_at}}


def _write(lines: Iterable[ReadLine], orders: IO[bytes], places: IO[bytes], refused: IO[bytes]) -> dict[str, int]:
    started, turned_away, at = 0, 0, 0
    for line in lines:
        if line.order is None:
            turned_away += 1
            refused.write(_line({"line": line.number, "orderId": line.order_id, "why": line.why}))
        else:
            started += 1
            places.write(_line({"line": line.number, "at": at, "bytes": len(line.order)}))
            at += orders.write(line.order + b"\n")
    return {"lines": started + turned_away, "orders": started, "refused": turned_away}


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
