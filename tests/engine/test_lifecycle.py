"""A whole stack's life under Pulumi's own engine: preview, up, changes, destroy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from components.description import FOLDER
from emulator.cloud import Cloud
from emulator.describe import describe
from emulator.engine import Engine
from tests.deployed import checked, order
from tests.engine.conftest import Lasting, deployed_by_steps, editing, inventory, seeded
from tests.hangs import eventually

WORKFLOW, RECONCILIATION = "workflows/order_fulfillment.py", "workflows/reconciliation.py"
HANDLER, TELLING = "report-reconciliation", "send-confirmation"
THANKING = (
    (WORKFLOW, 'then="OrderDelivered", otherwise', 'then="Thank", otherwise'),
    (WORKFLOW, '"OrderDelivered": {', '"Thank": {"Type": "Pass", "Next": "OrderDelivered"},\n"OrderDelivered": {'),
)
"""A new state, that orders pass through in the end."""
ALL_COMPARED, REPORT = '            "AllCompared": {"Type": "Succeed"},\n', '            "ReportReconciliation": {\n'
MOVED = ((RECONCILIATION, ALL_COMPARED, ""), (RECONCILIATION, REPORT, ALL_COMPARED + REPORT))
REWORDED = ("handlers/report_reconciliation.py", '"""ReportReconciliation:', '"""Report:')
REPAIRED = ("handlers/send_confirmation.py", '"outcome": outcome}', '"outcome": outcome, "release": 2}')
MACHINE = {"sfn.StateMachine order-fulfillment": "update", "sfn.Alias order-fulfillment": "update"}


SECRET = "do-not-show-me@example.com"


@dataclass(frozen=True)
class First:
    """The first preview of the stack `prod`, with a secret among its settings, of a tree whose reconciliation the check
    warns of."""

    preview: auto.PreviewResult
    described: Path
    said: list[str]
    """All that was said of the stack."""
    was_there: set[str]
    is_there: set[str]


@pytest.fixture(scope="module")
def first(shared_cloud: Cloud, shared_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> First:
    home, said = tmp_path_factory.mktemp("first"), list[str]()
    misspelt = (RECONCILIATION, 'retry("States.ALL", interval=10', 'retry("States.All", interval=10')
    before, stack = inventory(shared_cloud), shared_engine.stack("prod", editing(home / "tree")(misspelt))
    stack.set_config("orderflow:alarmEmail", auto.ConfigValue(SECRET, secret=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(home / "described"))
        preview = stack.preview(diff=True, on_event=lambda event: said.append(str(vars(event))))
    return First(preview, home / "described", [*said, preview.stdout, preview.stderr], before, inventory(shared_cloud))


def test_a_first_preview_checks_all_and_creates_nothing(first: First) -> None:
    assert set(first.preview.change_summary) == {auto.OpType.CREATE}
    told = "reconciliation: ASL023 States.CompareOrders.Retry[0].ErrorEquals"
    assert told in first.preview.stderr, "a warning of the check, among the diagnostics"
    assert first.is_there == first.was_there


def test_a_preview_describes_the_machines_as_it_does_without_the_engine(first: First, tmp_path: Path) -> None:
    assert describe(["prod"], tmp_path) == {}
    for name in ("order-fulfillment.json", "order-events.json"):
        assert (first.described / name).read_bytes() == (tmp_path / "prod" / name).read_bytes()


def test_up_runs_orders_and_a_second_up_changes_nothing(shared_cloud: Cloud, stack: auto.Stack) -> None:
    deployed = seeded(shared_cloud, stack)
    assert deployed.run(order("engine-1"))["status"] == "SUCCEEDED"
    eventually(
        lambda: ("engine-1", "DELIVERED") in {(row["orderId"], row["status"]) for row in deployed.rows("order-views")}
    )
    preview = stack.preview(expect_no_changes=True)
    assert set(preview.change_summary) == {auto.OpType.SAME}
    assert f"{preview.change_summary[auto.OpType.SAME]} unchanged" in preview.stdout
    assert set(stack.up().summary.resource_changes or {}) == {"same"}


@dataclass(frozen=True)
class Changed:
    """A deployment that changes a function, adds a state, and moves one; with an order begun before, and one after."""

    steps: dict[str, str]
    versions: tuple[int, int]
    """Of the function's alias, before and after."""
    outputs: auto.OutputMap
    routes: list[str]
    """The versions that the changed machine's alias leads to."""
    old: dict[str, Any]
    new: dict[str, Any]
    """The execution of either order, and the states that it entered."""


@pytest.fixture(scope="module")
def changed(
    shared_cloud: Cloud, shared_engine: Engine, lasting: Lasting, tmp_path_factory: pytest.TempPathFactory
) -> Changed:
    deployed = seeded(shared_cloud, lasting.restored())
    started = deployed.client().start(checked(order("in-flight-1", items=[{"sku": "gold", "quantity": 1}])))
    eventually(lambda: [row for row in deployed.rows("decisions") if row["orderId"] == "in-flight-1"])
    tree = editing(tmp_path_factory.mktemp("changed") / "tree")(*MOVED, *THANKING, REPAIRED, REWORDED)
    stack, alias = shared_engine.stack("local", tree), {"FunctionName": f"orderflow-local-{HANDLER}", "Name": "live"}
    functions, machines = shared_cloud.client("lambda"), shared_cloud.client("stepfunctions")
    before = int(functions.get_alias(**alias)["FunctionVersion"])
    steps, outputs = deployed_by_steps(stack)
    versions = before, int(functions.get_alias(**alias)["FunctionVersion"])
    live = outputs["machines"].value["order-fulfillment"]["aliasArn"]
    routes = machines.describe_state_machine_alias(stateMachineAliasArn=live)["routingConfiguration"]

    assert deployed.client().status("in-flight-1").status == "RUNNING"
    verdict = {"order": {"orderId": "in-flight-1"}, "verdict": "APPROVED", "by": "ada", "why": "a good customer"}
    assert deployed.invoke("decide", verdict)[1]["decided"] is True
    deployed.start(order("started-after-1"))
    old, new = ({**deployed.execution(id), "entered": deployed.states(id)} for id in ("in-flight-1", "started-after-1"))
    assert old["executionArn"] == started.execution_arn
    return Changed(steps, versions, outputs, [route["stateMachineVersionArn"] for route in routes], old, new)


def test_a_changed_function_is_updated_and_a_new_state_its_machine_and_a_moved_one_nothing(changed: Changed) -> None:
    functions = {f"lambda.{kind} {name}": "update" for kind in ("Function", "Alias") for name in (HANDLER, TELLING)}
    assert changed.steps == {**MACHINE, **functions}, "neither the machine that calls the function, nor where it moved"


def test_a_changed_function_has_one_version_more_and_the_stack_tells_of_it(changed: Changed) -> None:
    before, after = changed.versions
    assert after == before + 1
    assert changed.outputs["functions"].value[HANDLER]["version"] == str(after)


def test_the_stack_tells_of_the_version_that_it_has_just_published(changed: Changed) -> None:
    assert changed.routes == [changed.outputs["machines"].value["order-fulfillment"]["versionArn"]]


def test_executions_in_flight_finish_on_the_version_they_started_on(changed: Changed) -> None:
    assert (changed.old["status"], changed.new["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert "Thank" not in changed.old["entered"]
    assert "Thank" in changed.new["entered"]
    # Functions are called through their alias: what is repaired there helps the executions in flight, too.
    assert json.loads(changed.old["output"])["ended"]["release"] == 2


@dataclass(frozen=True)
class Prod:
    """The stack `prod`, deployed after its first preview."""

    stack: auto.Stack
    before: set[str]
    """What was in the cloud."""
    said: list[str]
    """All that was said of the stack, and all that is kept of it."""
    endpoints: list[str]
    """Where its notices go."""


@pytest.fixture(scope="module")
def prod(shared_cloud: Cloud, shared_engine: Engine, first: First) -> Prod:
    before, stack, said = inventory(shared_cloud), shared_engine.stack("prod"), first.said.copy()
    done = stack.up(diff=True, on_event=lambda event: said.append(str(vars(event))))
    said += [done.stdout, json.dumps({name: str(output.value) for name, output in done.outputs.items()})]
    said += [file.read_text(errors="replace") for file in shared_engine.home.rglob("*") if file.is_file()]
    client, sns = shared_cloud.client("stepfunctions"), shared_cloud.client("sns")
    machines = [one["stateMachineArn"] for one in client.list_state_machines()["stateMachines"]]
    said += [client.describe_state_machine(stateMachineArn=one)["definition"] for one in machines if "-prod-" in one]
    subscriptions = [one for one in sns.list_subscriptions()["Subscriptions"] if "-prod-" in one["TopicArn"]]
    return Prod(stack, before, said, [one["Endpoint"] for one in subscriptions])


def test_a_secret_in_the_settings_is_seen_nowhere(prod: Prod) -> None:
    assert [text for text in prod.said if SECRET in text] == []
    assert prod.endpoints == [SECRET], "it did reach the one place that needs it"


def test_destroying_prod_keeps_what_holds_orders_and_says_so(shared_cloud: Cloud, prod: Prod) -> None:
    whole = inventory(shared_cloud)
    with pytest.raises(CommandError, match=r"(?s)Table::orders.*cannot be deleted.*because it is protected"):
        prod.stack.preview_destroy()  # what `pulumi destroy` begins with
    assert inventory(shared_cloud) == whole
    said = prod.stack.destroy(exclude_protected=True).stdout
    assert "protected" in said
    kept = {line.replace("orderflow-prod-", "") for line in inventory(shared_cloud) - prod.before}
    of_orders = {"orders", "order-views", "payments", "entries", "decisions", "issues", "reservations"}
    tables = of_orders | {"products", "stock", "shipments", "parcels", "seen-events", "idempotency"}
    tables |= {"returns", "intakes"}
    queues = {"queue poison-events", "queue intake-dead-letters"}
    secrets = {"secret carrier-webhook", "secret stripe", "secret stripe-webhook"}
    assert kept == {f"table {name}" for name in tables} | queues | secrets
