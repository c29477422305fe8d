"""`explore`: what can happen in a machine, in the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from math import isinf
from typing import TYPE_CHECKING, Any

from asl.analysis.promises import MustReach
from asl.cli.usage import UsageError
from asl.testing.outcomes import Never, Outcome, Returns

if TYPE_CHECKING:
    from asl.testing.exploring import Exploration, Way

_FORM = "STATE: END, END unless ERROR, ERROR"
_PROMISE = re.compile(r"\s*(?P<state>[^:]+?)\s*:\s*(?P<ends>.+?)(?:\s+unless\s+(?P<unless>.+?))?\s*")


def promises(written: Iterable[str]) -> list[MustReach]:
    """What the options `Charge: Refund, Delivered unless PaymentDeclined` say.

    Raises:
        UsageError: for one that is not of this form.
    """
    found: list[MustReach] = []
    for one in written:
        match = _PROMISE.fullmatch(one)
        if match is None:
            raise UsageError(f"--must-reach {one}: expected '{_FORM}'")
        found.append(MustReach(match["state"], _names(match["ends"]), _names(match["unless"] or "")))
    return found


def _names(written: str) -> frozenset[str]:
    return frozenset(name.strip() for name in written.split(",") if name.strip())


def as_json(found: Exploration) -> str:
    """All that was found; what has no end is null."""
    document: dict[str, Any] = {
        "ok": found.ok,
        "ways": found.ways,
        "endless": found.endless,
        "states": found.states,
        "unreached": found.unreached,
        "untaken": found.untaken,
        "visits": found.visits,
        "runs": found.runs,
        "ends": [asdict(end) for end in found.ends],
        "broken": [
            {"state": one.promise.state, "ends": sorted(one.promise.ends), "way": _way(one.way)} for one in found.broken
        ],
        "uncaught": [{"state": one.state, "errors": one.errors, "way": _way(one.way)} for one in found.uncaught],
        "outOfTime": [_way(way) for way in found.out_of_time],
        "tooLong": [_way(way) for way in found.too_long],
        "slowestSeconds": None if isinf(found.slowest) else found.slowest,
        "timeoutSeconds": found.timeout,
        "largestOutput": {"bytes": found.largest[0], "state": found.largest[1]},
        "unconfirmed": found.unconfirmed,
        "notTried": found.cut,
    }
    for name in ("least", "most", "usual"):
        figure = getattr(found, name)
        document[name] = asdict(figure) if figure else None
    return json.dumps(document, indent=2, ensure_ascii=False)


def _way(way: Way) -> dict[str, object]:
    return {
        "states": way.states,
        "told": [str(visit) for visit in way.visits],
        "end": way.end,
        "seconds": way.seconds,
        "input": way.input,
        "mocks": {path: [_mock(one) for one in outcomes] for path, outcomes in way.outcomes.items()},
    }


def _mock(outcome: Outcome) -> dict[str, object]:
    """An outcome as a file of mocks has it."""
    if isinstance(outcome, Never):
        return {"Never": True, **_beats(outcome)}
    after = {"After": outcome.after} if outcome.after else {}
    if isinstance(outcome, Returns):
        return {"Return": outcome.value, **after, **_beats(outcome)}
    return {"Throw": {"Error": outcome.error, "Cause": outcome.cause}, **after, **_beats(outcome)}


def _beats(outcome: Outcome) -> dict[str, object]:
    return {"Heartbeats": list(outcome.heartbeats)} if outcome.heartbeats else {}
