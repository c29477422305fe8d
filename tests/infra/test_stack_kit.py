"""The fixture `stack` on programs of others: what it tells of them, and what it does not let pass."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from pulumi.runtime.mocks import MockCallArgs
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import Stack as Root

from emulator.program import run_program
from orderflow.testing.project import StackConfigError
from orderflow.testing.stack import (
    DuplicateResourceError,
    NotInStackError,
    NotKnownYetError,
    Stack,
    Stacks,
    UnknownFunctionError,
    UnresolvedOutputError,
)
from tests.infra.conftest import Recorder

MACHINE = "aws:sfn/stateMachine:StateMachine"
PROGRAM = """
import json
import pulumi
import pulumi_aws as aws
from storage import parcels

config = pulumi.Config()
trust = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
role = aws.iam.Role("weighing", assume_role_policy=trust)
policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": parcels.arn}})
may_put = aws.iam.RolePolicy("weighing", role=role.id, policy=policy)
reading = aws.iam.Policy("reading", policy=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::labels/*"}]}))
aws.iam.RolePolicyAttachment("reading", role=role.name, policy_arn=reading.arn)
aws.iam.RolePolicyAttachment("xray", role=role.name, policy_arn="arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess")
machine = aws.sfn.StateMachine(
    "weighing",
    role_arn=role.arn,
    type="EXPRESS",
    definition=pulumi.Output.json_dumps({"StartAt": "Put", "States": {"Put": {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": parcels.name, "Item": {"id": {"S": config.require("first")}}},
        "End": True,
    }}}),
    opts=pulumi.ResourceOptions(
        depends_on=[may_put], ignore_changes=["tags"], aliases=[pulumi.Alias(name="weigh")], retain_on_delete=True),
)
aws.ssm.Parameter("token", type="SecureString", value=config.require_secret("token"))
pulumi.export("machine", machine.arn)
pulumi.export("stack", pulumi.get_stack())
pulumi.export("token", config.require_secret("token"))
"""
STORAGE = """
import pulumi
import pulumi_aws as aws

parcels = aws.dynamodb.Table("parcels", attributes=[{"name": "id", "type": "S"}], hash_key="id",
                             opts=pulumi.ResourceOptions(protect=True))
"""
SETTINGS = """
name: shipping
runtime: python
config:
  first:
    type: string
  token:
    type: string
    secret: true
"""
STACK = """
config:
  aws:region: eu-west-1
  shipping:first: p-1
  shipping:token:
    secure: v1:cipher
"""


@pytest.fixture
def shipping(tmp_path: Path) -> Path:
    """A project of plain pulumi_aws, whose module makes a resource of its own."""
    files = {"__main__.py": PROGRAM, "storage.py": STORAGE, "Pulumi.yaml": SETTINGS, "Pulumi.dev.yaml": STACK}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def dev(stack: Stacks, shipping: Path) -> Stack:
    return stack("dev", project=shipping)


def test_a_machine_is_told_with_its_definition_and_all_that_its_role_allows(dev: Stack) -> None:
    weighing = dev.machine("weighing")
    parameters = weighing.definition["States"]["Put"]["Parameters"]
    assert parameters == {"TableName": "parcels", "Item": {"id": {"S": "p-1"}}}
    assert weighing.type == "EXPRESS"
    assert weighing.role.actions == {"dynamodb:PutItem", "s3:GetObject"}
    assert weighing.policy["Statement"][0]["Resource"] == "arn:aws:dynamodb:eu-west-1:000000000000:table/parcels"
    assert weighing.role.attached == ("arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",)
    assert weighing.role.trust["Statement"][0]["Principal"] == {"Service": "states.amazonaws.com"}


def test_a_resource_is_told_with_its_options(dev: Stack) -> None:
    machine, table = dev.one(MACHINE, "weighing"), dev.one("aws:dynamodb/table:Table", "parcels")
    assert dev.one("aws:iam/rolePolicy:RolePolicy", "weighing").urn in machine.dependencies
    assert (machine.ignore_changes, machine.retain, machine.protect) == (["tags"], True, False)
    assert (table.protect, table.retain) == (True, False)
    assert machine.urn == f"urn:pulumi:dev::shipping::{MACHINE}::weighing"
    assert machine.aliases == [f"urn:pulumi:dev::shipping::{MACHINE}::weigh"]
    assert machine.parent == "urn:pulumi:dev::shipping::pulumi:pulumi:Stack::shipping-dev"


def test_exports_and_secrets_are_told_as_they_are_in_the_files_or_given(
    dev: Stack, stack: Stacks, shipping: Path
) -> None:
    arn = "arn:aws:states:eu-west-1:000000000000:stateMachine:weighing"
    assert dev.exports == {"machine": arn, "stack": "dev", "token": "v1:cipher"}
    given = stack("dev", project=shipping, config={"shipping:token": "t-1"})
    token = given.one("aws:ssm/parameter:Parameter", "token")
    assert (token.inputs["value"], token.secret_inputs) == ("t-1", {"value"})


def test_a_second_run_makes_what_the_programs_modules_make(dev: Stack, stack: Stacks, shipping: Path) -> None:
    (shipping / "Pulumi.prod.yaml").write_text(STACK.replace("p-1", "p-2"))
    again = stack("prod", project=shipping)
    assert {(one.type, one.name) for one in again.resources()} == {(one.type, one.name) for one in dev.resources()}
    assert again.machine("weighing").definition["States"]["Put"]["Parameters"]["Item"] == {"id": {"S": "p-2"}}


def test_a_first_preview_tells_what_it_does_not_know(stack: Stacks, shipping: Path) -> None:
    preview = stack("dev", project=shipping, preview=True)
    assert preview.unknown(MACHINE, "weighing") == ["definition", "roleArn"]
    assert preview.unknown("aws:dynamodb/table:Table", "parcels") == []
    assert preview.unknown_exports == ["machine"]
    with pytest.raises(NotKnownYetError, match=r"weighing: definition is unknown .* nothing of \S+Table::parcels yet"):
        _ = preview.machine("weighing").definition


def test_what_is_not_there_is_told_with_what_is(dev: Stack) -> None:
    with pytest.raises(NotInStackError, match=r"has no aws:sfn/stateMachine:StateMachin; it has aws:sfn/stateMachine"):
        dev.one("aws:sfn/stateMachine:StateMachin", "weighing")
    with pytest.raises(NotInStackError, match=r"stateMachine:StateMachine weighting; it has weighing$"):
        dev.machine("weighting")


IN_TEXT = """
import json, pulumi, pulumi_aws as aws
queue = aws.sqs.Queue("parcels")
send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True, "Parameters": PARAMETERS}
both = {"Type": "Parallel", "Branches": [{"StartAt": "Send", "States": {"Send": send}}], "End": True}
definition = {"StartAt": "Both", "States": {"Both": both}}
aws.sfn.StateMachine("weighing", role_arn="arn:aws:iam::000000000000:role/r", definition=DEFINITION)
"""


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    "definition",
    ["json.dumps(definition)", """json.dumps(definition).replace("URL", str(queue.url))"""],
    ids=["written as JSON", "put into JSON"],
)
def test_an_output_put_into_a_text_is_told_with_resource_state_and_what_to_do(
    definition: str, preview: bool, stack: Stacks, shipping: Path
) -> None:
    parameters = '{"QueueUrl": "URL"}' if "URL" in definition else '{"QueueUrl": f"{queue.url}"}'
    program = IN_TEXT.replace("PARAMETERS", parameters).replace("DEFINITION", definition)
    (shipping / "__main__.py").write_text(program)
    with pytest.raises(UnresolvedOutputError) as raised:
        stack("dev", project=shipping, preview=preview)
    place = "definition: States.Both.Branches[0].States.Send.Parameters.QueueUrl holds what Pulumi writes"
    assert str(raised.value).startswith(f"{MACHINE} weighing: {place}")
    assert "pulumi.Output.json_dumps" in str(raised.value)
    assert stack.last
    assert stack.last.one(MACHINE, "weighing")


def test_one_name_for_two_resources_is_refused_as_pulumi_does(stack: Stacks, shipping: Path) -> None:
    (shipping / "__main__.py").write_text("import pulumi_aws as aws\naws.sqs.Queue('a')\naws.sqs.Queue('a')\n")
    with pytest.raises(DuplicateResourceError, match=r"aws:sqs/queue:Queue::a twice"):
        stack("dev", project=shipping)


MORE = """
import pulumi, pulumi_aws as aws
gate = aws.iot.Thing("gate")
image = aws.ec2.get_ami(owners=["self"])
orders = pulumi.StackReference("acme/orders/dev")
far = aws.sqs.Queue("far", opts=pulumi.ResourceOptions(provider=aws.Provider("there", region="ap-south-1")))
pulumi.export("all", [gate.arn, gate.default_client_id, image.id, orders.require_output("queue"), far.arn])
"""


def test_whose_outputs_and_answers_the_kit_does_not_know_it_is_told(stack: Stacks, shipping: Path) -> None:
    (shipping / "__main__.py").write_text(MORE)
    outputs: dict[str, Any] = {
        "aws:iot/thing:Thing": lambda asked: {"defaultClientId": f"client-of-{asked.name}"},
        "pulumi:pulumi:StackReference": {"outputs": {"queue": "https://queue"}},
    }
    with pytest.raises(UnknownFunctionError, match=r"asks aws:ec2/getAmi:getAmi, .* outputs=\{'aws:ec2/getAmi:getAmi'"):
        stack("dev", project=shipping, outputs=outputs)
    known = {**outputs, "aws:ec2/getAmi:getAmi": {"id": "ami-1"}}
    assert stack("dev", project=shipping, outputs=known).exports["all"] == [
        "arn:aws:iot:eu-west-1:000000000000:thing/gate",
        "client-of-gate",
        "ami-1",
        "https://queue",
        "arn:aws:sqs:ap-south-1:000000000000:far",
    ]


def test_settings_that_pulumi_would_ask_for_are_asked_for(stack: Stacks, shipping: Path) -> None:
    (shipping / "Pulumi.dev.yaml").write_text("config: {}")
    with pytest.raises(StackConfigError, match=r"Pulumi\.dev\.yaml has no value for shipping:first, shipping:token"):
        stack("dev", project=shipping)
    with pytest.raises(FileNotFoundError, match=r"Pulumi\.dve\.yaml does not exist; there are the stacks dev"):
        stack("dve", project=shipping)
    with pytest.raises(FileNotFoundError, match=r"no Pulumi\.yaml in .* project='infra'"):
        stack("dev", project="/")


def test_what_a_program_raises_comes_out_unchanged_and_nothing_of_it_stays(stack: Stacks, shipping: Path) -> None:
    (shipping / "__main__.py").write_text("import storage, sys\nsys.path.append('x')\nraise LookupError('mine')\n")
    path = [*sys.path]
    with pytest.raises(LookupError, match="mine"):
        stack("dev", project=shipping)
    assert sys.path == path
    assert Path.cwd() != shipping
    assert "storage" not in sys.modules


def test_of_a_program_that_has_ended_nothing_is_kept(stack: Stacks) -> None:
    def stacks() -> list[object]:
        gc.collect()
        return [one for one in gc.get_objects() if type(one) is Root]

    before = len(stacks())
    stack("local")
    set_root_resource(cast(Any, None))  # the SDK keeps its last one
    assert len(stacks()) <= before


class Elsewhere(Recorder):
    """Asked through a provider, AWS is another account."""

    def call(self, args: MockCallArgs) -> Any:
        if args.provider and args.token.endswith(":getCallerIdentity"):
            return {"accountId": "444455556666", "id": "444455556666"}, []
        return super().call(args)


def test_an_engine_of_ones_own_answers_what_a_program_asks(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import pulumi\n"
        "import pulumi_aws as aws\n"
        'eu = aws.Provider("eu", region="eu-west-1")\n'
        'for name, opts in (("here", None), ("there", pulumi.InvokeOptions(provider=eu))):\n'
        '    aws.ssm.Parameter(name, type="String", value=aws.get_caller_identity_output(opts=opts).account_id)\n'
    )
    engine = Elsewhere()
    run_program(engine, "dev", program=tmp_path / "program.py")
    found = {one.name: one.inputs["value"] for one in engine.of("aws:ssm/parameter:Parameter")}
    assert found == {"here": "000000000000", "there": "444455556666"}
    assert {one.name for one in engine.resources} == {"eu", "here", "there"}
