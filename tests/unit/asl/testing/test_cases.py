"""Cases as files: `NAME.cases.yaml` is read, run and reported; what is wrong in one is told with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asl.reading import read
from asl.syntax.walk import walk
from asl.testing.case_runs import Ran, run_case
from asl.testing.cases import CasesError, Named, cases, named
from asl.testing.workflow import Workflow
from tests.unit.asl.command_line import run as command
from tests.unit.asl.testing.test_running_by_hand import CONFIG, MACHINE, QUEUE

QUESTION: dict[str, Any] = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": QUEUE,
                "MessageBody.$": "$$.Task.Token",
            },
            "HeartbeatSeconds": 3600,
            "TimeoutSeconds": 86_400,
            "End": True,
        }
    },
}


def ran(written: str, definition: dict[str, Any] = MACHINE) -> Ran:
    """The one case of a file, run."""
    workflow = Workflow.of(definition)
    (case,) = cases(read(written, yaml=True), Named(), workflow.machine, lambda name: None)
    return run_case(workflow, case)


def told(written: str, definition: dict[str, Any] = MACHINE) -> list[str]:
    """What is not as it is expected in the one case of a file."""
    found = ran(written, definition)
    assert found.problem == ""
    return [f"{one.what}: expected {one.expected}, found {one.found}" for one in found.differences]


PAID = "cases: {paid: {input: {orderId: '1'}, mocks: {Charge: {paymentId: p-1}}, expect: %s}}"


@pytest.mark.parametrize(
    ("expect", "differs"),
    [
        ("{ends_in: Done}", []),
        ("{ends_in: Refused}", ["ends_in: expected Refused, found Done"]),
        ("{status: SUCCEEDED}", []),
        ("{status: TIMED_OUT}", ["status: expected TIMED_OUT, found SUCCEEDED"]),
        ("{output: {paymentId: p-1}}", []),
        ("{output: {}}", ['output.paymentId: expected nothing there, found "p-1"']),
        ("{output_has: {}}", []),
        ("{output_has: {paymentId: p-2}}", ['output.paymentId: expected "p-2", found "p-1"']),
        ("{output_has: {orderId: '1'}}", ['output.orderId: expected "1", found nothing there']),
        ("{output: [1]}", ['output: expected [1], found {"paymentId":"p-1"}']),
        ("{error: Refused}", ["error: expected Refused, found none"]),
        ("{cause_has: money}", ["cause: expected …money…, found none"]),
        ("{way: [Charge, States.Done]}", []),
        ("{way: [Charge, Refused]}", ["way: expected Refused after Charge, found Ship → Done"]),
        ("{way: [Ship, Charge]}", ["way: expected Charge after Ship, found Done"]),
        ("{calls: {Charge: 1, Ship: 0}}", []),
        ("{calls: {Charge: 2}}", ["calls of Charge: expected 2, found 1"]),
        ("{within: 1d}", []),
        ("{within: 23h59m}", ["within: expected 23h59m, 86340 s, found 86400 s"]),
    ],
)
def test_an_end_is_held_against_what_is_expected_of_it(expect: str, differs: list[str]) -> None:
    assert told(PAID % expect) == differs


def test_true_is_not_1_and_arrays_are_compared_whole() -> None:
    written = "cases: {one: {mocks: {Charge: {Return: {paid: true, lines: [{sku: a, n: 1}, {sku: b}]}}}, expect: %s}}"
    assert told(written % "{output_has: {paid: 1}}") == ["output.paid: expected 1, found true"]
    assert told(written % "{output_has: {lines: [{sku: a}, {sku: b}]}}") == []
    assert told(written % "{output_has: {lines: [{sku: a}]}}")[0].startswith("output.lines: expected")


def test_an_execution_has_to_succeed_unless_a_failure_is_expected() -> None:
    refused = "cases: {refused: {mocks: {Charge: {Throw: {Error: NoMoney}}}, expect: %s}}"
    assert told(refused % "{way: [Charge]}") == ["status: expected SUCCEEDED, found FAILED: Refused: NoMoney"]
    for expect in ("{ends_in: Refused}", "{error: Refused}", "{cause: NoMoney}", "{status: FAILED}"):
        assert told(refused % expect) == []
    assert told(refused % "{error: Refused, cause: No}") == ["cause: expected No, found NoMoney"]
    assert told(refused % "{output_has: {}}")[0] == "status: expected SUCCEEDED, found FAILED: Refused: NoMoney"


def test_one_outcome_is_for_every_attempt_and_a_list_for_one_after_the_other() -> None:
    always = "cases: {a: {mocks: {Charge: {Throw: {Error: Busy}}}, expect: {ends_in: Refused, calls: {Charge: 3}}}}"
    assert told(always) == []
    then = "cases: {a: {mocks: {Charge: [{Throw: {Error: Busy}}, {id: 1}]}, expect: {output: {id: 1}}}}"
    assert told(then) == []
    short = "cases: {a: {mocks: {Charge: [{Throw: {Error: Busy}}]}, expect: {ends_in: Done}}}"
    assert "call number 2, and outcomes for 1 are given" in ran(short).problem
    array = "cases: {a: {mocks: {Charge: [1, 2]}, expect: {output: [1, 2]}}}"
    assert told(array) == [], "an array without an outcome in it is a result"


def test_answers_come_late_are_kept_alive_or_never_come() -> None:
    late = "cases: {a: {mocks: {Ask: {Return: yes, After: 2h, Heartbeats: [50m, 1h40m]}}, expect: {output: 'yes'}}}"
    assert told(late, QUESTION) == []
    silent = "cases: {a: {mocks: {Ask: {Return: yes, After: 2h}}, expect: {error: States.Timeout, within: 1h}}}"
    assert told(silent, QUESTION) == []
    never = "cases: {a: {mocks: {Ask: {Never: true, Heartbeats: [30m]}}, expect: {error: States.Timeout, within: 90m}}}"
    assert told(never, QUESTION) == []


def test_what_cases_share_is_written_once_and_a_cases_own_comes_before_it() -> None:
    text = read(
        """
        input: {orderId: "1"}
        mocks: {Charge: {id: shared}}
        cases:
          - {name: shared, expect: {output: {id: shared}}}
          - {name: own, input: {orderId: "2"}, mocks: {Charge: {id: own}}, expect: {output: {id: own}}}
        """,
        yaml=True,
    )
    found = cases(text, Named(), walk(MACHINE), lambda name: None)
    assert [(case.name, case.input) for case in found] == [("shared", {"orderId": "1"}), ("own", {"orderId": "2"})]
    assert all(run_case(Workflow.of(MACHINE), case).passed for case in found)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("type: EXPRESS\ncasess: {}", "line 2: a file of cases has 'casess' (did you mean 'cases'?)"),
        ("definition: a.json", "line 1: has no 'cases'"),
        ("StartAt: A", "line 1: holds no cases"),
        ("[1]", "line 1: holds no cases"),
        ("type: EXPRES\ncases: {a: {}}", "line 1: type is STANDARD or EXPRESS (did you mean 'EXPRESS'?)"),
        (
            "cases:\n  a:\n    inptu: {}\n    expect: {ends_in: Done}",
            "line 3: the case 'a' has 'inptu' (did you mean 'input'",
        ),
        ("cases:\n  a: {input: {}}", "line 2: the case 'a' expects nothing"),
        ("cases:\n  a: {expect: {}}", "line 2: the case 'a' expects nothing"),
        ("cases: {}", "line 1: cases holds no case"),
        ("cases: 1", "line 1: cases has to be an object with a case by each name, and is a number"),
        ("cases:\n  - {expect: {ends_in: Done}}", "line 2: cases[0] has no 'name'"),
        (
            "cases:\n  - {name: a, expect: {ends_in: Done}}\n  - {name: a, expect: {ends_in: Done}}",
            "line 3: the case 'a' stands twice, first in line 2",
        ),
        (
            "cases:\n  a:\n    expect:\n      endsin: Done",
            "line 4: cases.a.expect.endsin is unknown (did you mean 'ends_in'?)",
        ),
        ("cases:\n  a: {expect: {ends_in: Doen}}", "names no state of the definition: 'Doen' (did you mean 'Done'?)"),
        ("cases:\n  a: {expect: {way: [Charge, Shipp]}}", "no state of the definition: 'Shipp' (did you mean 'Ship'?)"),
        ("cases:\n  a: {expect: {way: Charge}}", "cases.a.expect.way has to be an array with names of states"),
        ("cases:\n  a: {expect: {calls: {Chrage: 1}}}", "names no state of the definition: 'Chrage'"),
        (
            "cases:\n  a: {expect: {calls: {Charge: often}}}",
            "has to be an object with a number of calls for each state",
        ),
        ("cases:\n  a: {expect: {status: FAILD}}", "is one of SUCCEEDED, FAILED, TIMED_OUT (did you mean 'FAILED'?)"),
        ("cases:\n  a: {expect: {within: soon}}", "has to be a time in seconds, or one like '90s', '6h' or '1d12h'"),
        ("cases:\n  a: {expect: {error: 1}}", "cases.a.expect.error has to be a string, and is a number"),
        (
            "mocks:\n  Chrage: {}\ncases:\n  a: {expect: {ends_in: Done}}",
            "line 2: mocks has 'Chrage', which is no task (did you mean 'Charge'?)",
        ),
        (
            "cases:\n  a:\n    expect: {ends_in: Done}\n    mocks:\n      Charge:\n        Thrwo: {Error: A}",
            "line 6: cases.a.mocks.Charge has 'Thrwo' (did you mean 'Throw'?); a result of that shape is {",
        ),
        (
            "cases:\n  a:\n    expect: {ends_in: Done}\n    mocks:\n      Charge: {Return: 1,\n        Afterr: 1}",
            "line 6: cases.a.mocks.Charge has 'Afterr' (did you mean 'After'?), where Return, After, Heartbeats may",
        ),
        (
            "cases: {a: {expect: {ends_in: Done}, mocks: {Charge: {Return: 1, After: soon}}}}",
            "cases.a.mocks.Charge.After has to be a time in seconds",
        ),
        (
            "cases: {a: {expect: {ends_in: Done}, mocks: {Charge: {Return: 1, Throw: {Error: A}}}}}",
            "cases.a.mocks.Charge has Return and Throw, and one outcome is one of them",
        ),
        (
            "cases: {a: {expect: {ends_in: Done}, mocks: {Charge: {Throw: {Eror: A}}}}}",
            "cases.a.mocks.Charge.Throw has to have an 'Error'",
        ),
        (
            "cases: {a: {expect: {ends_in: Done}, mocks: {Charge: {Throw: {Error: A, Cause: {b: 1}}}}}}",
            "cases.a.mocks.Charge.Throw.Cause has to be a string, as AWS passes it on, and is an object",
        ),
        ("cases: {a: {expect: {ends_in: Done}, mocks: {Charge: {Never: 1}}}}", "Charge.Never has to be true"),
    ],
)
def test_what_is_wrong_in_a_file_of_cases_is_told_with_its_line(written: str, problem: str) -> None:
    text = read(written, yaml=True)
    with pytest.raises(CasesError) as wrong:
        cases(text, named(text)[0], walk(MACHINE), lambda name: None)
    assert problem in str(wrong.value)


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_its_lines() -> None:
    text = read("cases:\n  a: {expect: {endsin: Done}}\n  b: {inptu: 1, expect: {ends_in: Doen}}\n", yaml=True)
    with pytest.raises(CasesError) as wrong:
        cases(text, Named(), walk(MACHINE), lambda name: None)
    assert [problem.line for problem in wrong.value.problems] == [2, 3, 3]


def test_an_end_inside_another_state_is_none() -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    machine = {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    text = read("cases: {a: {expect: {ends_in: In}}}", yaml=True)
    with pytest.raises(CasesError, match="'In', which is inside another state"):
        cases(text, Named(), walk(machine), lambda name: None)


def test_each_visit_has_its_own_input_and_output_also_where_iterations_overlap() -> None:
    inner = {
        "StartAt": "Work",
        "States": {
            "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Next": "Rest"},
            "Rest": {"Type": "Pass", "End": True},
        },
    }
    machine = {
        "StartAt": "Each",
        "States": {
            "Each": {"Type": "Map", "ItemProcessor": inner, "Next": "After"},
            "After": {"Type": "Pass", "End": True},
        },
    }
    found = Workflow.of(machine).mock("Work", outcomes=[10, 20]).run([1, 2])
    work = [(visit.items, visit.input, visit.output) for visit in found.visits("Work")]
    assert work == [((0,), 1, 10), ((1,), 2, 20)]
    assert [(found.state(name).items, found.state(name).output) for name in ("Each", "After")] == [((), [10, 20])] * 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "charge.asl.json").write_text(json.dumps(MACHINE))
    (tmp_path / "charge.cases.yaml").write_text(
        "mocks: {Charge: {paymentId: p-1}}\n"
        "cases:\n"
        "  paid: {expect: {ends_in: Done}}\n"
        "  refused: {mocks: {Charge: {Throw: {Error: NoMoney}}}, expect: {ends_in: Done, calls: {Charge: 1}}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_runs_each_case_and_tells_of_a_failing_one_what_happened(folder: Path) -> None:
    done = command("test", "charge.cases.yaml")
    assert done.exit_code == 1
    assert done.stdout.startswith("PASSED charge.cases.yaml: paid (")
    for line in (
        "FAILED charge.cases.yaml: refused (",
        "    status: expected SUCCEEDED, found FAILED: Refused: NoMoney",
        "    ends_in: expected Done, found Refused",
        "    the way taken:",
        "             +0s  Charge (Task)",
        "                  input: {}",
        "                  failed: NoMoney",
        '                  why: {"Error":"NoMoney","Cause":null}',
        "             +0s  Refused (Fail)",
        "      FAILED: Refused: NoMoney (2 state transitions",
    ):
        assert line in done.stdout
    assert done.stderr.startswith("1 passed, 1 failed in ")
    paid = command("test", "charge.cases.yaml", "-k", "PAID")
    assert (paid.exit_code, paid.stderr.startswith("1 passed, 0 failed")) == (0, True)
    assert command("test", "charge.cases.yaml", "-k", "free").exit_code == 2


def test_programs_get_an_object_a_line_with_each_states_data(folder: Path) -> None:
    done = command("test", ".", "--format", "jsonl")
    paid, refused = map(json.loads, done.stdout.splitlines())
    assert (paid["name"], paid["passed"], paid["output"], paid["line"]) == ("paid", True, {"paymentId": "p-1"}, 3)
    assert (refused["passed"], refused["error"], refused["cause"]) == (False, "Refused", "NoMoney")
    assert refused["differences"][1] == {"what": "ends_in", "expected": "Done", "found": "Refused"}
    charge = paid["way"][0]
    assert (charge["state"], charge["input"], charge["output"]) == ("Charge", {}, {"paymentId": "p-1"})


def test_a_task_without_a_mock_fails_its_case(folder: Path) -> None:
    (folder / "charge.cases.yaml").write_text("cases: {paid: {expect: {ends_in: Done}}}")
    done = command("test", "charge.cases.yaml")
    assert (done.exit_code, "no outcome is given for it" in done.stdout) == (1, True)


def test_a_mock_config_files_cases_pass_that_come_to_an_end(folder: Path) -> None:
    """They state none: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html"""
    machine = CONFIG["StateMachines"]["charge"]["TestCases"]
    config = {**CONFIG, "StateMachines": {"charge": {"TestCases": {**machine, "Unmocked": {}}}}}
    (folder / "MockConfigFile.json").write_text(json.dumps(config))
    done = command("test", "MockConfigFile.json")
    assert done.exit_code == 1
    assert "PASSED MockConfigFile.json: charge/Happy (" in done.stdout
    assert "SUCCEEDED (3 state transitions" in done.stdout, "its end is told, for nothing else is"
    assert "FAILED MockConfigFile.json: charge/Unmocked (" in done.stdout
    assert "no outcome is given for it" in done.stdout
    (folder / "charge.asl.json").unlink()
    missing = command("test", "MockConfigFile.json")
    assert (missing.exit_code, "put charge.asl.json there" in missing.stderr) == (2, True)


def test_a_case_takes_its_mocks_from_a_mock_config_file(folder: Path) -> None:
    (folder / "MockConfigFile.json").write_text(json.dumps(CONFIG))
    case = "cases: {busy: {mocks: 'MockConfigFile.json#charge/%s', expect: {output: {paymentId: p-2}}}}"
    (folder / "charge.cases.yaml").write_text(case % "Busy")
    assert command("test", "charge.cases.yaml").exit_code == 0
    (folder / "charge.cases.yaml").write_text(case % "Bussy")
    wrong = command("test", "charge.cases.yaml")
    assert (wrong.exit_code, "did you mean 'Busy'?" in wrong.stderr) == (2, True)


def test_a_definition_is_named_as_a_file_or_as_a_function(folder: Path) -> None:
    expect = "cases: {paid: {mocks: {Charge: {}}, expect: {ends_in: Done}}}"
    (folder / "other.cases.yaml").write_text(f"definition: charge.asl.json\n{expect}")
    assert command("test", "other.cases.yaml").exit_code == 0
    entry = "tests.unit.asl.testing.test_cases:%s"
    (folder / "other.cases.yaml").write_text(f"definition: {entry % 'charge'}\n{expect}")
    assert command("test", "other.cases.yaml").exit_code == 0
    for name, told in {
        entry % "chrage": "cannot be called: AttributeError",
        entry % "broken": "cannot be called: ZeroDivisionError: division by zero",
        entry % "nothing": "gives NoneType, and has to give a dict",
        "no.such.module:charge": "No module named 'no'",
        "nowhere.asl.json": "nowhere.asl.json: No such file",
    }.items():
        (folder / "other.cases.yaml").write_text(f"# {name}\ndefinition: {name}\n{expect}")
        wrong = command("test", "other.cases.yaml")
        assert (wrong.exit_code, told in wrong.stderr) == (2, True), wrong.stderr


def charge() -> dict[str, Any]:
    return MACHINE


def broken() -> float:
    return 1 / 0


def nothing() -> None:
    """Gives no definition."""


def test_what_cannot_be_run_ends_with_2_and_says_where(folder: Path) -> None:
    (folder / "charge.cases.yaml").write_text("cases:\n  paid: {expect: {ends_in: Doen}}\n")
    wrong = command("test", "charge.cases.yaml")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("charge.cases.yaml:2: cases.paid.expect.ends_in names no state of the definition")
    (folder / "charge.cases.yaml").write_text("cases: {paid: {expect: [}}")
    assert command("test", "charge.cases.yaml").stderr.startswith("charge.cases.yaml:1: no YAML")
    (folder / "charge.cases.yaml").write_text("cases: {paid: {expect: {ends_in: Done}}}")
    (folder / "charge.asl.json").write_text(json.dumps({**MACHINE, "StartAt": "Chrage"}, indent=1))
    broken = command("test", "charge.cases.yaml")
    assert (broken.exit_code, broken.stderr.startswith("charge.asl.json:2: ASL002")) == (2, True)
    assert command("test", "nowhere.cases.yaml").exit_code == 2
    assert "no definition beside it" in _without_definition(folder)


def _without_definition(folder: Path) -> str:
    (folder / "charge.asl.json").unlink()
    return command("test", "charge.cases.yaml").stderr


def test_a_folder_without_cases_is_said_to_have_none(tmp_path: Path) -> None:
    empty = command("test", tmp_path)
    assert (empty.exit_code, "no file of cases there: *.cases.yaml" in empty.stderr) == (2, True)
