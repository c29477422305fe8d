"""What Pulumi's own engine makes of changes, faults and drift of one machine and a table: on the small program."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from tests.engine import language_host
from tests.engine.conftest import Edit, Lasting, deployment, inventory, planned, resources

WORKFLOW = "workflows/order_fulfillment.py"
MACHINE = {"sfn.StateMachine order-fulfillment": "update", "sfn.Alias order-fulfillment": "update"}
COMMENT = (WORKFLOW, '"Comment": "Validate,', '"Comment": "Check,')


def test_a_broken_definition_fails_preview_and_leaves_the_state_as_it_was(small: Lasting, edited_small: Edit) -> None:
    small.restored()
    broken = small.engine.stack("local", edited_small((WORKFLOW, 'then="ChargePayment"', 'then="ChargePaymnt"')))
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


def test_an_up_that_fails_half_way_leaves_a_true_state_and_the_next_repairs_it(small: Lasting) -> None:
    """That orders run on what was repaired is tested in `test_beside.py`."""
    stack = small.restored()
    stack.destroy()
    small.faults.operation, small.faults.urn = "create", "StateMachine::order-fulfillment"
    with pytest.raises(CommandError, match="ServiceUnavailable: injected by the test"):
        stack.up()
    made = [resource for resource in resources(stack) if "StateMachine::order-fulfillment" in resource["urn"]]
    assert [resource["type"] for resource in made] == ["orderflow:index:StateMachine"], "and not its machine"
    assert "machine orderflow-local-order-fulfillment" not in inventory(small.cloud)
    assert not deployment(stack).get("pending_operations")
    roles = {resource["id"] for resource in resources(stack) if resource["type"] == "aws:iam/role:Role"}
    assert roles == {"orderflow-local-order-fulfillment-machine"}
    assert {f"role {name}" for name in roles} <= inventory(small.cloud)
    small.faults.urn = ""
    assert stack.refresh(run_program=False).summary.resource_changes.keys() == {"same"}  # type: ignore[union-attr]
    stack.up()
    stack.preview(expect_no_changes=True)
    assert "machine orderflow-local-order-fulfillment" in inventory(small.cloud)


def test_an_update_that_fails_is_made_up_for_by_the_next(small: Lasting, edited_small: Edit) -> None:
    small.restored()
    changed = small.engine.stack("local", edited_small(COMMENT))
    assert planned(changed) == MACHINE
    small.faults.operation, small.faults.urn = "update", "Alias::order-fulfillment"
    with pytest.raises(CommandError, match="injected by the test"):
        changed.up()
    small.faults.urn = ""
    assert planned(changed) == {"sfn.Alias order-fulfillment": "update"}
    changed.up()
    changed.preview(expect_no_changes=True)


def test_a_component_renamed_with_an_alias_replaces_nothing(small: Lasting, edited_small: Edit) -> None:
    small.restored()
    definition = "components.StateMachineArgs(definition, settings.logs, promises=ORDER_PROMISES, assumed=USUAL_ORDERS"
    renames = (
        ('    "order-fulfillment",\n', '    "fulfillment",\n'),
        (
            f"{definition}),\n",
            f'{definition}, purpose="order-fulfillment"),\n'
            '    pulumi.ResourceOptions(aliases=[pulumi.Alias(name="order-fulfillment")]),\n',
        ),
    )
    renamed = small.engine.stack("local", edited_small(*(("__main__.py", *rename) for rename in renames)))
    assert planned(renamed) == {}
    assert set(renamed.up().summary.resource_changes or {}) == {"same"}
    urns = [resource["urn"] for resource in resources(renamed) if "sfn/stateMachine" in resource["type"]]
    assert any(urn.endswith("StateMachine::fulfillment") for urn in urns)
    assert not planned(renamed)
    # Back under its old name, for the tests that follow.
    back = (
        ('    "fulfillment",\n', '    "order-fulfillment",\n'),
        ('aliases=[pulumi.Alias(name="order-fulfillment")]', 'aliases=[pulumi.Alias(name="fulfillment")]'),
    )
    old = small.engine.stack("local", edited_small(*(("__main__.py", *edit) for edit in back)))
    assert set(old.up().summary.resource_changes or {}) == {"same"}


def test_what_cannot_change_in_place_is_replaced(small: Lasting, edited_small: Edit) -> None:
    small.restored()
    tree = edited_small(
        ("__main__.py", '"idempotency", components.TableArgs("id"', '"idempotency", components.TableArgs("key"')
    )
    changed = small.engine.stack("local", tree)
    assert planned(changed) == {"dynamodb.Table idempotency": "create-replacement"}
    # The old table goes first: the new one wants its name.
    changed.up()
    changed.preview(expect_no_changes=True)


def test_a_resource_type_that_the_bridge_does_not_know_is_named(small: Lasting, edited_small: Edit) -> None:
    more = 'import pulumi\nimport pulumi_aws as aws\n\naws.glue.Registry("schemas", registry_name="schemas")\n'
    tree = edited_small(("__main__.py", "import pulumi\n", more))
    with pytest.raises(
        CommandError, match=r"the bridge has no aws:glue/registry:Registry; add it to a RESOURCES table"
    ):
        small.engine.stack("local", tree).preview()


def test_refresh_finds_a_change_made_by_hand_and_up_puts_it_right(small: Lasting) -> None:
    stack = small.restored()
    arn = stack.outputs()["machines"].value["order-fulfillment"]["arn"]
    client = small.cloud.client("stepfunctions")
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
    small: Lasting, edited_small: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    language_host.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    client = small.cloud.client("stepfunctions")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    role = "arn:aws:iam::000000000000:role/by-hand"
    arn = client.create_state_machine(name="orderflow-local-nightly", definition=definition, roleArn=role)[
        "stateMachineArn"
    ]
    stack = small.restored()
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
    tree = edited_small(
        (
            "__main__.py",
            "machine = components",
            'nightly = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}\n'
            'components.StateMachine("nightly", components.StateMachineArgs(nightly, settings.logs))\n'
            "machine = components",
        )
    )
    with_it = small.engine.stack("local", tree)
    plan = planned(with_it)
    assert plan["sfn.StateMachine nightly"] == "update"
    assert plan["iam.Role nightly-machine"] == "create"
    with_it.up()
    names = [machine["name"] for machine in client.list_state_machines()["stateMachines"]]
    assert names.count("orderflow-local-nightly") == 1
    assert client.describe_state_machine(stateMachineArn=arn)["roleArn"].endswith("orderflow-local-nightly-machine")
    with_it.preview(expect_no_changes=True)
