"""What AWS takes as a name, by kind of resource, and what is said of one that it would refuse."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest

from components import NameRefusedError, PatternRefusedError, naming, physical_name
from components.naming import RULES, BoundaryRefusedError, NameRule
from orderflow.testing.stack import Stacks
from tests.infra.conftest import Run

TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"

OPERATIONS = {
    "a connection": ("events", "CreateConnection", "Name"),
    "a function": ("lambda", "CreateFunction", "FunctionName"),
    "a layer": ("lambda", "PublishLayerVersion", "LayerName"),
    "a pipe": ("pipes", "CreatePipe", "Name"),
    "a repository": ("ecr", "CreateRepository", "repositoryName"),
    "a role": ("iam", "CreateRole", "RoleName"),
    "a schedule": ("scheduler", "CreateSchedule", "Name"),
    "a secret": ("secretsmanager", "CreateSecret", "Name"),
    "a state machine": ("stepfunctions", "CreateStateMachine", "name"),
    "an alarm": ("cloudwatch", "PutMetricAlarm", "AlarmName"),
}
"""Where AWS's own model of the service says something of the name."""


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the stack's name."""
    monkeypatch.setattr("pulumi.get_project", lambda: "orderflow")
    return lambda name: monkeypatch.setattr("pulumi.get_stack", lambda: name)


@pytest.mark.parametrize("rule", [one for one in RULES if one.kind in OPERATIONS], ids=lambda rule: rule.kind)
def test_what_a_rule_takes_aws_takes(rule: NameRule) -> None:
    service, operation, member = OPERATIONS[rule.kind]
    client = boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]
    said = client.meta.service_model.operation_model(operation).input_shape.members[member].metadata
    # A function's is that of its whole ARN; the page has 64 characters for the name.
    assert rule.limit == (64 if rule.kind == "a function" else said["max"])
    for character in map(chr, range(32, 127)) if "pattern" in said else ():
        if re.fullmatch(rule.pattern, f"abc{character}def"):
            assert re.fullmatch(said["pattern"], f"abc{character}def"), (rule.kind, character)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("dev", ()),
        ("feature-x2", ()),
        ("Feature-x", (naming.BUCKET, naming.REPOSITORY)),
        ("feature_x", (naming.BUCKET,)),
        (
            "v1.2",
            *[
                (
                    naming.BUCKET,
                    naming.CLUSTER,
                    naming.DASHBOARD,
                    naming.FUNCTION,
                    naming.LAYER,
                    naming.MACHINE,
                    naming.QUEUE,
                    naming.TASK,
                    naming.TOPIC,
                )
            ],
        ),
    ],
)
def test_a_name_is_refused_by_just_those_kinds_of_resource_that_aws_refuses_it_for(
    name: str, refused: tuple[NameRule, ...], named: Any
) -> None:
    named(name)
    for rule in RULES:
        if rule in refused:
            with pytest.raises(NameRefusedError) as raised:
                physical_name("any", rule)
            said = str(raised.value)
            assert all(part in said for part in (f"'orderflow-{name}-any'", rule.kind, rule.holds, rule.source)), said
            assert "pulumi stack rename" in said
        else:
            assert physical_name("any", rule).endswith("-any")


def test_a_purpose_that_aws_refuses_is_not_blamed_on_the_stack(named: Any) -> None:
    named("dev")
    with pytest.raises(NameRefusedError, match=r"call it otherwise in the program$"):
        physical_name("my.queue", naming.QUEUE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_the_longest_name_passes_and_one_more_character_is_refused_with_how_many_to_lose(
    rule: NameRule, named: Any
) -> None:
    named("dev")
    room = rule.limit - len("orderflow-dev-") - (13 if rule.kind == "a bucket" else 0)
    assert len(physical_name("x" * room, rule)) + rule.own == rule.limit
    with pytest.raises(NameRefusedError, match=rf"(?s)name of {rule.kind} .*by 2$"):
        physical_name("x" * (room + 2), rule)


NAMED_BY = """
import components
from components import Key, Queue, QueueArgs, Table, TableArgs, Topic

components.name_by("PATTERN")
key = Key("key", days=7)
Table("sales", TableArgs("id", keep=False))
Queue("jobs", QueueArgs(keep=False, fifo=True))
Topic("alarms", key, alarms=True)
"""


def test_a_program_forms_its_names_by_a_pattern_of_its_own(run: Run) -> None:
    made = run(NAMED_BY.replace("PATTERN", "acme-{purpose}-{stack}"))
    assert made.one("aws:dynamodb/table:Table", "sales").inputs["name"] == "acme-sales-dev"
    assert made.one("aws:sqs/queue:Queue", "jobs").inputs["name"] == "acme-jobs-dev.fifo"
    # Who may use the key and the topic goes by the names, too.
    policies = made.one("aws:kms/key:Key", "key").inputs["policy"], made.one(TOPIC_POLICY, "alarms").inputs["policy"]
    for policy in policies:
        assert ":alarm:acme-*-dev" in policy
        assert "orderflow" not in policy
    assert "log-group:/aws/lambda/acme-*-dev" in policies[0]


def test_a_pattern_holds_for_one_run_of_a_program(run: Run) -> None:
    run(NAMED_BY.replace("PATTERN", "acme-{purpose}-{stack}"))
    made = run(NAMED_BY.replace("PATTERN", "{project}-{stack}-{purpose}"))
    assert made.one("aws:dynamodb/table:Table", "sales").inputs["name"] == "orderflow-dev-sales"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("acme-{purpos}-{stack}", r"there is no \{purpos\} \(did you mean 'purpose'\?\)"),
        ("acme-{purpose}", r"lacks \{stack\}: two resources would have one name"),
        ("acme-{stack}", r"lacks \{purpose\}"),
        ("acme-{stack", r"expected '}' before end of string"),
        ("{purpose}-{stack!z}", "a field stands as it is, as {stack}, without ! or :"),
        ("{purpose:5d}-{stack}", "a field stands as it is"),
    ],
)
def test_a_pattern_that_forms_no_names_stops_the_preview(run: Run, pattern: str, said: str) -> None:
    with pytest.raises(PatternRefusedError, match=said):
        run(NAMED_BY.replace("PATTERN", pattern))


def test_a_pattern_that_comes_after_a_name_was_formed_stops_the_preview(run: Run) -> None:
    program = NAMED_BY.replace("components.name_by", 'Queue("early", QueueArgs(keep=False))\ncomponents.name_by')
    with pytest.raises(PatternRefusedError, match="comes late: call it before the first component is made"):
        run(program.replace("PATTERN", "acme-{purpose}-{stack}"))


def test_a_name_by_a_pattern_that_gets_too_long_is_told(run: Run) -> None:
    with pytest.raises(NameRefusedError, match=r"as the name of a FIFO queue .*by 4$"):
        run(NAMED_BY.replace("PATTERN", "{purpose}-{stack}-" + "x" * (80 - len("jobs-dev-.fifo") + 4)))


def test_a_stacks_name_that_is_too_long_is_told_in_the_preview_by_the_name_that_gets_too_long(
    stack: Stacks,
) -> None:
    stack("s" * 28, configured_as="staging", preview=True)
    with pytest.raises(NameRefusedError, match=r"order-fulfillment-machine.*by 1$"):
        stack("s" * 29, configured_as="staging", preview=True)


TWICE = """
import pulumi
from components import *
from components.triggers import *

logs = Logs(7)
definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
machine = StateMachine("scan", StateMachineArgs(definition, logs))
uploads = Bucket("uploads", days=1)
MORE
"""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            'EventRule("orders", EventRuleArgs(machine, {"source": ["a"]}))\n'
            'ObjectTrigger("orders", ObjectTriggerArgs(machine, uploads))',
            "orderflow-dev-orders' would be the name of a rule of EventRule 'orders' and of EventRule 'orders'",
        ),
        (
            'Queue("orders-dead-letters", QueueArgs(keep=True))\n'
            'EventRule("orders", EventRuleArgs(machine, {"source": ["a"]}))',
            "'orderflow-dev-orders-dead-letters' would be the name of a queue",
        ),
        (
            'StateMachine("other", StateMachineArgs(definition, logs, purpose="scan"))',
            "would be the name of a state machine of StateMachine 'scan' and of StateMachine 'other'",
        ),
    ],
)
def test_two_resources_of_one_name_stop_the_preview(run: Run, more: str, said: str) -> None:
    with pytest.raises(NameRefusedError, match=said):
        run(TWICE.replace("MORE", more), preview=True)


def test_a_name_may_be_there_once_for_each_provider(run: Run) -> None:
    elsewhere = (
        "import pulumi_aws as aws\n"
        'there = pulumi.ResourceOptions(provider=aws.Provider("there", region="eu-west-1"))\n'
        'StateMachine("there", StateMachineArgs(definition, logs, purpose="scan"), there)'
    )
    assert len(run(TWICE.replace("MORE", elsewhere)).resources("aws:sfn/stateMachine:StateMachine")) == 2


def test_a_boundary_that_is_no_policy_stops_the_preview(run: Run) -> None:
    with pytest.raises(BoundaryRefusedError, match="a policy's ARN, not 'developers'"):
        run("from components import tag_and_bound\n\ntag_and_bound({}, 'developers')")
