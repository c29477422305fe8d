"""The machines that the benchmarks deploy: as a definition, and with all that belongs to one in plain pulumi-aws."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pulumi
import pulumi_aws as aws

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:work"


def definition(states: int) -> dict[str, Any]:
    """A chain of `states` states, every other one a call of a function."""
    names = [f"Step{number}" for number in range(states)]
    chain = {name: _state(number) for number, name in enumerate(names)}
    for name, then in pairwise(names):
        chain[name]["Next"] = then
    chain[names[-1]]["End"] = True
    return {"StartAt": names[0], "States": chain}


def _state(number: int) -> dict[str, Any]:
    if number % 2:
        return {"Type": "Pass", "Parameters": {"step": number}}
    return {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 30}


def direct(name: str, states: int) -> None:
    """What `components.StateMachine` makes, written out: role, policy, log group, machine, alias, in two components."""
    called = f"{pulumi.get_project()}-{name}"
    whole = pulumi.ComponentResource("direct:index:Machine", name)
    child = pulumi.ResourceOptions(parent=whole)
    of_role = pulumi.ResourceOptions(parent=pulumi.ComponentResource("direct:index:Role", name, opts=child))
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "states.amazonaws.com"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = aws.iam.Role(name, name=called, assume_role_policy=trust, opts=of_role)
    calls = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": [FUNCTION, f"{FUNCTION}:*"]}
    log_calls = ("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries")
    logs = {"Effect": "Allow", "Action": [f"logs:{call}" for call in log_calls], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [calls, logs]})
    policy = aws.iam.RolePolicy(name, name=called, role=role.name, policy=document, opts=of_role)
    log_group = aws.cloudwatch.LogGroup(name, name=f"/aws/vendedlogs/states/{called}", retention_in_days=7, opts=child)
    machine = aws.sfn.StateMachine(
        name,
        name=called,
        type="STANDARD",
        definition=json.dumps(definition(states)),
        role_arn=role.arn,
        publish=True,
        logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
            level="ERROR",
            include_execution_data=False,
            log_destination=log_group.arn.apply(lambda arn: f"{arn}:*"),
        ),
        tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=False),
        opts=pulumi.ResourceOptions(parent=whole, depends_on=[policy]),
    )
    route = aws.sfn.AliasRoutingConfigurationArgs(
        state_machine_version_arn=machine.state_machine_version_arn, weight=100
    )
    aws.sfn.Alias(name, name="live", routing_configurations=[route], opts=child)
