"""Every command about machines and executions, on the machines of the deployed program: two Standard, one Express."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orderflow.cli import app
from tests.deployed import Deployed, order
from tests.hangs import HANG_SECONDS, eventually
from tests.pages import blocks, commands

Run = Callable[..., list[Any]]
LARGE = order("command-1", items=[{"sku": "gold", "quantity": 1}])


@pytest.fixture
def run(deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with --json where the stack is the only one; the documents that it writes."""
    (tmp_path / ".orderflow").mkdir()
    (tmp_path / ".orderflow/local.json").write_text(json.dumps(deployed.outputs))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORDERFLOW_STACK", raising=False)

    def call(*arguments: str, code: int = 0) -> list[Any]:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        assert result.exit_code == code, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    return call


def test_the_machines_are_shown_with_what_is_deployed_of_them(run: Run, deployed: Deployed) -> None:
    types = {one["name"]: (one["type"], [route["version"] for route in one["routes"]]) for one in run("machines")}
    assert types == {
        "order-fulfillment": ("STANDARD", ["1"]),
        "order-events": ("EXPRESS", ["1"]),
        "reconciliation": ("STANDARD", ["1"]),
    }
    (by_name,) = run("definition", "reconciliation")
    arns = deployed.outputs["machines"]["reconciliation"]
    physical = arns["arn"].rpartition(":")[2]
    for reference in (physical, arns["arn"], arns["aliasArn"], arns["versionArn"]):
        assert run("definition", reference) == [by_name]
    assert run("definition", "reconciliation", "--version", "1") == [by_name]


def test_the_page_about_the_commands_says_what_can_be_typed(run: Run) -> None:
    """`docs/commands.md`, its first block, as it stands."""
    for command in commands(blocks("docs/commands.md", "console")[0]):
        result = CliRunner().invoke(app, shlex.split(command.typed)[1:])
        assert result.exit_code == 0, result.output
        assert result.stdout


def test_an_execution_with_a_map_run_is_started_once_and_seen_to_its_children(run: Run) -> None:
    started = ("start", "reconciliation", "--input", "{}", "--name", "command-1")
    steps = run(*started, "--follow", "--timeout", str(HANG_SECONDS))
    assert (steps[0]["event"], steps[-1]["event"]) == ("started", "succeeded")
    (status,) = run("status", "reconciliation/command-1")
    assert (status["status"], status["version"], status["input"]) == ("SUCCEEDED", "1", {})
    assert status["output"] == steps[-1]["output"]

    (again,) = run(*started)
    assert (again["repeated"], again["executionArn"]) == (True, status["executionArn"])
    (refused,) = run("start", "reconciliation", "--input", '{"a": 1}', "--name", "command-1", code=1)
    assert "another input" in refused["error"]["message"]

    assert "command-1" in [
        one["name"] for one in run("list", "reconciliation", "--status", "SUCCEEDED", "--since", "1h")
    ]
    assert run("history", "reconciliation/command-1") == steps
    (map_run,) = {step["began"] for step in steps if step["began"]}
    (counted,) = run("status", map_run)
    children = run("list", map_run)
    assert counted["executions"]["total"] == len(children) > 0
    entered = [step for step in run("history", children[0]["executionArn"]) if step["event"] == "entered"]
    assert entered
    assert entered[0]["input"]


def test_what_waits_for_a_person_is_explained_stopped_redriven_and_followed(run: Run, deployed: Deployed) -> None:
    arn = deployed.outputs["machines"]["order-fulfillment"]["aliasArn"]
    run("start", arn, "--input", json.dumps(LARGE), "--name", "command-1")

    def waiting() -> Any:
        (found,) = run("why", "order-fulfillment/command-1")
        return found if "task token" in (found["waitsFor"] or "") else None

    found = eventually(waiting)
    assert (found["state"], found["execution"]["status"]) == ("AwaitApproval", "RUNNING")
    assert found["input"]["orderId"] == "command-1"
    assert found["until"] > found["since"]

    (stopped,) = run("stop", "command-1", "--error", "Mistaken", "--cause", "started twice")
    assert (stopped["status"], stopped["executionArn"]) == ("ABORTED", found["execution"]["arn"])
    (status,) = run("status", "order-fulfillment/command-1")
    assert (status["status"], status["error"], status["cause"]) == ("ABORTED", "Mistaken", "started twice")
    assert run("stop", "command-1", code=1)[0]["error"]["message"].endswith("it is ABORTED")

    (redriven,) = run("redrive", "order-fulfillment/command-1")
    assert (redriven["result"], redriven["runsAgain"]) == ("redriven", ["AwaitApproval"])
    eventually(waiting)
    run("reject", "command-1", "--why", "a mistake", "--by", "ada")
    steps = run("history", "command-1", "--follow", "--timeout", str(HANG_SECONDS))
    assert [step["event"] for step in steps if step["state"] is None] == ["started", "aborted", "redriven", "succeeded"]
    assert steps[-1]["output"]["ended"]["outcome"] == "NOT_APPROVED"
    assert run("redrive", "order-fulfillment/command-1")[0]["result"] == "not needed"


def test_an_express_machine_answers_or_is_told_to_keep_nothing(run: Run) -> None:
    (answer,) = run("start", "order-events", "--input", "[]", "--sync")
    assert answer["status"] == "SUCCEEDED"
    (started,) = run("start", "order-events", "--input", "[]", "--name", "command-1")
    assert ":express:" in started["executionArn"]
    for command in ("status", "history", "why", "stop", "redrive"):
        (refused,) = run(command, started["executionArn"], code=1)
        assert refused["error"]["type"] == "ExpressMachine"
        assert "/aws/vendedlogs/states/orderflow-local-order-events" in refused["error"]["message"]
    for arguments in (("list", "order-events"), ("status", "order-events/command-1")):
        assert run(*arguments, code=1)[0]["error"]["type"] == "ExpressMachine"
    assert "--sync" in run("start", "order-events", "--input", "[]", "--wait", code=1)[0]["error"]["message"]
    assert "--wait" in run("start", "reconciliation", "--input", "{}", "--sync", code=1)[0]["error"]["message"]


def test_what_is_not_there_is_told_with_what_is_near(run: Run) -> None:
    assert "did you mean 'reconciliation'" in run("list", "reconcilation", code=2)[0]["error"]["message"]
    (missing,) = run("status", "reconciliation/nothing-here", code=1)
    assert missing["error"]["type"] == "ExecutionNotFound"
