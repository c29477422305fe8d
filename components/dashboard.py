"""A dashboard of a stack: rows of graphs, on one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi
import pulumi_aws as aws

from .metrics import Figure, Metric, failures, of_calls, of_executions, of_pipe, of_queue
from .naming import DASHBOARD, physical_name
from .role import account

if TYPE_CHECKING:
    from .function import Function
    from .state_machine import StateMachine
    from .triggers import EventRule, ObjectTrigger, Schedule, StreamTrigger

COLUMNS, HEIGHT = 24, 6
"""The grid of a dashboard, and the height of a row of widgets on it."""

ENDS = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled")
OF_A_PIPE = ("EventCount", "ExecutionFailed", "ExecutionTimeout", "ExecutionThrottled")
SHARES = ("p50", "p99")

Widget: TypeAlias = dict[str, Any]
"""The properties of a metric widget."""
Row: TypeAlias = Sequence[Widget]


class Dashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard named after the stack.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """

    def __init__(self, name: str, rows: Sequence[Row], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Dashboard", name, None, opts)
        region = account(self).apply(lambda where: where.region)
        placed = [
            {**_place(number, column, len(row)), "type": "metric", "properties": {**widget, "region": region}}
            for number, row in enumerate(rows)
            for column, widget in enumerate(row)
        ]
        aws.cloudwatch.Dashboard(
            name,
            dashboard_name=physical_name(name, DASHBOARD),
            dashboard_body=pulumi.Output.json_dumps({"start": "-PT6H", "widgets": placed}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def machine_rows(machines: Sequence[StateMachine]) -> list[Row]:
    """How executions ended, and how long they took."""
    return [
        [graph(f"Executions of {m.purpose}", [(of_executions(m, name), name) for name in ENDS]) for m in machines],
        [
            graph(f"Duration of {m.purpose}", [(of_executions(m, "ExecutionTime", stat), stat) for stat in SHARES])
            for m in machines
        ],
    ]


def pipe_row(pipe: StreamTrigger) -> Row:
    """What came through a pipe, and what did not."""
    return [
        graph("Events of the pipe", [(of_pipe(pipe, name), name) for name in OF_A_PIPE]),
        graph("Events set aside", [(of_queue(pipe.dead_letters), "dead letters")]),
    ]


def triggers_row(triggers: Sequence[EventRule | ObjectTrigger | Schedule]) -> Row:
    """What nothing was started for."""
    waiting = [(of_queue(one.dead_letters), one.pulumi_resource_name) for one in triggers]
    return [graph("Nothing started", waiting)]


def function_row(functions: Sequence[Function]) -> Row:
    """Which functions fail, are throttled, or take long."""
    return [
        graph("Failures of functions", [(failures(f), f.purpose) for f in functions]),
        graph("Throttled calls", [(of_calls(f, "Throttles"), f.purpose) for f in functions]),
        graph("Duration of calls, p99", [(of_calls(f, "Duration", "p99"), f.purpose) for f in functions]),
    ]


def graph(title: str, lines: Iterable[tuple[Figure, str]]) -> Widget:
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


def _place(row: int, column: int, columns: int) -> dict[str, int]:
    width = COLUMNS // columns
    return {"x": column * width, "y": row * HEIGHT, "width": width, "height": HEIGHT}
