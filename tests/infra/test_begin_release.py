"""The function that `pulumi up` calls to begin a release, on a client of AWS's whose answers are announced."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from components.releaser import BEGIN

RELEASES = "arn:aws:states:us-east-1:123456789012:stateMachine:steps-release:live"
EVENT: dict[str, Any] = {"releases": RELEASES, "name": "7-0123abcd", "input": {"version": "steps:7"}}
STARTED = {"stateMachineArn": RELEASES, "name": "7-0123abcd", "input": json.dumps({"version": "steps:7"})}
ANSWER = {"executionArn": "the execution", "startDate": datetime(2026, 3, 1, tzinfo=UTC)}


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    spec = importlib.util.spec_from_file_location("begin_release", BEGIN)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    monkeypatch.setattr(loaded, "PAUSE_SECONDS", 0)
    return loaded


@pytest.fixture
def aws(module: ModuleType) -> Iterator[Stubber]:
    with Stubber(module.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_it_starts_the_execution_that_is_called_after_the_version(module: ModuleType, aws: Stubber) -> None:
    aws.add_response("start_execution", ANSWER, STARTED)
    assert module.handler(EVENT, None) == {"execution": "the execution"}


def test_a_release_that_has_ended_is_not_begun_again(module: ModuleType, aws: Stubber) -> None:
    aws.add_client_error("start_execution", "ExecutionAlreadyExists")
    assert module.handler(EVENT, None) == {"execution": "began earlier"}


def test_a_role_that_was_just_made_is_waited_for(module: ModuleType, aws: Stubber) -> None:
    aws.add_client_error("start_execution", "AccessDeniedException")
    aws.add_client_error("start_execution", "AccessDeniedException")
    aws.add_response("start_execution", ANSWER, STARTED)
    assert module.handler(EVENT, None) == {"execution": "the execution"}


@pytest.mark.parametrize(("code", "times"), [("AccessDeniedException", 10), ("StateMachineDoesNotExist", 1)])
def test_what_keeps_it_from_beginning_fails_the_deployment(
    code: str, times: int, module: ModuleType, aws: Stubber
) -> None:
    for _ in range(times):
        aws.add_client_error("start_execution", code)
    with pytest.raises(module.client.exceptions.ClientError, match=code):
        module.handler(EVENT, None)
