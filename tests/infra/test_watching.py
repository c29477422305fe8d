"""What is watched: alarms, the dashboard and traces, each of something that exists."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from components.orders.functions import REFUSING
from emulator.program import ROOT
from handlers.shared.ledger import OPEN_INDEX
from orderflow.cli import app
from orderflow.testing.stack import Stack
from tests.infra.conftest import policies
from tests.infra.metric_math import Series, rings

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
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html
    "AWS/EventBridge/Pipes": (
        "PipeName",
        {
            *("Duration", "EventCount", "EventSize", "ExecutionThrottled", "ExecutionTimeout", "ExecutionFailed"),
            *("ExecutionPartiallyFailed", "Invocations", "TargetStageDuration", "TargetStageFailed"),
            *("TargetStagePartiallyFailed", "TargetStageSkipped"),
        },
    ),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    "AWS/DynamoDB": ("TableName", {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"}),
}


@cache
def counted(service: str) -> set[str]:
    """The names of the metrics that a function counts: its own file does, or what handlers share."""
    calls = (
        node
        for path in (HANDLERS / f"{service.replace('-', '_')}.py", *(HANDLERS / "shared").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count" and node.args
    )
    return {str(name.value) for call in calls if isinstance(name := call.args[0], ast.Constant)}


def own_resources(registered: Stack) -> dict[str, set[str]]:
    """By dimension, what the stack has that it can name."""
    functions = registered.resources("aws:lambda/function:Function")
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:"
    return {
        "StateMachineArn": {arn + m.inputs["name"] for m in registered.resources("aws:sfn/stateMachine:StateMachine")},
        "FunctionName": {function.inputs["name"] for function in functions},
        "QueueName": {queue.inputs["name"] for queue in registered.resources("aws:sqs/queue:Queue")},
        "PipeName": {pipe.inputs["name"] for pipe in registered.resources("aws:pipes/pipe:Pipe")},
        "TableName": {table.inputs["name"] for table in registered.resources("aws:dynamodb/table:Table")},
        "service": {f.inputs["environment"]["variables"]["POWERTOOLS_SERVICE_NAME"] for f in functions},
    }


def assert_exists(own: dict[str, set[str]], stack: str, namespace: str, name: str, dimensions: dict[str, str]) -> None:
    """That AWS or a function of the stack gives this metric, of one of the stack's `own` resources."""
    if namespace in AWS_METRICS:
        dimension, names = AWS_METRICS[namespace]
    else:
        assert namespace == f"orderflow-{stack}"
        dimension, names = "service", counted(dimensions["service"])
    assert name in names, f"{namespace} has no {name}"
    assert list(dimensions) == [dimension]
    assert dimensions[dimension] in own[dimension]


def widgets(registered: Stack) -> list[dict[str, Any]]:
    (dashboard,) = registered.resources("aws:cloudwatch/dashboard:Dashboard")
    return json.loads(dashboard.inputs["dashboardBody"])["widgets"]


def drawn(registered: Stack) -> Iterator[tuple[str, str, dict[str, str], dict[str, str]]]:
    """Each line of the dashboard: namespace, name, dimensions, and how it is drawn."""
    for widget in widgets(registered):
        for namespace, *rest in widget["properties"]["metrics"]:
            if isinstance(namespace, str):
                name, *pairs, how = rest
                yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)), how


@pytest.mark.parametrize("of", ["local", "dev", "prod"])
def test_each_line_of_the_dashboard_is_a_metric_that_exists_of_the_stacks_own_resources(of: str, stacks: Any) -> None:
    lines, own = list(drawn(stacks[of])), own_resources(stacks[of])
    for namespace, name, dimensions, how in lines:
        assert_exists(own, of, namespace, name, dimensions)
        assert how["stat"] in ("Sum", "Maximum", "p50", "p99")
        assert ("label" in how) != (how.get("visible") is False), "a line has a name, and what it is reckoned from none"
    shown = {value for _, _, dimensions, _ in lines for value in dimensions.values()}
    parts = own["StateMachineArn"] | own["FunctionName"] | own["QueueName"] | own["PipeName"]
    assert shown >= parts, "every part of the stack is shown"


def test_a_formula_of_the_dashboard_is_reckoned_from_lines_of_its_own_widget(stacks: Any) -> None:
    found: list[str] = []
    for widget in widgets(stacks["dev"]):
        lines = widget["properties"]["metrics"]
        ids = [line[-1]["id"] for line in lines if "id" in line[-1]]
        assert len(ids) == len(set(ids))
        formulas = [line[0]["expression"] for line in lines if isinstance(line[0], dict)]
        used = [name for text in formulas if not text.startswith("SEARCH") for name in re.findall(r"\b[a-z]\w*", text)]
        assert sorted(used) == sorted(ids)
        found += formulas
    assert "errors0 - FILL(refusals0, 0)" in found


def test_orders_by_status_are_searched_for_among_the_stacks_own_metrics(stacks: Any) -> None:
    """A name with other characters than letters and digits is within quotes:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html"""
    lines = [line[0] for widget in widgets(stacks["dev"]) for line in widget["properties"]["metrics"]]
    found = [line["expression"] for line in lines if isinstance(line, dict) and "SEARCH" in line["expression"]]
    assert found == [
        "SEARCH('{\"orderflow-dev\",service,status} MetricName=\"Orders\"', 'Maximum', 900)",
        "SEARCH('{\"orderflow-dev\",service,status} MetricName=\"OrdersEnded\"', 'Sum', 3600)",
    ]
    assert "Orders" in counted("watch-orders")
    assert "OrdersEnded" in counted("send-confirmation")


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


def alarms(registered: Stack) -> dict[str, dict[str, Any]]:
    return {alarm.name: alarm.inputs for alarm in registered.resources("aws:cloudwatch/metricAlarm:MetricAlarm")}


def watched_by(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Each metric that an alarm looks at, or reckons from."""
    return [query["metric"] for query in alarm.get("metricQueries", ()) if "metric" in query] or [alarm]


def test_each_alarm_watches_metrics_that_exist_and_says_what_to_do(stacks: Any) -> None:
    commands: Any = get_command(app)
    own = own_resources(stacks["prod"])
    for name, alarm in alarms(stacks["prod"]).items():
        for metric in watched_by(alarm):
            assert_exists(own, "prod", metric["namespace"], metric["metricName"], metric["dimensions"])
        assert alarm["alarmDescription"], name
        assert len(alarm["alarmDescription"]) <= 1024
        for command in alarm["alarmDescription"].split("orderflow --stack prod ")[1:]:
            assert command.split("'")[0].split()[0] in commands.list_commands(None), name


def test_what_a_message_says_to_look_at_is_the_stacks_own(stacks: Any) -> None:
    """Commands of AWS's own are in the messages with names: of a log group, of the pipe."""
    prod = stacks["prod"]
    groups = {group.inputs["name"] for group in prod.resources("aws:cloudwatch/logGroup:LogGroup")}
    (pipe,) = [pipe.inputs["name"] for pipe in prod.resources("aws:pipes/pipe:Pipe")]
    told = {name: alarm["alarmDescription"] for name, alarm in alarms(prod).items()}
    for name, text in told.items():
        for group in re.findall(r"aws logs tail (\S+)", text):
            assert group in groups
            assert group.endswith(name.removesuffix("-failures"))
        assert all(named == pipe for named in re.findall(r"aws pipes \S+ --name ([\w-]+)", text))
    assert sum("aws logs tail" in text for text in told.values()) == len(prod.resources("aws:lambda/function:Function"))
    assert "start-pipe" in told["pipe-silent"]
    assert "'orderflow --stack prod reconcile'" in told["reconciliation-not-started"]


def test_each_alarm_is_one_that_cloudwatch_takes_and_tells_someone(stacks: Any) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
    topic = "arn:aws:sns:us-east-1:000000000000:orderflow-prod-alarms"
    for name, alarm in alarms(stacks["prod"]).items():
        assert (alarm["comparisonOperator"], alarm["threshold"]) == ("GreaterThanThreshold", 0), name
        assert alarm["alarmActions"] == alarm["okActions"] == [topic], name
        assert 1 <= alarm["datapointsToAlarm"] <= alarm["evaluationPeriods"], name
        single = {"namespace", "metricName", "dimensions", "statistic", "period"} & alarm.keys()
        assert bool(single) != ("metricQueries" in alarm), f"{name}: a metric, or an expression"
        periods = {metric["period"] for metric in watched_by(alarm)}
        assert len(periods) == 1, f"{name}: what is reckoned together is of the same periods"
        (period,) = periods
        assert period * alarm["evaluationPeriods"] <= (7 if period >= 3600 else 1) * 86_400, name
        queries = alarm.get("metricQueries", [])
        assert [query["returnData"] for query in queries] in ([], [True, *[False] * (len(queries) - 1)]), name
        assert all(re.fullmatch(r"[a-z]\w*", query["id"]) for query in queries), name
        assert len({query["id"] for query in queries}) == len(queries)


def test_every_machine_function_and_queue_is_watched_whatever_its_kind(stacks: Any) -> None:
    prod = stacks["prod"]
    found = alarms(prod)
    machines = [machine.name for machine in prod.resources("aws:sfn/stateMachine:StateMachine")]
    functions = [function.name for function in prod.resources("aws:lambda/function:Function")]
    assert {"order-fulfillment", "order-events", "reconciliation"} <= set(machines)
    expected = {
        f"{m}-{what}" for m in machines for what in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled")
    }
    expected |= {f"{function}-{what}" for function in functions for what in ("failures", "throttles")}
    expected |= {f"pipe-{what}" for what in ("failures", "timeouts", "throttles", "silent")}
    expected |= {"orders-stuck", "orders-undone", "orders-turned-away", "questions-expiring", "issues-open"}
    expected |= {f"{name}-dead-letters" for name in ("pipe", "reconciliation", "watch-orders", "intake")}
    assert set(found) == expected | {"reconciliation-not-started"}
    assert not alarms(stacks["dev"]), "without an address there is nobody to tell"


def test_the_runbook_lists_every_alarm_and_no_other(stacks: Any) -> None:
    prod = stacks["prod"]
    parts = {
        "MACHINE": [machine.name for machine in prod.resources("aws:sfn/stateMachine:StateMachine")],
        "FUNCTION": [function.name for function in prod.resources("aws:lambda/function:Function")],
    }
    text = (ROOT / "docs" / "runbook.md").read_text().partition("## What is watched")[2].partition("\n## ")[0]
    listed: set[str] = set()
    for first, *others in (re.findall(r"`([\w-]+)`", row.split("|")[1]) for row in re.findall(r"(?m)^\| `.*", text)):
        group = first.rpartition("-")[0]
        for name in (first, *(group + other for other in others)):
            kind, _, what = name.partition("-")
            listed |= {f"{part}-{what}" for part in parts[kind]} if kind in parts else {name}
    assert listed == set(alarms(prod))


def raises_business_errors(handler: Path) -> bool:
    errors = ast.parse((HANDLERS / "shared" / "errors.py").read_text())
    business = {
        node.name
        for node in errors.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(b, ast.Name) and b.id == "BusinessError" for b in node.bases)
    }
    tree = ast.parse(handler.read_text())
    raised = (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise))
    named = {e.func.id for e in raised if isinstance(e, ast.Call) and isinstance(e.func, ast.Name)}
    said = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return bool(business & {*named, *re.findall(r"\w+(?=: )", "".join(one.partition("Raises:")[2] for one in said))})


def test_the_functions_that_refuse_are_those_whose_refusals_are_taken_off(stacks: Any) -> None:
    """Lambda counts a business error among the Errors: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    assert {path.stem for path in HANDLERS.glob("*.py") if raises_business_errors(path)} == REFUSING
    for name, alarm in alarms(stacks["prod"]).items():
        if name.endswith("-failures") and name != "pipe-failures":
            refuses = name.removesuffix("-failures").replace("-", "_") in REFUSING
            expected = ["Errors", "Refusals"] if refuses else ["Errors"]
            assert [metric["metricName"] for metric in watched_by(alarm)] == expected, name


NONE: Series = (None,)
QUARTERS: Series = (None,) * 8
HOURS: Series = (None,) * 26

CASES: list[tuple[str, str, dict[str, Series], bool]] = [
    # alarm, what happens, what is measured then (the newest last), whether someone is told
    ("charge-payment-failures", "crashes at import", {"Errors": (None, 3, 3)}, True),
    ("charge-payment-failures", "refuses", {"Errors": (3, 3, 3), "Refusals": (3, 3, 3)}, False),
    ("charge-payment-failures", "runs out of time, too", {"Errors": (5, 3, 4), "Refusals": (3, 3, 3)}, True),
    ("charge-payment-failures", "fails once, and again works", {"Errors": (None, 1, 0)}, False),
    ("charge-payment-failures", "is counted late", {"Errors": (1, 0, None), "Refusals": (None, 1, None)}, False),
    ("charge-payment-failures", "is not called", {}, False),
    ("release-stock-failures", "fails", {"Errors": (1, None, 1)}, True),
    ("release-stock-failures", "fails once", {"Errors": (1, 0, 0)}, False),
    ("release-stock-throttles", "is turned away", {"Throttles": (2, 1, 0)}, True),
    ("order-fulfillment-ExecutionsFailed", "an order fails", {"ExecutionsFailed": (1,)}, True),
    ("reconciliation-not-started", "has never run", {}, True),
    ("reconciliation-not-started", "ran 25 hours ago", {"ExecutionsStarted": (1, *HOURS[1:])}, False),
    ("reconciliation-not-started", "ran just now", {"ExecutionsStarted": (*HOURS[1:], 1)}, False),
    ("reconciliation-not-started", "ran before that", {"ExecutionsStarted": HOURS}, True),
    ("pipe-failures", "keeps failing", {"ExecutionFailed": (0, 2, 1)}, True),
    ("pipe-failures", "works", {"ExecutionFailed": (0, 0, 0)}, False),
    ("pipe-timeouts", "the machine hangs", {"ExecutionTimeout": (1, 1, 0)}, True),
    ("pipe-throttles", "is delayed", {"ExecutionThrottled": (1, 1, 1)}, True),
    ("pipe-silent", "was never made", {"ConsumedWriteCapacityUnits": (*QUARTERS[:4], 8, None, None, 3)}, True),
    ("pipe-silent", "nobody orders", {}, False),
    ("pipe-silent", "nothing is written", {"ConsumedWriteCapacityUnits": (0,) * 8}, False),
    ("pipe-silent", "works", {"ConsumedWriteCapacityUnits": (9,) * 8, "EventCount": (4,) * 8}, False),
    (
        "pipe-silent",
        "an event comes out a period later",
        {"ConsumedWriteCapacityUnits": (*QUARTERS[:6], 3, None), "EventCount": (*QUARTERS[:7], 1)},
        False,
    ),
    ("orders-undone", "six of 25", {"OrdersUndone": (6,), "ExecutionsStarted": (25,)}, True),
    ("orders-undone", "a fifth, as many as may be", {"OrdersUndone": (5,), "ExecutionsStarted": (25,)}, False),
    ("orders-undone", "too few to tell", {"OrdersUndone": (4,), "ExecutionsStarted": (4,)}, False),
    ("orders-undone", "all of what was ordered before", {"OrdersUndone": (5,)}, True),
    ("orders-undone", "none", {"ExecutionsStarted": (500,)}, False),
    ("orders-turned-away", "every one", {"OrdersTurnedAway": (10,), "ExecutionsStarted": (10,)}, True),
    ("orders-turned-away", "half of them", {"OrdersTurnedAway": (10,), "ExecutionsStarted": (20,)}, False),
    ("orders-turned-away", "too few to tell", {"OrdersTurnedAway": (9,), "ExecutionsStarted": (9,)}, False),
    ("orders-stuck", "nobody counts", {"OrdersStuck": NONE}, True),
    ("orders-stuck", "none is", {"OrdersStuck": (0,)}, False),
    ("pipe-dead-letters", "an event is set aside", {"ApproximateNumberOfMessagesVisible": (1,)}, True),
    ("reconciliation-dead-letters", "could not be started", {"ApproximateNumberOfMessagesVisible": (1,)}, True),
    ("watch-orders-dead-letters", "could not be started", {"ApproximateNumberOfMessagesVisible": (1,)}, True),
]


@pytest.mark.parametrize(("name", "what", "data", "told"), CASES, ids=[f"{case[0]}: {case[1]}" for case in CASES])
def test_an_alarm_rings_when_someone_has_to_look(
    name: str, what: str, data: dict[str, Series], told: bool, stacks: Any
) -> None:
    assert rings(alarms(stacks["prod"])[name], data) == told


def test_where_nothing_is_measured_only_those_ring_that_wait_for_something(stacks: Any) -> None:
    ringing = {name for name, alarm in alarms(stacks["prod"]).items() if rings(alarm, {})}
    assert ringing == {"orders-stuck", "reconciliation-not-started"}


def test_orders_are_counted_often_enough_for_the_alarm_and_a_count_that_stays_away_is_told(stacks: Any) -> None:
    schedule = stacks["prod"].one("aws:scheduler/schedule:Schedule", "watch-orders").inputs
    assert schedule["scheduleExpression"] == "rate(15 minutes)"
    assert schedule["target"]["arn"].endswith("live")
    stuck = alarms(stacks["prod"])["orders-stuck"]
    assert (stuck["period"], stuck["treatMissingData"]) == (2 * 15 * 60, "breaching")


@pytest.mark.parametrize(("name", "traced", "mode"), [("prod", True, "Active"), ("local", False, "PassThrough")])
def test_machines_and_functions_are_traced_by_the_same_setting(name: str, traced: bool, mode: str, stacks: Any) -> None:
    machines = stacks[name].resources("aws:sfn/stateMachine:StateMachine")
    functions = stacks[name].resources("aws:lambda/function:Function")
    assert {m.inputs["tracingConfiguration"]["enabled"] for m in machines} == {traced}
    assert {f.inputs["tracingConfig"]["mode"] for f in functions} == {mode}
