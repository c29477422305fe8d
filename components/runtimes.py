"""Lambda's runtimes, and until when AWS takes functions that have them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from asl.syntax.hints import nearest

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"


class Lifecycle(NamedTuple):
    """The days, as ISO 8601 writes them, on which AWS gives a runtime up, takes no new function that has it, and no
    change of one; empty where the page has none yet. They are postponed now and then, never brought forward."""

    deprecated: str = ""
    creates_none: str = ""
    changes_none: str = ""


LIFECYCLES: Mapping[str, Lifecycle] = {
    "dotnet6": Lifecycle("2024-12-20", "2027-02-01", "2027-03-03"),
    "dotnet8": Lifecycle("2026-11-10", "2027-02-01", "2027-03-03"),
    "dotnet10": Lifecycle("2028-11-14", "2028-12-14", "2029-01-15"),
    "go1.x": Lifecycle("2024-01-08", "2024-02-08", "2027-03-03"),
    "java8": Lifecycle("2024-01-08", "2024-02-08", "2027-03-03"),
    "java8.al2": Lifecycle("2027-06-30", "2027-07-31", "2027-08-31"),
    "java8.al2023": Lifecycle(),
    "java11": Lifecycle("2027-06-30", "2027-07-31", "2027-08-31"),
    "java11.al2023": Lifecycle(),
    "java17": Lifecycle("2027-06-30", "2027-07-31", "2027-08-31"),
    "java17.al2023": Lifecycle(),
    "java21": Lifecycle("2029-06-30", "2029-07-31", "2029-08-31"),
    "java25": Lifecycle("2029-06-30", "2029-07-31", "2029-08-31"),
    "nodejs14.x": Lifecycle("2023-12-04", "2024-01-09", "2027-03-03"),
    "nodejs16.x": Lifecycle("2024-06-12", "2027-02-01", "2027-03-03"),
    "nodejs18.x": Lifecycle("2025-09-01", "2027-02-01", "2027-03-03"),
    "nodejs20.x": Lifecycle("2026-04-30", "2027-02-01", "2027-03-03"),
    "nodejs22.x": Lifecycle("2027-04-30", "2027-06-01", "2027-07-01"),
    "nodejs24.x": Lifecycle("2028-04-30", "2028-06-01", "2028-07-01"),
    "nodejs26.x": Lifecycle(),
    "provided": Lifecycle("2024-01-08", "2024-02-08", "2027-03-03"),
    "provided.al2": Lifecycle("2026-07-31", "2027-02-01", "2027-03-03"),
    "provided.al2023": Lifecycle("2029-06-30", "2029-07-31", "2029-08-31"),
    "python3.7": Lifecycle("2023-12-04", "2024-01-09", "2027-03-03"),
    "python3.8": Lifecycle("2024-10-14", "2027-02-01", "2027-03-03"),
    "python3.9": Lifecycle("2025-12-15", "2027-02-01", "2027-03-03"),
    "python3.10": Lifecycle("2026-10-31", "2027-02-01", "2027-03-03"),
    "python3.11": Lifecycle("2027-06-30", "2027-07-31", "2027-08-31"),
    "python3.12": Lifecycle("2028-10-31", "2028-11-30", "2029-01-10"),
    "python3.13": Lifecycle("2029-06-30", "2029-07-31", "2029-08-31"),
    "python3.14": Lifecycle("2029-06-30", "2029-07-31", "2029-08-31"),
    "python3.15": Lifecycle(),
    "ruby2.7": Lifecycle("2023-12-07", "2024-01-09", "2027-03-03"),
    "ruby3.2": Lifecycle("2026-03-31", "2027-02-01", "2027-03-03"),
    "ruby3.3": Lifecycle("2027-03-31", "2027-04-30", "2027-05-31"),
    "ruby3.4": Lifecycle("2028-03-31", "2028-04-30", "2028-05-31"),
    "ruby4.0": Lifecycle("2029-03-31", "2029-04-30", "2029-05-31"),
}
"""`PAGE`, of November 2026, without those of which AWS takes no change any more."""

SNAPSHOTS: Mapping[str, int] = {"dotnet": 8, "java": 11, "python3.": 12}
"""From which version on Lambda starts a language from a snapshot: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""


def refused(runtime: str, today: date) -> str:
    """Why AWS takes no function with this runtime; empty where it does."""
    if runtime not in LIFECYCLES:
        return f"`runtime` is none of Lambda's: {runtime!r}{nearest(runtime, LIFECYCLES)}; it has those on {PAGE}"
    last = LIFECYCLES[runtime].changes_none
    return f"AWS takes no function with `runtime` {runtime} since {last}: {PAGE}" if _is_past(last, today) else ""


def deprecated(runtime: str, today: date) -> str:
    """What is to be said of a runtime that AWS has given up, and still takes; empty of any other."""
    given_up, new, changed = LIFECYCLES[runtime]
    if not _is_past(given_up, today):
        return ""
    took = "took" if _is_past(new, today) else "takes"
    return (
        f"AWS has given up `runtime` {runtime} on {given_up}: it {took} new functions until {new} and changes until "
        f"{changed} ({PAGE}); choose a newer one"
    )


def starts_from_snapshot(runtime: str) -> bool:
    """Whether Lambda can start it from a snapshot."""
    found = re.match(r"(dotnet|java|python3\.)(\d+)", runtime)
    return found is not None and int(found[2]) >= SNAPSHOTS[found[1]]


def _is_past(day: str, today: date) -> bool:
    return bool(day) and date.fromisoformat(day) <= today
