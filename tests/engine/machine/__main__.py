"""A machine whose type is `machine:type`, and a function; all tagged with `machine:stage`."""

import json

import pulumi
import pulumi_aws as aws

import components

config = pulumi.Config("machine")
components.tag_and_bound({"Stage": config.get("stage") or "first"})

definition = {"StartAt": "Done", "TimeoutSeconds": 60, "States": {"Done": {"Type": "Succeed"}}}
type = "EXPRESS" if config.get("type") == "EXPRESS" else "STANDARD"
machine = components.StateMachine(
    "steps", components.StateMachineArgs(definition, components.Logs(retention_days=1), type=type)
)

role = aws.iam.Role(
    "role", name="machine-role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []})
)
function = aws.lambda_.Function(
    "function",
    name="machine-function",
    handler="module.handler",
    runtime="python3.13",
    role=role.arn,
    timeout=10,
    memory_size=128,
    environment={"variables": {"NAME": "machine"}},
    tracing_config={"mode": "PassThrough"},
    code=pulumi.FileArchive(config.require("code")),
    publish=True,
)
aws.lambda_.Alias("function", name="live", function_name=function.name, function_version=function.version)

pulumi.export("alias", machine.alias_arn)
