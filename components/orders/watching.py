"""What people watch of orders: alarms with what to do about each, and the rows of the dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi

from ..alarms import HOUR, MINUTE, Alarm, function_alarms, machine_alarms, not_started, nothing_started, pipe_alarms
from ..dashboard import Row, Widget, function_row, graph, machine_rows, pipe_row, triggers_row
from ..function import Function
from ..metrics import conspicuous, of_executions, own
from ..naming import SCHEDULE, own_namespace, physical_name
from ..state_machine import StateMachine
from ..triggers import ObjectTrigger, Schedule, StreamTrigger

WATCH_MINUTES = 15
"""How often the stack counts what AWS cannot. Each time every order is read that is under way."""

DAILY_HOURS = 26
"""How long what starts once a day, at not quite the same second, may be away."""


@dataclass(frozen=True)
class Share:
    """How many orders of those started are conspicuous: `percent` of them, and `least` in number."""

    least: int
    percent: int


UNDONE = Share(least=5, percent=20)
"""Charged, and not delivered: ten times what `workflows.order_fulfillment.USUAL_ORDERS` takes as usual."""
TURNED_AWAY = Share(least=10, percent=50)
"""Rejected, or their payment declined: what customers do wrong, as long as it is not most of them."""


@dataclass(frozen=True)
class Watched:
    """What alarms watch and the dashboard shows.

    `orders` and `reconciling` are among the machines, `telling` and `watch` among the functions: those that tell
    customers how their orders ended, and count what AWS cannot.
    """

    orders: StateMachine
    reconciling: StateMachine
    machines: Sequence[StateMachine]
    functions: Sequence[Function]
    pipe: StreamTrigger
    telling: Function
    watch: Function
    triggers: Sequence[ObjectTrigger | Schedule]

    def alarms(self) -> Iterator[Alarm]:
        """What a person has to look at."""
        for machine in self.machines:
            if machine is self.orders:
                yield from machine_alarms(machine, failed=_listing("failed"), timed_out=_listing("timed_out"))
            else:
                yield from machine_alarms(machine)
        yield not_started(self.reconciling, DAILY_HOURS, _no_reconciliation())
        for function in self.functions:
            concurrency = "webhookConcurrency" if function.is_public else "reservedConcurrency"
            yield from function_alarms(function, concurrency)
        yield from pipe_alarms(self.pipe, "pipe")
        yield from map(nothing_started, self.triggers)
        yield from self._of_orders()

    def _of_orders(self) -> Iterator[Alarm]:
        counted = {
            "orders-stuck": ("OrdersStuck", f"The log of watch-orders names them, {_command('why ORDER')} says why."),
            "questions-expiring": (
                "QuestionsExpiring",
                f"People have not answered: {_command('decisions')} lists what.",
            ),
            "issues-open": ("IssuesOpen", f"Our books and others' differ: {_command('issues')} says where."),
        }
        for purpose, (metric, advice) in counted.items():
            # Where nobody counts any more, nobody knows: that is told, too.
            missing = "breaching" if metric == "OrdersStuck" else "notBreaching"
            figure = own(self.watch, metric, "Maximum")
            yield Alarm(purpose, figure, advice, 2 * WATCH_MINUTES * MINUTE, missing=missing)
        started = of_executions(self.orders, "ExecutionsStarted")
        for purpose, metric, limits in (
            ("orders-undone", "OrdersUndone", UNDONE),
            ("orders-turned-away", "OrdersTurnedAway", TURNED_AWAY),
        ):
            figure = conspicuous(own(self.telling, metric), started, least=limits.least, percent=limits.percent)
            latest = f"{_command('list')} lists the latest orders, {_command('why ORDER')} says why."
            yield Alarm(purpose, figure, f"Far more than usual: {latest}", 2 * HOUR)

    def rows(self) -> list[Row]:
        """How orders, machines, functions and the queue are."""
        counted = ("OrdersStuck", "QuestionsOpen", "QuestionsExpiring", "IssuesOpen")
        ended = [(own(self.telling, name), name) for name in ("OrdersUndone", "OrdersTurnedAway")]
        started = (of_executions(self.orders, "ExecutionsStarted"), "OrdersStarted")
        orders = [
            _by_status("Orders under way", "Orders", "Maximum", WATCH_MINUTES * 60),
            _by_status("Orders ended", "OrdersEnded", "Sum", 3600),
            graph("Stuck, asked, differing", [(own(self.watch, name, "Maximum"), name) for name in counted]),
            graph("Started and undone", [started, *ended]),
        ]
        started_by = [pipe_row(self.pipe), triggers_row(self.triggers)]
        return [orders, *machine_rows(self.machines), *started_by, function_row(self.functions)]


def _listing(status: str) -> str:
    return f"{_command(f'list --status {status}')} lists them, {_command('why ORDER')} says why."


def _no_reconciliation() -> str:
    return (
        f"No reconciliation has started for {DAILY_HOURS} hours: {_command('reconcile')} starts one, and 'aws scheduler"
        f" list-schedules --name-prefix {physical_name('', SCHEDULE)}' says whether its schedule is enabled."
    )


def _by_status(title: str, metric: str, stat: str, seconds: int) -> Widget:
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


def _command(command: str) -> str:
    return f"'orderflow --stack {pulumi.get_stack()} {command}'"
