"""What someone who means harm might try: at the doors, with ids, with tokens, with another function's role."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.carrier import CarrierWebhooks
from orderflow import OrderflowError
from tests.deployed import Deployed, checked, order

NOW = datetime.now(UTC)
NEWS = json.dumps({"shipmentId": "shp_nobodys", "status": "DELIVERED"})


def headers(deployed: Deployed, kind: str) -> dict[str, str]:
    """What signs NEWS, or fails to."""
    right = deployed.carrier.signed(NEWS, "msg_1", datetime.now(UTC))
    stranger = CarrierWebhooks(deployed.cloud, deployed.carrier.url, "whsec_c29tZW9uZSBlbHNlJ3Mgc2VjcmV0")
    return {
        "unsigned": {},
        "no signature": {name: value for name, value in right.items() if name != "webhook-signature"},
        "someone else's": stranger.signed(NEWS, "msg_1", datetime.now(UTC)),
        "garbled": {**right, "webhook-signature": "v1"},
        "another body's": deployed.carrier.signed("{}", "msg_1", datetime.now(UTC)),
        "from the past": deployed.carrier.signed(NEWS, "msg_1", datetime.now(UTC) - timedelta(minutes=6)),
        "from the future": deployed.carrier.signed(NEWS, "msg_1", datetime.now(UTC) + timedelta(minutes=6)),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["unsigned", "no signature", "someone else's", "garbled", "another body's", "from the past", "from the future"],
)
def test_news_that_the_carrier_did_not_sign_just_now_is_refused(deployed: Deployed, kind: str) -> None:
    status, answer = deployed.carrier.post(NEWS, headers(deployed, kind))
    assert (status, json.loads(answer)) == (401, {"message": "the signature is missing, wrong or too old"})


def test_the_public_may_call_a_webhook_by_its_url_and_in_no_other_way(deployed: Deployed) -> None:
    """By the statements that pulumi-aws adds to the alias, as the bridge does: AWS asks for both since October 2025.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none
    """
    policy = deployed.cloud.client("lambda").get_policy(
        FunctionName="orderflow-local-carrier-webhook", Qualifier="live"
    )["Policy"]
    found = {one["Sid"]: (one["Action"], one["Condition"]) for one in json.loads(policy)["Statement"]}
    assert found == {
        "FunctionURLAllowPublicAccess": (
            "lambda:InvokeFunctionUrl",
            {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        ),
        "FunctionURLAllowInvokeAction": (
            "lambda:InvokeFunction",
            {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        ),
    }


def test_topics_and_logs_are_encrypted_with_the_stacks_key(deployed: Deployed) -> None:
    logs, kms, sns = (deployed.cloud.client(name) for name in ("logs", "kms", "sns"))
    groups = [one for page in logs.get_paginator("describe_log_groups").paginate() for one in page["logGroups"]]
    keys = {one.get("kmsKeyId") for one in groups if "/orderflow-local-" in one["logGroupName"]}
    (key,) = keys
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    topic = sns.get_topic_attributes(TopicArn=deployed.outputs["topics"]["notices"])["Attributes"]
    assert topic["KmsMasterKeyId"] == key
    (refused,) = json.loads(topic["Policy"])["Statement"]
    assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_signed_news_of_a_parcel_that_is_not_ours_or_of_an_endless_one_is_refused(deployed: Deployed) -> None:
    assert deployed.carrier.send("shp_nobodys", "DELIVERED")[0] == 404
    assert deployed.carrier.send("shp_nobodys/../shp_other", "DELIVERED")[0] == 404
    long = json.dumps({"shipmentId": "x" * 20_000, "status": "DELIVERED"})
    assert deployed.carrier.post(long, deployed.carrier.signed(long, "msg_2", NOW))[0] == 413


def test_replayed_news_changes_nothing(deployed: Deployed) -> None:
    deployed.start(order("replayed-1"))
    shipment = deployed.awaited("replayed-1")
    for _ in range(3):
        assert deployed.carrier.send(shipment, "DELIVERED", "msg_replayed")[0] == 200
    execution = deployed.execution("replayed-1")
    assert json.loads(execution["output"])["ended"]["outcome"] == "DELIVERED"
    before = deployed.books().orders["replayed-1"]
    assert deployed.carrier.send(shipment, "FAILED")[0] == 200, "it has arrived, whatever comes later"
    assert deployed.books().orders["replayed-1"] == before


def test_a_forged_task_token_answers_nobody(deployed: Deployed) -> None:
    client = deployed.cloud.client("stepfunctions")
    known = (client.exceptions.InvalidToken, client.exceptions.TaskDoesNotExist, client.exceptions.TaskTimedOut)
    for token in ("AAAA", "../token", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(known):
            client.send_task_success(taskToken=token, output="{}")
    decision = {"order": {"orderId": "nobody-1"}, "verdict": "APPROVED", "by": "eve", "why": "x", "token": "AAAA"}
    assert deployed.invoke("decide", decision)[1]["decided"] is False, "a token in the question is not even looked at"


@pytest.mark.parametrize("bad", ["../../etc/passwd", "a'; DROP TABLE orders--", "a#b", "{{7*7}}", "a\nb", "x" * 81, ""])
def test_an_id_that_is_none_never_becomes_a_key(deployed: Deployed, bad: str) -> None:
    rows = {name: len(deployed.rows(name)) for name in ("orders", "payments", "parcels", "entries")}
    error, answer = deployed.invoke("validate-order", {"executionId": "x", "order": {**order("fine"), "orderId": bad}})
    assert (error, "orderId: must be" in answer["errorMessage"]) == ("ValidationError", True)
    assert {name: len(deployed.rows(name)) for name in rows} == rows
    with pytest.raises(OrderflowError):
        deployed.client().status(bad)


def test_the_same_order_fifty_times_at_once_is_one_execution_and_one_charge(deployed: Deployed) -> None:
    client, document = deployed.client(), checked(order("fifty-1"))
    with ThreadPoolExecutor(50) as pool:
        started = list(pool.map(lambda _: client.start(document), range(50)))
    assert len({one.execution_arn for one in started}) == 1
    assert deployed.execution("fifty-1")["status"] == "SUCCEEDED"
    assert [row["status"] for row in deployed.rows("payments") if row["orderId"] == "fifty-1"] == ["CAPTURED"]
    assert len([row for row in deployed.rows("entries") if row["entryId"] == "fifty-1#CHARGED"]) == 1


def policies(deployed: Deployed) -> dict[str, list[dict[str, Any]]]:
    """The statements of every role of the stack."""
    iam = deployed.cloud.client("iam")
    names = [role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    ours = [name for name in names if name.startswith("orderflow-local-")]
    return {name: iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]["Statement"] for name in ours}


def calls(statements: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Every action with every resource."""
    return {(action, resource) for one in statements for action in one["Action"] for resource in one["Resource"]}


def test_each_role_is_denied_every_action_of_every_other_role(deployed: Deployed) -> None:
    """By IAM's policy simulator, which the embedded cloud has, too."""
    found = policies(deployed)
    assert len(found) > 20
    # `*` stands where AWS has no resource level, such as a machine's log delivery.
    every = {call for statements in found.values() for call in calls(statements) if call[1] != "*"}
    for role, statements in found.items():
        own = calls(statements)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        by_resource: dict[str, set[str]] = {}
        for action, resource in every - own:
            by_resource.setdefault(resource, set()).add(action)
        for resource, actions in by_resource.items():
            answer = deployed.cloud.client("iam").simulate_custom_policy(
                PolicyInputList=[document], ActionNames=sorted(actions), ResourceArns=[resource]
            )
            allowed = [one["EvalActionName"] for one in answer["EvaluationResults"] if one["EvalDecision"] == "allowed"]
            covered = [a for a in allowed if any(a == action and _covers(mine, resource) for action, mine in own)]
            assert allowed == covered, (role, resource)


def _covers(pattern: str, resource: str) -> bool:
    """Whether a resource of the role's own, such as a function with all its versions, includes this one."""
    return pattern.endswith("*") and resource.startswith(pattern[:-1])
