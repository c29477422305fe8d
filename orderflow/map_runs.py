"""Map Runs: the children that a Distributed Map runs, counted.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from orderflow.errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class MapRun:
    """A Map Run: of which execution it is, and how many of its items and children came to what, where any did."""

    map_run_arn: str
    execution_arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    items: Mapping[str, int]
    executions: Mapping[str, int]


def map_run(client: SFNClient, arn: str) -> MapRun:
    """What AWS says of a Map Run. Raises OrderflowError where there is none."""
    with aws_errors():
        found = client.describe_map_run(mapRunArn=arn)
    counts = cast(Sequence[Mapping[str, int]], (found["itemCounts"], found["executionCounts"]))
    items, executions = ({name: count for name, count in each.items() if count} for each in counts)
    return MapRun(
        found["mapRunArn"],
        found["executionArn"],
        found["status"],
        found["startDate"],
        found.get("stopDate"),
        items,
        executions,
    )


def map_runs_of(client: SFNClient, execution_arn: str) -> list[MapRun]:
    """The Map Runs that an execution has begun."""
    with aws_errors():
        pages = client.get_paginator("list_map_runs").paginate(executionArn=execution_arn)
        arns = [one["mapRunArn"] for page in pages for one in page["mapRuns"]]
    return [map_run(client, arn) for arn in arns]


def counted(counts: Mapping[str, int]) -> str:
    """`2 failed of 10`: what is not as it should be, and how many there are."""
    total = counts.get("total", 0)
    parts = [f"{count} {name}" for name, count in counts.items() if name != "total"]
    return f"{', '.join(parts)} of {total}" if parts else f"{total}"
