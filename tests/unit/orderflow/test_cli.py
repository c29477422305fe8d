"""The command as people and scripts see it: exit codes, standard output, standard error."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from orderflow.cli import app
from orderflow.text import one_line
from tests.hangs import HANG_SECONDS
from tests.unit.orderflow.conftest import MACHINE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "orderId": "order-1",
    "customerId": "c-1",
    "items": [{"sku": "1", "quantity": 2}],
    "paymentMethodId": "pm_card_visa",
    "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
}


pytestmark = pytest.mark.usefixtures("stack")


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=stdin)


def json_lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def arn(name: str) -> str:
    return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"


def starts(aws: Stubber, *names: str) -> None:
    for name in names:
        aws.add_response("start_execution", {"executionArn": arn(name), "startDate": NOW})


def exists(aws: Stubber, order: dict[str, Any], status: str) -> None:
    aws.add_client_error("start_execution", "ExecutionAlreadyExists")
    found = {"executionArn": arn(order["orderId"]), "stateMachineArn": MACHINE, "status": status, "startDate": NOW}
    aws.add_response("describe_execution", {**found, "name": order["orderId"], "input": json.dumps(order)})
    if status == "FAILED":
        aws.add_client_error("describe_execution", "ExecutionDoesNotExist")  # none has taken it up again


def test_all_good_orders_start_though_others_are_rejected(aws: Stubber) -> None:
    bad = {**GOOD, "orderId": "bad \x1b[31m[red]", "qty": 1, "amountCents": 0}
    lines = [GOOD, bad, {**GOOD, "orderId": "order-2"}, {**GOOD, "orderId": "order-3"}, {**GOOD, "orderId": "order-4"}]
    Path("orders.jsonl").write_text("\n".join(map(json.dumps, lines)))
    starts(aws, "order-1", "order-2")
    exists(aws, lines[3], "FAILED")
    exists(aws, {**lines[4], "customerId": "someone-else"}, "RUNNING")
    result = run("start", "orders.jsonl")
    assert result.exit_code == 1
    table = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "1 order-1 started" in table
    assert (
        "2 bad \\x1b[31m[red] rejected amountCents found 0; it must be a whole number of cents from 1 to 1,000,000"
        in table
    )
    assert any(line.startswith("2 bad \\x1b[31m[red] rejected qty found an unknown field") for line in table)
    assert "4 order-3 already there FAILED" in table
    assert any(line.startswith("5 order-4 rejected orderId") and "another order was started" in line for line in table)
    assert table[-1] == "2 started, 1 already there, 2 rejected"
    assert "\x1b" not in result.output
    assert result.stderr == ""


def test_started_orders_are_one_json_object_a_line_and_nothing_else(aws: Stubber) -> None:
    starts(aws, "order-1")
    result = run("start", "-", "--json", stdin=f"{json.dumps(GOOD)}\nnope\n")
    assert result.exit_code == 1
    good, bad = json_lines(result)
    started = {"line": 1, "orderId": "order-1", "result": "started", "executionArn": arn("order-1")}
    assert good == {**started, "status": "RUNNING", "problems": []}
    assert (bad["line"], bad["orderId"], bad["result"]) == (2, None, "rejected")
    assert bad["problems"][0].keys() == {"field", "found", "fix"}


def test_an_order_over_many_lines_starts_from_standard_input(aws: Stubber) -> None:
    starts(aws, "order-1")
    result = run("start", "-", stdin=json.dumps(GOOD, indent=2))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "1 started, 0 already there, 0 rejected"


def test_starting_again_is_no_failure(aws: Stubber) -> None:
    exists(aws, GOOD, "RUNNING")
    assert run("start", "-", stdin=json.dumps(GOOD)).exit_code == 0


def test_the_largest_amount_can_be_the_stacks_own(aws: Stubber) -> None:
    starts(aws, "order-1")
    order = json.dumps({**GOOD, "amountCents": 1_500_000})
    assert run("start", "-", stdin=order).exit_code == 1
    assert run("start", "-", "--limit-cents", "2000000", stdin=order).exit_code == 0


def test_what_was_started_is_told_even_where_aws_stops_midway(aws: Stubber) -> None:
    starts(aws, "order-1")
    aws.add_client_error("start_execution", "AccessDeniedException", "not allowed")
    orders = "\n".join(json.dumps({**GOOD, "orderId": f"order-{n}"}) for n in (1, 2, 3))
    result = run("start", "-", stdin=orders)
    assert result.exit_code == 1
    assert "1 started" in result.stdout
    assert "2 of 3 not tried" in " ".join(result.stderr.split())
    assert "allow states:StartExecution" in result.stderr


def test_bad_orders_are_told_of_without_any_stack(tmp_path: Path) -> None:
    Path(".orderflow/local.json").unlink()
    result = run("start", "-", stdin=b"\xff")
    assert result.exit_code == 1
    assert "not UTF-8" in result.stdout


def test_a_status_is_a_table_or_one_json_document(aws: Stubber) -> None:
    for _ in range(2):
        found = {"executionArn": arn("order-1"), "stateMachineArn": MACHINE, "status": "SUCCEEDED", "startDate": NOW}
        output = json.dumps({"ended": {"outcome": "DELIVERED"}, "payment": {"amountCents": 123456}})
        aws.add_response("describe_execution", {**found, "stopDate": NOW, "output": output})
        aws.add_response("get_execution_history", {"events": []})
    shown = run("status", "order-1")
    assert shown.exit_code == 0
    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["order", "id", "order-1"],
        ["execution", "arn", arn("order-1")],
        ["status", "SUCCEEDED"],
        ["outcome", "DELIVERED"],
        ["started", "at", "2026-03-01", "12:00:00Z"],
        ["stopped", "at", "2026-03-01", "12:00:00Z"],
        ["charged", "1,234.56"],
    ]
    (document,) = json_lines(run("status", "order-1", "--json"))
    assert document["orderId"] == "order-1"
    assert (document["outcome"], document["chargedCents"], document["state"]) == ("DELIVERED", 123456, None)
    assert document["startedAt"] == "2026-03-01T12:00:00+00:00"


def test_a_list_filters_and_limits(aws: Stubber) -> None:
    row = {"executionArn": arn("a"), "stateMachineArn": MACHINE, "name": "a", "status": "FAILED", "startDate": NOW}
    asked = {"stateMachineArn": MACHINE, "statusFilter": "FAILED", "maxResults": 5}
    for _ in range(2):
        aws.add_response("list_executions", {"executions": [row]}, asked)
    assert "a" in run("list", "--status", "failed", "--limit", "5").stdout.split()
    (order,) = json_lines(run("list", "--status", "FAILED", "--limit", "5", "--json"))
    assert order.keys() == {"orderId", "executionArn", "status", "startedAt", "stoppedAt"}


def test_an_empty_list_says_so_beside_the_output(aws: Stubber) -> None:
    aws.add_response("list_executions", {"executions": []})
    result = run("list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No orders.\n")


def test_a_history_is_a_tree_or_a_json_object_a_step(aws: Stubber) -> None:
    entered = {"id": 2, "type": "WaitStateEntered", "timestamp": NOW, "stateEnteredEventDetails": {"name": "W"}}
    failure = {"error": "E", "cause": "because [red]"}
    failed = {"id": 3, "type": "ExecutionFailed", "timestamp": NOW, "executionFailedEventDetails": failure}
    running = {"executionArn": arn("order-1"), "stateMachineArn": MACHINE, "status": "RUNNING", "startDate": NOW}
    for _ in range(2):
        aws.add_response("describe_execution", running)
        aws.add_response("get_execution_history", {"events": [entered, failed]})
    tree = [" ".join(line.split()) for line in run("history", "order-1").stdout.splitlines()]
    assert tree == [
        "order-1 FAILED since 2026-03-01 12:00:00Z, 0.0 s",
        "+0.0 s └─ ✗ W 0.0 s E: because [red]",
    ]
    first, second = json_lines(run("history", "order-1", "--json"))
    told = {"at": "2026-03-01T12:00:00+00:00", "seconds": 0.0, "state": "W", "event": "entered", "detail": ""}
    assert first == {**told, "input": None, "output": None, "took": None, "began": None}
    assert (second["state"], second["detail"]) == (None, "E: because [red]")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_definition_is_json_either_way(aws: Stubber, options: list[str]) -> None:
    machine = {"stateMachineArn": MACHINE, "name": "e", "roleArn": "r", "type": "EXPRESS", "creationDate": NOW}
    definition = {"StartAt": "A", "Comment": "x" * 300}
    answer = {**machine, "definition": json.dumps(definition)}
    aws.add_response("describe_state_machine", answer, {"stateMachineArn": f"{MACHINE}-e"})
    result = run("definition", "order-events", *options)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == definition


def test_a_failure_is_one_line_on_standard_error(aws: Stubber) -> None:
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    result = run("status", "order-1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("orderflow: no order order-1 on ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "type", "code"),
    [
        (["status", "order-1"], "OrderNotFound", 1),
        (["definition", "order-fulfilment"], "UnknownMachine", 2),
        (["list", "--since", "yesterday"], "UsageError", 2),
        (["status"], "UsageError", 2),
    ],
)
def test_a_failure_is_a_document_as_well_where_json_is_wanted(
    aws: Stubber, arguments: list[str], type: str, code: int
) -> None:
    if type == "OrderNotFound":
        aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    result = run(*arguments, "--json")
    (document,) = json_lines(result)
    assert result.exit_code == code
    assert (document["error"]["type"], document["error"]["exitCode"]) == (type, code)
    assert document["error"]["message"] in " ".join(result.stderr.replace("│", "").split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["start", "no-such-file"],
        ["start", "."],
        ["start"],
        ["status"],
        ["definition", "nothing"],
        ["list", "--status", "LOST"],
        ["list", "--limit", "0"],
        ["lst"],
        [],
    ],
)
def test_what_is_not_understood_is_a_usage_error(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_no_stack_at_all_is_a_usage_error() -> None:
    Path(".orderflow/local.json").unlink()
    result = run("list")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--state-machine-arn" in result.stderr


def test_the_stack_is_taken_from_the_environment(aws: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".orderflow/other.json").write_text("{}")
    monkeypatch.setenv("ORDERFLOW_STACK", "local")
    aws.add_response("list_executions", {"executions": []})
    assert run("list").exit_code == 0


def test_the_machine_can_be_named_by_its_arn(aws: Stubber) -> None:
    aws.add_response("list_executions", {"executions": []}, {"stateMachineArn": f"{MACHINE}2", "maxResults": 20})
    assert run("--state-machine-arn", f"{MACHINE}2:live", "list").exit_code == 0
    assert run("--state-machine-arn", "nonsense", "list").exit_code == 1
    assert run("--state-machine-arn", MACHINE, "definition", "order-events").exit_code == 2


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orderflow", "start", "-"],
        input=b"{",
        capture_output=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert b"at line 1, column 2" in done.stdout
    assert done.stderr == b""


HOSTILE = "it \x1b]0;owned\x07is \x1b[31mred\x1b[0m \x9b2J\u202eback"


def test_nothing_that_others_wrote_reaches_the_terminal_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever prints it: a line, a table, a message, JSON for people."""
    from orderflow.cli.output import complain, err, out, print_table

    out.print(HOSTILE, markup=False)
    print_table(("a",), [(HOSTILE,)])
    out.print_json(data={"why": HOSTILE})
    err.print(HOSTILE)
    complain(HOSTILE)
    printed = "".join(capsys.readouterr())
    assert not [char for char in printed if char != "\n" and not char.isprintable()]
    assert printed.count("owned") == 5
    assert r"\x1b" in printed, "told, not dropped"


def test_a_console_for_people_keeps_its_own_colours() -> None:
    from io import StringIO

    from rich.text import Text

    from orderflow.console import PlainConsole

    file = StringIO()
    console = PlainConsole(file=file, force_terminal=True, color_system="standard", legacy_windows=False)
    console.print(Text(HOSTILE, style="green"))
    printed = file.getvalue()
    assert printed.startswith("\x1b[32m")
    assert "\x1b]0;" not in printed
    assert "\x1b[31m" not in printed


def test_what_just_fits_on_a_line_is_whole_and_what_does_not_ends_in_a_sign() -> None:
    assert [one_line("x" * length, 20) for length in (19, 20, 21)] == ["x" * 19, "x" * 20, "x" * 19 + "…"]
