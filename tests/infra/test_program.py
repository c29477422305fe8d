"""The whole program: names, tags, protection, permissions, order of creation."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from asl import DefinitionError
from components.orders import sources
from emulator.program import ROOT
from handlers.shared import runtime
from handlers.shared.stockroom import PATIENCE_SECONDS
from orderflow.scaffold.planning import Wanted, planned
from orderflow.scaffold.writing import write
from orderflow.testing.stack import MACHINE, Stack, Stacks
from tests.broken import broken_program
from tests.infra.conftest import policies
from workflows.order_fulfillment import TASK_SECONDS

UNTAGGABLE = {"aws:iam/rolePolicy:RolePolicy", "aws:lambda/alias:Alias", "aws:lambda/layerVersion:LayerVersion"}
UNTAGGABLE |= {"aws:lambda/functionUrl:FunctionUrl", "aws:s3/bucketPolicy:BucketPolicy"}
UNTAGGABLE |= {"aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topicPolicy:TopicPolicy"}
UNTAGGABLE |= {"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws:scheduler/schedule:Schedule"}
UNTAGGABLE |= {"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"}
UNTAGGABLE |= {"aws:sfn/alias:Alias", "aws:sns/topicSubscription:TopicSubscription"}
UNTAGGABLE |= {"aws:cloudwatch/dashboard:Dashboard", "aws:lambda/permission:Permission"}
UNTAGGABLE |= {"aws:apigatewayv2/integration:Integration", "aws:apigatewayv2/route:Route"}
UNTAGGABLE |= {"aws:cloudwatch/eventConnection:EventConnection", "aws:ec2/route:Route"}
UNTAGGABLE |= {"aws:cloudwatch/eventTarget:EventTarget", "aws:s3/bucketNotification:BucketNotification"}
DEFAULT_STAGE = "$default"
"""AWS's own name for the stage of an API that has but one."""
STATEFUL = {"aws:dynamodb/table:Table", "aws:secretsmanager/secret:Secret", "aws:sqs/queue:Queue"}


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_every_role_allows_just_what_the_golden_file_says(name: str, stacks: Any, golden: Any) -> None:
    golden(f"policies.{name}", policies(stacks[name]))


def test_each_definition_that_aws_gets_is_the_golden_one(stacks: Any, golden: Any) -> None:
    machines = stacks["prod"].resources(MACHINE)
    assert {"order-fulfillment", "order-events", "reconciliation"} <= {one.name for one in machines}
    for one in machines:
        golden(f"definition.{one.name}", stacks["prod"].machine(one.name).definition)


def test_a_workflow_begun_here_may_call_its_function_and_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: Stacks
) -> None:
    shutil.copytree(ROOT / "handlers", tmp_path / "handlers")
    write(planned(Wanted("of-a-test"), ROOT), tmp_path)
    monkeypatch.setattr(sources, "HANDLERS", tmp_path / "handlers")
    spec = spec_from_file_location("workflows.of_a_test", tmp_path / "workflows" / "of_a_test.py")
    assert spec
    assert spec.loader
    monkeypatch.setitem(sys.modules, "workflows.of_a_test", module := module_from_spec(spec))
    spec.loader.exec_module(module)
    made = stack("prod", program=tmp_path / "__main__.py")
    role = made.machine("of-a-test").policy["Statement"]
    allowed = {action: statement["Resource"] for statement in role for action in statement["Action"]}
    function = "arn:aws:lambda:us-east-1:000000000000:function:orderflow-prod-of-a-test"
    assert set(allowed["lambda:InvokeFunction"]) == {f"{function}:*"}
    assert {action.partition(":")[0] for action in allowed} == {"lambda", "logs", "xray"}
    assert "of-a-test" in made.exports["machines"]
    assert "of-a-test" in made.exports["functions"]
    alarms = {one.name for one in made.resources("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert {"of-a-test-ExecutionsFailed", "of-a-test-failures"} <= alarms


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod"])
def test_a_wildcard_stands_only_where_aws_has_no_resource_level(name: str, stacks: Any) -> None:
    wildcards = 0
    for role_name, role in policies(stacks[name]).items():
        for statement in role["policy"]["Statement"]:
            assert not any("*" in action for action in statement["Action"]), (role_name, statement)
            if "*" in statement["Resource"]:
                wildcards += 1
                assert statement["Sid"].endswith("HasNoResourceLevel"), (role_name, statement)
    assert wildcards, "the machines' log delivery at least has one"


@pytest.mark.parametrize("name", ["local", "prod"])
def test_trust_is_limited_to_this_account_and_where_possible_to_one_resource(name: str, stacks: Any) -> None:
    for role_name, role in policies(stacks[name]).items():
        (statement,) = role["trust"]["Statement"]
        condition = statement["Condition"]
        assert condition["StringEquals"] == {"aws:SourceAccount": "000000000000"}, role_name
        service = statement["Principal"]["Service"]
        named = condition.get("ArnLike", {}).get("aws:SourceArn", [])
        own = role_name.rpartition("-")[0]
        if service == "states.amazonaws.com":
            machine = f"arn:aws:states:us-east-1:000000000000:stateMachine:{own}"
            assert named == [machine, f"{machine}:*", f"{machine}/*"], (
                "itself, versions and aliases, Map Runs' children"
            )
        elif service == "pipes.amazonaws.com":
            assert named == [f"arn:aws:pipes:us-east-1:000000000000:pipe/{own}"]
        elif service == "scheduler.amazonaws.com":  # which tells the group of a schedule, and not itself
            assert named == ["arn:aws:scheduler:us-east-1:000000000000:schedule-group/default"], role_name
        elif service == "events.amazonaws.com":
            assert named == [f"arn:aws:events:us-east-1:000000000000:rule/{own}"], role_name
        else:
            assert (service, named) == ("lambda.amazonaws.com", []), role_name


def test_a_function_may_answer_the_tokens_of_every_form_of_the_machine(stacks: Any) -> None:
    arns = "arn:aws:states:us-east-1:000000000000:stateMachine:orderflow-dev"
    answered = {"decide": ["order-fulfillment", "returns"], "carrier-webhook": ["order-fulfillment"]}
    answering = {"decide": {"Success"}, "carrier-webhook": {"Success", "Heartbeat"}}
    for name, role in policies(stacks["dev"]).items():
        sending = [one for one in role["policy"]["Statement"] if "states:SendTask" in one["Action"][0]]
        answers = {action.removeprefix("states:SendTask") for one in sending for action in one["Action"]}
        assert answers == answering.get(name.removeprefix("orderflow-dev-"), set()), name
        limited = [one["Resource"] for one in sending if not one["Sid"].endswith("HasNoResourceLevel")]
        machines = [f"{arns}-{one}" for one in answered.get(name.removeprefix("orderflow-dev-"), [])]
        forms = [form for one in machines for form in (one, f"{one}/*", f"{one}:*")]
        assert all(resource == forms for resource in limited), name
        assert all(one["Resource"] in (*limited, ["*"]) for one in sending), name


def test_every_resource_is_named_after_project_stack_and_purpose_and_carries_the_tags(stacks: Any) -> None:
    for stack, registered in stacks.items():
        for resource in registered.resources():
            if not resource.type.startswith("aws:"):
                continue
            name = resource.inputs.get("name") or resource.inputs.get("layerName") or f"orderflow-{stack}-"
            is_given = resource.type.endswith(":Alias") or name == DEFAULT_STAGE
            assert f"orderflow-{stack}-" in name or is_given, resource
            if resource.type not in UNTAGGABLE:
                assert resource.inputs["tags"] == {"Project": "orderflow", "Stack": stack, "Owner": "orders-team"}, (
                    resource
                )


def test_two_stacks_share_no_name(stacks: Any) -> None:
    def names(registered: Stack) -> set[tuple[str, str]]:
        shared = (":Alias", ":Stage")  # their names say what they are to their function, machine or API
        named = [r for r in registered.resources() if r.type.startswith("aws:") and not r.type.endswith(shared)]
        return {
            (r.type, r.inputs.get("name") or r.inputs.get("layerName", r.name + "-of-" + str(id(r)))) for r in named
        }

    assert not names(stacks["dev"]) & names(stacks["staging"])


def test_production_keeps_what_holds_orders_and_other_stacks_do_not(stacks: Any) -> None:
    for stack, registered in stacks.items():
        for resource in registered.resources():
            # A time that started nothing is no order, and comes again.
            of_a_time = resource.name in ("reconciliation-dead-letters", "watch-orders-dead-letters")
            expected = stack == "prod" and resource.type in STATEFUL and not of_a_time
            assert (resource.protect, resource.retain) == (expected, expected), (stack, resource)
    assert all(t.inputs["deletionProtectionEnabled"] for t in stacks["prod"].resources("aws:dynamodb/table:Table"))


def test_a_machine_waits_for_its_policy_and_a_function_for_its_log_group(stacks: Any) -> None:
    prod = stacks["prod"]
    for machine in prod.resources("aws:sfn/stateMachine:StateMachine"):
        assert any(f"rolePolicy:RolePolicy::{machine.name}-machine" in urn for urn in machine.dependencies), machine
    for function in prod.resources("aws:lambda/function:Function"):
        assert any(f"rolePolicy:RolePolicy::{function.name}" in urn for urn in function.dependencies), function
        assert any(f"logGroup:LogGroup::{function.name}" in urn for urn in function.dependencies), function


def test_the_log_level_is_always_written_and_logs_stand_under_the_vended_prefix(stack: Stacks) -> None:
    registered = stack("dev", config={"orderflow:logLevel": "OFF"})
    for machine in registered.resources("aws:sfn/stateMachine:StateMachine"):
        assert machine.inputs["loggingConfiguration"]["level"] == "OFF"
        log_group = registered.one("aws:cloudwatch/logGroup:LogGroup", f"{machine.name}-machine")
        assert log_group.inputs["name"] == f"/aws/vendedlogs/states/orderflow-dev-{machine.name}"


def test_executions_call_functions_through_their_alias_and_may_call_every_version(stacks: Any) -> None:
    prod = stacks["prod"]
    definition = prod.machine("order-fulfillment").definition
    charge = "arn:aws:lambda:us-east-1:000000000000:function:orderflow-prod-charge-payment"
    assert definition["States"]["ChargePayment"]["Resource"] == f"{charge}:live"
    allowed = prod.machine("order-fulfillment").policy["Statement"]
    (invoke,) = [statement for statement in allowed if statement["Action"] == ["lambda:InvokeFunction"]]
    assert f"{charge}:*" in invoke["Resource"]


def test_what_waits_its_turn_for_stock_ends_before_its_function_and_that_before_its_state(stacks: Any) -> None:
    """Also when the last request hangs once."""
    waits = runtime._patience()
    hanging = waits.connect_timeout + waits.read_timeout  # type: ignore[attr-defined]
    for name in ("reserve-inventory", "release-stock"):
        timeout = stacks["prod"].one("aws:lambda/function:Function", name).inputs["timeout"]
        assert PATIENCE_SECONDS + hanging < timeout < TASK_SECONDS


def test_the_first_preview_checks_and_draws_though_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch, stack: Stacks
) -> None:
    import components

    made: dict[str, components.StateMachine] = {}
    original = components.StateMachine.__init__

    def remember(self: Any, name: str, *args: Any, **options: Any) -> None:
        original(self, name, *args, **options)
        made[name] = self

    monkeypatch.setattr(components.StateMachine, "__init__", remember)
    preview = stack("dev", preview=True)
    assert "definition" in preview.unknown("aws:sfn/stateMachine:StateMachine", "order-fulfillment"), "the rendered one"
    orders = made["order-fulfillment"]
    assert orders.symbolic["States"]["ChargePayment"]["Resource"] == "${charge-payment.arn}:live"
    assert "ReserveInventory" in orders.diagram
    statements: Any = orders.permissions["Statement"]
    assert "${charge-payment.arn}:*" in json.dumps(statements)


BREAKS = [
    (
        'default="ChargePayment"',
        'default="ChargePaymnt"',
        "States.NeedsApproval.Default",
        "did you mean 'ChargePayment'?",
    ),
    ('"Type": "Parallel"', '"Type": "Paralel"', "States.FulfillInParallel.Type", "did you mean 'Parallel'?"),
]


@pytest.mark.parametrize(("right", "wrong", "path", "hint"), BREAKS)
def test_a_broken_definition_stops_the_first_preview_with_the_path_and_the_nearest_name(
    right: str, wrong: str, path: str, hint: str, tmp_path: Path, stack: Stacks
) -> None:
    program = broken_program(tmp_path, right, wrong)
    with pytest.raises(DefinitionError) as raised:
        stack("dev", preview=True, program=program)
    assert path in str(raised.value)
    assert hint in str(raised.value)
    assert stack.last
    named = [one.name for one in stack.last.resources()]
    assert not [name for name in named if "order-fulfillment" in name], "nothing of the machine is registered"


def test_the_program_reads_on_one_page() -> None:
    assert len((ROOT / "__main__.py").read_text().splitlines()) < 80, "what belongs together may become a component"
