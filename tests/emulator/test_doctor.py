"""`orderflow doctor` on a deployed stack: all is well, and what breaks is named, it alone, with what to do."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner, Result

from emulator.carrier import CarrierWebhooks
from emulator.cloud import ACCOUNT, REGION, Cloud, cloud
from emulator.deploy import deploy
from orderflow.cli import app
from orderflow.doctor.checks import CHECKS
from orderflow.outputs import Deployment

MACHINE, FUNCTION = "orderflow-local-order-fulfillment-machine", "orderflow-local-charge-payment"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orderflow-local-poison-events"
CONNECTION = "orderflow-local-identity"
WAITING = "orderflow-local-quotes-post-quotes"
REFRESH = "pulumi up --refresh"


@dataclass(frozen=True)
class Stack:
    """The stack `local` with alarms and each kind of part, and all that people put there."""

    cloud: Cloud
    outputs: dict[str, Any]

    def client(self, service: str) -> Any:
        return self.cloud.client(service)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with cloud(enforce_permissions=True) as running:
        config = {"alarmEmail": "ada@example.com", "workflows": "onboarding,quote"}
        outputs = deploy(running, config={f"orderflow:{name}": value for name, value in config.items()})
        CarrierWebhooks.for_stack(running, outputs)  # fills the carrier's secret
        repository, _, tag = outputs["images"]["document-scan"].partition("/")[2].rpartition(":")
        running.client("ecr").put_image(repositoryName=repository, imageTag=tag, imageManifest="{}")
        sign_in_by_another_key(running)
        yield Stack(running, outputs)


def sign_in_by_another_key(cloud: Cloud) -> None:
    key = {"ApiKeyName": "X-Api-Key", "ApiKeyValue": "the true one"}
    named = {"Name": CONNECTION, "AuthorizationType": "API_KEY"}
    cloud.client("events").update_connection(**named, AuthParameters={"ApiKeyAuthParameters": key})


@pytest.fixture
def doctor(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command with the stack's outputs in the current folder, or with others."""
    monkeypatch.delenv("ORDERFLOW_STACK", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".orderflow").mkdir()

    def run(*options: str, outputs: dict[str, Any] | None = None) -> Result:
        (tmp_path / ".orderflow" / "local.json").write_text(json.dumps(outputs or stack.outputs))
        # What was deployed a moment ago may still be starting.
        return CliRunner().invoke(app, ["doctor", "--wait", "60", *options])

    return run


def lines(result: Result) -> list[dict[str, str]]:
    """What is said of the parts that are not right."""
    (document,) = result.stdout.splitlines()
    told = json.loads(document)
    assert told["healthy"] == (result.exit_code == 0)
    return [line for line in told["lines"] if line["state"] != "ok"]


def test_of_a_stack_as_it_was_deployed_all_is_well(doctor: Callable[..., Result], stack: Stack) -> None:
    result = doctor()
    assert result.exit_code == 0, result.output
    assert f"all {len(stack.outputs['functions'])}" in result.stdout
    for check in CHECKS:
        assert check.part in result.stdout or check.part == "table's backup", check  # no table of this stack has one
    assert lines(doctor("--json")) == []


Break: TypeAlias = Callable[[Stack, dict[str, Any]], AbstractContextManager[None]]
"""Breaks one thing while inside. What it is given beside the stack are the outputs that the doctor will read."""


@dataclass(frozen=True)
class Sick:
    """What the doctor says of what `breaks`: of which part, how it is, and what to do."""

    breaks: Break
    part: str
    name: str
    found: str
    do: str = REFRESH
    state: str = "wrong"


@contextmanager
def pipe_is_stopped(stack: Stack, _: Any) -> Iterator[None]:
    pipes, name = stack.client("pipes"), "orderflow-local-order-events"
    pipes.stop_pipe(Name=name)
    yield
    pipes.start_pipe(Name=name)


@contextmanager
def schedule_is(stack: Stack, changed: dict[str, Any]) -> Iterator[None]:
    scheduler, name = stack.client("scheduler"), "orderflow-local-reconciliation"
    fields = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target", "State")
    found = scheduler.get_schedule(Name=name, GroupName="default")
    before = {field: found[field] for field in fields}
    scheduler.update_schedule(**{**before, **changed})
    yield
    scheduler.update_schedule(**before)


def schedule_is_off(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return schedule_is(stack, {"State": "DISABLED"})


def schedule_starts_another(stack: Stack, _: Any) -> AbstractContextManager[None]:
    found = stack.client("scheduler").get_schedule(Name="orderflow-local-reconciliation", GroupName="default")
    return schedule_is(
        stack, {"Target": {**found["Target"], "Arn": stack.outputs["machines"]["reconciliation"]["arn"]}}
    )


@contextmanager
def alias_of_a_machine_moves(stack: Stack, _: Any) -> Iterator[None]:
    sfn, machine = stack.client("stepfunctions"), stack.outputs["machines"]["order-fulfillment"]
    found = sfn.describe_state_machine(stateMachineArn=machine["arn"])
    definition = json.dumps({**json.loads(found["definition"]), "Comment": "changed by hand"})
    new = sfn.update_state_machine(stateMachineArn=machine["arn"], definition=definition, publish=True)
    routes = [
        {"stateMachineVersionArn": machine["versionArn"], "weight": 90},
        {"stateMachineVersionArn": new["stateMachineVersionArn"], "weight": 10},
    ]
    alias = {"stateMachineAliasArn": machine["aliasArn"]}
    sfn.update_state_machine_alias(**alias, routingConfiguration=routes)
    yield
    sfn.update_state_machine_alias(**alias, routingConfiguration=[{**routes[0], "weight": 100}])


@contextmanager
def definition_is(stack: Stack, outputs: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """The stack says a version whose definition is another, and its alias leads there."""
    sfn, machine = stack.client("stepfunctions"), outputs["machines"]["order-fulfillment"]
    before = sfn.describe_state_machine(stateMachineArn=machine["versionArn"])["definition"]
    definition = json.loads(before)
    change(definition)

    def publish(text: str) -> str:
        update = sfn.update_state_machine(stateMachineArn=machine["arn"], definition=text, publish=True)
        return update["stateMachineVersionArn"]

    def lead(version: str) -> None:
        routes = [{"stateMachineVersionArn": version, "weight": 100}]
        sfn.update_state_machine_alias(stateMachineAliasArn=machine["aliasArn"], routingConfiguration=routes)

    said, machine["versionArn"] = machine["versionArn"], publish(json.dumps(definition))
    lead(machine["versionArn"])
    yield
    publish(before)
    lead(said)


def definition_says_a_path_as_text(stack: Stack, outputs: dict[str, Any]) -> AbstractContextManager[None]:
    """AWS warns of it, and accepts it."""

    def change(definition: dict[str, Any]) -> None:
        definition["States"]["NotifyRefunded"]["Parameters"] = {"order": "$.order"}

    return definition_is(stack, outputs, change)


def definition_calls_what_the_role_may_not(stack: Stack, outputs: dict[str, Any]) -> AbstractContextManager[None]:
    def change(definition: dict[str, Any]) -> None:
        definition["States"]["NotifyRefunded"] |= {
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": outputs["queues"]["poison-events"]["url"], "MessageBody.$": "$"},
        }

    return definition_is(stack, outputs, change)


@contextmanager
def policy_without(stack: Stack, role: str, action: str) -> Iterator[None]:
    iam, names = stack.client("iam"), {"RoleName": role, "PolicyName": role}
    policy = iam.get_role_policy(**names)["PolicyDocument"]
    less = [{**one, "Action": [other for other in one["Action"] if other != action]} for one in policy["Statement"]]
    other = {"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": ["*"]}  # a policy is never empty
    less = [other, *(one for one in less if one["Action"])]
    iam.put_role_policy(**names, PolicyDocument=json.dumps({**policy, "Statement": less}))
    yield
    iam.put_role_policy(**names, PolicyDocument=json.dumps(policy))


def machine_may_not_invoke(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, MACHINE, "lambda:InvokeFunction")


def machine_may_not_log(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, MACHINE, "logs:UpdateLogDelivery")


def function_may_not_write(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, FUNCTION, "dynamodb:PutItem")


def function_may_not_log(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, FUNCTION, "logs:PutLogEvents")


def pipe_may_not_start_its_machine(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, "orderflow-local-order-events-pipe", "states:StartSyncExecution")


def schedule_may_not_start_its_machine(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, "orderflow-local-reconciliation-schedule", "states:StartExecution")


def schedule_may_not_call_its_function(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, "orderflow-local-watch-orders-schedule", "lambda:InvokeFunction")


@contextmanager
def alias_of_a_function_moves(stack: Stack, _: Any) -> Iterator[None]:
    functions, said = stack.client("lambda"), stack.outputs["functions"]["charge-payment"]["version"]
    functions.update_function_configuration(FunctionName=FUNCTION, Description="changed by hand")
    functions.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION)
    new = functions.publish_version(FunctionName=FUNCTION)["Version"]
    assert new != said
    functions.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=new)
    yield
    functions.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=said)


@contextmanager
def url_is_made_anew(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    """What the stack says is an address of before."""
    webhook = outputs["webhooks"]["carrier"]
    webhook["url"] = f"https://{'a' * 32}.lambda-url.us-east-1.on.aws/"
    yield


@contextmanager
def url_asks_for(stack: Stack, function: str, *, before: str, asks: str) -> Iterator[None]:
    named = {"FunctionName": f"orderflow-local-{function}", "Qualifier": "live"}
    stack.client("lambda").update_function_url_config(**named, AuthType=asks)
    yield
    stack.client("lambda").update_function_url_config(**named, AuthType=before)


def webhook_asks_who_calls(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return url_asks_for(stack, "carrier-webhook", before="NONE", asks="AWS_IAM")


def anyone_decides(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return url_asks_for(stack, "decide", before="AWS_IAM", asks="NONE")


@contextmanager
def stream_is_off(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    """The table `stock` stands for one that the stack says to have a stream."""
    outputs["tables"]["stock"]["streamArn"] = f"{outputs['tables']['stock']['arn']}/stream/2026-01-01T00:00:00.000"
    yield


@contextmanager
def stream_is_another(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    outputs["tables"]["orders"]["streamArn"] += "-before"
    yield


@contextmanager
def table_is_not_backed_up(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    outputs["tables"]["orders"]["recovery"] = True
    yield


@contextmanager
def retention_is(stack: Stack, days: int | None) -> Iterator[None]:
    logs, name = stack.client("logs"), f"/aws/lambda/{FUNCTION}"
    if days is None:
        logs.delete_retention_policy(logGroupName=name)
    else:
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    yield
    logs.put_retention_policy(logGroupName=name, retentionInDays=int(stack.outputs["logs"][name]))


def logs_are_kept_for_longer(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return retention_is(stack, 30)


def logs_are_kept_for_ever(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return retention_is(stack, None)


@contextmanager
def alarm_is_silenced(stack: Stack, _: Any) -> Iterator[None]:
    cloudwatch, names = stack.client("cloudwatch"), ["orderflow-local-pipe-dead-letters"]
    cloudwatch.disable_alarm_actions(AlarmNames=names)
    yield
    cloudwatch.enable_alarm_actions(AlarmNames=names)


@contextmanager
def alarms_tell_another(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    """The stack says of one alarm only, so that it alone is wrong."""
    outputs["alarms"]["alarms"] |= {"topicArn": f"{QUEUE}-else", "names": ["orderflow-local-pipe-dead-letters"]}
    yield


@contextmanager
def subscription_is_pending(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    """An address that has not answered; the embedded cloud takes an e-mail's word for it, and asks web addresses."""
    sns, topic = stack.client("sns"), outputs["topics"]["notices"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/")
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    outputs["alarms"]["alarms"]["subscriptionArn"] = found["SubscriptionArn"]
    yield


@contextmanager
def key_is_disabled(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    kms, key = stack.client("kms"), outputs["keys"]["key"]
    kms.disable_key(KeyId=key)
    yield
    kms.enable_key(KeyId=key)


def function_may_not_use_the_topics_key(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, "orderflow-local-send-confirmation", "kms:GenerateDataKey")


@contextmanager
def secret_is_empty(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    made = stack.client("secretsmanager").create_secret(Name="orderflow-local-empty")
    outputs["secrets"]["carrier-webhook"] = made["ARN"]
    yield


@contextmanager
def secret_is_being_deleted(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    secrets, named = stack.client("secretsmanager"), {"SecretId": outputs["secrets"]["carrier-webhook"]}
    secrets.delete_secret(**named, RecoveryWindowInDays=30)
    yield
    secrets.restore_secret(**named)


class Api:
    """The API `quotes` with its only route."""

    def __init__(self, stack: Stack) -> None:
        self.client = stack.client("apigatewayv2")
        self.named = {"ApiId": stack.outputs["apis"]["quotes"]["executionArn"].rpartition(":")[2]}
        (self.route,) = self.client.get_routes(**self.named)["Items"]


@contextmanager
def stage_is_gone(stack: Stack, _: Any) -> Iterator[None]:
    api, stage = Api(stack), {"StageName": "$default"}
    api.client.delete_stage(**api.named, **stage)
    yield
    api.client.create_stage(**api.named, **stage, AutoDeploy=True)


@contextmanager
def route_is(stack: Stack, **changed: str) -> Iterator[None]:
    api = Api(stack)
    named = {**api.named, "RouteId": api.route["RouteId"]}
    api.client.update_route(**named, **changed)
    yield
    api.client.update_route(**named, **{field: api.route[field] for field in changed})


def route_is_another(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return route_is(stack, RouteKey="POST /offers")


def route_is_open(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return route_is(stack, AuthorizationType="NONE")


def route_has_no_integration(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return route_is(stack, Target="integrations/gone")


@contextmanager
def route_leads_elsewhere(stack: Stack, _: Any) -> Iterator[None]:
    api = Api(stack)
    named = {**api.named, "IntegrationId": api.route["Target"].removeprefix("integrations/")}
    before = api.client.get_integration(**named)["IntegrationUri"]
    api.client.update_integration(**named, IntegrationUri=stack.outputs["functions"]["decide"]["aliasArn"])
    yield
    api.client.update_integration(**named, IntegrationUri=before)


@contextmanager
def api_may_not_call_its_function(stack: Stack, _: Any) -> Iterator[None]:
    """Another API may."""
    functions, named = stack.client("lambda"), {"FunctionName": WAITING, "Qualifier": "live"}
    (said,) = json.loads(functions.get_policy(**named)["Policy"])["Statement"]
    own: str = said["Condition"]["ArnLike"]["AWS:SourceArn"]

    def let_in(source: str) -> None:
        functions.remove_permission(**named, StatementId=said["Sid"])
        whom = {"Principal": "apigateway.amazonaws.com", "Action": "lambda:InvokeFunction", "SourceArn": source}
        functions.add_permission(**named, StatementId=said["Sid"], **whom)

    let_in(own.replace("/*/*", "0/*/*"))
    yield
    let_in(own)


@contextmanager
def connection_is_deauthorized(stack: Stack, _: Any) -> Iterator[None]:
    stack.client("events").deauthorize_connection(Name=CONNECTION)
    yield
    sign_in_by_another_key(stack.cloud)


@contextmanager
def connection_has_its_stand_in(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    """One as it is made, whose key nobody has put in."""
    key = {"ApiKeyName": "X-Api-Key", "ApiKeyValue": "not-put-in"}
    named = {"Name": "orderflow-local-made-anew", "AuthorizationType": "API_KEY"}
    stack.client("events").create_connection(**named, AuthParameters={"ApiKeyAuthParameters": key})
    outputs["connections"]["identity"]["name"] = named["Name"]
    yield


@contextmanager
def image_is_not_pushed(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    """As after a change of its code."""
    outputs["images"]["document-scan"] += "0"
    yield


@contextmanager
def task_is_deregistered(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    """A revision that the stack says, and somebody takes out of use."""
    ecs, task = stack.client("ecs"), outputs["tasks"]["document-scan"]
    fields = ("family", "containerDefinitions", "taskRoleArn", "executionRoleArn")
    before = ecs.describe_task_definition(taskDefinition=task["arn"])["taskDefinition"]
    made = ecs.register_task_definition(**{field: before[field] for field in fields})
    task["arn"] = made["taskDefinition"]["taskDefinitionArn"]
    ecs.deregister_task_definition(taskDefinition=task["arn"])
    yield


def task_may_not_read(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, "orderflow-local-document-scan-task", "s3:GetObject")


def task_may_not_fetch_its_image(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, "orderflow-local-document-scan-execution", "ecr:BatchGetImage")


def machine_may_not_hand_over_roles(stack: Stack, _: Any) -> AbstractContextManager[None]:
    return policy_without(stack, "orderflow-local-onboarding-machine", "iam:PassRole")


@contextmanager
def network_has_no_way_out(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    ec2, (subnet,) = stack.client("ec2"), outputs["tasks"]["document-scan"]["subnets"]
    (found,) = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [found["VpcId"]]}])["RouteTables"]
    (out,) = [one for one in table["Routes"] if one["DestinationCidrBlock"] == "0.0.0.0/0"]
    route = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.delete_route(**route)
    yield
    ec2.create_route(**route, GatewayId=out["GatewayId"])


@contextmanager
def subnet_is_gone(stack: Stack, outputs: dict[str, Any]) -> Iterator[None]:
    outputs["tasks"]["document-scan"]["subnets"] = ["subnet-0123456789abcdef0"]
    yield


SICK = {
    "pipe stopped": Sick(pipe_is_stopped, "pipe", "order-events", "STOPPED", "start-pipe --name orderflow-local-order"),
    "schedule off": Sick(schedule_is_off, "schedule", "reconciliation", "DISABLED"),
    "schedule's target": Sick(schedule_starts_another, "schedule", "reconciliation", "reconciliation:live"),
    "machine's alias": Sick(
        alias_of_a_machine_moves, "machine's alias", "order-fulfillment", "90 % to version 1, 10 % to version 2"
    ),
    "definition": Sick(
        definition_says_a_path_as_text,
        "machine's definition",
        "order-fulfillment",
        "NO_DOLLAR at /States/NotifyRefunded/Parameters",
        "mend the definition",
        "warning",
    ),
    "call": Sick(
        definition_calls_what_the_role_may_not,
        "machine's role",
        "order-fulfillment",
        f"not allowed: sqs:SendMessage on {QUEUE}",
        f"{REFRESH}; the role is {MACHINE}",
    ),
    "machine logs": Sick(
        machine_may_not_log, "machine's role", "order-fulfillment", "not allowed: logs:UpdateLogDelivery on *"
    ),
    "machine invokes": Sick(
        machine_may_not_invoke,
        "machine's role",
        "order-fulfillment",
        f"not allowed: lambda:InvokeFunction on arn:aws:lambda:{REGION}:{ACCOUNT}:function:",
    ),
    "function writes": Sick(
        function_may_not_write, "function's role", "charge-payment", "not allowed: dynamodb:PutItem on arn"
    ),
    "function logs": Sick(function_may_not_log, "function's role", "charge-payment", "not allowed: logs:PutLogEvents"),
    "pipe starts": Sick(
        pipe_may_not_start_its_machine, "pipe's role", "order-events", "not allowed: states:StartSyncExecution on arn"
    ),
    "schedule starts": Sick(
        schedule_may_not_start_its_machine,
        "schedule's role",
        "reconciliation",
        "not allowed: states:StartExecution on arn:aws:states:us-east-1:000000000000:stateMachine:"
        "orderflow-local-reconciliation",
    ),
    "schedule calls": Sick(
        schedule_may_not_call_its_function, "schedule's role", "watch-orders", "not allowed: lambda:InvokeFunction on"
    ),
    "function's alias": Sick(alias_of_a_function_moves, "function's alias", "charge-payment", "leads to version "),
    "URL": Sick(url_is_made_anew, "webhook's URL", "carrier", "answers at https://"),
    "URL asks": Sick(webhook_asks_who_calls, "webhook's URL", "carrier", "asks its callers for AWS_IAM"),
    "URL is open": Sick(anyone_decides, "function's URL", "decide", "asks its callers for NONE"),
    "stream off": Sick(stream_is_off, "table", "stock", "its stream is off"),
    "stream": Sick(stream_is_another, "table", "orders", "-before"),
    "backup": Sick(table_is_not_backed_up, "table's backup", "orders", "point-in-time recovery is off"),
    "logs longer": Sick(
        logs_are_kept_for_longer, "log group", f"/aws/lambda/{FUNCTION}", "for 30 days; the stack says"
    ),
    "logs for ever": Sick(logs_are_kept_for_ever, "log group", f"/aws/lambda/{FUNCTION}", "keeps its lines for ever"),
    "alarm silent": Sick(
        alarm_is_silenced, "alarms", "alarms", "orderflow-local-pipe-dead-letters has its actions disabled"
    ),
    "alarm's topic": Sick(alarms_tell_another, "alarms", "alarms", "orderflow-local-pipe-dead-letters does not tell"),
    "pending": Sick(subscription_is_pending, "alarms' receiver", "alarms", "PendingConfirmation", "follow the link"),
    "key disabled": Sick(key_is_disabled, "key", "key", "Disabled", "aws kms enable-key --key-id arn:aws:kms"),
    "topic's key": Sick(
        function_may_not_use_the_topics_key,
        "function's role",
        "send-confirmation",
        "not allowed: kms:GenerateDataKey on arn:aws:kms",
    ),
    "no value": Sick(
        secret_is_empty, "secret", "carrier-webhook", "has no value", "put-secret-value --secret-id order"
    ),
    "stage": Sick(stage_is_gone, "API", "quotes", "is not there"),
    "route": Sick(route_is_another, "API's routes", "quotes", "POST /quotes is not there"),
    "route is open": Sick(route_is_open, "API's routes", "quotes", "POST /quotes asks nobody who calls"),
    "integration": Sick(route_has_no_integration, "API's routes", "quotes", "POST /quotes leads nowhere"),
    "route's target": Sick(
        route_leads_elsewhere, "API's routes", "quotes", "function:orderflow-local-decide:live; the stack says arn:aws"
    ),
    "API calls": Sick(
        api_may_not_call_its_function,
        "API's permission",
        "quotes",
        f":function:{WAITING}:live, and the API answers 500",
    ),
    "deauthorized": Sick(
        connection_is_deauthorized, "connection", "identity", "DEAUTHORIZED", f"update-connection --name {CONNECTION}"
    ),
    "stand-in": Sick(
        connection_has_its_stand_in,
        "connection",
        "identity",
        "has the stand-in that it is made with",
        "update-connection --name orderflow-local-made-anew",
    ),
    "image": Sick(
        image_is_not_pushed,
        "image",
        "document-scan",
        "orderflow-local-document-scan has no image ",
        "docker buildx build --platform linux/arm64 --file handlers/containers/document_scan.Dockerfile --tag ",
    ),
    "deregistered": Sick(task_is_deregistered, "task", "document-scan", "is INACTIVE"),
    "task reads": Sick(task_may_not_read, "task's role", "document-scan", "not allowed: s3:GetObject on arn:aws:s3:::"),
    "task's image": Sick(
        task_may_not_fetch_its_image, "task's execution role", "document-scan", "not allowed: ecr:BatchGetImage on arn"
    ),
    "roles handed over": Sick(
        machine_may_not_hand_over_roles, "machine's role", "onboarding", "not allowed: iam:PassRole on arn:aws:iam"
    ),
    "no way out": Sick(network_has_no_way_out, "task's network", "document-scan", "no way out of subnet-"),
    "subnet": Sick(subnet_is_gone, "task's network", "document-scan", "is not there"),
    "deleted": Sick(secret_is_being_deleted, "secret", "carrier-webhook", "is to be deleted", "restore-secret"),
}


def only(kind: str, outputs: dict[str, Any]) -> dict[str, Any]:
    """What the stack says of one kind of part, and of the machine without which it is none of orders."""
    orders = {"order-fulfillment": outputs["machines"]["order-fulfillment"]}
    return outputs | {check.output: {} for check in CHECKS} | {"machines": orders} | {kind: outputs[kind]}


@pytest.mark.parametrize("name", SICK)
def test_what_breaks_is_named_alone_with_what_to_do(name: str, doctor: Callable[..., Result], stack: Stack) -> None:
    sick, outputs = SICK[name], copy.deepcopy(stack.outputs)
    kind = next(check.output for check in CHECKS if check.part == sick.part)
    with sick.breaks(stack, outputs):
        result = doctor("--json", outputs=only(kind, outputs))
    found = lines(result)
    assert [(line["part"], line["name"], line["state"]) for line in found] == [(sick.part, sick.name, sick.state)]
    assert sick.found in found[0]["found"], found
    assert sick.do in found[0]["do"], found
    assert result.exit_code == (0 if sick.state == "warning" else 1)


def test_a_definition_that_is_refused_says_where_and_its_permissions_are_not_guessed(
    doctor: Callable[..., Result], stack: Stack
) -> None:
    def change(definition: dict[str, Any]) -> None:
        definition["States"]["NotifyRefunded"]["Next"] = "Nowhere"

    outputs = copy.deepcopy(stack.outputs)
    with definition_is(stack, outputs, change):
        found = lines(doctor("--json", outputs=outputs))
    refused, *more, unknown = found
    assert {(one["part"], one["state"]) for one in (refused, *more)} == {("machine's definition", "wrong")}
    assert any("at /States/NotifyRefunded/Next: " in one["found"] for one in (refused, *more)), found
    assert (unknown["part"], unknown["state"]) == ("machine's role", "unseen")


GONE: dict[tuple[str, ...], list[str]] = {
    ("machines", "order-events", "versionArn"): [
        "machine",
        "machine's alias",
        "machine's definition",
        "machine's role",
    ],
    ("machines", "reconciliation", "aliasArn"): ["machine's alias"],
    ("functions", "decide", "name"): ["function", "function's role"],
    ("functions", "watch-orders", "aliasArn"): ["function's alias"],
    ("layers", "dependencies"): ["layer"],
    ("webhooks", "carrier", "aliasArn"): ["webhook's URL"],
    ("pipes", "order-events", "arn"): ["pipe", "pipe's role"],
    ("schedules", "watch-orders", "arn"): ["schedule", "schedule's role"],
    ("tables", "stock", "name"): ["table"],
    ("queues", "poison-events", "url"): ["queue"],
    ("topics", "notices"): ["topic"],
    ("buckets", "exports"): ["bucket"],
    ("connections", "identity", "name"): ["connection"],
    ("images", "document-scan"): ["image"],
    ("tasks", "document-scan", "arn"): ["task", "task's role", "task's execution role"],
    ("tasks", "document-scan", "clusterArn"): ["task's cluster"],
    ("secrets", "carrier-webhook"): ["secret"],
    ("alarms", "alarms", "subscriptionArn"): ["alarms' receiver"],
}
"""What the stack says of a part that is not there, and all that the doctor then misses."""


def test_what_is_not_there_is_missed_and_nothing_else(doctor: Callable[..., Result], stack: Stack) -> None:
    outputs = copy.deepcopy(stack.outputs)
    for *path, last in GONE:
        place = outputs
        for key in path:
            place = place[key]
        place[last] = place[last].replace("orderflow-local-", "orderflow-local-no-")
    logs = ("/aws/lambda/orderflow-local-no", "/aws/ecs/orderflow-local-no")
    outputs["logs"] |= dict.fromkeys(logs, 1)
    outputs["alarms"]["alarms"]["names"][0] += "-gone"
    found = lines(doctor("--json", outputs=outputs))
    missed = {(line["part"], line["name"]) for line in found if line["state"] == "wrong" and REFRESH in line["do"]}
    assert len(missed) == len(found), found
    assert missed == {
        *((part, place[1]) for place, parts in GONE.items() for part in parts),
        *(("log group", name) for name in logs),
        ("alarms", "alarms"),
    }


def test_what_may_not_be_looked_at_is_named_with_the_action_that_it_needs(
    doctor: Callable[..., Result], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a user without any policy."""
    iam = stack.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    config = Config(inject_host_prefix=False)
    where = {"region_name": REGION, "endpoint_url": stack.cloud.endpoint, "config": config}
    who = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    monkeypatch.setattr(Deployment, "connect", lambda _, service: boto3.client(service, **where, **who))
    found = lines(doctor("--json"))
    assert {line["part"] for line in found} == {check.part for check in CHECKS} - {"table's backup"}
    for line in found:
        check = next(check for check in CHECKS if check.part == line["part"])
        needs = check.needs[0]  # what is denied is the first of its calls
        assert (line["state"], line["found"]) == ("unseen", f"could not be looked at: needs {needs}")
        assert line["do"].startswith(f"allow {needs}")
