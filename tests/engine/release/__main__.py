"""A machine that waits to be told. `release:revision` makes another version of it, `release:how` says how to go on."""

import pulumi
import pulumi_aws as aws

import components

config = pulumi.Config("release")
HOW = {
    "at once": components.AllAtOnce(),
    # For the whole test: nothing but an alarm, a person or another release ends it.
    "canary": components.Canary(percent=10, minutes=1_440, keep=2),
    "linear": components.Linear(percent=50, minutes=1, keep=2),
}
definition = {
    "Comment": config.get("revision") or "first",
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": components.Queue("asked", components.QueueArgs(keep=False)),
                "MessageBody.$": "$$.Task.Token",
            },
            "TimeoutSeconds": 3_600,
            "End": True,
        }
    },
}
machine = components.StateMachine(
    "steps",
    components.StateMachineArgs(
        definition,
        components.Logs(retention_days=1),
        type="EXPRESS" if config.get("type") == "EXPRESS" else "STANDARD",
        release=HOW[config.get("how") or "canary"],
        alarm_topic=aws.sns.Topic("told", name="release-told").arn,
    ),
)
pulumi.export("machine", machine.arn)
pulumi.export("alias", machine.alias_arn)
pulumi.export("alarms", machine.alarms)
