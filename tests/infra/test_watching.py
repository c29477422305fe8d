"""What is watched: alarms, the dashboard and traces, each of something that exists."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from components.order_functions import REFUSING
from emulator.program import ROOT
from handlers.shared.ledger import OPEN_INDEX
from orderflow.cli import app
from tests.infra.conftest import Recorder, policies

HANDLERS = ROOT / "handlers"

AWS_METRICS = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    "AWS/States": (
        "StateMachineArn",
        {
            *("ExecutionsAborted", "ExecutionsFailed", "ExecutionsStarted", "ExecutionsSucceeded"),
            *("ExecutionsTimedOut", "ExecutionThrottled", "ExecutionTime"),
        },
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": ("FunctionName", {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": ("QueueName", {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}),
}


@cache
def counted() -> set[str]:
    """The names of the metrics that handlers count."""
    calls = (
        node
        for path in HANDLERS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count" and node.args
    )
    return {str(name.value) for call in calls if isinstance(name := call.args[0], ast.Constant)}


def own_resources(recorder: Recorder) -> dict[str, set[str]]:
    """By dimension, what the stack has that it can name."""
    functions = recorder.of("aws:lambda/function:Function")
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:"
    return {
        "StateMachineArn": {arn + m.inputs["name"] for m in recorder.of("aws:sfn/stateMachine:StateMachine")},
        "FunctionName": {function.inputs["name"] for function in functions},
        "QueueName": {queue.inputs["name"] for queue in recorder.of("aws:sqs/queue:Queue")},
        "service": {f.inputs["environment"]["variables"]["POWERTOOLS_SERVICE_NAME"] for f in functions},
    }


def assert_exists(own: dict[str, set[str]], stack: str, namespace: str, name: str, dimensions: dict[str, str]) -> None:
    """That AWS or a function of the stack gives this metric, of one of the stack's `own` resources."""
    dimension, names = AWS_METRICS.get(namespace, ("service", counted()))
    if namespace not in AWS_METRICS:
        assert namespace == f"orderflow-{stack}"
    assert name in names, f"{namespace} has no {name}"
    assert list(dimensions) == [dimension]
    assert dimensions[dimension] in own[dimension]


def widgets(recorder: Recorder) -> list[dict[str, Any]]:
    (dashboard,) = recorder.of("aws:cloudwatch/dashboard:Dashboard")
    return json.loads(dashboard.inputs["dashboardBody"])["widgets"]


def drawn(recorder: Recorder) -> Iterator[tuple[str, str, dict[str, str], dict[str, str]]]:
    """Each line of the dashboard: namespace, name, dimensions, and how it is drawn."""
    for widget in widgets(recorder):
        for namespace, *rest in widget["properties"]["metrics"]:
            if isinstance(namespace, str):
                name, *pairs, how = rest
                yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)), how


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_each_line_of_the_dashboard_is_a_metric_that_exists_of_the_stacks_own_resources(
    stack: str, stacks: Any
) -> None:
    lines, own = list(drawn(stacks[stack])), own_resources(stacks[stack])
    for namespace, name, dimensions, how in lines:
        assert_exists(own, stack, namespace, name, dimensions)
        assert how["stat"] in ("Sum", "Maximum", "p50", "p99")
    shown = {value for _, _, dimensions, _ in lines for value in dimensions.values()}
    assert shown >= own["StateMachineArn"] | own["FunctionName"] | own["QueueName"], "every part of the stack is shown"


def test_orders_by_status_are_searched_for_among_the_stacks_own_metrics(stacks: Any) -> None:
    found = [m[0] for w in widgets(stacks["dev"]) for m in w["properties"]["metrics"] if isinstance(m[0], dict)]
    assert [search["expression"] for search in found] == [
        "SEARCH('{orderflow-dev,service,status} MetricName=\"Orders\"', 'Maximum', 900)",
        "SEARCH('{orderflow-dev,service,status} MetricName=\"OrdersEnded\"', 'Sum', 3600)",
    ]
    assert {"Orders", "OrdersEnded"} <= counted()


def test_what_watches_orders_reads_those_that_are_open_and_no_others(stacks: Any) -> None:
    """By the index that the ledger keeps, and by nothing else of the table."""
    table = stacks["prod"].one("aws:dynamodb/table:Table", "orders").inputs
    (index,) = table["globalSecondaryIndexes"]
    assert (index["name"], index["keySchemas"][0]) == (OPEN_INDEX, {"attributeName": "openStatus", "keyType": "HASH"})
    keys = {key["attributeName"] for key in index["keySchemas"]}
    assert {"orderId", *keys} == {attribute["name"] for attribute in table["attributes"]}, "AWS refuses any other"
    assert {*keys, *index["nonKeyAttributes"]} == {"openStatus", "updatedAt", "amountCents"}
    function = stacks["prod"].one("aws:lambda/function:Function", "watch-orders").inputs
    assert function["environment"]["variables"]["ORDERS_TABLE"] == table["name"]
    allowed = policies(stacks["prod"])["orderflow-prod-watch-orders"]["policy"]["Statement"]
    arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{table['name']}"
    on_orders = {(*s["Action"], r) for s in allowed for r in s["Resource"] if r.startswith(arn)}
    assert on_orders == {("dynamodb:Query", f"{arn}/index/{OPEN_INDEX}")}


def test_widgets_fill_the_grid_and_none_lies_on_another(stacks: Any) -> None:
    cells: set[tuple[int, int]] = set()
    for widget in widgets(stacks["prod"]):
        own = {(x, widget["y"]) for x in range(widget["x"], widget["x"] + widget["width"])}
        assert not cells & own
        cells |= own
        assert widget["x"] + widget["width"] <= 24
        assert widget["properties"]["region"] == "us-east-1"
    assert len(json.dumps(widgets(stacks["prod"]))) < 500_000


def alarms(recorder: Recorder) -> dict[str, dict[str, Any]]:
    return {alarm.name: alarm.inputs for alarm in recorder.of("aws:cloudwatch/metricAlarm:MetricAlarm")}


def test_each_alarm_watches_a_metric_that_exists_and_says_what_to_do(stacks: Any) -> None:
    commands: Any = get_command(app)
    own = own_resources(stacks["prod"])
    for name, alarm in alarms(stacks["prod"]).items():
        assert_exists(own, "prod", alarm["namespace"], alarm["metricName"], alarm["dimensions"])
        assert alarm["alarmDescription"], name
        for command in alarm["alarmDescription"].split("orderflow --stack prod ")[1:]:
            assert command.split("'")[0].split()[0] in commands.commands, name


def test_every_machine_function_and_queue_is_watched_whatever_its_kind(stacks: Any) -> None:
    prod = stacks["prod"]
    found = alarms(prod)
    machines = [machine.name for machine in prod.of("aws:sfn/stateMachine:StateMachine")]
    functions = [function.name for function in prod.of("aws:lambda/function:Function")]
    assert {"order-fulfillment", "order-events", "reconciliation"} <= set(machines)
    expected = {
        f"{m}-{what}" for m in machines for what in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled")
    }
    expected |= {f"{function}-{what}" for function in functions for what in ("failures", "throttles")}
    assert set(found) == expected | {"dead-letters", "orders-stuck", "questions-expiring", "issues-open"}
    assert not alarms(stacks["dev"]), "without an address there is nobody to tell"


def raises_business_errors(handler: Path) -> bool:
    errors = ast.parse((HANDLERS / "shared" / "errors.py").read_text())
    business = {
        node.name
        for node in errors.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(b, ast.Name) and b.id == "BusinessError" for b in node.bases)
    }
    raised = (node.exc for node in ast.walk(ast.parse(handler.read_text())) if isinstance(node, ast.Raise))
    return bool(business & {e.func.id for e in raised if isinstance(e, ast.Call) and isinstance(e.func, ast.Name)})


def test_a_refused_order_wakes_nobody_and_what_goes_wrong_does(stacks: Any) -> None:
    """Lambda counts a business error among the Errors; so the functions that raise one count what goes wrong."""
    assert {path.stem for path in HANDLERS.glob("*.py") if raises_business_errors(path)} == REFUSING
    for name, alarm in alarms(stacks["prod"]).items():
        if name.endswith("-failures"):
            refuses = name.removesuffix("-failures").replace("-", "_") in REFUSING
            expected = ("orderflow-prod", "Failures") if refuses else ("AWS/Lambda", "Errors")
            assert (alarm["namespace"], alarm["metricName"]) == expected, name
            assert (alarm["datapointsToAlarm"], alarm["evaluationPeriods"]) == (2, 3), "what fails once is tried again"


def test_orders_are_counted_often_enough_for_the_alarm_and_a_count_that_stays_away_is_told(stacks: Any) -> None:
    schedule = stacks["prod"].one("aws:scheduler/schedule:Schedule", "watch-orders").inputs
    assert schedule["scheduleExpression"] == "rate(15 minutes)"
    assert schedule["target"]["arn"].endswith("live")
    stuck = alarms(stacks["prod"])["orders-stuck"]
    assert (stuck["period"], stuck["treatMissingData"]) == (2 * 15 * 60, "breaching")


@pytest.mark.parametrize(("stack", "traced", "mode"), [("prod", True, "Active"), ("local", False, "PassThrough")])
def test_machines_and_functions_are_traced_by_the_same_setting(
    stack: str, traced: bool, mode: str, stacks: Any
) -> None:
    machines = stacks[stack].of("aws:sfn/stateMachine:StateMachine")
    functions = stacks[stack].of("aws:lambda/function:Function")
    assert {m.inputs["tracingConfiguration"]["enabled"] for m in machines} == {traced}
    assert {f.inputs["tracingConfig"]["mode"] for f in functions} == {mode}
