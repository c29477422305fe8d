"""The dashboard of a stack: how its orders, machines, functions and queue are, on one page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import pulumi
import pulumi_aws as aws

from components.function import own_namespace
from components.metrics import (
    WATCH_MINUTES,
    Figure,
    Metric,
    Watched,
    failures,
    of_calls,
    of_executions,
    of_pipe,
    of_queue,
    own,
)
from components.naming import DASHBOARD, physical_name
from components.role import account

COLUMNS, HEIGHT = 24, 6
"""The grid of a dashboard, and the height of a row of widgets on it."""

ENDS = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled")
OF_THE_PIPE = ("EventCount", "ExecutionFailed", "ExecutionTimeout", "ExecutionThrottled")
SHARES = ("p50", "p99")


class Dashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard named after the stack.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """

    def __init__(self, name: str, watched: Watched, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Dashboard", name, None, opts)
        region = account(self).apply(lambda where: where.region)
        placed = [
            {**_place(row, column, len(widgets)), "type": "metric", "properties": {**widget, "region": region}}
            for row, widgets in enumerate(_rows(watched))
            for column, widget in enumerate(widgets)
        ]
        aws.cloudwatch.Dashboard(
            name,
            dashboard_name=physical_name(name, DASHBOARD),
            dashboard_body=pulumi.Output.json_dumps({"start": "-PT6H", "widgets": placed}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _rows(watched: Watched) -> list[list[dict[str, Any]]]:
    machines, functions = watched.machines, watched.functions
    counted = ("OrdersStuck", "QuestionsOpen", "QuestionsExpiring", "IssuesOpen")
    ended = [(own(watched.telling, name), name) for name in ("OrdersUndone", "OrdersTurnedAway")]
    return [
        [
            _by_status("Orders under way", "Orders", "Maximum", WATCH_MINUTES * 60),
            _by_status("Orders ended", "OrdersEnded", "Sum", 3600),
            _graph("Stuck, asked, differing", [(own(watched.watch, name, "Maximum"), name) for name in counted]),
            _graph(
                "Started and undone", [(of_executions(watched.orders, "ExecutionsStarted"), "OrdersStarted"), *ended]
            ),
        ],
        [_graph(f"Executions of {m.purpose}", [(of_executions(m, name), name) for name in ENDS]) for m in machines],
        [
            _graph(f"Duration of {m.purpose}", [(of_executions(m, "ExecutionTime", stat), stat) for stat in SHARES])
            for m in machines
        ],
        [
            _graph("Events of the pipe", [(of_pipe(watched.pipe, name), name) for name in OF_THE_PIPE]),
            _graph("Events set aside", [(of_queue(watched.pipe.dead_letters), "poison-events")]),
        ],
        [
            _graph("Failures of functions", [(failures(f), f.purpose) for f in functions]),
            _graph("Throttled calls", [(of_calls(f, "Throttles"), f.purpose) for f in functions]),
            _graph("Duration of calls, p99", [(of_calls(f, "Duration", "p99"), f.purpose) for f in functions]),
        ],
    ]


def _graph(title: str, lines: Iterable[tuple[Figure, str]]) -> dict[str, Any]:
    """Lines with their labels."""
    metrics = list(chain.from_iterable(_line(number, figure, label) for number, (figure, label) in enumerate(lines)))
    return {"title": title, "view": "timeSeries", "period": 300, "metrics": metrics}


def _line(number: int, figure: Figure, label: str) -> list[list[Any]]:
    """A metric; or a formula and, unseen, what it is reckoned from, by ids that no other line of the graph has."""
    if isinstance(figure, Metric):
        return [_metric(figure, {"label": label})]
    ids = {name: f"{name}{number}" for name in figure.metrics}
    unseen = [_metric(metric, {"id": ids[name], "visible": False}) for name, metric in figure.metrics.items()]
    return [*unseen, [{"expression": figure.of(ids), "label": label}]]


def _metric(metric: Metric, how: dict[str, Any]) -> list[Any]:
    dimensions = chain.from_iterable(metric.dimensions.items())
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.stat, **how}]


def _by_status(title: str, metric: str, stat: str, seconds: int) -> dict[str, Any]:
    """One line for each status that any order has: statuses are the ledger's matter, and found by a search.

    The namespace has hyphens in it, so it wants quotes:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    search = f"SEARCH('{{\"{own_namespace()}\",service,status}} MetricName=\"{metric}\"', '{stat}', {seconds})"
    return {
        "title": title,
        "view": "timeSeries",
        "period": seconds,
        "metrics": [[{"expression": search, "label": "${PROP('Dim.status')}"}]],
    }


def _place(row: int, column: int, columns: int) -> dict[str, int]:
    width = COLUMNS // columns
    return {"x": column * width, "y": row * HEIGHT, "width": width, "height": HEIGHT}
