"""The interpreter held against executions that were recorded at AWS: status, output, error, cause, and every event."""

from __future__ import annotations

import pytest

from tests.unit.asl.running.recordings import differs, recorded, replayed

LEFT = {
    "b.credentials.credentials_base.cross_account_lambda_task.01": "an account's stand-in that is not told to be one",
    "b.local_mocking.base_scenarios.lambda_service_invoke_sync_execution.01": "what the task came to is not recorded",
    "b.scenarios.base_scenarios.lambda_invoke_with_retry_extended_input.01": (
        "recorded before the context object had its RedriveCount"
    ),
    "b.scenarios.base_scenarios.lambda_service_invoke_with_retry_extended_input.01": "as above",
    "c.local_mocking.base_callbacks.sqs_wait_for_task_token_task_failure.02": "what the task came to is not recorded",
}
"""What differs, and why."""


@pytest.mark.parametrize("kind", ["a", "b", "c"])
def test_an_execution_ends_and_tells_its_history_as_it_did_at_aws(kind: str) -> None:
    cases = list(recorded(kind))
    assert len(cases) >= 50
    found = {case["id"]: why for case in cases if (why := differs(case, replayed(case)))}
    assert found.keys() == {id for id in LEFT if id.startswith(kind)}, found


def test_what_a_task_is_given_is_what_it_was_given_at_aws() -> None:
    """The comparison itself: a changed argument, a missing event and another output are each seen."""
    case = next(case for case in recorded("b") if case["id"].endswith("task_lambda.raise_exception.01"))
    assert differs(case, replayed(case)) == ""
    other = {**case, "input": {**case["input"], "Payload": 1}}
    assert "there is no ExecutionStarted" in differs(case, replayed(other))
    shorter = {**case["expected"], "events": case["expected"]["events"][:-1]}
    assert "too many events" in differs({**case, "expected": shorter}, replayed(case))
