"""A machine that waits to be told. `release:revision` makes another version of it, `release:how` says how to go on."""

from typing import Any

import pulumi_aws as aws
from pulumi import Config

import components

config = Config("release")
HOW = {
    "at once": components.AllAtOnce(),
    # For the whole test: nothing but an alarm, a person or another release ends it.
    "canary": components.Canary(percent=10, minutes=1_440),
    "linear": components.Linear(percent=50, minutes=1, keep=2),
}
logs, asked = components.Logs(retention_days=1), components.Queue("asked", components.QueueArgs(keep=False))
ask: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": asked, "MessageBody.$": "$$.Task.Token"},
    "TimeoutSeconds": 3_600,
    "End": True,
}
type = "EXPRESS" if config.get("type") == "EXPRESS" else "STANDARD"
definition = {
    "Comment": config.get("revision") or "first",
    "StartAt": "Ask",
    "TimeoutSeconds": 240 if type == "EXPRESS" else 7_200,
    "States": {"Ask": {"Type": "Succeed"} if type == "EXPRESS" else ask},
}
machine = components.StateMachine(
    "order-fulfillment",
    components.StateMachineArgs(
        definition,
        logs,
        type=type,
        release=HOW[config.get("how") or "canary"],
        alarm_topic=aws.sns.Topic("told", name="release-told").arn,
    ),
)
components.export(logs, {}, machine, asked)
