"""`python -m asl test --at-aws`: what boto3 is asked with, and what its errors become."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from tests.unit.asl.command_line import Result
from tests.unit.asl.command_line import run as command
from tests.unit.asl.testing.test_running_by_hand import MACHINE

ANSWERS: list[dict[str, Any]] = [
    {"status": "SUCCEEDED", "output": '{"paymentId": "p-1"}', "nextState": "Ship"},
    {"status": "SUCCEEDED", "output": '{"paymentId": "p-1"}', "nextState": "Done"},
    {"status": "SUCCEEDED", "output": '{"paymentId": "p-1"}'},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "charge.asl.json").write_text(json.dumps(MACHINE))
    (tmp_path / "charge.cases.yaml").write_text(
        "cases: {paid: {mocks: {Charge: {paymentId: p-1}}, expect: {output: {paymentId: p-1}}}}"
    )
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Stubbed:
    """A client that answers what it is told to, and how it was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: dict[str, Any] = {}
        self.client: Any = boto3.client(
            "stepfunctions",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.answers = Stubber(self.client)
        monkeypatch.setattr(boto3, "client", self._made)

    def _made(self, service: str, **given: Any) -> Any:
        assert service == "stepfunctions"
        self.given = given
        return self.client

    def run(self, *more: str) -> Result:
        with self.answers:
            return command("test", "charge.cases.yaml", "--at-aws", *more)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Stubbed:
    return Stubbed(monkeypatch)


@pytest.mark.usefixtures("folder")
def test_a_case_that_ends_the_same_at_aws_passes(stubbed: Stubbed) -> None:
    for name, answer in zip(("Charge", "Ship", "Done"), ANSWERS, strict=True):
        wanted = {"definition": ANY, "stateName": name, "input": ANY, "inspectionLevel": "DEBUG"}
        if name == "Charge":
            wanted["mock"] = {"result": '{"paymentId":"p-1"}', "fieldValidationMode": "PRESENT"}
        stubbed.answers.add_response("test_state", answer, wanted)
    done = stubbed.run()
    assert (done.exit_code, "    the same at AWS (3 requests, " in done.stdout) == (0, True), done.output
    config = stubbed.given["config"]
    assert (config.retries["mode"], config.inject_host_prefix, stubbed.given["endpoint_url"]) == (
        "standard",
        True,
        None,
    )


@pytest.mark.usefixtures("folder")
def test_a_case_that_ends_otherwise_at_aws_fails_and_says_where(stubbed: Stubbed) -> None:
    stubbed.answers.add_response("test_state", {**ANSWERS[0], "output": '{"paymentId": 1}'})
    for answer in ANSWERS[1:]:
        stubbed.answers.add_response("test_state", {**answer, "output": '{"paymentId": 1}'})
    done = stubbed.run()
    assert done.exit_code == 1
    assert "    NOT the same at AWS (3 requests, " in done.stdout
    assert '        Charge: output.paymentId: here "p-1", at AWS 1' in done.stdout
    assert '        output.paymentId: expected "p-1", at AWS 1' in done.stdout
    assert done.stdout.count("here ") == 1, "what follows from it is not told again"
    assert done.stderr.startswith("0 passed, 1 failed")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("code", ["ValidationException", "InvalidDefinition"])
def test_a_request_that_aws_refuses_fails_its_case(stubbed: Stubbed, code: str) -> None:
    stubbed.answers.add_client_error("test_state", code, "The field 'Type' is missing")
    done = stubbed.run()
    assert done.exit_code == 1
    assert "Charge: request: here is run, at AWS refused: The field 'Type' is missing" in done.stdout


@pytest.mark.usefixtures("folder")
def test_what_keeps_aws_from_being_asked_ends_the_command(stubbed: Stubbed) -> None:
    stubbed.answers.add_client_error(
        "test_state", "AccessDeniedException", "not authorized to perform: states:TestState"
    )
    done = stubbed.run()
    assert (done.exit_code, "asl: --at-aws: " in done.stderr, "states:TestState" in done.stderr) == (1, True, True)


@pytest.mark.usefixtures("folder")
def test_an_endpoint_of_ones_own_has_no_other_host_for_teststate(
    stubbed: Stubbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubbed.run("--endpoint-url", "http://127.0.0.1:1")
    assert stubbed.given["endpoint_url"] == "http://127.0.0.1:1"
    assert stubbed.given["config"].inject_host_prefix is False
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
    stubbed.run()
    assert stubbed.given["endpoint_url"] == "http://127.0.0.1:2"


@pytest.mark.usefixtures("folder")
def test_without_a_region_the_command_says_so() -> None:
    done = command("test", "charge.cases.yaml", "--at-aws")
    assert (done.exit_code, "asl: --at-aws: You must specify a region" in done.stderr) == (1, True)
