"""Every check of the doctor, by the output that it goes through, and what IAM has to allow for it."""

from __future__ import annotations

from dataclasses import dataclass

from orderflow.doctor import apis, connections, containers, events, functions, machines, permissions, storage, watching
from orderflow.doctor.lines import Look


@dataclass(frozen=True, slots=True)
class Check:
    """Looks at each part that the output `output` tells of; `needs` are the IAM actions of its calls."""

    output: str
    part: str
    look: Look
    needs: tuple[str, ...]


SIMULATE = "iam:SimulatePrincipalPolicy"

CHECKS = (
    Check("machines", "machine", machines.is_active, ("states:DescribeStateMachine",)),
    Check("machines", "machine's alias", machines.has_its_alias, ("states:DescribeStateMachineAlias",)),
    Check(
        "machines",
        "machine's definition",
        machines.is_accepted,
        ("states:DescribeStateMachine", "states:ValidateStateMachineDefinition"),
    ),
    Check("machines", "machine's role", permissions.of_machine, ("states:DescribeStateMachine", SIMULATE)),
    Check("functions", "function", functions.is_active, ("lambda:GetFunctionConfiguration",)),
    Check("functions", "function's alias", functions.has_its_alias, ("lambda:GetAlias",)),
    Check("functions", "function's role", permissions.of_function, ("lambda:GetFunctionConfiguration", SIMULATE)),
    Check("functions", "function's URL", functions.knows_its_callers, ("lambda:GetFunctionUrlConfig",)),
    Check("layers", "layer", functions.is_published, ("lambda:GetLayerVersion",)),
    Check("webhooks", "webhook's URL", functions.is_open, ("lambda:GetFunctionUrlConfig",)),
    Check("apis", "API", apis.is_deployed, ("apigateway:GET",)),
    Check("apis", "API's routes", apis.has_its_routes, ("apigateway:GET",)),
    Check("apis", "API's permission", permissions.of_api, ("lambda:GetPolicy", SIMULATE)),
    Check("connections", "connection", connections.is_authorized, ("events:DescribeConnection",)),
    Check("images", "image", containers.is_pushed, ("ecr:DescribeImages",)),
    Check("tasks", "task", containers.is_active, ("ecs:DescribeTaskDefinition",)),
    Check("tasks", "task's role", permissions.of_task, ("ecs:DescribeTaskDefinition", SIMULATE)),
    Check("tasks", "task's execution role", permissions.of_starting_task, ("ecs:DescribeTaskDefinition", SIMULATE)),
    Check("tasks", "task's cluster", containers.has_its_cluster, ("ecs:DescribeClusters",)),
    Check("tasks", "task's network", containers.has_its_network, ("ec2:DescribeSubnets", "ec2:DescribeRouteTables")),
    Check("pipes", "pipe", events.runs, ("pipes:DescribePipe",)),
    Check("pipes", "pipe's role", permissions.of_pipe, ("pipes:DescribePipe", SIMULATE)),
    Check("schedules", "schedule", events.is_on_schedule, ("scheduler:GetSchedule",)),
    Check("schedules", "schedule's role", permissions.of_schedule, ("scheduler:GetSchedule", SIMULATE)),
    Check("tables", "table", storage.is_table, ("dynamodb:DescribeTable",)),
    Check("tables", "table's backup", storage.is_backed_up, ("dynamodb:DescribeContinuousBackups",)),
    Check("queues", "queue", storage.is_queue, ("sqs:GetQueueAttributes",)),
    Check("topics", "topic", storage.is_topic, ("sns:GetTopicAttributes",)),
    Check("keys", "key", storage.is_key, ("kms:DescribeKey",)),
    Check("buckets", "bucket", storage.is_bucket, ("s3:ListBucket",)),
    Check("secrets", "secret", storage.is_filled, ("secretsmanager:DescribeSecret",)),
    Check("logs", "log group", watching.keeps_its_lines, ("logs:DescribeLogGroups",)),
    Check("alarms", "alarms", watching.ring, ("cloudwatch:DescribeAlarms",)),
    Check("alarms", "alarms' receiver", watching.is_heard, ("sns:GetSubscriptionAttributes",)),
)
