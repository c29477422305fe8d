"""`orderflow show`: an execution as one file, masked, and written anew while it runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from orderflow import showing
from orderflow.cli import app
from tests.pages import blocks
from tests.unit.orderflow.conftest import MACHINE
from tests.unit.orderflow.histories import START, Told, arn

EXECUTION = MACHINE.replace("stateMachine", "execution") + "-r:n-1"
DEFINITION = {
    "StartAt": "Charge",
    "States": {
        "Charge": {"Type": "Task", "Resource": arn("charge-payment"), "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Done"},
        "Done": {"Type": "Pass", "Parameters": {"password": "hunter2-hunter2"}, "End": True},
    },
}

COUNTS = dict.fromkeys(("pending", "running", "succeeded", "timedOut", "aborted", "resultsWritten"), 0)
MAP_RUN = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "startDate": START}
RUNNING = {
    "executionArn": EXECUTION,
    "status": "RUNNING",
    "startDate": START,
    "maxConcurrency": 1,
    "toleratedFailurePercentage": 0.0,
    "toleratedFailureCount": 0,
    **{counts: {**COUNTS, "failed": 2, "total": 100_000} for counts in ("itemCounts", "executionCounts")},
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch, stack: dict[str, Any]) -> None:
    monkeypatch.setattr(showing, "ASK_AGAIN_SECONDS", 0.0)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def announce(aws: Stubber, *histories: list[dict[str, Any]]) -> None:
    described = {"executionArn": EXECUTION, "stateMachineArn": f"{MACHINE}-r", "status": "RUNNING", "startDate": START}
    aws.add_response("describe_execution", {**described, "name": "n-1"})
    machine = {"stateMachineArn": f"{MACHINE}-r", "name": "orders-r", "roleArn": "r", "updateDate": START}
    answer = {**machine, "definition": json.dumps(DEFINITION)}
    aws.add_response("describe_state_machine_for_execution", answer, {"executionArn": EXECUTION})
    for history in histories:
        aws.add_response("get_execution_history", {"events": history})


def data(file: str) -> dict[str, Any]:
    """What a page's script reads."""
    text = Path(file).read_text()
    found = re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_an_execution_is_one_file_without_secrets_and_personal_fields(aws: Stubber) -> None:
    announce(aws, Told().works("Charge", "charge-payment").enters("Wait", "Wait").events)
    result = run("show", EXECUTION, "--out", "page.html")
    assert (result.exit_code, result.stdout) == (0, "page.html\n")
    text = Path("page.html").read_text()
    assert "order-1" in text
    assert not re.search("Ada|98101|c-1|hunter2", text)
    assert data("page.html")["reload"] is None
    assert Path("page.html").stat().st_mode & 0o077 == 0, "for its owner alone"
    assert "https://us-east-1.console.aws.amazon.com/states/home" in text
    group = "$252Faws$252Flambda$252Forderflow-local-charge-payment"
    assert f"#logsV2:log-groups/log-group/{group}/log-events$3Fstart$3D" in text


def test_all_is_shown_to_who_asks_for_it(aws: Stubber) -> None:
    announce(aws, Told().works("Charge", "charge-payment").events)
    assert run("show", EXECUTION, "--unmasked").exit_code == 0
    text = Path(".orderflow/n-1.html").read_text()
    assert all(shown in text for shown in ("Ada", "98101", "c-1", "hunter2"))


def test_a_page_that_is_followed_reads_itself_until_the_execution_has_ended(
    aws: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told().works("Charge", "charge-payment")
    first = told.events[::-1]
    second = told.enters("Wait", "Wait").events[::-1]
    last = told.happens("ExecutionAborted", executionAbortedEventDetails={}).events[::-1]
    announce(aws, first, second[:1] + first, second, last)
    written = list[tuple[float | None, str]]()
    from orderflow.cli import showing as command

    write = command.write_whole

    def looked_at(file: Path, text: str) -> None:
        write(file, text)
        shown = data(str(file))
        written.append((shown["reload"], shown["title"].rpartition(" ")[2]))

    monkeypatch.setattr(command, "write_whole", looked_at)
    result = run("show", EXECUTION, "--follow", "--out", "page.html")
    assert result.exit_code == 0, result.output
    assert written == [(2.0, "RUNNING"), (2.0, "RUNNING"), (None, "ABORTED")], "nothing new, nothing written"
    assert result.stdout == "page.html\n"


def test_who_follows_for_too_short_a_time_keeps_a_page_at_rest(aws: Stubber) -> None:
    announce(aws, Told().enters("Charge").events[::-1])
    result = run("show", EXECUTION, "--follow", "--timeout", "0", "--out", "page.html")
    assert result.exit_code == 1
    assert "follow for longer with --timeout" in result.stderr
    assert data("page.html")["reload"] is None


def test_a_long_history_with_large_data_makes_no_page_that_nobody_can_open(
    aws: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "PAGE_CHARACTERS", 100_000)
    told = Told()
    for number in range(50):
        told.enters("Done", "Pass", filler=f"{number}" * 20_000).exits("Done", "Pass")
    announce(aws, told.events)
    assert run("show", EXECUTION, "--out", "page.html").exit_code == 0
    assert Path("page.html").stat().st_size < 500_000
    assert "characters more" in Path("page.html").read_text()


def test_support_needs_just_the_permissions_that_the_page_about_commands_prints(aws: Stubber) -> None:
    called = set[str]()
    client = aws.client
    client.meta.events.register("before-parameter-build.sfn", lambda model, **_: called.add(f"states:{model.name}"))
    map_run = EXECUTION.replace("execution", "mapRun").replace(":n-1", "/Each:1")
    told = Told().enters("Each", "Map").happens("MapRunStarted", mapRunStartedEventDetails={"mapRunArn": map_run})
    announce(aws, told.events)
    aws.add_response("list_map_runs", {"mapRuns": [MAP_RUN | {"mapRunArn": map_run}]})
    aws.add_response("describe_map_run", RUNNING | {"mapRunArn": map_run})
    assert run("show", EXECUTION, "--out", "page.html").exit_code == 0
    assert "2 failed of 100000" in Path("page.html").read_text()
    printed = re.search(r"\{.*\}", blocks("docs/commands.md", "console")[-1].text, re.DOTALL)
    assert printed
    policy = json.loads(printed[0])
    allowed = [one["Action"] if isinstance(one["Action"], list) else [one["Action"]] for one in policy["Statement"]]
    assert {action for actions in allowed for action in actions} == called
