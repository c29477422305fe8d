"""A whole stack's life under Pulumi's own engine: preview, up, changes, destroy."""

from __future__ import annotations

import json
from pathlib import Path

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from components.description import FOLDER
from emulator.cloud import Cloud
from emulator.describe import describe
from emulator.engine import Engine
from tests.deployed import checked, order
from tests.engine.conftest import Edit, inventory, planned, resources, seeded
from tests.hangs import eventually

WORKFLOW = "workflows/order_fulfillment.py"
THANKING = (
    (WORKFLOW, 'then="OrderDelivered", otherwise', 'then="Thank", otherwise'),
    (WORKFLOW, '"OrderDelivered": {', '"Thank": {"Type": "Pass", "Next": "OrderDelivered"},\n"OrderDelivered": {'),
)
"""A new state, that orders pass through in the end."""
MACHINE = {"sfn.StateMachine order-fulfillment": "update", "sfn.Alias order-fulfillment": "update"}


def test_a_first_preview_checks_all_and_creates_nothing(
    shared_cloud: Cloud, first_engine: Engine, edited: Edit
) -> None:
    before = inventory(shared_cloud)
    tree = edited(("workflows/reconciliation.py", 'retry("States.ALL", interval=10', 'retry("States.All", interval=10'))
    preview = first_engine.stack("local", tree).preview()
    assert set(preview.change_summary) == {auto.OpType.CREATE}
    told = "reconciliation: ASL023 States.CompareOrders.Retry[0].ErrorEquals"
    assert told in preview.stdout, "a warning of the check, among the diagnostics"
    assert inventory(shared_cloud) == before


def test_a_preview_describes_the_machines_as_it_does_without_the_engine(
    first_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "local"))
    first_engine.stack("local").preview()
    assert describe(["local"], tmp_path / "mocks") == {}
    for name in ("order-fulfillment.json", "order-events.json"):
        assert (tmp_path / "local" / name).read_bytes() == (tmp_path / "mocks" / "local" / name).read_bytes()


def test_up_runs_orders_and_a_second_up_changes_nothing(shared_cloud: Cloud, stack: auto.Stack) -> None:
    deployed = seeded(shared_cloud, stack)
    assert deployed.run(order("engine-1"))["status"] == "SUCCEEDED"
    view = eventually(lambda: [row for row in deployed.rows("order-views") if row["status"] == "DELIVERED"])
    assert [row["orderId"] for row in view] == ["engine-1"]
    preview = stack.preview(expect_no_changes=True)
    assert set(preview.change_summary) == {auto.OpType.SAME}
    assert f"{preview.change_summary[auto.OpType.SAME]} unchanged" in preview.stdout
    assert set(stack.up().summary.resource_changes or {}) == {"same"}


def test_a_changed_handler_updates_its_function_and_nothing_else(
    shared_cloud: Cloud, shared_engine: Engine, stack: auto.Stack, edited: Edit
) -> None:
    tree = edited(("handlers/charge_payment.py", '"""ChargePayment:', '"""Charge:'))
    changed = shared_engine.stack("local", tree)
    assert planned(changed) == {"lambda.Function charge-payment": "update", "lambda.Alias charge-payment": "update"}
    alias = {"FunctionName": "orderflow-local-charge-payment", "Name": "live"}
    before = int(shared_cloud.client("lambda").get_alias(**alias)["FunctionVersion"])
    outputs = changed.up().outputs
    assert int(shared_cloud.client("lambda").get_alias(**alias)["FunctionVersion"]) == before + 1
    assert outputs["functions"].value["charge-payment"]["version"] == str(before + 1), "the stack tells of this one"


def test_a_moved_state_changes_nothing_and_a_new_one_keeps_every_other_resource(
    shared_cloud: Cloud, shared_engine: Engine, stack: auto.Stack, edited: Edit
) -> None:
    wait = '        "WaitToAsk": wait(delivery.poll_seconds, then="CountPoll"),\n'
    succeed = '        "OrderDelivered": {"Type": "Succeed"},\n'
    moved = edited((WORKFLOW, wait, ""), (WORKFLOW, succeed, succeed + wait))
    assert planned(shared_engine.stack("local", moved)) == {}
    tree = edited(*THANKING)
    changed = shared_engine.stack("local", tree)
    assert planned(changed) == MACHINE
    done = changed.up()
    assert set(done.summary.resource_changes or {}) == {"same", "update"}
    told, describe = done.outputs["machines"].value["order-fulfillment"], shared_cloud.client("stepfunctions")
    (route,) = describe.describe_state_machine_alias(stateMachineAliasArn=told["aliasArn"])["routingConfiguration"]
    assert route["stateMachineVersionArn"] == told["versionArn"], "the stack tells of what it has just published"


def test_executions_in_flight_finish_on_the_version_they_started_on(
    own_cloud: Cloud, own_engine: Engine, edited: Edit
) -> None:
    stack = own_engine.stack("local")
    # The parcel is on its way until the carrier says otherwise: no deployment is slower than that.
    stack.set_config("orderflow:pollSeconds", auto.ConfigValue("600"))
    stack.set_config("orderflow:deliveryDeadlineSeconds", auto.ConfigValue("3600"))
    stack.set_config("orderflow:carrierTransitSeconds", auto.ConfigValue("3000"))
    stack.up()
    deployed = seeded(own_cloud, stack)
    started = deployed.client().start(checked(order("in-flight-1")))
    parcel = deployed.awaited("in-flight-1")
    tree = edited(
        *THANKING,
        ("handlers/send_confirmation.py", '"outcome": outcome}', '"outcome": outcome, "release": 2}'),
    )
    own_engine.stack("local", tree).up()
    assert deployed.client().status("in-flight-1").status == "RUNNING"
    assert deployed.carrier.send(parcel, "DELIVERED")[0] == 200
    old = deployed.execution("in-flight-1")
    deployed.start(order("started-after-1"))
    assert deployed.carrier.send(deployed.awaited("started-after-1"), "DELIVERED")[0] == 200
    new = deployed.execution("started-after-1")
    assert (old["status"], new["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert "Thank" not in deployed.states("in-flight-1")
    assert "Thank" in deployed.states("started-after-1")
    assert old["executionArn"] == started.execution_arn
    # Functions are called through their alias: what is repaired there helps the executions in flight, too.
    assert json.loads(old["output"])["ended"]["release"] == 2


def test_destroying_prod_keeps_what_holds_orders_and_says_so(own_cloud: Cloud, own_engine: Engine) -> None:
    before, stack = inventory(own_cloud), own_engine.stack("prod")
    stack.up()
    whole = inventory(own_cloud)
    with pytest.raises(CommandError, match=r"(?s)Table::orders.*cannot be deleted.*because it is protected"):
        stack.preview_destroy()  # what `pulumi destroy` begins with
    assert inventory(own_cloud) == whole
    said = stack.destroy(exclude_protected=True).stdout
    assert "protected" in said
    kept = {line.replace("orderflow-prod-", "") for line in inventory(own_cloud) - before}
    of_orders = {"orders", "order-views", "payments", "entries", "decisions", "issues", "reservations"}
    tables = of_orders | {"products", "stock", "shipments", "parcels", "seen-events", "idempotency"}
    secrets = {"secret carrier-webhook", "secret stripe", "secret stripe-webhook"}
    assert kept == {f"table {name}" for name in tables} | {"queue poison-events"} | secrets


def test_stacks_live_side_by_side_and_of_one_that_is_destroyed_nothing_is_left(
    own_cloud: Cloud, own_engine: Engine
) -> None:
    before, dev, staging = inventory(own_cloud), own_engine.stack("dev"), own_engine.stack("staging")
    dev.up()
    of_dev = inventory(own_cloud) - before
    staging.up()
    of_staging = inventory(own_cloud) - before - of_dev
    assert len(of_staging) > 30
    assert {line.replace("staging", "dev") for line in of_staging} == of_dev
    in_dev, in_staging = seeded(own_cloud, dev), seeded(own_cloud, staging)
    assert in_dev.outputs["machines"] != in_staging.outputs["machines"]
    in_dev.client().start(checked(order("only-dev-1")))
    eventually(lambda: "only-dev-1" in in_dev.books().orders)
    assert in_staging.books().orders == {}
    staging.destroy()
    assert inventory(own_cloud) == before | of_dev
    assert resources(staging) == []
    dev.preview(expect_no_changes=True)


def test_a_secret_in_the_settings_is_seen_nowhere(own_cloud: Cloud, own_engine: Engine, edited: Edit) -> None:
    secret, said = "do-not-show-me@example.com", []
    stack = own_engine.stack("local")
    stack.set_config("orderflow:alarmEmail", auto.ConfigValue(secret, secret=True))
    said.append(stack.preview(diff=True, on_event=lambda event: said.append(str(vars(event)))).stdout)
    said.append(stack.up(diff=True, on_event=lambda event: said.append(str(vars(event)))).stdout)
    said.append(json.dumps({name: str(output.value) for name, output in stack.outputs().items()}))
    said += [file.read_text(errors="replace") for file in own_engine.home.rglob("*") if file.is_file()]
    machines = own_cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    describe = own_cloud.client("stepfunctions").describe_state_machine
    said += [describe(stateMachineArn=machine["stateMachineArn"])["definition"] for machine in machines]
    assert [text for text in said if secret in text] == []
    (subscription,) = own_cloud.client("sns").list_subscriptions()["Subscriptions"]
    assert subscription["Endpoint"] == secret, "it did reach the one place that needs it"
