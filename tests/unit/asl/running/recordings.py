"""The executions recorded at AWS (`tests/recorded`), and how one of ours compares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from asl.running import instants
from asl.running.calls import Call
from asl.running.execution import Execution, Names
from asl.running.loop import Loop
from asl.running.objects import GivenObjects
from asl.running.steps import Program

FOLDER = Path(__file__).parents[3] / "recorded"
STARTED = 1_700_000_000.0
UNTOLD = ("mapRunArn", "roleArn")
"""Details that snapshots do not have."""


def recorded(kind: str) -> Iterator[dict[str, Any]]:
    """The cases of a class."""
    for line in (FOLDER / f"{kind}.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def replayed(case: Mapping[str, Any]) -> Execution:
    """Our execution of a case, whose tasks come to what they came to then."""
    given = case.get("names") or {"machine": "machine"}
    role = "arn:aws:iam::111111111111:role/snf_role"
    express = "run" if case["type"] == "EXPRESS" else ""
    execution = given.get("execution") or "execution0"
    awaited = "express_sync" in case["id"]
    names = Names(given["machine"], execution, "us-east-1", "111111111111", role, express, awaited)
    definition = case["definition"]
    replay = Execution(
        Program.read(json.loads(definition) if isinstance(definition, str) else definition, type=case["type"]),
        case["input"],
        loop=Loop((instants.read(case["now"]) if "now" in case else None) or STARTED),
        perform=_Mocks(case).perform,
        names=names,
        random=Random(1),
        objects=GivenObjects({(one["bucket"], one["key"]): one["text"].encode() for one in case.get("objects") or ()}),
    )
    replay.begin()
    if case["expected"]["status"] == "ABORTED":
        replay.loop.run_ready()
        replay.stop()
    replay.loop.run(lambda: replay.status != "RUNNING")
    return replay


class _Mocks:
    def __init__(self, case: Mapping[str, Any]) -> None:
        self._left = {state: list(calls) for state, calls in (case.get("mocks") or {}).items()}

    def perform(self, call: Call) -> None:
        if call.kind == "activity":
            if call.state not in self._left:
                call.refuse(f"The activity {call.resource} does not exist.")
                return
            call.schedule()
            call.start("BASE_ID_ACTIVITY_CONSUMER")
        # What happens in the children of a Map Run is not in the history of their parent.
        mock: Any = self._left[call.state].pop(0) if call.state in self._left else {"result": {}}
        if call.pattern:
            call.submitted({})
        if mock.get("how") == "TimedOut":
            return
        if "result" in mock:
            call.succeed(mock["result"])
        else:
            call.fail(mock["error"], mock.get("cause"))


def differs(case: Mapping[str, Any], execution: Execution) -> str:
    """The first thing in which an execution is not as the recorded one; empty where it is the same."""
    expected, stand_ins = case["expected"], frozenset(case.get("stand_ins") or ())
    if execution.status != expected["status"]:
        return f"{execution.status} ({execution.error}: {execution.cause}), and not {expected['status']}"
    if expected["status"] == "SUCCEEDED" and not same(expected.get("output"), execution.output, stand_ins):
        return f"the output is {execution.output}, and not {expected.get('output')}"
    if execution.error != expected.get("error"):
        return f"the error is {execution.error}, and not {expected.get('error')}"
    if not (execution.cause is None if expected.get("cause") is None else _same(expected, execution, stand_ins)):
        return f"the cause is {execution.cause}, and not {expected.get('cause')}"
    return _events_differ(expected, execution, stand_ins) if "events" in expected else ""


def _same(expected: Mapping[str, Any], execution: Execution, stand_ins: frozenset[str]) -> bool:
    return same(expected["cause"], execution.cause, stand_ins)


def _events_differ(expected: Mapping[str, Any], execution: Execution, stand_ins: frozenset[str]) -> str:
    """Events as a multiset: those of branches and iterations have no order."""
    left = [(event.type, _details(event.details)) for event in execution.events]
    for event in expected["events"]:
        wanted = {name: value for name, value in event.items() if name not in ("type", "id", "previous")}
        found = next((one for one in left if one[0] == event["type"] and _fits(one[1], wanted, event, stand_ins)), None)
        if found is None:
            return f"there is no {event['type']} {wanted}"
        left.remove(found)
    if len(left) != (expected.get("events_missing") or 0):
        return f"too many events: {left}"
    return ""


def _details(details: Mapping[str, Any]) -> dict[str, Any]:
    absent = {name for name in ("error", "cause", "location", "workerName") if details.get(name) is None}
    return {name: value for name, value in details.items() if name not in absent and name not in UNTOLD}


def _fits(details: dict[str, Any], wanted: dict[str, Any], event: Mapping[str, Any], stand_ins: frozenset[str]) -> bool:
    if event["type"] == "TaskSubmitted":  # what the request answered is no part of the case
        details, wanted = ({k: v for k, v in one.items() if k != "output"} for one in (details, wanted))
    return details.keys() == wanted.keys() and all(same(wanted[name], details[name], stand_ins) for name in wanted)


def same(expected: Any, found: Any, stand_ins: frozenset[str]) -> bool:
    """Whether two values are the same but for stand-ins, numbers as numbers, and texts of JSON as what they hold."""
    if isinstance(expected, str):
        return expected in stand_ins or _same_text(expected, found, stand_ins)
    if isinstance(found, str) and isinstance(expected, dict | list):
        held = _json(found)
        return held is not None and same(expected, held, stand_ins)
    if expected is None or isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float):
        return isinstance(found, int | float) and abs(expected - found) <= 1e-12 * abs(expected)
    if isinstance(expected, dict):
        keys = isinstance(found, dict) and expected.keys() == found.keys()
        return keys and all(same(expected[key], found[key], stand_ins) for key in expected)
    return (
        isinstance(found, list)
        and len(expected) == len(found)
        and all(same(*pair, stand_ins) for pair in zip(expected, found, strict=True))
    )


def _same_text(expected: str, found: Any, stand_ins: frozenset[str]) -> bool:
    inside = sorted((one for one in stand_ins if one.startswith("<") and one in expected), key=len, reverse=True)
    if isinstance(found, str):
        pieces = re.split("|".join(map(re.escape, inside)), expected) if inside else [expected]
        if re.fullmatch(".*".join(map(re.escape, pieces)), found, re.DOTALL):
            return True
    held = _json(expected)
    if not isinstance(held, dict | list):
        return False
    return same(held, _json(found) if isinstance(found, str) else found, stand_ins)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
