"""Having orders go on: by AWS's redrive where that helps, by an execution of their own where it does not.

The embedded cloud has no RedriveExecution. These tests give AWS's documented answers; tests/emulator has the other way.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from orderflow import OrderflowError
from orderflow.order_executions import later_name
from orderflow.redrive import Redrives, moment
from tests.unit.orderflow.conftest import MACHINE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALIAS = f"{MACHINE}:live"
EXECUTION = f"{MACHINE.replace(':stateMachine:', ':execution:')}:order-1"
ORDER = '{"orderId":"order-1"}'
LATER = later_name("order-1", 1)


@pytest.fixture
def redrives(sfn: Any) -> Redrives:
    return Redrives(ALIAS, sfn)


def ended(aws: Stubber, status: str, **more: Any) -> None:
    found = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-1", "status": status}
    aws.add_response("describe_execution", {**found, "startDate": NOW, "input": ORDER, **more})
    if status not in ("RUNNING", "SUCCEEDED"):
        aws.add_client_error("describe_execution", "ExecutionDoesNotExist")


def ended_by(aws: Stubber, *types: str) -> None:
    """Announce the last events, the last one first."""
    details = {"FailStateEntered": {"stateEnteredEventDetails": {"name": "RefundedNotConfirmed"}}}
    events = [{"id": 9 - n, "type": t, "timestamp": NOW, **details.get(t, {})} for n, t in enumerate(types)]
    asked = {"executionArn": EXECUTION, "reverseOrder": True, "maxResults": 2, "includeExecutionData": False}
    aws.add_response("get_execution_history", {"events": events}, asked)


def starts_anew(aws: Stubber) -> None:
    asked = {"stateMachineArn": ALIAS, "name": LATER, "input": ORDER}
    aws.add_response("start_execution", {"executionArn": f"{EXECUTION}-later", "startDate": NOW}, asked)


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED", "FAILED"])
def test_what_failed_in_a_state_that_can_run_again_is_redriven_by_aws(
    aws: Stubber, redrives: Redrives, status: str
) -> None:
    ended(aws, status, redriveStatus="REDRIVABLE", redriveCount=3)
    if status == "FAILED":
        ended_by(aws, "ExecutionFailed", "TaskFailed")
    aws.add_response("redrive_execution", {"redriveDate": NOW}, {"executionArn": EXECUTION})
    done = redrives.redrive("order-1")
    assert (done.how, done.execution_arn) == ("redriven", EXECUTION)


def test_what_ended_in_a_fail_state_gets_an_execution_of_its_own(aws: Stubber, redrives: Redrives) -> None:
    """A Fail state that is redriven fails again, though AWS says that the execution is redrivable."""
    ended(aws, "FAILED", redriveStatus="REDRIVABLE")
    ended_by(aws, "ExecutionFailed", "FailStateEntered")
    starts_anew(aws)
    done = redrives.redrive("order-1")
    assert (done.how, done.execution_arn) == ("started anew", f"{EXECUTION}-later")
    assert "RefundedNotConfirmed" in done.reason


def test_what_aws_would_not_redrive_gets_an_execution_of_its_own(aws: Stubber, redrives: Redrives) -> None:
    reason = "Execution history event limit exceeded"
    ended(aws, "TIMED_OUT", redriveStatus="NOT_REDRIVABLE", redriveStatusReason=reason)
    starts_anew(aws)
    assert redrives.redrive("order-1").reason == reason


@pytest.mark.parametrize("code", ["ExecutionNotRedrivable", "InvalidAction"])
def test_what_aws_refuses_to_redrive_gets_an_execution_of_its_own(aws: Stubber, redrives: Redrives, code: str) -> None:
    ended(aws, "TIMED_OUT", redriveStatus="REDRIVABLE")
    aws.add_client_error("redrive_execution", code, "no\nlonger")
    starts_anew(aws)
    done = redrives.redrive("order-1")
    assert (done.how, done.reason) == ("started anew", "AWS does not redrive its execution: no longer")


def test_another_refusal_starts_nothing(aws: Stubber, redrives: Redrives) -> None:
    ended(aws, "TIMED_OUT", redriveStatus="REDRIVABLE")
    aws.add_client_error("redrive_execution", "AccessDeniedException", "no")
    with pytest.raises(OrderflowError, match="allow states:RedriveExecution"):
        redrives.redrive("order-1")


def test_anew_never_asks_aws_to_redrive(aws: Stubber, redrives: Redrives) -> None:
    ended(aws, "TIMED_OUT", redriveStatus="REDRIVABLE")
    starts_anew(aws)
    assert redrives.redrive("order-1", anew=True).how == "started anew"


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
@pytest.mark.parametrize("anew", [False, True])
def test_what_is_on_its_way_or_through_is_left_alone(aws: Stubber, redrives: Redrives, status: str, anew: bool) -> None:
    ended(aws, status)
    assert redrives.redrive("order-1", anew=anew).how == "not needed"


def test_two_people_at_once_start_one_execution(aws: Stubber, redrives: Redrives) -> None:
    ended(aws, "TIMED_OUT", redriveStatus="NOT_REDRIVABLE")
    aws.add_client_error("start_execution", "ExecutionAlreadyExists")
    with pytest.raises(OrderflowError, match="has just been taken up by someone else"):
        redrives.redrive("order-1")


def test_an_input_that_aws_hides_starts_nothing(aws: Stubber, redrives: Redrives) -> None:
    found = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-1", "status": "ABORTED"}
    aws.add_response("describe_execution", {**found, "startDate": NOW, "redriveStatus": "NOT_REDRIVABLE"})
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    with pytest.raises(OrderflowError, match="kms:Decrypt"):
        redrives.redrive("order-1")


def test_in_bulk_go_those_that_failed_or_timed_out_since_each_once(aws: Stubber, redrives: Redrives) -> None:
    def row(name: str, hours: int) -> dict[str, Any]:
        at = NOW - timedelta(hours=hours)
        arn = EXECUTION.replace("order-1", name)
        return {"executionArn": arn, "stateMachineArn": MACHINE, "name": name, "status": "FAILED", "startDate": at,
                "stopDate": at}  # fmt: skip

    asked = {"stateMachineArn": MACHINE, "statusFilter": "FAILED", "maxResults": 1000}
    aws.add_response("list_executions", {"executions": [row("old", 3), row("order-2", 1)], "nextToken": "t"}, asked)
    aws.add_response("list_executions", {"executions": [row(LATER, 1), row("order-1", 2)]}, {**asked, "nextToken": "t"})
    found = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "status": "FAILED", "startDate": NOW}
    aws.add_response("describe_execution", {**found, "input": ORDER})
    aws.add_response("list_executions", {"executions": [row("order-2", 2)]}, {**asked, "statusFilter": "TIMED_OUT"})
    assert list(redrives.unsuccessful(NOW - timedelta(hours=2))) == ["order-2", "order-1"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2026-03-01T03:00", datetime(2026, 3, 1, 3, tzinfo=UTC)),
        ("2026-03-01T03:00:00+01:00", datetime(2026, 3, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_moment_is_so_long_ago_or_iso_8601(text: str, meant: datetime) -> None:
    assert moment(text, NOW) == meant


@pytest.mark.parametrize("text", ["", "yesterday", "2 h", "-1h", "2w", "h"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moment(text, NOW)
