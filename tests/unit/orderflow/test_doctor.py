"""What the doctor says of parts in states that the embedded cloud never has, in the shapes that AWS answers in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from typer.testing import CliRunner

from orderflow.cli import app
from orderflow.doctor import (
    apis,
    connections,
    containers,
    events,
    examination,
    functions,
    machines,
    permissions,
    storage,
    watching,
)
from orderflow.doctor.checks import CHECKS, Check
from orderflow.doctor.lines import Look, Seen, Told
from orderflow.outputs import Deployment
from tests.unit.orderflow.conftest import CREDENTIALS

Answer: TypeAlias = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], dict[str, Any]]
"""An operation, what AWS answers, and with what it has to be called."""

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
MACHINE = ARN.format("states", "stateMachine:orders")
ROLE = "arn:aws:iam::123456789012:role/orders-machine"
PIPE = {"arn": ARN.format("pipes", "pipe/orders"), "sourceArn": "source", "targetArn": "target"}
FUNCTION = {
    "name": "charge",
    "aliasArn": ARN.format("lambda", "function:charge:live"),
    "version": "7",
    "logGroup": "/aws/lambda/charge",
    "calls": {},
    "keys": [],
}


class Aws:
    """Clients whose calls must be announced, each service's in their order."""

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self.clients = {name: boto3.client(name, **CREDENTIALS) for name in answers}  # type: ignore[call-overload]
        self.stubbers = {name: Stubber(client) for name, client in self.clients.items()}
        for name, announced in answers.items():
            for operation, answer, *given in announced:
                if code := answer.get("Code"):
                    self.stubbers[name].add_client_error(operation, code, answer.get("Message", ""))
                else:
                    self.stubbers[name].add_response(operation, answer, *given)

    def __call__(self, service: str) -> Any:
        return self.clients[service]

    def __enter__(self) -> Aws:
        for stubber in self.stubbers.values():
            stubber.activate()
        return self

    def __exit__(self, *raised: object) -> None:
        for stubber in self.stubbers.values():
            if raised[0] is None:
                stubber.assert_no_pending_responses()


def seen(look: Look, told: object, **answers: Sequence[Answer]) -> list[Seen]:
    with Aws(**answers) as aws:
        return list(look(aws, Told("parts", "orders", told)))


def pipe(state: str, wanted: str = "RUNNING", **more: str) -> Answer:
    return "describe_pipe", {
        "Source": "source",
        "Target": "target",
        "CurrentState": state,
        "DesiredState": wanted,
    } | more


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (pipe("RUNNING"), "ok", "RUNNING"),
        (pipe("CREATING"), "waiting", "CREATING"),
        (pipe("STARTING"), "waiting", "STARTING"),
        (pipe("UPDATING"), "waiting", "UPDATING"),
        (pipe("CREATE_FAILED", StateReason="no stream"), "wrong", "CREATE_FAILED: no stream"),
        (pipe("START_FAILED"), "wrong", "START_FAILED"),
        (pipe("STOPPED", "STOPPED"), "wrong", "STOPPED"),
        (pipe("UPDATING", "STOPPED"), "wrong", "UPDATING"),
        (pipe("DELETING", "DELETED"), "wrong", "DELETING"),
        (pipe("RUNNING", Source="another"), "wrong", "its source is another; the stack says source"),
        (pipe("RUNNING", Target="another"), "wrong", "its target is another; the stack says target"),
    ],
)
def test_a_pipe_that_starts_is_waited_for_and_one_that_does_not_is_wrong(answer: Answer, state: str, says: str) -> None:
    (found,) = seen(events.runs, PIPE, pipes=[answer])
    assert (found.state, found.found) == (state, says)
    assert bool(found.do) == (state == "wrong")


@pytest.mark.parametrize(
    ("version", "latest", "state"),
    [
        ({"State": "Active"}, {"LastUpdateStatus": "Successful"}, "ok"),
        ({"State": "Pending"}, {"LastUpdateStatus": "Successful"}, "waiting"),
        ({"State": "Active"}, {"LastUpdateStatus": "InProgress"}, "waiting"),
        ({"State": "Inactive"}, {"LastUpdateStatus": "Successful"}, "wrong"),
        ({"State": "Failed", "StateReason": "no key"}, {"LastUpdateStatus": "Successful"}, "wrong"),
        (
            {"State": "Active"},
            {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no key"},
            "wrong",
        ),
    ],
)
def test_a_function_is_as_its_version_and_its_last_update_are(
    version: dict[str, str], latest: dict[str, str], state: str
) -> None:
    call = "get_function_configuration"
    answers: list[Answer] = [
        (call, version, {"FunctionName": "charge", "Qualifier": "7"}),
        (call, latest, {"FunctionName": "charge"}),
    ]
    (found,) = seen(functions.is_active, FUNCTION, **{"lambda": answers})
    assert found.state == state
    assert ("no key" in found.found) == any("no key" in value for value in (*version.values(), *latest.values()))


@pytest.mark.parametrize(
    ("shares", "gradually", "state", "says"),
    [
        ({7: 100}, True, "ok", "at version 7"),
        ({6: 90, 7: 10}, True, "waiting", "leads 90 % to version 6, 10 % to version 7; the stack says version 7"),
        ({6: 100}, True, "warning", "leads 100 % to version 6; the stack says version 7"),
        ({6: 90, 7: 10}, False, "wrong", "leads 90 % to version 6, 10 % to version 7; the stack says version 7"),
    ],
)
def test_an_alias_that_leads_elsewhere_is_what_its_release_makes_of_it(
    shares: dict[int, int], gradually: bool, state: str, says: str
) -> None:
    routes = [{"stateMachineVersionArn": f"{MACHINE}:{number}", "weight": share} for number, share in shares.items()]
    answer = ("describe_state_machine_alias", {"routingConfiguration": routes}, {"stateMachineAliasArn": "alias"})
    more = {"releasesArn": f"{MACHINE}-release"} if gradually else {}
    told = Told("machines", "orders", {"versionArn": f"{MACHINE}:7", "aliasArn": "alias", **more})
    with Aws(stepfunctions=[answer]) as aws:
        (seen,) = machines.has_its_alias(aws, told)
    assert (seen.state, seen.found.removesuffix(", which is being released")) == (state, says)
    assert ("orderflow releases orders" in seen.do) == (gradually and state != "ok")


def test_a_share_of_the_calls_that_leads_elsewhere_is_told() -> None:
    answer = {"FunctionVersion": "7", "RoutingConfig": {"AdditionalVersionWeights": {"8": 0.1}}}
    (found,) = seen(functions.has_its_alias, FUNCTION, **{"lambda": [("get_alias", answer)]})
    assert (found.state, found.found) == ("wrong", "leads to version 7, 10% to version 8; the stack says version 7")


@pytest.mark.parametrize(
    ("status", "index", "state"),
    [
        ("ACTIVE", "ACTIVE", "ok"),
        ("ACTIVE", "CREATING", "waiting"),
        ("UPDATING", "ACTIVE", "waiting"),
        ("ACTIVE", "DELETING", "wrong"),
        ("ARCHIVED", "ACTIVE", "wrong"),
        ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ACTIVE", "wrong"),
    ],
)
def test_a_table_is_as_it_and_its_indexes_are(status: str, index: str, state: str) -> None:
    table = {"TableStatus": status, "GlobalSecondaryIndexes": [{"IndexName": "open", "IndexStatus": index}]}
    told = {"name": "orders", "streamArn": ""}
    (found,) = seen(storage.is_table, told, dynamodb=[("describe_table", {"Table": table})])
    assert found.state == state
    assert ("the table" in found.found, "index open" in found.found) == (status != "ACTIVE", index != "ACTIVE")


def test_recovery_is_looked_at_only_where_the_stack_says_that_it_is_on() -> None:
    recovery = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}
    description = {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", **recovery}}
    assert seen(storage.is_backed_up, {"name": "orders", "recovery": False}, dynamodb=[]) == []
    answers: list[Answer] = [("describe_continuous_backups", description)]
    (found,) = seen(storage.is_backed_up, {"name": "orders", "recovery": True}, dynamodb=answers)
    assert found.state == "ok"


OLD, NEW = "a" * 32, "b" * 32


@pytest.mark.parametrize(
    ("labels", "state"),
    [({}, "wrong"), ({OLD: ["AWSPENDING"]}, "wrong"), ({OLD: ["AWSPREVIOUS"], NEW: ["AWSCURRENT"]}, "ok")],
)
def test_a_secret_is_filled_once_a_version_is_current(labels: dict[str, list[str]], state: str) -> None:
    answer = {"Name": "stripe", **({"VersionIdsToStages": labels} if labels else {})}
    (found,) = seen(storage.is_filled, "arn", secretsmanager=[("describe_secret", answer)])
    assert found.state == state


def test_alarms_are_asked_for_a_hundred_at_once_and_each_that_is_silent_is_named() -> None:
    names = [f"alarm-{number}" for number in range(150)]
    ringing = [{"AlarmName": name, "ActionsEnabled": True, "AlarmActions": ["topic"]} for name in names]
    kinds = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    first, last = {"AlarmNames": names[:100], **kinds}, {"AlarmNames": names[100:], **kinds}
    answers: list[Answer] = [
        ("describe_alarms", {"MetricAlarms": ringing[:50], "NextToken": "50"}, first),
        ("describe_alarms", {"MetricAlarms": ringing[50:99]}, {**first, "NextToken": "50"}),
        ("describe_alarms", {"MetricAlarms": ringing[101:], "CompositeAlarms": ringing[100:101]}, last),
    ]
    (found,) = seen(watching.ring, {"topicArn": "topic", "names": names}, cloudwatch=answers)
    assert (found.state, found.found) == ("wrong", "alarm-99 is not there")


def test_a_log_group_is_told_from_those_whose_names_begin_like_it() -> None:
    pages = [
        {"logGroups": [{"logGroupName": "orders-2", "retentionInDays": 1}], "nextToken": "next"},
        {"logGroups": [{"logGroupName": "orders", "retentionInDays": 7}]},
    ]
    answers: list[Answer] = [("describe_log_groups", page) for page in pages]
    assert seen(watching.keeps_its_lines, 7.0, logs=answers) == [Seen("ok", "kept for 7 days")]


def machine(**states: Any) -> Answer:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}, **states}}
    answer = {
        "stateMachineArn": MACHINE,
        "name": "orders",
        "definition": json.dumps(definition),
        "roleArn": ROLE,
        "type": "STANDARD",
        "status": "ACTIVE",
        "creationDate": datetime(2026, 3, 1, tzinfo=UTC),
        "loggingConfiguration": {"level": "OFF"},
    }
    return "describe_state_machine", answer


ERROR = {"severity": "ERROR", "code": "MISSING_TRANSITION_TARGET", "message": "no B", "location": "/States/A/Next"}
WARNING = {"severity": "WARNING", "code": "NO_PATH", "message": "a path?"}


@pytest.mark.parametrize(
    ("result", "diagnostics", "states"),
    [
        ("OK", [], [("ok", "accepted by AWS")]),
        ("OK", [WARNING], [("warning", "NO_PATH: a path?")]),
        ("FAIL", [], [("wrong", "refused by AWS")]),
        (
            "FAIL",
            [WARNING, ERROR],
            [("warning", "NO_PATH: a path?"), ("wrong", "MISSING_TRANSITION_TARGET at /States/A/Next: no B")],
        ),
    ],
)
def test_what_aws_says_of_a_definition_is_told_with_its_warnings(
    result: str, diagnostics: list[dict[str, str]], states: list[tuple[str, str]]
) -> None:
    described = machine()
    given = {"definition": described[1]["definition"], "type": "STANDARD", "severity": "WARNING"}
    answer = {"result": result, "diagnostics": diagnostics}
    answers: list[Answer] = [described, ("validate_state_machine_definition", answer, given)]
    found = seen(machines.is_accepted, {"versionArn": f"{MACHINE}:4"}, stepfunctions=answers)
    assert [(one.state, one.found) for one in found] == states


SEND = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl.$": "$.queue", "MessageBody": "hello"},
    "TimeoutSeconds": 5,
    "End": True,
}
QUEUE = ARN.format("sqs", "notices")


def simulated(actions: Sequence[str], resource: str, decision: str = "allowed", **more: Any) -> Answer:
    context = more.pop("context", [])
    given = {"PolicySourceArn": ROLE, "ActionNames": actions, "ResourceArns": [resource], "ContextEntries": context}
    results = [{"EvalActionName": action, "EvalDecision": decision, **more} for action in actions]
    return "simulate_principal_policy", {"EvaluationResults": results}, given


def test_what_was_declared_beside_the_definition_is_asked_for_and_what_was_not_is_not_known() -> None:
    told: dict[str, Any] = {"arn": MACHINE, "versionArn": f"{MACHINE}:4", "keys": []}
    allow = [{"state": "B", "resource": QUEUE, "reason": "any queue", "parameter": "", "actions": []}]
    described = machine(A={"Type": "Pass", "Next": "B"}, B=SEND)
    asked = simulated(["sqs:SendMessage"], QUEUE)
    assert seen(permissions.of_machine, {**told, "allow": allow}, stepfunctions=[described], iam=[asked]) == [
        Seen("ok", "1 permissions allowed")
    ]
    (found,) = seen(permissions.of_machine, told, stepfunctions=[described], iam=[])
    assert (found.state, "QueueUrl of sqs:sendMessage is read from data" in found.found) == ("unseen", True)


def test_a_definition_with_errors_is_not_guessed_at() -> None:
    described = machine(A={"Type": "Pass", "Next": "B"})
    told = {"arn": MACHINE, "versionArn": f"{MACHINE}:4"}
    (found,) = seen(permissions.of_machine, told, stepfunctions=[described], iam=[])
    assert (found.state, found.found) == ("unseen", "not known: the definition has errors")


def policy(**more: Any) -> dict[str, Any]:
    statement = {"Sid": "Why", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["*"]}
    return {"Version": "2012-10-17", "Statement": [{**statement, **more}]}


def asked(document: dict[str, Any], *answers: Answer) -> list[Seen]:
    with Aws(iam=answers) as aws:
        return list(permissions.asked(aws, ROLE, document))


def test_a_request_has_no_wildcard_and_meets_the_conditions_of_its_statement() -> None:
    condition = {
        "StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "x"]},
        "StringLike": {"s3:prefix": "a/*"},
    }
    document = policy(Resource=["arn:aws:s3:::exports/*"], Condition=condition)
    context = [
        {
            "ContextKeyName": "iam:PassedToService",
            "ContextKeyType": "string",
            "ContextKeyValues": ["ecs.amazonaws.com"],
        },
        {"ContextKeyName": "s3:prefix", "ContextKeyType": "string", "ContextKeyValues": ["a/any"]},
    ]
    actions = ["s3:GetObject", "s3:PutObject"]
    (found,) = asked(document, simulated(actions, "arn:aws:s3:::exports/any", context=context))
    assert (found.state, found.found) == ("ok", "2 permissions allowed")


def test_actions_that_iam_does_not_take_together_are_asked_about_one_by_one() -> None:
    refused = {"Code": "InvalidInput", "Message": "[…] and […] require different authorization information."}
    found = asked(
        policy(),
        ("simulate_principal_policy", refused),
        simulated(["s3:GetObject"], "*"),
        simulated(["s3:PutObject"], "*", "implicitDeny"),
    )
    assert [(one.state, one.found) for one in found] == [("wrong", "not allowed: s3:PutObject on *")]


def test_what_iam_does_not_take_even_alone_is_not_taken_for_allowed() -> None:
    refused: Answer = ("simulate_principal_policy", {"Code": "InvalidInput", "Message": "no such action"})
    with pytest.raises(ClientError, match="no such action"):
        asked(policy(Action=["s3:GetObject"]), refused)


@pytest.mark.parametrize(
    ("decision", "more", "says"),
    [
        ("implicitDeny", {}, "not allowed: s3:GetObject on *"),
        ("explicitDeny", {}, "explicitly denied: s3:GetObject on *"),
        (
            "implicitDeny",
            {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
            "the permissions boundary denies s3:GetObject on *",
        ),
        (
            "implicitDeny",
            {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}},
            "the organization denies s3:GetObject on *",
        ),
    ],
)
def test_a_denial_says_who_denies(decision: str, more: dict[str, Any], says: str) -> None:
    answer = simulated(["s3:GetObject"], "*", decision, **more)
    (found,) = asked(policy(Action=["s3:GetObject"]), answer)
    assert (found.state, found.found) == ("wrong", says)
    assert "the role is orders-machine" in found.do


def test_a_function_is_asked_for_its_calls_its_log_and_its_traces() -> None:
    orders = ARN.format("dynamodb", "table/orders")
    configuration = {"Role": ROLE, "TracingConfig": {"Mode": "Active"}}
    answers = [
        simulated(["dynamodb:GetItem", "dynamodb:UpdateItem"], orders),
        simulated(
            ["logs:CreateLogStream", "logs:PutLogEvents"], ARN.format("logs", "log-group:/aws/lambda/charge:any")
        ),
        simulated(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*"),
    ]
    told = {**FUNCTION, "calls": {orders: ["dynamodb:getItem", "dynamodb:updateItem"]}}
    configured: list[Answer] = [("get_function_configuration", configuration)]
    assert seen(permissions.of_function, told, **{"lambda": configured, "iam": answers}) == [
        Seen("ok", "6 permissions allowed")
    ]


API_ID = "a1b2c3d4e5"
API: dict[str, Any] = {
    "executionArn": ARN.format("execute-api", API_ID),
    "routes": {"POST /orders": {"targetArn": f"{MACHINE}:live", "roleArn": ROLE}},
}


@pytest.mark.parametrize(
    ("deployment", "state", "says"),
    [
        ({"DeploymentStatus": "DEPLOYED"}, "ok", "DEPLOYED"),
        ({"DeploymentStatus": "PENDING"}, "waiting", "PENDING"),
        (
            {"DeploymentStatus": "FAILED", "DeploymentStatusMessage": "no\ntarget"},
            "wrong",
            "FAILED: no target; it answers as before",
        ),
    ],
)
def test_an_api_is_as_its_stages_last_deployment_is(deployment: dict[str, str], state: str, says: str) -> None:
    answers: list[Answer] = [
        ("get_stage", {"StageName": "$default", "DeploymentId": "d1"}, {"ApiId": API_ID, "StageName": "$default"}),
        ("get_deployment", deployment, {"ApiId": API_ID, "DeploymentId": "d1"}),
    ]
    (found,) = seen(apis.is_deployed, API, apigatewayv2=answers)
    assert (found.state, found.found) == (state, says)


def test_a_route_that_starts_a_machine_leads_to_its_alias_by_a_role_that_may_start_it() -> None:
    """The second page of the routes has it."""
    route = {"RouteKey": "POST /orders", "AuthorizationType": "JWT", "Target": "integrations/i1"}
    starting = {"IntegrationSubtype": "StepFunctions-StartExecution"}

    def led_to(machine: str) -> list[Seen]:
        pages: list[Answer] = [("get_routes", {"Items": [], "NextToken": "n"}), ("get_routes", {"Items": [route]})]
        integration = {**starting, "RequestParameters": {"StateMachineArn": machine}}
        asked = ("get_integration", integration, {"ApiId": API_ID, "IntegrationId": "i1"})
        return seen(apis.has_its_routes, API, apigatewayv2=[*pages, asked])

    assert led_to(f"{MACHINE}:live") == [Seen("ok", "POST /orders")]
    (found,) = led_to(f"{MACHINE}:before")
    assert found.found == f"POST /orders leads to {MACHINE}:before; the stack says {MACHINE}:live"
    asked = simulated(["states:StartExecution"], MACHINE, "implicitDeny")
    (found,) = seen(permissions.of_api, API, iam=[asked])
    assert found.found == f"not allowed: states:StartExecution on {MACHINE}"


MADE = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "changed", "stand_in", "expected"),
    [
        ("AUTHORIZED", LATER, True, "ok"),
        ("AUTHORIZED", MADE, True, "wrong"),
        ("AUTHORIZED", MADE, False, "ok"),
        ("CREATING", MADE, True, "waiting"),
        ("AUTHORIZING", LATER, True, "waiting"),
        ("DEAUTHORIZING", LATER, True, "wrong"),
    ],
)
def test_a_connection_that_is_made_with_a_stand_in_has_its_key_once_it_was_changed(
    state: str, changed: datetime, stand_in: bool, expected: str
) -> None:
    answer = {"ConnectionState": state, "CreationTime": MADE, "LastModifiedTime": changed, "StateReason": "so"}
    told = {"name": "orders", "standIn": stand_in}
    (found,) = seen(connections.is_authorized, told, events=[("describe_connection", answer, {"Name": "orders"})])
    assert found.state == expected
    assert ("aws events update-connection --name orders" in found.do) == (expected == "wrong")


@pytest.mark.parametrize(("status", "state"), [("ACTIVE", "ok"), ("PROVISIONING", "waiting"), ("INACTIVE", "wrong")])
def test_a_cluster_is_waited_for_until_tasks_can_run_in_it(status: str, state: str) -> None:
    answers: list[Answer] = [("describe_clusters", {"clusters": [{"status": status}]})]
    (found,) = seen(containers.has_its_cluster, {"clusterArn": "arn"}, ecs=answers)
    assert (found.state, found.found) == (state, status)


OUT = {"DestinationCidrBlock": "0.0.0.0/0", "State": "active"}
MAIN: dict[str, Any] = {"Associations": [{"Main": True}], "Routes": [OUT]}


@pytest.mark.parametrize(
    ("tables", "public", "state"),
    [
        ([MAIN], True, "ok"),
        ([{**MAIN, "Routes": [{**OUT, "State": "blackhole"}]}], True, "wrong"),
        ([{**MAIN, "Associations": [{"SubnetId": "another"}]}], True, "wrong"),
        ([MAIN, {"Associations": [{"SubnetId": "subnet-1"}], "Routes": []}], True, "wrong"),
        ([{**MAIN, "Routes": []}, {"Associations": [{"SubnetId": "subnet-1"}], "Routes": [OUT]}], True, "ok"),
        ([], False, "ok"),
    ],
)
def test_a_public_subnet_has_the_way_out_of_its_own_route_table_or_of_the_main_one(
    tables: list[dict[str, Any]], public: bool, state: str
) -> None:
    subnets = {"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "State": "available"}]}
    answers: list[Answer] = [("describe_subnets", subnets, {"SubnetIds": ["subnet-1"]})]
    if public:
        of = [{"Name": "vpc-id", "Values": ["vpc-1"]}]
        answers.append(("describe_route_tables", {"RouteTables": tables}, {"Filters": of}))
    (found,) = seen(containers.has_its_network, {"subnets": ["subnet-1"], "publicIp": public}, ec2=answers)
    assert found.state == state


TASK = {
    "arn": ARN.format("ecs", "task-definition/scan:1"),
    "logGroup": "/aws/ecs/scan",
    "calls": {ARN.format("dynamodb", "table/orders"): ["dynamodb:getItem"]},
    "keys": [],
}


def test_a_container_that_makes_calls_without_a_role_of_its_own_is_wrong_and_one_that_makes_none_needs_none() -> None:
    described: Answer = ("describe_task_definition", {"taskDefinition": {"executionRoleArn": ROLE}})
    (found,) = seen(permissions.of_task, TASK, ecs=[described])
    assert (found.state, "has no role" in found.found) == ("wrong", True)
    assert seen(permissions.of_task, {**TASK, "calls": {}}, ecs=[described]) == []


def test_an_image_that_is_none_of_ecrs_needs_no_permission_to_be_fetched() -> None:
    definition = {"executionRoleArn": ROLE, "containerDefinitions": [{"image": "python:3.13"}]}
    logs = simulated(["logs:CreateLogStream", "logs:PutLogEvents"], ARN.format("logs", "log-group:/aws/ecs/scan:any"))
    described: Answer = ("describe_task_definition", {"taskDefinition": definition})
    assert seen(permissions.of_starting_task, TASK, ecs=[described], iam=[logs]) == [
        Seen("ok", "2 permissions allowed")
    ]


PIPES = {"pipes": {"orders": PIPE}}
ONE_PIPE = (Check("pipes", "pipe", events.runs, ("pipes:DescribePipe",)),)


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Runs the command on a stack of one pipe, of which AWS says these things one after the other."""
    monkeypatch.setattr(examination, "CHECKS", ONE_PIPE)
    monkeypatch.delenv("ORDERFLOW_STACK", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".orderflow").mkdir()

    def run(*options: str, pipes: Sequence[Answer] = (), outputs: Mapping[str, Any] = PIPES) -> Any:
        told = {"contract": 1, "region": "us-east-1", "machines": {"order-fulfillment": {"arn": MACHINE}}, **outputs}
        (tmp_path / ".orderflow" / "local.json").write_text(json.dumps(told))
        with Aws(pipes=pipes) as aws:
            monkeypatch.setattr(Deployment, "connect", lambda _, service: aws(service))
            return CliRunner().invoke(app, ["doctor", *options])

    return run


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited each time, in a time that passes by waiting only."""
    waits: list[float] = []
    monkeypatch.setattr(examination.time, "sleep", waits.append)
    monkeypatch.setattr(examination.time, "monotonic", lambda: sum(waits))
    return waits


def test_what_is_starting_is_waited_for_until_it_runs(doctor: Callable[..., Any], slept: list[float]) -> None:
    result = doctor("--json", "--wait", "60", pipes=[pipe("CREATING"), pipe("STARTING"), pipe("RUNNING")])
    assert result.exit_code == 0
    line = {"part": "pipe", "name": "orders", "state": "ok", "found": "RUNNING", "do": ""}
    assert json.loads(result.stdout) == {"healthy": True, "lines": [line]}
    assert result.stderr.splitlines() == ["Waiting for pipe orders (CREATING)", "Waiting for pipe orders (STARTING)"]
    assert slept == [5, 5]


def test_the_wait_ends_at_its_deadline_and_where_nothing_will_change(
    doctor: Callable[..., Any], slept: list[float]
) -> None:
    result = doctor("--wait", "7", pipes=[pipe("STARTING")] * 3)
    assert (result.exit_code, slept) == (1, [5, 2])
    assert "STARTING" in result.stdout
    result = doctor("--wait", "60", pipes=[pipe("STARTING"), pipe("START_FAILED")])
    assert (result.exit_code, slept) == (1, [5, 2, 5])


def test_without_a_wait_one_look_is_enough(doctor: Callable[..., Any], slept: list[float]) -> None:
    assert (doctor(pipes=[pipe("STARTING")]).exit_code, slept) == (1, [])


@pytest.mark.parametrize(
    ("code", "state", "says"),
    [
        ("AccessDeniedException", "unseen", "could not be looked at: needs pipes:DescribePipe"),
        ("NotFoundException", "wrong", "is not there"),
        ("InternalException", "unseen", "could not be looked at: DescribePipe: InternalException: [so] it is"),
    ],
)
def test_what_aws_does_not_show_is_a_line_that_is_not_well(
    code: str, state: str, says: str, doctor: Callable[..., Any]
) -> None:
    result = doctor("--json", pipes=[("describe_pipe", {"Code": code, "Message": "[so] it is"})])
    (line,) = json.loads(result.stdout)["lines"]
    assert (line["state"], line["found"], result.exit_code) == (state, says, 1)
    assert line["do"]


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException", "ThrottlingException"])
def test_what_is_no_parts_fault_ends_the_command_in_one_line(code: str, doctor: Callable[..., Any]) -> None:
    result = doctor(pipes=[("describe_pipe", {"Code": code, "Message": "no"})])
    assert (result.exit_code, result.stdout) == (1, "")
    (said,) = result.stderr.splitlines()
    assert said.startswith("orderflow: DescribePipe failed: ")


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        ({}, "the stack's outputs have no 'pipes'"),
        ({"pipes": {"orders": {"arn": PIPE["arn"]}}}, "the stack's outputs do not tell pipes.orders.sourceArn"),
    ],
)
def test_a_stack_of_before_is_to_be_deployed_first(
    outputs: dict[str, Any], says: str, doctor: Callable[..., Any]
) -> None:
    result = doctor(outputs=outputs, pipes=[pipe("RUNNING")] if outputs else [])
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"orderflow: {says}; deploy it" in result.stderr


def test_a_machines_arn_does_not_tell_of_a_stack() -> None:
    result = CliRunner().invoke(app, ["--state-machine-arn", MACHINE, "doctor"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--stack" in result.stderr


def test_each_output_that_the_contract_names_is_looked_at() -> None:
    page = (Path(__file__).parents[3] / "docs" / "contract.md").read_text()
    table = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]
    outputs = {name.strip(" `") for cell in table for name in cell.split(",")}
    assert outputs - {"contract", "region"} == {check.output for check in CHECKS}


def test_parts_that_are_well_are_one_line_which_names_the_only_one_and_counts_several(
    doctor: Callable[..., Any],
) -> None:
    def row(count: int) -> list[str]:
        pipes = {"pipes": {f"orders-{n}": PIPE for n in range(count)}}
        printed = doctor(pipes=[pipe("RUNNING")] * count, outputs=pipes).stdout
        (line,) = [line.split() for line in printed.splitlines() if line.split()[:1] == ["pipe"]]
        return line

    assert row(1) == ["pipe", "orders-0", "ok"]
    assert row(3) == ["pipe", "all", "3", "ok"]
