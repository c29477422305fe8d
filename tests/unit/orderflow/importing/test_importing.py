"""`orderflow import`: what is written gives the definition again, and is told beside the old role."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import asl
from asl.cli.sources import sources
from orderflow.cli import app
from orderflow.importing.choosing import chosen, old_role
from orderflow.importing.module import Module, Origin, module
from orderflow.importing.permissions import compared
from orderflow.importing.verifying import DiffersError, require_same

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "import.md").read_text()
FUNCTION, TABLE = "arn:aws:lambda:eu-west-1:123456789012:function:charge-payment:live", "orders"


def written(definition: Mapping[str, Any]) -> Module:
    return module(definition, Origin("imported", "STANDARD", "a test"))


def task(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True, **fields}}}


def parameters(definition: Mapping[str, Any]) -> dict[str, str]:
    return {one.name: one.stands_for for one in written(definition).parameters}


def imported(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["import", *arguments])


def test_every_definition_here_is_the_same_again_and_written_as_ruff_would(tmp_path: Path) -> None:
    files = [*(ROOT / "asl" / "rules" / "examples").glob("*.json"), *(ROOT / "tests" / "infra" / "golden").glob("def*")]
    deep = {"ASL015.bad.json", "ASL015.good.json"}  # nested to AWS's limit, over all lines
    for number, file in enumerate(file for file in files if file.name not in deep):
        (source,) = sources([str(file)]).found
        made = module(source.definition, Origin(f"imported_{number}", "STANDARD", file.name))
        require_same(made, f"imported_{number}", source.definition)
        (tmp_path / f"imported_{number}.py").write_text(made.text)
    assert len(files) > 200
    settings = ("--no-cache", "--config", str(ROOT / "pyproject.toml"), str(tmp_path))
    for lint in (("check", "--ignore=S608"), ("format", "--check")):  # queries of SQL are the definitions' own
        command = [sys.executable, "-m", "ruff", *lint, *settings]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout


TEXTS = [
    'He said "no"',
    "it's",
    "both ' and \"",
    "back\\slash \\n",
    "two\nlines",
    "\x00\x7f\u2028 ü 🙂",
    "{% $states.input.x = '${Name}' and {'a': 1} %}",
    "${Name}",
    "${Name}-${Name}/{}",
    "$${Name}",
    "${ $x }",
    "word " * 60 + "${Name} " + "word " * 60,
    "x" * 300 + "{" * 50 + "${Name}",
    "${" + "N" * 150 + "} and ${Name}",
    "{% " + "(\n  $a := 1;\n  $b := '${Name}'\n)" * 9 + " %}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_the_same_again_whatever_is_in_it(text: str) -> None:
    definition = {**task(Comment=text, Result=[text, {"x": [text]}]), "Version": text}
    made = written(definition)
    require_same(made, "imported", definition)
    assert all(len(line) <= 120 for line in made.text.splitlines())
    other = [replace(one, stands_for="another") for one in made.parameters]
    filled = json.loads(re.sub(r"\$\{N\w+\}", "another", json.dumps(definition)))
    require_same(Module(made.text, other), "imported", filled)
    named = task(Result={text: {text: 1}})
    require_same(written(named), "imported", named)


@pytest.mark.parametrize("value", [1, 1.0, True, None, -3, 1e300, [], {}, [[]], [{}, []], {"a": {"b": {"c": [1]}}}])
def test_a_value_keeps_its_type_and_its_order(value: Any) -> None:
    definition = task(Result=value, Z=1, B={"z": value, "a": value})
    require_same(written(definition), "imported", definition)


def test_a_module_that_gives_something_else_is_told() -> None:
    definition = task(TimeoutSeconds=1)
    made = written(definition)
    for wrong in ("1.0", "True", "2"):
        with pytest.raises(DiffersError):
            require_same(Module(made.text.replace('Seconds": 1', f'Seconds": {wrong}'), ()), "imported", definition)


NAMED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"Resource": FUNCTION}, {"charge_payment": FUNCTION}),
    ({"Resource": "${ChargeFunction.Arn}:live"}, {"charge_function": "${ChargeFunction.Arn}:live"}),
    ({"Resource": "${Charge8A3F92B1.Arn}"}, {"charge": "${Charge8A3F92B1.Arn}"}),
    ({"Resource": "${aws_lambda_function.charge.arn}"}, {"charge": "${aws_lambda_function.charge.arn}"}),
    ({"Parameters": {"TableName": TABLE}}, {"orders": TABLE}),
    ({"Arguments": {"TableName": TABLE, "Key": {"TableName": "{% $x %}"}}}, {"orders": TABLE}),
    ({"Parameters": {"TableName": "a/list", "QueueUrl": "https://sqs/1/list"}},
     {"list_table": "a/list", "list_queue": "https://sqs/1/list"}),
    ({"Parameters": {"TopicArn": "${Orders}", "TableName": TABLE}}, {"orders": "${Orders}", "orders_table": TABLE}),
    ({"Parameters": {"FunctionName": "2nd"}}, {"function_2nd": "2nd"}),
    ({"Parameters": {"FunctionName.$": "$.name", "Payload": {"TableName": TABLE}}}, {}),
    ({"Resource": "arn:${Partition}:states:::sqs:sendMessage"}, {"partition": "${Partition}"}),
    ({"Resource": "arn:${Partition}:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "${Q}"}},
     {"q": "${Q}", "partition": "${Partition}"}),
    ({"Resource": "arn:aws:states:::aws-sdk:s3:getObject"}, {}),
    ({"Parameters": {"ModelId": "arn:aws:bedrock:us-east-1::foundation-model/x"}}, {}),
    ({"Parameters": {"QueueUrl": "${imported}"}}, {"imported_queue": "${imported}"}),
    ({"TimeoutSeconds": "${Seconds}"}, {"seconds": "${Seconds}"}),
]  # fmt: skip


@pytest.mark.parametrize(("state", "expected"), NAMED)
def test_references_become_parameters_called_after_what_they_are(
    state: dict[str, Any], expected: dict[str, str]
) -> None:
    assert parameters(task(**state)) == expected
    require_same(written(task(**state)), "imported", task(**state))


def test_what_is_a_part_of_a_text_can_be_a_text_alone() -> None:
    made = written(task(Resource="${F}", Parameters={"Key": "${Prefix}/a", "Input": "${F}"}))
    assert {one.name: one.is_text for one in made.parameters} == {"f": False, "prefix": True}
    assert "def imported(f: Any, prefix: str) -> Node:" in made.text
    assert 'f"{prefix}/a"' in made.text


def test_a_long_branch_is_a_function_of_its_own_with_what_it_needs() -> None:
    called = [f"f{n}" for n in range(9)]
    states = {name: {"Type": "Task", "Resource": f"${{{name}}}", "Comment": "x" * 90, "Next": "E"} for name in called}
    short = {"StartAt": "E", "States": {"E": {"Type": "Succeed"}}}
    branch = {"StartAt": "f0", "States": {**states, **short["States"]}}
    both = {"Type": "Parallel", "Branches": [branch, short], "Next": "A"}
    definition = {"StartAt": "Both", "States": {"Both": both, **task(Resource="${G}")["States"]}}
    made = written(definition)
    require_same(made, "imported", definition)
    assert f"def _both_branch_1({', '.join(f'{name}: Any' for name in called)}) -> Node:" in made.text
    assert "_both_branch_2" not in made.text, "a short one stands where it is"


def test_no_name_in_a_definition_becomes_code() -> None:
    wicked = '"""\nraise SystemExit  # \x00 \\x \\N{ \\'
    tasks = {f"{wicked}{n}": {"Type": "Task", "Resource": wicked, "Next": "E"} for n in range(30)}
    branch = {"StartAt": "E", "States": {**tasks, "E": {"Type": "Succeed"}}}
    definition = {"StartAt": wicked, "States": {wicked: {"Type": "Parallel", "Branches": [branch], "End": True}}}
    made = module(definition, Origin("imported", "STANDARD", wicked))
    assert "_branch_1" in made.text
    assert len(made.parameters) == 1
    require_same(made, "imported", definition)


def shown(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the house's settings, in which commands run."""
    (tmp_path / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_shows_what_the_command_does(here: Path) -> None:
    (here / "template.yaml").write_text(shown("yaml"))
    (command,) = shown("console").splitlines()
    said = CliRunner().invoke(app, command.split()[1:])
    assert said.exit_code == 0, said.output
    assert (here / "workflows" / "order_machine.py").read_text() == shown("python")
    told = [" ".join(line.split()) for line in said.stdout.splitlines()]
    for line in shown("text").splitlines():
        assert " ".join(line.split()) in told
    again = imported("template.yaml")
    assert again.exit_code == 1
    assert "workflows/order_machine.py is there already" in again.stderr


LOGGING = {"Effect": "Allow", "Action": "logs:CreateLogDelivery", "Resource": "*"}
MANAGED = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/ReadOnlyAccess"]]}
CDK_ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"Policies": [{"PolicyDocument": {"Statement": LOGGING}}], "ManagedPolicyArns": [MANAGED]},
}


def attached(actions: Any, resources: Any, **others: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources, **others}
    roles = {"Roles": [{"Ref": "Role1A2B3C4D"}], "PolicyDocument": {"Statement": [statement]}}
    return {"Type": "AWS::IAM::Policy", "Properties": roles}


def test_an_assembly_of_the_cdk_and_the_policies_of_its_role(here: Path) -> None:
    arn = {"Fn::GetAtt": ["Charge8A3F92B1", "Arn"]}
    text = {"Fn::Join": ["", ['{"StartAt":"A","States":{"A":{"Type":"Task","End":true,"Resource":"', arn, '"}}}']]}
    machine = {"DefinitionString": text, "RoleArn": {"Fn::GetAtt": ["Role1A2B3C4D", "Arn"]}}
    resources = {
        "Flow9E8D7C6B": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        "Role1A2B3C4D": CDK_ROLE,
        "Policy": attached("lambda:InvokeFunction", [arn, {"Fn::Join": ["", [arn, ":*"]]}]),
        "Denying": attached("s3:*", "*", Effect="Deny"),
        "Other": {**attached("iam:*", "*"), "Type": "AWS::IAM::Group"},
    }
    out = here / "cdk.out"
    out.mkdir()
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}
    (out / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": {"S": artifact}}))
    (out / "S.template.json").write_text(json.dumps({"Resources": resources}))
    said = imported("cdk.out")
    assert said.exit_code == 0, said.output
    assert "def flow(charge: Any) -> Node:" in (here / "workflows" / "flow.py").read_text()
    assert re.findall(r"(?m)^ (\w+) +([\w:]+) +(\S+)", said.stdout)[1:] == [
        ("kept", "lambda:InvokeFunction", "${Charge8A3F92B1.Arn}"),
        ("kept", "lambda:InvokeFunction", "${Charge8A3F92B1.Arn}:*"),
    ]
    assert "not compared: the managed policy arn:${Partition}:iam::aws:policy/ReadOnlyAccess" in said.stdout
    assert re.search(r"not compared: the statement in line \d+, which denies", said.stdout)


SERVICE = """
service: orders
provider: {name: aws}
stepFunctions:
  stateMachines:
    mine: {role: !GetAtt Role.Arn, definition: {StartAt: A, States: {A: {Type: Succeed}}}}
    made: {definition: {StartAt: A, States: {A: {Type: Succeed}}}}
resources:
  Resources:
    Role:
      Type: AWS::IAM::Role
      Properties:
        Policies: [{PolicyDocument: {Statement: [{Effect: Allow, Action: "sns:Publish", Resource: "*"}]}}]
"""


def test_a_service_of_serverless_and_its_role(tmp_path: Path) -> None:
    file = tmp_path / "serverless.yml"
    file.write_text(SERVICE)
    mine = old_role(chosen(str(file), "mine").source)
    assert mine
    assert compared({}, mine.policy) == [("lost", ("sns:Publish",), "*", "on everything of its kind")]
    made = old_role(chosen(str(file), "made").source)
    assert made
    assert made.unread == ["the role that the plugin serverless-step-functions makes of the definition"]


INVOKE = [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "${aws_lambda_function.charge.arn}"}]
ROLE, ATTACHED = "${aws_iam_role.flow.name}", "aws_iam_role_policy_attachment"
TELLS = '${jsonencode({Statement = [{Effect = "Allow", Action = ["sns:*"], Resource = "*"}]})}'


def test_terraform_s_role_in_a_configuration_with_its_policies(tmp_path: Path) -> None:
    task = '{Type = "Task", Resource = aws_lambda_function.charge.arn, End = true}'
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    resources = {
        "aws_sfn_state_machine": {
            "flow": {
                "role_arn": "${aws_iam_role.flow.arn}",
                "definition": f'${{jsonencode({{StartAt = "A", States = {{A = {task}}}}})}}',
            }
        },
        "aws_iam_role": {"flow": {"name": "flow"}, "other": {"inline_policy": [{"policy": "no JSON"}]}},
        "aws_iam_role_policy": {
            "calls": {"role": "${aws_iam_role.flow.id}", "policy": json.dumps({"Statement": INVOKE})},
            "computed": {"role": ROLE, "policy": "${data.aws_iam_policy_document.it.json}"},
        },
        "aws_iam_policy": {"tells": {"policy": TELLS}},
        ATTACHED: {
            "tells": {"role": ROLE, "policy_arn": "${aws_iam_policy.tells.arn}"},
            "reads": {"role": ROLE, "policy_arn": read_only},
            "other": {
                "role": "${aws_iam_role.other.name}",
                "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess",
            },
        },
    }
    file = tmp_path / "main.tf.json"
    file.write_text(json.dumps({"resource": resources}))
    source = chosen(str(file)).source
    old = old_role(source)
    assert old
    assert compared(asl.document(asl.grants(source.definition)), old.policy) == [
        ("kept", ("lambda:InvokeFunction",), "${aws_lambda_function.charge.arn}", ""),
        ("gained", ("lambda:InvokeFunction",), "${aws_lambda_function.charge.arn}:*", ""),
        ("lost", ("sns:*",), "*", "on everything of its kind"),
    ]
    computed = "aws_iam_role_policy.computed, which only Terraform computes: 'terraform show -json' tells it"
    assert old.unread == [computed, f"the managed policy {read_only}"]


def test_terraform_s_role_in_a_state_by_its_arn(tmp_path: Path) -> None:
    arn = "arn:aws:iam::123456789012:role/flow"
    held = {
        "aws_sfn_state_machine": {"role_arn": arn, "definition": json.dumps(task(Resource=FUNCTION))},
        "aws_iam_role": {"arn": arn, "name": "flow"},
        "aws_iam_role_policy": {"role": "flow", "policy": json.dumps(policy(("lambda:InvokeFunction", FUNCTION)))},
    }
    found = [
        {"mode": "managed", "type": kind, "name": "it", "instances": [{"attributes": values}]}
        for kind, values in held.items()
    ]
    (tmp_path / "state.json").write_text(json.dumps({"version": 4, "resources": found}))
    old = old_role(chosen(str(tmp_path / "state.json")).source)
    assert old
    assert old.policy["Statement"] == policy(("lambda:InvokeFunction", FUNCTION))["Statement"]
    assert old.unread == []


def policy(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": [action], "Resource": [on]} for action, on in pairs]}


QUEUE, ORDERS = (
    "arn:${Partition}:sqs:${Region}:${Account}:${Late}",
    "arn:aws:dynamodb:${Region}:${Account}:table/${Orders}",
)
SIDES: list[tuple[tuple[str, str], tuple[str, str], list[str]]] = [
    (("sqs:SendMessage", "${Late}"), ("sqs:SendMessage", QUEUE.replace("Late", "Late.QueueName")), ["kept"]),
    (("dynamodb:PutItem", "${Orders.Arn}"), ("DynamoDB:putitem", ORDERS), ["kept"]),
    (("dynamodb:PutItem", ORDERS), ("dynamodb:*", ORDERS), ["narrower"]),
    (("lambda:InvokeFunction", "${F.Arn}"), ("lambda:Invoke*", "*"), ["narrower"]),
    (("lambda:InvokeFunction", "${F.Arn}*"), ("lambda:InvokeFunction", "${F.Arn}"), ["wider"]),
    (("sqs:SendMessage", "${Late}"), ("sqs:SendMessage", "${Early}"), ["gained", "lost"]),
    (("sqs:SendMessage", "${Late}"), ("sns:Publish", "${Late}"), ["gained", "lost"]),
    (("dynamodb:PutItem", ORDERS), ("dynamodb:PutItem", f"{ORDERS}/index/*"), ["gained", "lost"]),
]


@pytest.mark.parametrize(("new", "old", "expected"), SIDES)
def test_permissions_side_by_side(new: tuple[str, str], old: tuple[str, str], expected: list[str]) -> None:
    assert [one.what for one in compared(policy(new), policy(old))] == expected


REFUSED: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "no definition": ("a.json", '{"a": 1}', (), "a.json has no StartAt and States"),
    "no JSON": ("a.json", '{\n"StartAt": }', (), r"a\.json:2: .*; mend it and import again"),
    "HCL": ("a.tf", 'resource "aws_sfn_state_machine" "a" {}', (), "terraform show -json"),
    "which of two": ("s.yml", SERVICE, (), "2 machines: say which, --state-machine mine or made"),
    "none of that name": ("s.yml", SERVICE, ("--state-machine", "maed"), "did you mean 'made'"),
    "nested too deeply": ("a.json", f'{{"StartAt": "A", "States": {"[" * 150}{"]" * 150}}}', (), "150 levels deep"),
    "a name that Python has": ("import.asl.json", '{"StartAt": "A", "States": {}}', (), "say one, --out"),
}


@pytest.mark.parametrize(("file", "text", "more", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_told_with_how_to_go_on(
    here: Path, file: str, text: str, more: tuple[str, ...], told: str
) -> None:
    (here / file).write_text(text)
    said = imported(file, *more)
    assert said.exit_code == 1, said.output
    assert re.search(told, said.stderr.replace("\n", " ")), said.stderr
    assert not (here / "workflows").exists()
