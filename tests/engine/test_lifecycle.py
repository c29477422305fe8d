"""A stack's life under Pulumi's own engine: preview, up, changes, faults, drift, destroy."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from components.description import FOLDER
from emulator.cloud import Cloud
from emulator.describe import describe
from emulator.engine import Engine
from tests.deployed import checked, eventually, order
from tests.engine import language_host
from tests.engine.conftest import Edit, Faults, inventory, planned, seeded

WORKFLOW = "workflows/order_fulfillment.py"
MACHINE = {"sfn.StateMachine order-fulfillment": "update", "sfn.Alias order-fulfillment": "update"}


def deployment(stack: auto.Stack) -> dict[str, Any]:
    """The stack's state, as Pulumi exports it."""
    return dict(stack.export_stack().deployment or {})


def resources(stack: auto.Stack) -> list[dict[str, Any]]:
    """What the stack's state says of each resource, in the order of URNs; which lists other things in no order."""
    found = deployment(stack).get("resources", [])
    told = ("urn", "type", "id", "inputs", "outputs", "parent")
    return sorted(({name: each.get(name) for name in told} for each in found), key=lambda each: each["urn"])


def test_a_first_preview_checks_all_and_creates_nothing(own_cloud: Cloud, own_engine: Engine, edited: Edit) -> None:
    before = inventory(own_cloud)
    tree = edited(("workflows/reconciliation.py", 'retry("States.ALL", interval=10', 'retry("States.All", interval=10'))
    preview = own_engine.stack("local", tree).preview()
    assert set(preview.change_summary) == {auto.OpType.CREATE}
    told = "reconciliation: ASL023 States.CompareOrders.Retry[0].ErrorEquals"
    assert told in preview.stdout, "a warning of the check, among the diagnostics"
    assert inventory(own_cloud) == before


def test_a_preview_describes_the_machines_as_it_does_without_the_engine(
    own_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "local"))
    own_engine.stack("local").preview()
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


def test_a_changed_comment_updates_that_machine_alone(shared_engine: Engine, stack: auto.Stack, edited: Edit) -> None:
    tree = edited((WORKFLOW, '"Comment": "Validate,', '"Comment": "Check,'))
    assert planned(shared_engine.stack("local", tree)) == MACHINE


def test_a_moved_state_keeps_every_other_resource(
    shared_cloud: Cloud, shared_engine: Engine, stack: auto.Stack, edited: Edit
) -> None:
    wait = '        "WaitToAsk": wait(delivery.poll_seconds, then="CountPoll"),\n'
    succeed = '        "OrderDelivered": {"Type": "Succeed"},\n'
    tree = edited((WORKFLOW, wait, ""), (WORKFLOW, succeed, succeed + wait))
    changed = shared_engine.stack("local", tree)
    assert planned(changed) == MACHINE
    done = changed.up()
    assert set(done.summary.resource_changes or {}) == {"same", "update"}
    told, describe = done.outputs["machines"].value["order-fulfillment"], shared_cloud.client("stepfunctions")
    (route,) = describe.describe_state_machine_alias(stateMachineAliasArn=told["aliasArn"])["routingConfiguration"]
    assert route["stateMachineVersionArn"] == told["versionArn"], "the stack tells of what it has just published"


def test_a_broken_definition_fails_preview_and_leaves_the_state_as_it_was(shared_engine: Engine, edited: Edit) -> None:
    shared_engine.stack("local", edited()).up()
    broken = shared_engine.stack("local", edited((WORKFLOW, 'then="ChargePayment"', 'then="ChargePaymnt"')))
    before = resources(broken)
    for run in (broken.preview, broken.up):
        with pytest.raises(CommandError) as stopped:
            run()
        said = str(stopped.value)
        assert "ASL003 States.IsApproved.Choices[0].Next: names 'ChargePaymnt'" in said
        assert "did you mean 'ChargePayment'?" in said
        assert "Traceback" not in said
    assert resources(broken) == before
    assert not deployment(broken).get("pending_operations")


def test_an_up_that_fails_half_way_leaves_a_true_state_and_the_next_repairs_it(
    own_cloud: Cloud, own_engine: Engine, faults: Faults
) -> None:
    stack = own_engine.stack("local")
    faults.operation, faults.urn = "create", "StateMachine::order-fulfillment"
    with pytest.raises(CommandError, match="ServiceUnavailable: injected by the test"):
        stack.up()
    made = {resource["urn"].split("::")[-1] for resource in resources(stack) if "StateMachine::" in resource["urn"]}
    assert "machine orderflow-local-order-fulfillment" not in inventory(own_cloud)
    assert made == {"order-events", "order-fulfillment", "reconciliation"}, "the components; not all have their machine"
    assert not deployment(stack).get("pending_operations")
    functions = {resource["id"] for resource in resources(stack) if resource["type"] == "aws:lambda/function:Function"}
    assert {f"function {name}" for name in functions} <= inventory(own_cloud)
    faults.urn = ""
    assert stack.refresh(run_program=False).summary.resource_changes.keys() == {"same"}  # type: ignore[union-attr]
    stack.up()
    stack.preview(expect_no_changes=True)
    assert seeded(own_cloud, stack).run(order("repaired-1"))["status"] == "SUCCEEDED"


def test_an_update_that_fails_is_made_up_for_by_the_next(
    own_cloud: Cloud, own_engine: Engine, faults: Faults, edited: Edit
) -> None:
    own_engine.stack("local").up()
    changed = own_engine.stack("local", edited((WORKFLOW, '"Comment": "Validate,', '"Comment": "Check,')))
    faults.operation, faults.urn = "update", "Alias::order-fulfillment"
    with pytest.raises(CommandError, match="injected by the test"):
        changed.up()
    faults.urn = ""
    assert planned(changed) == {"sfn.Alias order-fulfillment": "update"}
    changed.up()
    changed.preview(expect_no_changes=True)


def test_a_component_renamed_with_an_alias_replaces_nothing(
    shared_engine: Engine, stack: auto.Stack, edited: Edit
) -> None:
    renames = (
        ("import components\n", "import pulumi\n\nimport components\n"),
        ('    "order-fulfillment",\n', '    "fulfillment",\n'),
        (
            "assumed=USUAL_ORDERS\n    ),\n)",
            'assumed=USUAL_ORDERS, purpose="order-fulfillment"\n    ),\n'
            '    pulumi.ResourceOptions(aliases=[pulumi.Alias(name="order-fulfillment")]),\n)',
        ),
    )
    renamed = shared_engine.stack("local", edited(*(("__main__.py", *rename) for rename in renames)))
    assert planned(renamed) == {}
    assert set(renamed.up().summary.resource_changes or {}) == {"same"}
    urns = [resource["urn"] for resource in resources(renamed) if "sfn/stateMachine" in resource["type"]]
    assert any(urn.endswith("StateMachine::fulfillment") for urn in urns)
    assert not planned(renamed)
    # Back under its old name, for the tests that follow.
    back = (('aliases=[pulumi.Alias(name="order-fulfillment")]', 'aliases=[pulumi.Alias(name="fulfillment")]'),)
    tree = edited(*(("__main__.py", *edit) for edit in (('    "fulfillment",\n', '    "order-fulfillment",\n'), *back)))
    assert set(shared_engine.stack("local", tree).up().summary.resource_changes or {}) == {"same"}


def test_what_cannot_change_in_place_is_replaced(shared_engine: Engine, stack: auto.Stack, edited: Edit) -> None:
    tree = edited(("components/orders/tables.py", 'table("idempotency", "id"', 'table("idempotency", "key"'))
    changed = shared_engine.stack("local", tree)
    assert planned(changed)["dynamodb.Table idempotency"] == "create-replacement"
    # The old table goes first: the new one wants its name.
    changed.up()
    changed.preview(expect_no_changes=True)


def test_a_resource_type_that_the_bridge_does_not_know_is_named(
    shared_engine: Engine, stack: auto.Stack, edited: Edit
) -> None:
    more = 'import pulumi_aws as aws\n\nimport components\n\naws.ecs.Cluster("containers")\n'
    tree = edited(("__main__.py", "import components\n", more))
    with pytest.raises(CommandError, match=r"the bridge has no aws:ecs/cluster:Cluster; add it to a RESOURCES table"):
        shared_engine.stack("local", tree).preview()


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
        (WORKFLOW, 'then="OrderDelivered", otherwise', 'then="Thank", otherwise'),
        (WORKFLOW, '"OrderDelivered": {', '"Thank": {"Type": "Pass", "Next": "OrderDelivered"},\n"OrderDelivered": {'),
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


def test_destroy_leaves_nothing(own_cloud: Cloud, own_engine: Engine) -> None:
    before, stack = inventory(own_cloud), own_engine.stack("local")
    stack.up()
    assert len(inventory(own_cloud) - before) > 30
    stack.destroy()
    assert inventory(own_cloud) == before
    assert resources(stack) == []


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


def test_stacks_live_side_by_side(own_cloud: Cloud, own_engine: Engine) -> None:
    before, dev, staging = inventory(own_cloud), own_engine.stack("dev"), own_engine.stack("staging")
    dev.up()
    of_dev = inventory(own_cloud) - before
    staging.up()
    of_staging = inventory(own_cloud) - before - of_dev
    assert {line.replace("staging", "dev") for line in of_staging} == of_dev
    in_dev, in_staging = seeded(own_cloud, dev), seeded(own_cloud, staging)
    assert in_dev.outputs["machines"] != in_staging.outputs["machines"]
    in_dev.client().start(checked(order("only-dev-1")))
    eventually(lambda: "only-dev-1" in in_dev.books().orders)
    assert in_staging.books().orders == {}
    staging.destroy()
    assert inventory(own_cloud) - before == of_dev
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


def test_refresh_finds_a_change_made_by_hand_and_up_puts_it_right(shared_cloud: Cloud, stack: auto.Stack) -> None:
    arn = stack.outputs()["machines"].value["order-fulfillment"]["arn"]
    client = shared_cloud.client("stepfunctions")
    right = client.describe_state_machine(stateMachineArn=arn)["definition"]
    by_hand = json.dumps({**json.loads(right), "TimeoutSeconds": 1})
    client.update_state_machine(stateMachineArn=arn, definition=by_hand)
    assert set(stack.preview(expect_no_changes=True).change_summary) == {auto.OpType.SAME}, "unseen without refresh"
    changes: dict[Any, int] = dict(stack.refresh(run_program=False).summary.resource_changes or {})
    assert changes["update"] == 1
    assert planned(stack) == MACHINE
    stack.up()
    assert client.describe_state_machine(stateMachineArn=arn)["definition"] == right


def test_a_machine_that_exists_already_is_taken_over(
    own_cloud: Cloud, own_engine: Engine, edited: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    language_host.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    client = own_cloud.client("stepfunctions")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    role = "arn:aws:iam::000000000000:role/by-hand"
    arn = client.create_state_machine(name="orderflow-local-nightly", definition=definition, roleArn=role)[
        "stateMachineArn"
    ]
    stack = own_engine.stack("local")
    stack.up()
    named = {"logicalName": "nightly"}
    component = {"type": "orderflow:index:StateMachine", "name": "component", "component": True, **named}
    machine = {
        "type": "aws:sfn/stateMachine:StateMachine",
        "name": "machine",
        "id": arn,
        "parent": "component",
        **named,
    }
    adopted: Any = [component, machine]
    stack.import_resources(resources=adopted, generate_code=False, protect=False)
    tree = edited(
        (
            "__main__.py",
            "machines = [",
            'nightly = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}\n'
            'components.StateMachine("nightly", components.StateMachineArgs(nightly, settings.logs))\nmachines = [',
        )
    )
    with_it = own_engine.stack("local", tree)
    plan = planned(with_it)
    assert plan["sfn.StateMachine nightly"] == "update"
    assert plan["iam.Role nightly-machine"] == "create"
    with_it.up()
    names = [machine["name"] for machine in client.list_state_machines()["stateMachines"]]
    assert names.count("orderflow-local-nightly") == 1
    assert client.describe_state_machine(stateMachineArn=arn)["roleArn"].endswith("orderflow-local-nightly-machine")
    with_it.preview(expect_no_changes=True)
