"""Machines in templates, as the command line finds them. Each expected value is what deployment makes of the template:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from asl.cli.sources import Source, sources
from asl.review.description import Description
from tests.unit.asl.command_line import run

DONE: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
MACHINE = "AWS::StepFunctions::StateMachine"


def machines(path: Path) -> dict[str, Source]:
    return {source.label: source for source in sources([str(path)]).found}


def only(path: Path, text: str | Mapping[str, Any]) -> Source:
    path.write_text(text if isinstance(text, str) else json.dumps(text, indent=1))
    (found,) = machines(path).values()
    return found


def template(properties: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    return {"Resources": {"M": {"Type": MACHINE, "Properties": properties}, **others}}


def reported(path: Path) -> set[tuple[str, int, str, str, str]]:
    found = map(json.loads, run("check", path, "--format", "jsonl").stdout.splitlines())
    return {(Path(one["file"]).name, one["line"], one["rule"], one["machine"], one["path"]) for one in found}


SAM = """AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Seconds: {Type: Number}
Resources:
  Charge: {Type: AWS::Serverless::Function}
  Books: {Type: AWS::DynamoDB::Table}
  Desk: {Type: AWS::StepFunctions::Activity}
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition:
        QueryLanguage: JSONata
        StartAt: Pay
        States:
          Pay:
            Type: Task
            Resource: !Sub arn:${AWS::Partition}:states:::lambda:invoke
            Arguments: {FunctionName: !GetAtt Charge.Arn}
            TimeoutSeconds: 60
            Next: Look
          Look:
            Type: Task
            Resource: !Join [":", [arn, !Ref AWS::Partition, states, "", "", "dynamodb:getItem"]]
            Arguments: {TableName: !Ref Books, Key: {id: {S: "1"}}}
            Wrong: !GetAtt
              - Books
              - StreamArn
            TimeoutSeconds: 5
            End: true
  Text:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub
        - |
          {
            "StartAt": "Ask",
            "States": {
              "Ask": {"Type": "Task", "Resource": "${Desk}", "TimeoutSeconds": ${Seconds},
                      "Comment": "${!Kept too} ${Word}", "Next": "Nowhere"}
            }
          }
        - {Word: !Sub "in ${AWS::Region}"}
"""


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    file = tmp_path / "template.yaml"
    file.write_text(SAM)
    return file


def test_short_forms_stand_for_what_deployment_puts_there(sam: Path) -> None:
    orders = machines(sam)["Orders"]
    states: Any = orders.definition["States"]
    assert (orders.type, orders.definition["QueryLanguage"]) == ("EXPRESS", "JSONata")
    assert states["Pay"]["Resource"] == "arn:${Partition}:states:::lambda:invoke"
    assert states["Pay"]["Arguments"]["FunctionName"] == "${Charge.Arn}"
    assert states["Look"]["Resource"] == "arn:${Partition}:states:::dynamodb:getItem"
    assert states["Look"]["Wrong"] == "${Books.StreamArn}"


def test_fn_sub_keeps_what_it_does_not_know_and_fills_in_its_own_values(sam: Path) -> None:
    text = machines(sam)["Text"]
    states: Any = text.definition["States"]
    assert text.type == "STANDARD"
    assert states["Ask"]["Resource"] == "arn:${Partition}:states:${Region}:${Account}:activity:${Desk}"
    assert states["Ask"]["Comment"] == "${Kept too} in ${Region}"


def test_findings_stand_in_the_line_of_the_template(sam: Path) -> None:
    errors = {one for one in reported(sam) if one[2] in ("ASL003", "ASL011", "ASL012")}
    assert errors == {
        ("template.yaml", 27, "ASL011", "Orders", "States.Look.Wrong"),
        ("template.yaml", 41, "ASL003", "Text", "States.Ask.Next"),
    }


@pytest.mark.parametrize("function", ["|", "|-", "!Sub |", "!Sub |+"])
def test_a_text_of_several_lines_has_its_lines(tmp_path: Path, function: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        f"Resources:\n  M:\n    Type: {MACHINE}\n    Properties:\n      DefinitionString: {function}\n"
        '        {"StartAt": "A",\n         "States": {\n          "A": {"Type": "Pass",\n           "Next": "B"}}}\n'
    )
    assert ("t.yaml", 9, "ASL003", "M", "States.A.Next") in reported(file)


def test_permissions_of_one_machine_name_what_the_template_makes(sam: Path) -> None:
    shown = run("grants", sam, "--machine", "Orders").stdout.splitlines()
    assert shown == [
        "dynamodb:GetItem on arn:${Partition}:dynamodb:${Region}:${Account}:table/${Books}",
        "lambda:InvokeFunction on ${Charge.Arn}",
        "lambda:InvokeFunction on ${Charge.Arn}:*",
    ]


def test_which_of_several_machines_is_asked_for_by_name(sam: Path) -> None:
    for command in ("grants", "diagram", "cost"):
        assert run(command, sam).exit_code == 2
        assert "--machine: Orders, Text" in " ".join(run(command, sam).output.replace("│", "").split())
    assert "did you mean 'Orders'?" in " ".join(
        run("grants", sam, "--machine", "Order").output.replace("│", "").split()
    )
    assert run("diagram", sam, "--machine", "Text").stdout.startswith("flowchart TD\n")
    assert run("diff", sam, sam, "--machine", "Orders").stdout == ""


def test_a_folder_says_how_many_machines_it_found_where_and_what_it_passed_over(sam: Path) -> None:
    (sam.parent / "stored.json").write_text(
        json.dumps(template({"DefinitionS3Location": {"Bucket": "b", "Key": "k.json"}}))
    )
    (sam.parent / "main.tf").write_text('resource "aws_sfn_state_machine" "m" {}')
    (sam.parent / "other.tf").write_text('resource "aws_sns_topic" "t" {}')
    told = run("check", sam.parent).stderr
    assert f"{sam}: 2 machines: Orders (EXPRESS, JSONata), Text (STANDARD)" in told
    assert "stored.json:1 M passed over: its definition is in s3://b/k.json" in told
    assert "main.tf passed over: Terraform's own language is not read" in told
    assert "other.tf" not in told


def test_a_template_without_a_machine_that_can_be_read_is_not_taken_for_good(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}))
    assert run("check", file).exit_code == 2
    file.write_text(json.dumps(template({"DefinitionString": {"Ref": "Given"}})))
    result = run("check", file)
    assert result.exit_code == 2
    assert "its definition is ${Given}" in " ".join(result.output.replace("│", "").split())


def test_yaml_comes_by_standard_input_too() -> None:
    assert "standard input: 2 machines" in run("check", "-", input=SAM).stderr
    plain = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: B\n"
    assert "standard input:5: error ASL003" in run("check", "-", input=plain).stdout


@pytest.mark.parametrize("file", ["orders.asl.json", "orders.asl.yaml"])
@pytest.mark.parametrize("place", ["DefinitionUri", "DefinitionS3Location"])
def test_a_definition_in_a_file_beside_the_template(tmp_path: Path, file: str, place: str) -> None:
    (tmp_path / "machines").mkdir()
    definition = """{"StartAt": "A", "States": {
  "A": {"Type": "Task", "Resource": "${Act}", "TimeoutSeconds": ${Seconds},
        "Nxt": 1, "End": true}}}"""
    (tmp_path / "machines" / file).write_text(definition)
    kind = MACHINE if place == "DefinitionS3Location" else "AWS::Serverless::StateMachine"
    properties = {
        place: f"machines/{file}",
        "DefinitionSubstitutions": {"Act": {"Fn::GetAtt": ["Desk", "Arn"]}, "Seconds": 30},
    }
    resources = {
        "M": {"Type": kind, "Properties": properties | {"StateMachineType" if kind == MACHINE else "Type": "EXPRESS"}},
        "Desk": {"Type": "AWS::StepFunctions::Activity"},
    }
    (tmp_path / "template.json").write_text(json.dumps({"Resources": resources}))
    (found,) = sources([str(tmp_path)]).found
    assert found.type == "EXPRESS"
    states: Any = found.definition["States"]
    assert states["A"]["Resource"].endswith(":activity:${Desk}")
    assert states["A"]["TimeoutSeconds"] == 30
    assert (file, 3, "ASL011", "M", "States.A.Nxt") in reported(tmp_path)


def test_a_file_that_is_not_there_is_an_error_in_the_line_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        "Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      DefinitionUri: no.json\n"
    )
    result = run("check", file)
    assert result.exit_code == 1
    assert (
        f"{file}:5: error ASL000 M: definition: its definition's file no.json cannot be read: No such" in result.stdout
    )


@pytest.mark.parametrize(
    ("properties", "line", "message"),
    [
        ({"DefinitionString": '{"StartAt": "A",}'}, 6, "in the definition's text: expected a key in double quotes"),
        ({"DefinitionString": "{}", "StateMachineType": "EXPRES"}, 7, "STANDARD or EXPRESS, not 'EXPRES'"),
        ({"RoleArn": "r"}, 5, "a machine without definition"),
        (
            {"DefinitionString": {"Fn::Join": ["", ['{"A": "', {"Ref": "X"}, '" "B": 1}']]}},
            14,
            "expected a comma or }, found '\"'",
        ),
    ],
)
def test_what_aws_would_refuse_is_told_in_its_line(
    tmp_path: Path, properties: dict[str, Any], line: int, message: str
) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps(template(properties), indent=1))
    result = run("check", file)
    assert result.exit_code == 1
    assert f"{file}:{line}: error ASL000 M: definition: " in result.stdout
    assert message in result.stdout


@pytest.mark.parametrize(
    ("given", "type"),
    [
        ("EXPRESS", "EXPRESS"),
        (None, "STANDARD"),
        ({"Ref": "Kind"}, "EXPRESS"),
        ({"Fn::FindInMap": ["Kinds", "fast", "type"]}, "EXPRESS"),
        ({"Fn::FindInMap": ["Kinds", {"Ref": "AWS::Region"}, "type"]}, None),
        ({"Ref": "Open"}, None),
    ],
)
def test_the_type_of_a_machine_is_the_template_s(tmp_path: Path, given: object, type: str | None) -> None:
    written = template({"DefinitionString": json.dumps(DONE)} | ({"StateMachineType": given} if given else {}))
    written["Parameters"] = {"Kind": {"Type": "String", "Default": "EXPRESS"}, "Open": {"Type": "String"}}
    written["Mappings"] = {"Kinds": {"fast": {"type": "EXPRESS"}}}
    assert only(tmp_path / "t.json", written).type == type


def test_what_the_template_does_not_say_the_option_says(tmp_path: Path) -> None:
    waits = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 900, "End": True}}}
    file = tmp_path / "t.json"
    for given, option, is_express in (
        ({"Ref": "Open"}, "EXPRESS", True),
        ({"Ref": "Open"}, "STANDARD", False),
        ("STANDARD", "EXPRESS", False),
        ("EXPRESS", "STANDARD", True),
    ):
        file.write_text(json.dumps(template({"Definition": waits, "StateMachineType": given})))
        assert ("ASL041" in run("check", file, "--type", option).stdout) is is_express


def test_a_definition_that_depends_on_conditions_is_read_with_and_without_them(tmp_path: Path) -> None:
    states = {
        "A": {
            "Type": "Pass",
            "Next": {"Fn::If": ["IsProd", "B", "C"]},
            "Comment": {"Fn::If": ["IsProd", "x", {"Ref": "AWS::NoValue"}]},
        },
        "B": {"Type": "Pass", "Next": "C"},
        "C": {"Type": "Pass", "End": True},
    }
    file = tmp_path / "t.json"
    file.write_text(json.dumps(template({"Definition": {"StartAt": "A", "States": states}})))
    found = machines(file)
    held, not_held = (
        found[f"M ({reading})"].definition["States"] for reading in ("conditions hold", "conditions do not hold")
    )
    first: Any = held
    second: Any = not_held
    assert (first["A"]["Next"], first["A"]["Comment"]) == ("B", "x")
    assert second["A"] == {"Type": "Pass", "Next": "C"}
    result = run("check", file)
    assert result.stdout.count("error") == 1
    assert "ASL009 M (conditions do not hold): States.B: no transition leads here" in result.stdout
    assert f"{file}: 1 machine: M (STANDARD)" in result.stderr


def test_a_value_that_only_deployment_knows_is_neither_wrong_nor_a_text(tmp_path: Path) -> None:
    for seconds in ({"Ref": "Seconds"}, {"Fn::FindInMap": ["M", "a", "b"]}, {"Fn::Select": [0, {"Ref": "List"}]}):
        waits = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": seconds, "End": True}}}
        file = tmp_path / "t.json"
        file.write_text(json.dumps(template({"Definition": waits})))
        result = run("check", file)
        assert (result.exit_code, result.stdout) == (0, "")


def test_a_dynamic_reference_is_no_name(tmp_path: Path) -> None:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "{{resolve:ssm:/orders/charge:3}}"},
        "End": True,
    }
    definition = {"StartAt": "A", "States": {"A": call}}
    for written in ({"Definition": definition}, {"DefinitionString": json.dumps(definition)}):
        found: Any = only(tmp_path / "t.json", template(written)).definition["States"]
        assert found["A"]["Parameters"]["FunctionName"] == "${resolve.ssm.orders.charge.3}"


def test_sam_makes_texts_of_what_functions_give(tmp_path: Path) -> None:
    """aws-sam-translator 1.115 makes `"TimeoutSeconds": "${definition_substitution_1}"` of it, a text for AWS."""
    waits = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": {"Ref": "Seconds"}, "End": True}}}
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": waits}}
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"Resources": {"M": machine}}))
    assert "ASL012 M: States.A.Seconds: is '${Seconds}'" in run("check", file).stdout
    for seconds in (5, "${Seconds}"):
        (tmp_path / "d.json").write_text(json.dumps(waits).replace('{"Ref": "Seconds"}', str(seconds)))
        machine["Properties"] = {"DefinitionUri": "d.json"}
        file.write_text(json.dumps({"Resources": {"M": machine}}))
        assert run("check", file).stdout == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Ref": "Live"}, "${Charge.Arn}:live"),
        ({"Ref": "First"}, "${Charge.Arn}:${First}"),
        ({"Ref": "Pay.Alias"}, "${Pay.Arn}:${Pay.Alias}"),
        ({"Fn::Sub": "${Charge.Arn}:live"}, "${Charge.Arn}:live"),
    ],
)
def test_an_alias_and_a_version_are_allowed_as_their_function_s(tmp_path: Path, given: object, expected: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html"""
    call = {"Type": "Task", "Resource": given, "End": True}
    written = template({"Definition": {"StartAt": "A", "States": {"A": call}}})
    written["Resources"] |= {
        "Charge": {"Type": "AWS::Lambda::Function"},
        "Pay": {"Type": "AWS::Serverless::Function", "Properties": {"AutoPublishAlias": "live"}},
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Charge"}, "Name": "live"},
        },
        "First": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Fn::GetAtt": ["Charge", "Arn"]}},
        },
    }
    file = tmp_path / "t.json"
    state: Any = only(file, written).definition["States"]
    assert state["A"]["Resource"] == expected
    assert run("grants", file).stdout == f"lambda:InvokeFunction on {expected.partition('}')[0]}}}:*\n"


def test_a_function_s_name_is_not_its_arn(tmp_path: Path) -> None:
    call = {"Type": "Task", "Resource": {"Ref": "Charge"}, "End": True}
    written = template({"Definition": {"StartAt": "A", "States": {"A": call}}})
    written["Resources"]["Charge"] = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "charge"}}
    file = tmp_path / "t.json"
    file.write_text(json.dumps(written))
    result = run("check", file)
    assert result.exit_code == 1
    assert "States.A.Resource" in result.stdout


@pytest.mark.parametrize(
    "properties",
    [
        {"DefinitionString": {"Fn::Join": []}},
        {"DefinitionString": {"Fn::Sub": []}},
        {"DefinitionString": {"Fn::Sub": ["${a}", 5]}},
        {"DefinitionString": {"Fn::If": ["a"]}},
        {"DefinitionString": 5},
        {"Definition": []},
        {"Definition": {"Fn::GetAtt": []}},
        {"DefinitionUri": {"Fn::Sub": "${Where}/x.json"}},
        {"DefinitionS3Location": {"Bucket": 5}},
        "nothing",
    ],
    ids=str,
)
def test_whatever_the_template_says_there_is_a_message(tmp_path: Path, properties: Any) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps(template(properties)))
    result = run("check", file)
    assert (result.exit_code, "passed over" in result.output or "ASL" in result.output) in ((1, True), (2, True))


def test_a_nested_machine_is_called_by_the_arn_that_the_template_gives_it(tmp_path: Path) -> None:
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": {"Ref": "Child"}},
        "End": True,
    }
    written = template(
        {"Definition": {"StartAt": "A", "States": {"A": start}}},
        Child={"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": DONE}},
    )
    file = tmp_path / "t.json"
    file.write_text(json.dumps(written))
    shown = run("grants", file, "--machine", "M").stdout
    assert shown == ("states:StartExecution on arn:${Partition}:states:${Region}:${Account}:stateMachine:${Child}\n")


def test_aliases_and_merges_stand_for_what_they_name(tmp_path: Path) -> None:
    found = only(
        tmp_path / "t.yaml",
        "x: &task {Type: Wait, Seconds: 5, End: true}\nResources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n"
        "    Properties: {Definition: {StartAt: A, States: {A: {<<: *task, Seconds: 7}}}}\n",
    )
    assert found.definition["States"] == {"A": {"Type": "Wait", "Seconds": 7, "End": True}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {A: 1, A: 2}", "the key 'A' stands twice"),
        ("Resources: *none", "no YAML: found undefined alias"),
        ("a: &a [x]\n" + "".join(f"b{i}: &b{i} [{', '.join([f'*b{i - 1}' if i else '*a'] * 9)}]\n" for i in range(9)),
         "over 100,000 values"),
        ("a: " + "[" * 2000, "nested more than 200 levels deep"),
        ("a: !Sub [", "no YAML:"),
        ("a: \x07", "U+0007 cannot stand there"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_told_and_no_traceback(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(f"AWSTemplateFormatVersion: 2010-09-09\n{text}")
    result = run("check", file)
    assert result.exit_code == 1
    assert message in result.stdout


def test_a_definition_that_makes_templates_is_still_a_definition() -> None:
    create = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:cloudcontrol:createResource",
        "Parameters": {"TypeName": MACHINE, "DesiredState": "{}"},
        "TimeoutSeconds": 60,
        "End": True,
    }
    result = run("check", "-", input=json.dumps({"StartAt": "A", "States": {"A": create}}))
    assert (result.exit_code, "passed over" in result.stderr) == (0, False)


# The CDK


def assembly(folder: Path) -> Path:
    """What aws-cdk-lib 2.276 writes for a stack with a nested one, and a stage with a stack; other fields left out."""
    text = ['{"StartAt":"Charge","States":{"Charge":{"Type":"Task","Resource":"arn:', {"Ref": "AWS::Partition"},
            ':states:::lambda:invoke","Parameters":{"FunctionName":"', {"Fn::GetAtt": ["ChargeEC431097", "Arn"]},
            '","Payload.$":"$"},"Wat":1,"End":true}}}']  # fmt: skip
    joined = template({"DefinitionString": {"Fn::Join": ["", text]}, "StateMachineType": "EXPRESS"})
    bucket = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
    stored = template(
        {
            "DefinitionS3Location": {"Bucket": bucket, "Key": "54bb.json"},
            "DefinitionSubstitutions": {"Fn": {"Fn::GetAtt": ["ChargeEC431097", "Arn"]}},
        }
    )
    nested = template({"DefinitionString": json.dumps(DONE)})

    def assets(name: str, *files: tuple[str, str]) -> None:
        made = {
            key: {"source": {"path": path, "packaging": "file"}, "destinations": {"current": {"objectKey": key}}}
            for key, path in files
        }
        (folder / name).write_text(json.dumps({"version": "55.0.0", "files": made}))

    def manifest(inside: str, artifacts: dict[str, Any]) -> None:
        (folder / inside / "cdk.out").write_text('{"version":"55.0.0"}')
        (folder / inside / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))

    def stack(name: str) -> dict[str, Any]:
        return {
            name: {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}},
            f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}},
        }

    (folder / "assembly-Prod").mkdir(parents=True)
    for name, written in (
        ("Orders", joined),
        ("OrdersInner.nested", nested),
        ("Left", nested),
        ("assembly-Prod/Prod", stored),
    ):
        (folder / f"{name}.template.json").write_text(json.dumps(written, indent=1))
    (folder / "asset.54bb.json").write_text(
        '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"${Fn}","End":true}}}'
    )
    assets("Orders.assets.json", ("51d7.json", "OrdersInner.nested.template.json"))
    assets("assembly-Prod/Prod.assets.json", ("54bb.json", "../asset.54bb.json"))
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
    manifest("", {"assembly-Prod": stage, **stack("Orders")})
    manifest("assembly-Prod", stack("Prod"))
    return folder


def test_a_cloud_assembly_holds_what_its_manifest_names(tmp_path: Path) -> None:
    folder = assembly(tmp_path / "cdk.out")
    for given in (folder, folder / "manifest.json", tmp_path):
        found = {Path(one.template).name: one for one in sources([str(given)]).found}
        assert {name: one.type for name, one in found.items()} == {
            "Orders.template.json": "EXPRESS",
            "OrdersInner.nested.template.json": "STANDARD",
            "Prod.template.json": "STANDARD",
        }
        states: Any = found["Prod.template.json"].definition["States"]
        assert states["A"]["Resource"] == "${ChargeEC431097.Arn}"
        assert Path(found["Prod.template.json"].name) == folder / "asset.54bb.json"


def test_a_finding_in_joined_text_stands_in_the_line_of_its_piece(tmp_path: Path) -> None:
    file = assembly(tmp_path / "cdk.out") / "Orders.template.json"
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "Wat" in text)
    assert ("Orders.template.json", line, "ASL011", "M", "States.Charge.Wat") in reported(file)


def test_a_manifest_that_names_its_own_folder_has_an_end(tmp_path: Path) -> None:
    itself = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"a": itself, "b": {"type": "cdk:tree"}}}))
    (tmp_path / "cdk.out").write_text("{}")
    assert run("check", tmp_path).exit_code == 2


def test_an_assembly_may_hold_nothing_but_stages(tmp_path: Path) -> None:
    folder = assembly(tmp_path / "cdk.out")
    manifest = json.loads((folder / "manifest.json").read_text())
    stage = {"assembly-Prod": manifest["artifacts"]["assembly-Prod"]}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "artifacts": stage}))
    for given in (folder, folder / "manifest.json"):
        assert [Path(one.template).name for one in sources([str(given)]).found] == ["Prod.template.json"]


def test_an_assembly_is_known_by_its_manifest_and_no_machine_is_found_twice(tmp_path: Path) -> None:
    folder = assembly(tmp_path / "out")
    for marker in (folder / "cdk.out", folder / "assembly-Prod" / "cdk.out"):
        marker.unlink()
    assert len(sources([str(folder)]).found) == 3
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "manifest.json").write_text('{"name": "a web application"}')
    (tmp_path / "web" / "flow.json").write_text(json.dumps(DONE))
    assert len(sources([str(tmp_path)]).found) == 4


def test_machines_of_one_name_in_two_templates_are_told_apart(tmp_path: Path) -> None:
    folder = assembly(tmp_path / "cdk.out")
    assert run("grants", folder, "--machine", "M").exit_code == 2
    shown = run("grants", folder, "--machine", f"{folder}/Orders.template.json:M").stdout
    assert "lambda:InvokeFunction on ${ChargeEC431097.Arn}:*" in shown


# The Serverless Framework

SERVERLESS = """service: orders
provider: {name: aws}
custom:
  kind: EXPRESS
  name: charge
  retry:
    - ErrorEquals: [States.ALL]
      MaxAttempts: 2
stepFunctions:
  stateMachines:
    first:
      type: ${self:custom.kind}
      definition:
        StartAt: A
        States:
          A:
            Type: Task
            Resource: !GetAtt [hello, Arn]
            Retry: ${self:custom.retry}
            TimeoutSeconds: ${opt:timeout}
            Next: B
          B:
            Type: Task
            Resource: "arn:aws:lambda:#{AWS::Region}:${AWS::AccountId}:function:${self:custom.name}-${opt:stage, 'dev'}"
            Wat: 1
            End: true
    second: ${file(machines.yml):second}
    third: {definition: "${file(./third.asl.json)}"}
    fourth: {definition: "${ssm:/fourth}"}
    fifth: {definition: "${file(none.yml)}"}
    sixth: {definition: "${self:stepFunctions.stateMachines.sixth.definition}"}
resources:
  Resources:
    Also: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionString: '{"StartAt": "A"}'}}
"""


def test_a_service_s_machines_with_their_variables(tmp_path: Path) -> None:
    file = tmp_path / "serverless.yml"
    file.write_text(SERVERLESS)
    (tmp_path / "machines.yml").write_text(
        "second:\n  type: EXPRESS\n  definition:\n    StartAt: A\n    States: {A: {Type: Pass, Next: B}}\n"
    )
    (tmp_path / "third.asl.json").write_text(json.dumps(DONE))
    found = machines(file)
    first: Any = found["first"].definition["States"]
    assert found["first"].type == "EXPRESS"
    assert first["A"]["Resource"] == "${hello.Arn}"
    assert first["A"]["Retry"] == [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    assert first["B"]["Resource"] == "arn:aws:lambda:${Region}:${Account}:function:charge-${opt.stage.dev}"
    assert found["third"].definition == DONE
    assert found["Also"].definition == {"StartAt": "A"}
    errors = {one for one in reported(file) if one[2] in ("ASL000", "ASL003", "ASL011", "ASL012")}
    assert errors == {
        ("serverless.yml", 25, "ASL011", "first", "States.B.Wat"),
        ("machines.yml", 5, "ASL003", "second", "States.A.Next"),
        ("serverless.yml", 30, "ASL000", "fifth", ""),
    }
    assert "fourth passed over: its definition is ${ssm.fourth}" in run("check", file).stderr


# Terraform


def test_a_machine_that_a_preview_described_is_read_with_its_lines(tmp_path: Path) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed", "Wat": 1}}}
    (tmp_path / "a.json").write_text(Description("shop", "EXPRESS", definition).to_json())
    found = run("check", tmp_path)
    assert "a.json:9: error ASL011 shop: States.A.Wat" in found.output
    assert "shop (EXPRESS" in found.output


def terraform(definition: str, **others: Any) -> dict[str, Any]:
    return {"resource": {"aws_sfn_state_machine": {"m": {"name": "m", "definition": definition, **others}}}}


ENCODED = """${jsonencode({
  StartAt = "A"   # where it begins
  "States" : {
    A = {
      Type     = "Task", Resource = "arn:aws:states:::lambda:invoke"
      Parameters = { FunctionName = aws_lambda_function.charge.arn, "Payload.$" = "$", "n" = -1.5e1 }
      Comment  = "say \\"$${x}\\" to ${var.who}"
      Result   = "open $${ caf\\u00e9"
      TimeoutSeconds = var.minutes * 60
      Retry    = [for name in local.errors : { ErrorEquals = [name] }]
      End      = true
    }
  }
})}"""


def test_terraform_s_jsonencode_is_read_as_what_it_writes(tmp_path: Path) -> None:
    found = only(tmp_path / "main.tf.json", terraform(ENCODED, type="EXPRESS"))
    state: Any = found.definition["States"]
    assert (found.type, found.machine) == ("EXPRESS", "aws_sfn_state_machine.m")
    assert state["A"] == {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "${aws_lambda_function.charge.arn}", "Payload.$": "$", "n": -15.0},
        "Comment": 'say "${x}" to ${var.who}',
        "Result": "open ${ caf\u00e9",
        "TimeoutSeconds": "${var.minutes.60}",
        "Retry": "${for.name.in.local.errors.ErrorEquals.name}",
        "End": True,
    }


def test_terraform_s_text_has_interpolations(tmp_path: Path) -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${aws_lambda_function.f["x"].arn}",'
    found = only(tmp_path / "a.tf.json", terraform(text + ' "TimeoutSeconds": ${var.t}, "Next": "B"}}}'))
    state: Any = found.definition["States"]
    assert state["A"]["Resource"] == "${aws_lambda_function.f.x.arn}"
    assert {one[2] for one in reported(tmp_path) if one[2] in ("ASL003", "ASL012")} == {"ASL003"}


def test_terraform_s_files_and_template_files(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(
        '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${fn}", "TimeoutSeconds": ${t}, "End": true}}}'
    )
    values = "{ fn = aws_lambda_function.f.arn, t = 5 }"
    found = only(tmp_path / "a.tf.json", terraform('${templatefile("${path.module}/f.json", ' + values + ")}"))
    state: Any = found.definition["States"]
    assert (state["A"]["Resource"], state["A"]["TimeoutSeconds"]) == ("${aws_lambda_function.f.arn}", 5)
    as_it_is: Any = only(tmp_path / "a.tf.json", terraform('${file("f.json")}')).definition["States"]
    assert as_it_is["A"]["Resource"] == "${fn}"


def test_terraform_s_local_names_are_followed_in_the_same_file(tmp_path: Path) -> None:
    written = terraform("${local.definition}") | {"locals": {"definition": '${jsonencode({StartAt = "A"})}'}}
    assert only(tmp_path / "a.tf.json", written).definition == {"StartAt": "A"}
    for computed in ("${local.other}", "${module.m.definition}", "${merge(local.a, local.b)}"):
        (tmp_path / "a.tf.json").write_text(json.dumps(terraform(computed)))
        result = run("check", tmp_path)
        assert result.exit_code == 2
        assert f"its definition is {computed}" in " ".join(result.output.replace("│", "").split())


def test_what_terraform_show_prints_of_a_plan_and_of_a_state(tmp_path: Path) -> None:
    def resource(address: str, mode: str = "managed", **values: Any) -> dict[str, Any]:
        return {"address": address, "mode": mode, "type": "aws_sfn_state_machine", "values": values}

    known = resource("aws_sfn_state_machine.a", definition=json.dumps(DONE), type="STANDARD")
    inner = resource('module.x["y"].aws_sfn_state_machine.b[0]', definition=json.dumps(DONE), type="EXPRESS")
    module = {
        "resources": [known, resource("aws_sfn_state_machine.later", type="STANDARD"), resource("data.c", "data")],
        "child_modules": [{"resources": [inner]}],
    }
    for outcome in ("planned_values", "values"):
        file = tmp_path / "show.json"
        file.write_text(json.dumps({"format_version": "1.2", outcome: {"root_module": module}}))
        given = sources([str(file)])
        assert {one.label: one.type for one in given.found} == {
            "aws_sfn_state_machine.a": "STANDARD",
            'module.x["y"].aws_sfn_state_machine.b[0]': "EXPRESS",
        }
        assert [one.why.partition(";")[0] for one in given.skipped] == ["its definition is known after apply"]


def test_a_state_file_holds_each_instance_by_its_address(tmp_path: Path) -> None:
    """https://developer.hashicorp.com/terraform/language/state"""

    def stored(name: str, *instances: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"mode": "managed", "type": "aws_sfn_state_machine", "name": name, "instances": instances, **more}

    attributes = {"type": "EXPRESS", "definition": json.dumps(DONE)}
    each = [{"index_key": key, "attributes": attributes} for key in ("eu", 0)]
    resources = [stored("a", {"attributes": attributes}), stored("b", *each, module="module.x")]
    file = tmp_path / "terraform.tfstate"
    file.write_text(json.dumps({"version": 4, "terraform_version": "1.9.0", "resources": resources}))
    assert {one.label: one.type for one in sources([str(file)]).found} == dict.fromkeys(
        (
            "aws_sfn_state_machine.a",
            'module.x.aws_sfn_state_machine.b["eu"]',
            "module.x.aws_sfn_state_machine.b[0]",
        ),
        "EXPRESS",
    )
