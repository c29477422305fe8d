"""What the embedded cloud's Step Functions does beside running executions: redrive, TestState, activities, stubs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emulator.cloud import Cloud, cloud
from emulator.stubs import StubsError, read_stubs
from tests.hangs import HANG_SECONDS, eventually
from tests.unit.asl.command_line import run

STUBS = """
tasks:
  Work: [{error: Broken, cause: not yet}, {result: {done: true}}]
  ecs:runTask.sync: {result: {stopCode: EssentialContainerExited}, after: 0.1}
resources:
  aws:ecs/cluster:Cluster: {arn: "arn:aws:ecs:us-east-1:000000000000:cluster/documents"}
"""
ORDER = Path(__file__).parents[1] / "unit" / "workflows" / "order_fulfillment.cases.yaml"
ROLE = "arn:aws:iam::000000000000:role/any"
CALL = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:missing", "End": True}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    file = tmp_path_factory.mktemp("stubs") / "stubs.yaml"
    file.write_text(STUBS)
    with cloud(wait_scale=0.1, stubs=file) as started:
        yield started


class Machine:
    """A machine of its own, and an execution of it."""

    def __init__(self, running: Cloud, name: str, states: dict[str, Any], **given: Any) -> None:
        self.client = running.client("stepfunctions")
        definition = json.dumps({"StartAt": next(iter(states)), "States": states})
        made = self.client.create_state_machine(name=name, definition=definition, roleArn=ROLE)
        started = self.client.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps(given))
        self.arn = started["executionArn"]

    def ended(self) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.client.describe_execution(executionArn=self.arn)
            return found if found["status"] != "RUNNING" else None

        return eventually(look)

    def types(self) -> list[str]:
        events = self.client.get_execution_history(executionArn=self.arn, maxResults=1000)["events"]
        return [event["type"] for event in events]


def test_a_redriven_execution_goes_on_at_the_state_that_failed(running: Cloud) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"""
    before = {"Type": "Pass", "Result": {"kept": 1}, "Next": "Work"}
    machine = Machine(running, "redriven", {"Before": before, "Work": {**CALL, "ResultPath": "$.work"}})
    assert machine.ended()["error"] == "Broken"
    machine.client.redrive_execution(executionArn=machine.arn)
    assert json.loads(machine.ended()["output"]) == {"kept": 1, "work": {"done": True}}
    types = machine.types()
    assert types.count("PassStateEntered") == 1, "what succeeded is not done again"
    assert types[types.index("ExecutionFailed") + 1] == "ExecutionRedriven"
    with pytest.raises(machine.client.exceptions.ExecutionNotRedrivable):
        machine.client.redrive_execution(executionArn=machine.arn)


def test_a_map_run_tells_how_its_children_stand_while_it_runs_and_in_the_end(running: Cloud) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html"""
    asked = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
    queue = running.client("sqs").create_queue(QueueName="asked")["QueueUrl"]
    body = {"token.$": "$$.Task.Token", "n.$": "$"}
    inner = {
        "Pick": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "NumericLessThan": 8, "Next": "Done"}],
            "Default": "Ask",
        },
        "Ask": {**asked, "Parameters": {"QueueUrl": queue, "MessageBody": body}, "TimeoutSeconds": 600},
        "Done": {"Type": "Succeed"},
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Pick",
        "States": inner,
    }
    each = {"Type": "Map", "ItemProcessor": processor, "ToleratedFailureCount": 1, "End": True}
    machine = Machine(running, "counted", {"Each": {**each, "ItemsPath": "$.items"}}, items=list(range(10)))
    (arn,) = eventually(
        lambda: [run["mapRunArn"] for run in machine.client.list_map_runs(executionArn=machine.arn)["mapRuns"]]
    )

    def counts() -> tuple[str, dict[str, int]]:
        told = machine.client.describe_map_run(mapRunArn=arn)
        return told["status"], {name: count for name, count in told["itemCounts"].items() if count}

    eventually(lambda: counts() == ("RUNNING", {"succeeded": 8, "running": 2, "total": 10}))
    sqs = running.client("sqs")
    messages = [eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0] for _ in range(2)]
    first, second = (json.loads(message["Body"])["token"] for message in messages)
    machine.client.send_task_success(taskToken=first, output="{}")
    eventually(lambda: counts() == ("RUNNING", {"succeeded": 9, "running": 1, "total": 10}))
    machine.client.send_task_failure(taskToken=second, error="Late", cause="it is")
    assert machine.ended()["status"] == "SUCCEEDED"
    assert counts() == ("SUCCEEDED", {"succeeded": 9, "failed": 1, "total": 10})


def test_a_call_that_the_cloud_lacks_says_so_and_how_to_stub_it(running: Cloud) -> None:
    call = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.waitForTaskToken", "End": True}
    lacking = {**call, "Resource": "arn:aws:states:::glue:startJobRun", "Parameters": {"JobName": "nightly"}}
    ended = Machine(running, "lacking", {"Nightly": lacking}).ended()
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert "The embedded cloud has no glue:startJobRun" in ended["cause"]
    assert "(tasks: {Nightly: {result: ...}})" in ended["cause"]
    stubbed = {**call, "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {"TaskDefinition": "scan"}}
    assert json.loads(Machine(running, "stubbed", {"Scan": stubbed}).ended()["output"]) == {
        "stopCode": "EssentialContainerExited"
    }


class Shop(BaseHTTPRequestHandler):
    """Answers who knows its key."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.headers["x-api-key"] == "open sesame"
        body = json.dumps({"asked": asked, "path": self.path} if known else {"message": "no key"}).encode()
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_an_http_task_calls_the_loopback_interface_through_its_connection(running: Cloud) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    events = running.client("events")
    keys = {"good": "open sesame", "bad": "open barley"}
    connections = {
        name: events.create_connection(
            Name=name,
            AuthorizationType="API_KEY",
            AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": key}},
        )["ConnectionArn"]
        for name, key in keys.items()
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            endpoint = f"http://127.0.0.1:{server.server_port}/checks"
            ended = {name: _http(running, f"http-{name}", endpoint, arn) for name, arn in connections.items()}
        finally:
            server.shutdown()
    result = json.loads(ended["good"]["output"])
    assert (result["StatusCode"], result["ResponseBody"]) == (200, {"asked": {"a": 1}, "path": "/checks?by=ada"})
    assert ended["bad"]["error"] == "States.Http.StatusCode.403"
    elsewhere = _http(running, "http-elsewhere", "https://example.com/checks", connections["good"])
    assert "calls HTTP APIs on the loopback interface alone" in elsewhere["cause"]


def _http(running: Cloud, name: str, endpoint: str, connection: str) -> dict[str, Any]:
    parameters = {
        "ApiEndpoint": endpoint,
        "Method": "POST",
        "Authentication": {"ConnectionArn": connection},
        "QueryParameters": {"by": "ada"},
        "RequestBody": {"a": 1},
    }
    call = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": parameters, "End": True}
    return Machine(running, name, {"Call": call}).ended()


def test_a_function_that_is_missing_fails_as_on_aws(running: Cloud) -> None:
    ended = Machine(running, "missing", {"Call": CALL}).ended()
    assert ended["error"] == "Lambda.ResourceNotFoundException"


def test_an_activitys_worker_takes_its_task_and_answers_it(running: Cloud) -> None:
    client = running.client("stepfunctions")
    arn = client.create_activity(name="packing")["activityArn"]
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(client.get_activity_task, activityArn=arn, workerName="ada")
        machine = Machine(running, "packs", {"Pack": {"Type": "Task", "Resource": arn, "End": True}}, parcel=7)
        task = taken.result(60)
    assert json.loads(task["input"]) == {"parcel": 7}
    client.send_task_success(taskToken=task["taskToken"], output='{"packed": true}')
    assert json.loads(machine.ended()["output"]) == {"packed": True}
    assert machine.types()[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]


def test_a_state_is_tested_with_a_mock(running: Cloud) -> None:
    client = running.client("stepfunctions")
    state = json.dumps({"Type": "Pass", "Parameters": {"twice.$": "States.Array($.a, $.a)"}, "End": True})
    found = client.test_state(definition=state, roleArn=ROLE, input='{"a": 1}', inspectionLevel="DEBUG")
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"twice": [1, 1]})
    assert json.loads(found["inspectionData"]["afterParameters"]) == {"twice": [1, 1]}
    branch = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    parallel = json.dumps({"Type": "Parallel", "Branches": [branch], "End": True})
    with pytest.raises(client.exceptions.ClientError, match="does not support Map or Parallel"):
        client.test_state(definition=parallel, roleArn=ROLE, input="{}")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What boto3 finds, for a cloud that takes any."""
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("case", ["arrival", "silent", "sold out", "declined", "redriven", "nobody looks"])
def test_cases_of_the_order_workflow_end_at_teststate_as_they_do_here(running: Cloud, case: str) -> None:
    done = run("test", ORDER, "-k", case, "--at-aws", "--endpoint-url", running.endpoint)
    assert (done.exit_code, "    the same at AWS (" in done.stdout) == (0, True), done.output


@pytest.mark.usefixtures("credentials")
def test_variables_and_items_of_cases_pass_through_teststate(running: Cloud, tmp_path: Path) -> None:
    each = {
        "Type": "Map",
        "Items": "{% $states.input %}",
        "ItemSelector": {"n": "{% $states.context.Map.Item.Value * $factor %}"},
        "ItemProcessor": {"StartAt": "Work", "States": {"Work": {**CALL, "Output": "{% $states.input.n %}"}}},
        "Output": {"all": "{% $states.result %}", "factor": "{% $factor %}"},
        "End": True,
    }
    first = {"Type": "Pass", "Assign": {"factor": 3}, "Next": "Each"}
    machine = {"QueryLanguage": "JSONata", "StartAt": "First", "States": {"First": first, "Each": each}}
    (tmp_path / "each.asl.json").write_text(json.dumps(machine))
    case = "{input: [1, 2], mocks: {Work: done}, expect: {output: {all: [3, 6], factor: 3}}}"
    (tmp_path / "each.cases.yaml").write_text(f"cases: {{each: {case}}}")
    asked = ("--at-aws", "--endpoint-url", running.endpoint, "--format", "jsonl")
    done = run("test", tmp_path / "each.cases.yaml", *asked)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["at_aws"]
    assert {**found, "seconds": 0} == {
        "agrees": True,
        "requests": 4,
        "seconds": 0,
        "differences": [],
        "expectations": [],
        "notes": [],
    }


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("- 1", "holds a list; 'tasks' and 'resources' may stand there"),
        ("task: {}", "holds task; 'tasks' and 'resources' may stand there"),
        ("tasks: {Work: {resullt: 1}}", r"tasks\.Work has to be {result: \.\.\.} or {error: NAME"),
        ("tasks: {Work: {result: 1, afer: 2}}", r"tasks\.Work holds afer"),
        ("resources: {aws:ecs/cluster:Cluster: arn}", r"resources\.aws:ecs/cluster:Cluster has to be the outputs"),
        ("tasks: [", "stubs.yaml"),
    ],
)
def test_what_is_wrong_in_a_file_of_stubs_is_told_with_its_place(tmp_path: Path, written: str, told: str) -> None:
    file = tmp_path / "stubs.yaml"
    file.write_text(written)
    with pytest.raises(StubsError, match=told):
        read_stubs(file)


MADE_AT_ONCE = """
import threading
from concurrent.futures import ThreadPoolExecutor

from emulator import step_functions

both = threading.Barrier(2)


def slow(*_):
    try:
        both.wait(1)  # for another one that is being made
    except threading.BrokenBarrierError:
        pass
    return object()


step_functions.Engine = slow
with ThreadPoolExecutor(2) as pool:
    one, other = pool.submit(step_functions.engine), pool.submit(step_functions.engine)
assert one.result() is other.result()
"""


def test_executions_that_begin_at_once_are_in_one_engine_which_knows_all_their_tokens() -> None:
    environment = {**os.environ, "ORDERFLOW_CALLS_OF_A_FUNCTION": "1"}
    subprocess.run([sys.executable, "-c", MADE_AT_ONCE], env=environment, check=True, timeout=HANG_SECONDS)
