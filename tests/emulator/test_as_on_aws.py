"""Where ministack is corrected: callbacks, retries and histories of state machines, as AWS documents them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from emulator import ministack_as_aws
from emulator.cloud import Cloud, cloud
from orderflow.history import steps
from tests.functions import function
from tests.hangs import eventually

WAIT_SCALE = 0.2
END = {"Type": "Pass", "End": True}
CAUGHT: dict[str, Any] = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Caught"}


@pytest.fixture(scope="module")
def running() -> Iterator[Cloud]:
    with cloud(wait_scale=WAIT_SCALE) as started:
        yield started


class Execution:
    """One execution of a machine made for it."""

    def __init__(self, cloud: Cloud, name: str, states: dict[str, Any]) -> None:
        self.client = cloud.client("stepfunctions")
        definition = json.dumps({"StartAt": next(iter(states)), "States": states})
        role = "arn:aws:iam::000000000000:role/any"
        machine = self.client.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
        self.arn = self.client.start_execution(stateMachineArn=machine, input="{}")["executionArn"]

    def ended(self) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.client.describe_execution(executionArn=self.arn)
            return found if found["status"] != "RUNNING" else None

        return eventually(look)

    def output(self) -> Any:
        ended = self.ended()
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def events(self) -> list[Any]:
        return self.client.get_execution_history(executionArn=self.arn, maxResults=1000)["events"]


class Tokens:
    """A queue into which tasks put their tokens."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.sqs = cloud.client("sqs")
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]

    def asking(self, **fields: Any) -> dict[str, Any]:
        """A task that puts its token here and waits for the answer."""
        body = {"token.$": "$$.Task.Token", "state.$": "$$.State.Name"}
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": self.url, "MessageBody": body},
            **({} if "Next" in fields else {"End": True}),
            **fields,
        }

    def next(self) -> dict[str, str]:
        def receive() -> dict[str, str] | None:
            for message in self.sqs.receive_message(QueueUrl=self.url).get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                return json.loads(message["Body"])
            return None

        return eventually(receive)


def test_a_choice_compares_a_time_with_another_at_a_path(running: Cloud) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html; ministack takes it for false."""
    now = "$$.State.EnteredTime"
    times = {"past": "2026-01-01T00:00:00Z", "future": "2999-01-01T00:00:00.000Z"}
    states = {
        "Known": {"Type": "Pass", "Result": times, "Next": "Is"},
        "Is": {
            "Type": "Choice",
            "Choices": [
                {"Variable": now, "TimestampGreaterThanEqualsPath": "$.future", "Next": "No"},
                {"Variable": now, "TimestampLessThanPath": "$.past", "Next": "No"},
                {"Variable": now, "TimestampGreaterThanEqualsPath": "$.past", "Next": "Yes"},
            ],
            "Default": "No",
        },
        "Yes": {"Type": "Pass", "Result": "yes", "End": True},
        "No": {"Type": "Pass", "Result": "no", "End": True},
    }
    assert Execution(running, "times", states).output() == "yes"


def test_a_function_that_fails_fails_the_task_and_each_attempt_has_its_own_token(
    running: Cloud, tmp_path: Path
) -> None:
    source = "class NoPrinter(Exception): pass\ndef handler(event, context): raise NoPrinter(event['token'])\n"
    asking = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": function(running, tmp_path, "fails", source),
            "Payload": {"token.$": "$$.Task.Token"},
        },
        "TimeoutSeconds": 30,
        "Retry": [{"ErrorEquals": ["NoPrinter"], "MaxAttempts": 2, "IntervalSeconds": 1, "BackoffRate": 1}],
        "Catch": [{**CAUGHT, "ErrorEquals": ["NoPrinter"]}],
        "End": True,
    }
    execution = Execution(running, "fails", {"Ask": asking, "Caught": END})
    assert execution.output()["failure"]["Error"] == "NoPrinter"
    failed = [event["taskFailedEventDetails"] for event in execution.events() if event["type"] == "TaskFailed"]
    tokens = {json.loads(details["cause"])["errorMessage"] for details in failed}
    assert (len(failed), len(tokens)) == (3, 3)
    for token in tokens:
        with pytest.raises(execution.client.exceptions.TaskTimedOut):
            execution.client.send_task_success(taskToken=token, output="{}")


def test_an_answer_ends_the_task_and_a_second_one_comes_too_late(running: Cloud) -> None:
    tokens = Tokens(running, "answers")
    execution = Execution(running, "answers", {"Ask": tokens.asking(TimeoutSeconds=60)})
    client, token = execution.client, tokens.next()["token"]
    with pytest.raises(client.exceptions.InvalidOutput):
        client.send_task_success(taskToken=token, output="not JSON")
    with pytest.raises(client.exceptions.InvalidToken):
        client.send_task_success(taskToken="made up", output="{}")
    client.send_task_success(taskToken=token, output='{"answer": 1}')
    for answer in (
        lambda: client.send_task_success(taskToken=token, output='{"answer": 2}'),
        lambda: client.send_task_failure(taskToken=token, error="TooLate"),
        lambda: client.send_task_heartbeat(taskToken=token),
    ):
        with pytest.raises(client.exceptions.TaskTimedOut):
            answer()
    assert execution.output() == {"answer": 1}


def test_a_repeated_start_finds_the_running_execution(running: Cloud) -> None:
    tokens = Tokens(running, "repeats")
    first = Execution(running, "repeats", {"Ask": tokens.asking(TimeoutSeconds=60)})
    client = first.client
    machine = client.describe_execution(executionArn=first.arn)["stateMachineArn"]
    started = client.start_execution(stateMachineArn=machine, name="mine", input='{"n": 1}')
    again = client.start_execution(stateMachineArn=machine, name="mine", input='{"n": 1}')
    assert (again["executionArn"], again["startDate"]) == (started["executionArn"], started["startDate"])
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        client.start_execution(stateMachineArn=machine, name="mine", input='{"n": 2}')
    client.stop_execution(executionArn=started["executionArn"])
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        client.start_execution(stateMachineArn=machine, name="mine", input='{"n": 1}')


def test_a_failure_is_caught_by_its_name(running: Cloud) -> None:
    tokens = Tokens(running, "refuses")
    asking = tokens.asking(TimeoutSeconds=60, Catch=[{**CAUGHT, "ErrorEquals": ["Refused"]}])
    execution = Execution(running, "refuses", {"Ask": asking, "Caught": END})
    execution.client.send_task_failure(taskToken=tokens.next()["token"], error="Refused", cause="out of paper")
    assert execution.output()["failure"] == {"Error": "Refused", "Cause": "out of paper"}


@pytest.mark.parametrize(
    ("caught", "asked"),
    [("States.HeartbeatTimeout", {"HeartbeatSeconds": 2}), ("States.Timeout", {"HeartbeatSeconds": 2})],
)
def test_a_missed_heartbeat_is_caught_by_both_its_names(running: Cloud, caught: str, asked: dict[str, int]) -> None:
    """Recorded on AWS it is a States.Timeout: https://github.com/aws/aws-cdk/issues/16084 tells of the other name."""
    name = f"silent-{caught.removeprefix('States.')}"
    tokens = Tokens(running, name)
    never = {"ErrorEquals": ["States.TaskFailed"], "Next": "Wrong"}
    asking = tokens.asking(TimeoutSeconds=60, **asked, Catch=[never, {**CAUGHT, "ErrorEquals": [caught]}])
    execution = Execution(running, name, {"Ask": asking, "Caught": END, "Wrong": {"Type": "Fail"}})
    assert execution.output()["failure"]["Error"] == "States.Timeout"
    with pytest.raises(execution.client.exceptions.TaskTimedOut):
        execution.client.send_task_success(taskToken=tokens.next()["token"], output="{}")


def test_a_timeout_is_no_missed_heartbeat(running: Cloud) -> None:
    tokens = Tokens(running, "times-out")
    heartbeat = {"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Wrong"}
    asking = tokens.asking(TimeoutSeconds=1, Catch=[heartbeat, {**CAUGHT, "ErrorEquals": ["States.Timeout"]}])
    execution = Execution(running, "times-out", {"Ask": asking, "Caught": END, "Wrong": {"Type": "Fail"}})
    assert execution.output()["failure"]["Error"] == "States.Timeout"


def test_heartbeats_keep_a_task_waiting(running: Cloud) -> None:
    tokens = Tokens(running, "beats")
    execution = Execution(running, "beats", {"Ask": tokens.asking(TimeoutSeconds=60, HeartbeatSeconds=5)})
    token, alive = tokens.next()["token"], iter(range(20))

    def beat() -> bool:
        execution.client.send_task_heartbeat(taskToken=token)
        return next(alive) == 19

    eventually(beat)  # one every tenth of a second, twice as long as a silent task would have lasted
    execution.client.send_task_success(taskToken=token, output='"patient"')
    assert execution.output() == "patient"


def test_a_stopped_execution_stays_stopped_and_its_token_is_closed(running: Cloud) -> None:
    tokens = Tokens(running, "stopped")
    execution = Execution(running, "stopped", {"Ask": tokens.asking(TimeoutSeconds=1)})
    token = tokens.next()["token"]
    execution.client.stop_execution(executionArn=execution.arn)
    with pytest.raises(execution.client.exceptions.TaskTimedOut):
        execution.client.send_task_success(taskToken=token, output="{}")
    assert execution.ended()["status"] == "ABORTED"
    assert execution.events()[-1]["type"] == "ExecutionAborted"


def test_branches_have_tokens_of_their_own_and_their_states_are_in_the_history(running: Cloud) -> None:
    tokens = Tokens(running, "branches")
    branches = [
        {"StartAt": name, "States": {name: tokens.asking(TimeoutSeconds=60, Next=f"After{name}"), f"After{name}": END}}
        for name in ("Left", "Right")
    ]
    execution = Execution(running, "branches", {"Both": {"Type": "Parallel", "Branches": branches, "End": True}})
    asked = {message["state"]: message["token"] for message in (tokens.next(), tokens.next())}
    assert len(set(asked.values())) == 2
    execution.client.send_task_success(taskToken=asked["Right"], output='"right"')
    execution.client.send_task_success(taskToken=asked["Left"], output='"left"')
    assert execution.output() == ["left", "right"]
    events = execution.events()
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert led_to(events, "AfterLeft") == ["AfterLeft", "Left", "Both"]
    assert led_to(events, "AfterRight") == ["AfterRight", "Right", "Both"]
    told = [(step.state, step.event) for step in steps(events)]
    assert told[-2:] == [("Both", "exited"), (None, "succeeded")]


def led_to(events: list[Any], state: str) -> list[str]:
    """The states entered on the way to the exit from `state`, the last first."""
    left = (event["id"] for event in events if event.get("stateExitedEventDetails", {}).get("name") == state)
    found, id = [], next(left)
    while id:
        event = events[id - 1]
        found += [event["stateEnteredEventDetails"]["name"]] if "stateEnteredEventDetails" in event else []
        id = event["previousEventId"]
    return found


FAILS = {"StartAt": "Break", "States": {"Break": {"Type": "Fail", "Error": "Broken"}}}


@pytest.mark.parametrize(
    "outer",
    [{"Type": "Parallel", "Branches": [FAILS]}, {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": FAILS}],
    ids=["Parallel", "Map"],
)
def test_what_fails_inside_is_told_of_its_state(running: Cloud, outer: dict[str, Any]) -> None:
    items = {"Type": "Pass", "Result": {"items": [1]}, "Next": "All"}
    states = {"Items": items, "All": {**outer, "Catch": [CAUGHT]}, "Caught": END}
    execution = Execution(running, f"breaks-{outer['Type']}", states)
    execution.ended()
    told = [(step.state, step.event) for step in steps(execution.events())]
    assert [told.index(step) for step in (("Break", "entered"), ("All", "failed"), ("All", "caught"))] == [4, 5, 6]


def test_nothing_catches_states_runtime(running: Cloud) -> None:
    """A cause that is no string: https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html"""
    broken = {"StartAt": "Break", "States": {"Break": {"Type": "Fail", "Error": "Broken", "CausePath": "$.nothing"}}}
    parallel = {"Type": "Parallel", "Branches": [broken], "Catch": [CAUGHT], "End": True}
    ended = Execution(running, "runtime", {"Both": parallel, "Caught": END}).ended()
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def test_a_retrier_is_asked_for_its_delay(running: Cloud) -> None:
    retrier = {"ErrorEquals": ["Broken"], "IntervalSeconds": 3000, "MaxDelaySeconds": 1, "MaxAttempts": 2}
    parallel = {"Type": "Parallel", "Branches": [FAILS], "Retry": [retrier], "End": True}
    ended = Execution(running, "retries", {"Both": parallel}).ended()
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() < 60 * WAIT_SCALE


def test_a_machines_versions_and_aliases_go_with_it(running: Cloud) -> None:
    client = running.client("stepfunctions")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": END}})
    machine: Any = {
        "name": "gone",
        "definition": definition,
        "roleArn": "arn:aws:iam::000000000000:role/any",
        "publish": True,
    }
    first = client.create_state_machine(**machine)
    client.update_state_machine(stateMachineArn=first["stateMachineArn"], definition=definition, publish=True)
    route: Any = {"stateMachineVersionArn": first["stateMachineVersionArn"], "weight": 100}
    alias = client.create_state_machine_alias(name="live", routingConfiguration=[route])["stateMachineAliasArn"]
    client.delete_state_machine(stateMachineArn=first["stateMachineArn"])
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=[route])
    second = client.create_state_machine(**machine)
    versions = client.list_state_machine_versions(stateMachineArn=second["stateMachineArn"])["stateMachineVersions"]
    assert [each["stateMachineVersionArn"] for each in versions] == [second["stateMachineVersionArn"]]
    assert second["stateMachineVersionArn"].endswith(":1")


def test_an_alias_picks_a_version_by_weight_for_each_execution_which_then_says_which(running: Cloud) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/execution-alias-version-associate.html"""
    client = running.client("stepfunctions")

    def definition(number: int) -> str:
        return json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": number, "End": True}}})

    role = "arn:aws:iam::000000000000:role/any"
    made = client.create_state_machine(name="shared", definition=definition(1), roleArn=role, publish=True)
    machine, first = made["stateMachineArn"], made["stateMachineVersionArn"]
    second = client.update_state_machine(stateMachineArn=machine, definition=definition(2), publish=True)
    results = {first: "1", second["stateMachineVersionArn"]: "2"}
    routes = [{"stateMachineVersionArn": version, "weight": 50} for version in results]
    alias = client.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    client.start_execution(stateMachineArn=machine)

    def started(by: str) -> set[str]:
        return {one["executionArn"] for one in client.list_executions(stateMachineArn=by)["executions"]}

    def ended(execution: str) -> dict[str, Any]:
        return eventually(
            lambda: (told := client.describe_execution(executionArn=execution))["status"] != "RUNNING" and told
        )

    def both_were_picked() -> bool:
        client.start_execution(stateMachineArn=alias)
        return all(started(version) for version in results)

    eventually(both_were_picked)
    for version, result in results.items():
        for told in map(ended, started(version)):
            assert (told["stateMachineVersionArn"], told["stateMachineAliasArn"]) == (version, alias)
            assert (told["stateMachineArn"], told["output"]) == (machine, result)
    by_alias = started(first) | started(second["stateMachineVersionArn"])
    assert started(alias) == by_alias
    (by_itself,) = started(machine) - by_alias
    assert "stateMachineVersionArn" not in ended(by_itself)


def test_an_image_that_is_not_in_a_repository_is_an_error_and_not_an_empty_answer(running: Cloud) -> None:
    ecr, named = running.client("ecr"), {"repositoryName": "images"}
    ecr.create_repository(**named)
    ecr.put_image(**named, imageTag="pushed", imageManifest="{}")
    (found,) = ecr.describe_images(**named, imageIds=[{"imageTag": "pushed"}])["imageDetails"]
    assert found["imageTags"] == ["pushed"]
    with pytest.raises(ecr.exceptions.ImageNotFoundException, match="another"):
        ecr.describe_images(**named, imageIds=[{"imageTag": "another"}])


def test_iams_simulator_holds_conditions_against_the_context_that_it_is_given(running: Cloud) -> None:
    iam, key = running.client("iam"), "iam:PassedToService"
    iam.create_role(RoleName="passing", AssumeRolePolicyDocument="{}")
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": {"StringEquals": {key: "ecs"}}}]}
    iam.put_role_policy(RoleName="passing", PolicyName="passing", PolicyDocument=json.dumps(policy))

    def decision(*values: str) -> str:
        entries = [{"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [one]} for one in values]
        (answer,) = iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::000000000000:role/passing",
            ActionNames=["iam:PassRole"],
            ContextEntries=entries,
        )["EvaluationResults"]
        return answer["EvalDecision"]

    assert [decision("ecs"), decision("lambda"), decision()] == ["allowed", "implicitDeny", "implicitDeny"]


def test_another_version_of_ministack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ministack_as_aws, "MINISTACK", "1.0.0")
    with pytest.raises(SystemExit, match=r"ministack is .*, and .*ministack_as_aws\.py was written for 1\.0\.0"):
        ministack_as_aws.main()


def test_a_transaction_has_its_rows_to_itself_and_others_collide_with_it(running: Cloud) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling"""
    client = running.client("dynamodb")
    keys: Any = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    client.create_table(TableName="wanted", **keys)

    def add(row: str) -> dict[str, Any]:
        counting = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        return {"TableName": "wanted", "Key": {"id": {"S": row}}, **counting}

    def transaction(number: int) -> str:
        try:
            client.transact_write_items(TransactItems=[{"Update": add(f"own-{number}")}, {"Update": add("hot")}])
        except client.exceptions.TransactionCanceledException as canceled:
            return str([reason["Code"] for reason in canceled.response["CancellationReasons"]])
        return "made"

    def write(number: int) -> str:
        try:
            client.update_item(**add("hot"))
        except client.exceptions.TransactionConflictException as refused:
            return refused.response["Error"]["Message"]
        return "made"

    answers: Counter[str] = Counter()

    def all_have_come() -> bool:
        with ThreadPoolExecutor(16) as threads:
            asked = [threads.submit(write if number % 2 else transaction, number) for number in range(32)]
            answers.update(one.result() for one in asked)
        return len(answers) == 3

    eventually(all_have_come)
    assert set(answers) == {"made", "['None', 'TransactionConflict']", "Transaction is ongoing for the item"}
    hot = client.get_item(TableName="wanted", Key={"id": {"S": "hot"}}, ConsistentRead=True)["Item"]
    assert int(hot["n"]["N"]) == answers["made"]
