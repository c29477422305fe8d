"""Machines held to their roles: what is derived is enough, and without any one of it an execution goes another way.

The embedded cloud asks IAM before each call of a task, those of a Distributed Map's children included
(emulator/machine_roles.py). What a role needs beside its tasks' calls has no effect there and is left out here: log
delivery, X-Ray, and what a Distributed Map does itself, which starts and stops its children and reads and writes S3.
The golden policies hold all of that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Protocol

import pytest

import asl
from asl.integrations.distributed_map import CHILDREN
from asl.permissions.roles import MACHINE_LOG_GROUP, MACHINE_LOGGING, MACHINE_TRACING
from emulator.carrier import CarrierWebhooks
from emulator.cloud import ACCOUNT, REGION, cloud
from emulator.deploy import up
from emulator.seed import seed
from tests.deployed import PRODUCTS, Deployed, order
from tests.emulator.test_events import poison, record
from tests.hangs import eventually

number = count()


@pytest.fixture(scope="module")
def held() -> Iterator[Deployed]:
    """The stack `local`, where a parcel arrives at once and waits and retries take hardly any time.

    The longest wait is the one for the carrier, 2 s: a heartbeat of milliseconds would be missed by any call.
    """
    with cloud(wait_scale=0.001, enforce_permissions=True) as running:
        delivery = {"carrierTransitSeconds": "0", "pollSeconds": "2000", "deliveryDeadlineSeconds": "4000"}
        outputs = up(running, config={f"orderflow:{name}": value for name, value in delivery.items()})
        seed(running, outputs["tables"], PRODUCTS)
        yield Deployed(running, outputs, CarrierWebhooks.for_stack(running, outputs))


@dataclass(frozen=True)
class Went:
    """Which way an execution went, and what its tasks called without being allowed to: action and resource."""

    states: frozenset[str]
    denied: frozenset[tuple[str, str]]


class Run(Protocol):
    """Something that an execution is started with."""

    def __call__(self, held: Deployed) -> Went: ...


def denied(texts: Iterable[str]) -> frozenset[tuple[str, str]]:
    found = (re.search(r"is not authorized to perform: (\S+) on resource: (\S+) ", text) for text in texts)
    return frozenset((one[1], one[2]) for one in found if one)


def told(held: Deployed, execution: str, details: str, name: str) -> list[str]:
    """What an execution's history says at `name` in the `details` of its events."""
    pages = held.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event[details][name] for page in pages for event in page["events"] if name in event.get(details, {})]


def causes(held: Deployed, execution: str) -> list[str]:
    """Why tasks of an execution failed."""
    failed = ("taskFailedEventDetails", "lambdaFunctionFailedEventDetails")
    return [cause for details in failed for cause in told(held, execution, details, "cause")]


@dataclass(frozen=True)
class Order:
    """An order that differs from a good one by `changes`, while the function `broken` cannot write.

    Somebody says yes to every question that it raises.
    """

    changes: dict[str, Any] = field(default_factory=dict[str, Any])
    broken: str = ""

    def __call__(self, held: Deployed) -> Went:
        order_id = f"held-{next(number)}"
        yes = {"APPROVAL": "APPROVED", "STUCK": "SETTLED"}
        said = {"order": {"orderId": order_id}, "by": "ada", "why": "a good customer"}

        def ended() -> bool:
            for row in held.rows("decisions"):
                if row["orderId"] == order_id and row["status"] != "DECIDED":
                    held.invoke("decide", {**said, "verdict": yes[row["question"]]})
            return held.cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] != "RUNNING"

        with held.denied(self.broken, "dynamodb:UpdateItem") if self.broken else nullcontext():
            held.start(order(order_id, **self.changes))
            arn = held.outputs["machines"]["order-fulfillment"]["arn"].replace("stateMachine", "execution")
            arn = f"{arn}:{order_id}"
            eventually(ended)
        return Went(frozenset(held.states(order_id)), denied(causes(held, arn)))


@dataclass(frozen=True)
class Event:
    """A change of an order's row; one that cannot be projected is set aside with its reason."""

    changes: dict[str, Any] = field(default_factory=dict[str, Any])

    def __call__(self, held: Deployed) -> Went:
        poison(held)
        event = record(f"held-{next(number)}", 1, "VALIDATED", "e", self.changes)
        answer = held.cloud.client("stepfunctions").start_sync_execution(
            stateMachineArn=held.outputs["machines"]["order-events"]["arn"], input=json.dumps([event])
        )
        # An Express execution has no history to ask for.
        aside = [message["record"].get("failure", {}).get("Cause", "") for message in poison(held)]
        way = {answer["status"], *(["UpdateView"] if not aside else []), *(["SetAside"] if aside else [])}
        return Went(frozenset(way), denied([answer.get("cause", ""), *aside]))


@dataclass(frozen=True)
class Comparison:
    """All orders compared with what the provider and the carrier say of them; there is at least one."""

    def __call__(self, held: Deployed) -> Went:
        if not held.rows("orders"):
            Order()(held)
        sfn, machine = held.cloud.client("stepfunctions"), held.outputs["machines"]["reconciliation"]["arn"]
        arn = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        status = eventually(lambda: (now := sfn.describe_execution(executionArn=arn)["status"]) != "RUNNING" and now)
        runs = sfn.list_map_runs(executionArn=arn)["mapRuns"]
        children = [one for run in runs for one in sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]]
        every = [arn, *(child["executionArn"] for child in children)]
        entered = [name for one in every for name in told(held, one, "stateEnteredEventDetails", "name")]
        return Went(frozenset((status, *entered)), denied(cause for one in every for cause in causes(held, one)))


TO = {"name": "A"}
RUNS: dict[str, Sequence[Run]] = {
    "order-fulfillment": [
        Order(),
        Order({"items": [{"sku": "gold", "quantity": 1}]}),
        Order({"shipTo": {**TO, "postcode": "00001"}}),
        Order({"shipTo": {**TO, "postcode": "00001"}}, broken="refund-payment"),
    ],
    "order-events": [Event(), Event({"version": {"S": "one"}})],
    "reconciliation": [Comparison()],
}
"""By machine, what leads it through every one of its calls."""


def definition_and_role(held: Deployed, machine: str) -> tuple[dict[str, Any], str]:
    arn = held.outputs["machines"][machine]["arn"]
    found = held.cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    return json.loads(found["definition"]), found["roleArn"].rpartition("/")[2]


def for_calls(policy: dict[str, Any]) -> list[tuple[str, str]]:
    """Each action with each resource that it is allowed on, without what roles need beside tasks' calls."""
    of_a_map = (action for permission in CHILDREN for action in permission.actions)
    beside = {*MACHINE_LOG_GROUP.actions, *MACHINE_LOGGING.actions, *MACHINE_TRACING.actions, *of_a_map}
    return [
        (action, resource)
        for one in policy["Statement"]
        for action in one["Action"]
        for resource in one["Resource"]
        if action not in beside and not action.startswith("s3:")
    ]


def callers(node: object, resource: str) -> Iterator[str]:
    """The states whose tasks name what a resource's ARN names."""
    name = re.escape(re.split("[:/]", resource.removesuffix(":*"))[-1])
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if isinstance(value, dict) and value.get("Type") == "Task" and re.search(rf"{name}\b(?!-)", json.dumps(value)):
            yield str(key)
        yield from callers(value, resource)


@contextmanager
def without(held: Deployed, role: str, policy: dict[str, Any], action: str, resource: str) -> Iterator[None]:
    """Take one action on one resource from a role for a while."""

    def put(statements: list[dict[str, Any]]) -> None:
        document = json.dumps({**policy, "Statement": statements})
        held.cloud.client("iam").put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=document)

    left: list[dict[str, Any]] = []
    for one in policy["Statement"]:
        if action in one["Action"] and resource in one["Resource"]:
            left.append({**one, "Action": [other for other in one["Action"] if other != action]})
            left.append({**one, "Action": [action], "Resource": [r for r in one["Resource"] if r != resource]})
        else:
            left.append(one)
    put([one for one in left if one["Action"] and one["Resource"]])
    try:
        yield
    finally:
        put(policy["Statement"])


@pytest.mark.parametrize("machine", RUNS)
def test_without_any_one_permission_an_execution_goes_another_way_and_with_all_none_is_denied(
    held: Deployed, machine: str
) -> None:
    iam = held.cloud.client("iam")
    definition, role = definition_and_role(held, machine)
    policy = iam.get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
    allowed = for_calls(policy)
    assert allowed
    before = [(run, run(held)) for run in RUNS[machine]]
    assert not any(went.denied for _, went in before)
    calls: set[tuple[str, str]] = set()
    for action, resource in allowed:
        states = set(callers(definition, resource))
        found = next(((run, went) for run, went in before if states & went.states), None)
        assert found, f"no run of RUNS leads to {' or '.join(states)}, which call {action} on {resource}: add one"
        run, went = found
        with without(held, role, policy, action, resource):
            instead = run(held)
        assert instead.denied, f"{action} on {resource} is not needed"
        assert all(one == action and fnmatchcase(target, resource) for one, target in instead.denied)
        assert instead.states != went.states, f"without {action} on {resource} all goes as before"
        calls |= instead.denied
    longest, _ = max(before, key=lambda one: len(one[1].states))
    assert not longest(held).denied, "all is restored"
    for action, target in calls:
        (answer,) = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", ActionNames=[action], ResourceArns=[target]
        )["EvaluationResults"]
        assert answer["EvalDecision"] == "allowed", (action, target)


CHILD = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:held-child"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orderflow-local-check-shipment"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:orderflow-local-notices"
QUEUE = f"http://sqs.{REGION}.localhost/{ACCOUNT}/orderflow-local-poison-events"
SHIPMENTS = {"TableName": "orderflow-local-shipments"}
KEY = {"shipmentId": {"S": "s"}}
TASKS: list[tuple[str, dict[str, Any], str]] = [
    (f"{FUNCTION}:live", {}, "Lambda.AWSLambdaException"),
    ("lambda:invoke", {"FunctionName": FUNCTION, "Payload": {}}, "Lambda.AWSLambdaException"),
    ("sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": "{}"}, "SQS.AmazonSQSException"),
    ("sqs:sendMessage.waitForTaskToken", {"QueueUrl": QUEUE, "MessageBody": "{}"}, "SQS.AmazonSQSException"),
    ("sns:publish", {"TopicArn": TOPIC, "Message": "m"}, "SNS.AuthorizationErrorException"),
    ("events:putEvents", {"Entries": [{"Detail": "{}", "DetailType": "d", "Source": "s"}]}, "States.Permissions"),
    ("dynamodb:getItem", {**SHIPMENTS, "Key": KEY}, "DynamoDB.AmazonDynamoDBException"),
    ("states:startExecution", {"StateMachineArn": CHILD}, "StepFunctions.AWSStepFunctionsException"),
    ("states:startExecution.sync:2", {"StateMachineArn": CHILD}, "StepFunctions.AWSStepFunctionsException"),
    ("aws-sdk:dynamodb:scan", SHIPMENTS, "DynamoDb.DynamoDbException"),
    ("aws-sdk:sfn:describeStateMachine", {"StateMachineArn": CHILD}, "Sfn.SfnException"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "error"), TASKS, ids=[task[0] for task in TASKS])
def test_what_is_derived_for_an_integration_is_enough_and_without_it_the_task_is_denied(
    held: Deployed, resource: str, parameters: dict[str, Any], error: str
) -> None:
    """The names of errors follow AWS's rule for each kind of integration; few of them were recorded on AWS itself."""
    iam, sfn, name = held.cloud.client("iam"), held.cloud.client("stepfunctions"), f"held-{next(number)}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    if not any(one["stateMachineArn"] == CHILD for one in sfn.list_state_machines()["stateMachines"]):
        nothing = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        sfn.create_state_machine(name="held-child", definition=nothing, roleArn=role)
    arn = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    task = {"Type": "Task", "Resource": arn, "Parameters": parameters, "TimeoutSeconds": 1, "End": True}
    definition = {"StartAt": "A", "States": {"A": task}}
    machine = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)["stateMachineArn"]

    def run() -> tuple[dict[str, Any], frozenset[tuple[str, str]]]:
        execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        eventually(lambda: sfn.describe_execution(executionArn=execution)["status"] != "RUNNING")
        return sfn.describe_execution(executionArn=execution), denied(causes(held, execution))

    ended, calls = run()
    assert (ended["status"], ended["error"], len(calls)) == ("FAILED", error, 1)
    document = asl.document(asl.grants(definition), asl.Account("aws", REGION, ACCOUNT))
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))
    assert run()[1] == frozenset()
