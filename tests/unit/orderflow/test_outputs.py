"""Finding a deployment: by ARN, by the embedded cloud's files, by Pulumi; and what to do where none of them works."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orderflow import Deployment, NoStack, OrderflowError, find_deployment
from orderflow.outputs import DeployedFunction
from orderflow.outputs import _session as session_of_all_clients

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:orders"
OUTPUTS: dict[str, Any] = {
    "contract": 1,
    "region": "eu-west-1",
    "machines": {
        "order-fulfillment": {"arn": ARN, "aliasArn": f"{ARN}:live"},
        "order-events": {"arn": f"{ARN}-events"},
    },
}
MACHINES = {"order-fulfillment": f"{ARN}:live", "order-events": f"{ARN}-events"}


def local(folder: Path, **stacks: object) -> None:
    (folder / ".orderflow").mkdir()
    for name, outputs in stacks.items():
        text = outputs if isinstance(outputs, str) else json.dumps(outputs)
        (folder / ".orderflow" / f"{name}.json").write_text(text, encoding="utf-8")


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `pulumi` answers (`code`, `out`, `err`) or `raises`, and how it was `called`."""
    plan: dict[str, Any] = {"code": 0, "out": json.dumps(OUTPUTS), "err": "", "called": []}

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        plan["called"].append((command, options))
        if "raises" in plan:
            raise plan["raises"]
        return subprocess.CompletedProcess(command, plan["code"], plan["out"], plan["err"])

    monkeypatch.setattr(subprocess, "run", run)
    return plan


def test_an_arn_is_enough_and_knows_its_region(tmp_path: Path) -> None:
    local(tmp_path, dev="never read")
    found = find_deployment(stack="dev", state_machine_arn=ARN, folder=tmp_path)
    assert found == Deployment({"order-fulfillment": ARN}, "eu-west-1")
    assert find_deployment(state_machine_arn=ARN, region="us-east-1", folder=tmp_path).region == "us-east-1"
    assert find_deployment(state_machine_arn="nonsense", folder=tmp_path).region is None


def test_the_only_local_stack_needs_no_name(tmp_path: Path, pulumi: dict[str, Any]) -> None:
    local(tmp_path, local={**OUTPUTS, "endpointUrl": "http://127.0.0.1:4566"})
    found = find_deployment(folder=tmp_path)
    assert found == Deployment(MACHINES, "eu-west-1", "http://127.0.0.1:4566")
    assert find_deployment(stack="", folder=tmp_path) == found
    assert pulumi["called"] == []


def test_a_named_stack_is_local_if_it_can_be_and_pulumis_if_not(tmp_path: Path, pulumi: dict[str, Any]) -> None:
    local(tmp_path, a={**OUTPUTS, "region": "us-east-2"}, b=OUTPUTS)
    assert find_deployment(stack="a", folder=tmp_path).region == "us-east-2"
    assert pulumi["called"] == []
    found = find_deployment(stack="org/orderflow/dev", region="us-west-2", folder=tmp_path)
    assert found == Deployment(MACHINES, "us-west-2")
    ((command, options),) = pulumi["called"]
    assert command == ["pulumi", "stack", "output", "--json", "--non-interactive", "--stack", "org/orderflow/dev"]
    assert (options["timeout"], options["cwd"], options["stdin"]) == (60, tmp_path, subprocess.DEVNULL)


@pytest.mark.parametrize("stacks", [[], ["a", "b"]])
def test_without_one_stack_the_three_ways_are_listed(tmp_path: Path, stacks: list[str]) -> None:
    local(tmp_path, **dict.fromkeys(stacks, OUTPUTS))
    with pytest.raises(NoStack) as caught:
        find_deployment(folder=tmp_path)
    assert all(way in str(caught.value) for way in ("--stack", "--state-machine-arn", ".orderflow/", ", ".join(stacks)))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"raises": FileNotFoundError("pulumi")}, "pulumi is not installed"),
        ({"raises": PermissionError("denied")}, "pulumi does not start: denied"),
        ({"raises": subprocess.TimeoutExpired("pulumi", 60)}, "did not answer within 60 s"),
        ({"code": 255, "err": "error: no stack named 'dev' found\n\n"}, "error: no stack named 'dev' found; check"),
        ({"code": 1}, "no message; check 'pulumi stack ls'"),
        ({"out": "warning: hello"}, "are no JSON"),
        ({"out": "[]"}, "have contract None"),
        ({"out": "{}"}, "have contract None, not 1; deploy"),
        ({"out": json.dumps({**OUTPUTS, "contract": 2})}, "have contract 2, not 1; install"),
        ({"out": json.dumps({**OUTPUTS, "machines": None})}, "name no machine order-fulfillment"),
        ({"out": json.dumps({**OUTPUTS, "machines": {"order-fulfillment": {"arn": None}}})}, "name no machine"),
    ],
)
def test_outputs_that_cannot_be_had_or_understood_are_one_line(
    tmp_path: Path, pulumi: dict[str, Any], answer: dict[str, Any], says: str
) -> None:
    pulumi.update(answer)
    with pytest.raises(OrderflowError, match=says) as caught:
        find_deployment(stack="dev", folder=tmp_path)
    assert not isinstance(caught.value, NoStack)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_a_broken_local_file_is_named(tmp_path: Path, text: str) -> None:
    local(tmp_path, local=text)
    with pytest.raises(OrderflowError, match=r"\.orderflow/local\.json are no JSON"):
        find_deployment(folder=tmp_path)


def test_a_local_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".orderflow" / "local.json").mkdir(parents=True)
    with pytest.raises(OrderflowError, match=r"cannot read .*local\.json"):
        find_deployment(folder=tmp_path)


def test_a_machine_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(OrderflowError, match=r"no machine order-events is known here \(known: order-fulfillment\)"):
        Deployment({"order-fulfillment": ARN}).machine("order-events")


def test_tables_and_functions_are_known_by_what_aws_calls_them(tmp_path: Path) -> None:
    function = {"name": "orderflow-dev-decide", "aliasArn": "arn:decide:live", "logGroup": "/aws/lambda/decide"}
    tables = {"orders": {"name": "orderflow-dev-orders", "arn": "arn:orders"}, "strange": 7}
    local(tmp_path, dev={**OUTPUTS, "tables": tables, "functions": {"decide": function, "old": {"name": "no-log"}}})
    found = find_deployment(folder=tmp_path)
    assert found.table("orders") == "orderflow-dev-orders"
    assert found.function("decide") == DeployedFunction("orderflow-dev-decide", "arn:decide:live", "/aws/lambda/decide")
    for lacks, says in [
        (found.table, r"no table old .*\(known: orders\)"),
        (found.function, "no function old .*decide"),
    ]:
        with pytest.raises(OrderflowError, match=says):
            lacks("old")


@pytest.mark.parametrize("service", ["stepfunctions", "dynamodb", "logs"])
def test_the_embedded_cloud_is_reached_at_its_endpoint_with_credentials_worth_nothing(service: str) -> None:
    client: Any = Deployment(MACHINES, "us-east-1", "http://127.0.0.1:9").connect(service)
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "us-east-1"
    assert not client.meta.config.inject_host_prefix
    assert client._request_signer._credentials.access_key == "test"


@pytest.fixture
def new_session() -> Iterator[None]:
    """What boto3 has found is forgotten, before and after."""
    session_of_all_clients.cache_clear()
    yield
    session_of_all_clients.cache_clear()


@pytest.mark.usefixtures("new_session")
def test_credentials_are_looked_for_once_for_all_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a role is assumed for them, each time is a call, or a code to type."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ours")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients: list[Any] = [Deployment(MACHINES, "us-east-1").connect(service) for service in ("sqs", "logs")]
    one, other = (client._request_signer._credentials for client in clients)
    assert one is other


@pytest.mark.usefixtures("new_session")
def test_no_region_and_no_such_profile_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    with pytest.raises(OrderflowError, match="give --region"):
        Deployment(MACHINES).connect("stepfunctions")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    with pytest.raises(OrderflowError, match="no such AWS profile"):
        Deployment(MACHINES, "us-east-1").connect("dynamodb")
