"""The Pulumi package: its schema, and what it makes of what arrives of programs in other languages."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.errors import InputPropertiesError, InputPropertyError

from components import Canary, FunctionArgs, Logs, QueueArgs, ScheduleArgs, StateMachineArgs, TableArgs
from components.package import Package
from components.triggers import (
    EventRuleArgs,
    HttpApiArgs,
    InputRefusedError,
    Jwt,
    ObjectTriggerArgs,
    QueueTriggerArgs,
    Route,
    StreamTriggerArgs,
)
from emulator.program import ROOT
from orderflow.testing.stack import Stack
from tests.infra.conftest import Run

PAGE = ROOT / "docs" / "package.md"
EXAMPLE = ROOT / "examples" / "typescript"
TRIGGERS = (EventRuleArgs, HttpApiArgs, ObjectTriggerArgs, QueueTriggerArgs, ScheduleArgs, StreamTriggerArgs)
SCHEMA: dict[str, Any] = json.loads(Package().schema or "")
INPUTS = {
    **{
        of: SCHEMA["resources"][f"orderflow:index:{of.__name__.removesuffix('Args')}"]["inputProperties"]
        for of in (StateMachineArgs, FunctionArgs, QueueArgs, TableArgs, *TRIGGERS)
    },
    Logs: SCHEMA["types"]["orderflow:index:Logs"]["properties"],
    Route: SCHEMA["types"]["orderflow:index:Route"]["properties"],
    Jwt: SCHEMA["types"]["orderflow:index:Jwt"]["properties"],
    Canary: SCHEMA["types"]["orderflow:index:Release"]["properties"],
}


def test_the_golden_schema_is_what_pulumi_reads_off_the_classes(golden: Callable[[str, object], None]) -> None:
    golden("package", {name: SCHEMA[name] for name in ("name", "resources", "types")})


def test_the_reference_is_generated() -> None:
    """`make golden` writes it anew."""
    before, heading, _ = PAGE.read_text().partition("## Reference\n")
    wanted = before + heading + "".join(reference())
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(wanted)
    assert PAGE.read_text() == wanted


def reference() -> Iterator[str]:
    """All that a resource takes and gives, in tables."""
    for token, resource in SCHEMA["resources"].items():
        yield f"\n### {token.rpartition(':')[2]}\n\n{resource['description']}\n\n| takes | | |\n|---|---|---|\n"
        yield from rows(resource["inputProperties"], resource["requiredInputs"])
        yield "\n| gives | |\n|---|---|\n"
        yield from (f"| `{name}` | {of['description']} |\n" for name, of in resource["properties"].items())
    for token, record in SCHEMA["types"].items():
        yield f"\n### {token.rpartition(':')[2]}\n\n{record['description']}\n\n| takes | | |\n|---|---|---|\n"
        yield from rows(record["properties"], record["required"])


def rows(properties: dict[str, Any], required: list[str]) -> Iterator[str]:
    for name, of in properties.items():
        asked = f"**`{name}`**" if name in required else f"`{name}`"
        yield f"| {asked} | {kind(of)} | {of['description']} |\n"


def kind(of: dict[str, Any]) -> str:
    if of.get("type") == "string" and not of.get("plain"):
        return "string or output"
    if of.get("type") == "array":
        return f"list of {kind(of['items'])}"
    if of.get("type") == "object":
        return f"object of {kind(of['additionalProperties'])}"
    if reference := of.get("$ref"):
        name = reference.rpartition(":")[2]
        return "any" if name.endswith("Any") else f"[{name}](#{name.lower()})"
    return of["type"]


def test_the_example_in_typescript_gives_what_the_schema_takes_and_is_on_the_page() -> None:
    """Pulumi generates its SDK from the schema; what runs programs in TypeScript comes with Pulumi's command line."""
    page, source = PAGE.read_text(), (EXAMPLE / "index.ts").read_text()
    assert f"```typescript\n{source}```" in page
    made = re.findall(r'const (\w+) = new orderflow\.(\w+)\("\w+", \{\n(.*?)\n\}\);', source, re.DOTALL)
    assert len(made) == source.count("new orderflow.") == 4
    for name, of, body in made:
        schema, given = SCHEMA["resources"][f"orderflow:index:{of}"], re.findall(r"^    (\w+)[:,]", body, re.MULTILINE)
        assert {*schema["requiredInputs"]} <= {*given} <= {*schema["inputProperties"]}
        assert {*re.findall(rf"\b{name}\.(\w+)", source)} <= {*schema["properties"]}
    for file in (EXAMPLE / "handlers").glob("*.py"):
        assert f"```python\n# handlers/{file.name}\n{file.read_text()}```" in page


LEFT_OUT = {
    "StateMachineArgs.assumed": "the review of a pull request reads programs in Python",
    "FunctionArgs.layer": "there is `requirements` in its place",
    "FunctionArgs.refuses": "the alarms that count it out are Python's",
    "FunctionArgs.is_public": "a webhook is made in Python",
    "FunctionArgs.knows_callers": "likewise",
    "QueueArgs.subscriptions": "a topic is made in Python, or by the AWS package",
    "TableArgs.local_indexes": "an index is global unless a table was made for another",
    "StreamTriggerArgs.after": "there is the option `dependsOn` in its place",
    "Logs.key": "a key is made in Python",
}
"""Arguments that the package does not have, and why."""


@pytest.mark.parametrize("of", INPUTS, ids=lambda of: of.__name__)
def test_the_package_has_each_argument_or_a_reason_why_not(of: Any) -> None:
    names = [field.name for field in dataclasses.fields(of) if f"{of.__name__}.{field.name}" not in LEFT_OUT]
    words = (name.split("_") for name in names)
    assert {"".join([first, *map(str.capitalize, rest)]) for first, *rest in words} <= {*INPUTS[of]}


@pytest.mark.parametrize("of", INPUTS, ids=lambda of: of.__name__)
def test_each_default_is_told_as_it_is(of: Any) -> None:
    for field in dataclasses.fields(of):
        words = field.name.split("_")
        told = INPUTS[of].get("".join([words[0], *map(str.capitalize, words[1:])]))
        if told and isinstance(field.default, str | bool | int) and field.default != "":
            default = json.dumps(field.default).strip('"')
            assert f"{default} unless given" in told["description"].replace(" (unless", " unless"), field.name


@pytest.fixture
def made(run: Run) -> Callable[..., Stack]:
    """The stack of a program that asks the package for resources as the engine does."""

    def made(program: str, **options: Any) -> Stack:
        return run(
            "import json\n"
            "import pulumi\n"
            "from pulumi.output import Unknown\n"
            "from components import *\n"
            "from components.package import Package\n"
            "task = {'Type': 'Task', 'Resource': 'arn:aws:lambda:us-east-1:000000000000:function:f', 'End': True,\n"
            "        'TimeoutSeconds': 60.0}\n"
            "logs = {'retentionDays': 7.0}\n"
            "def machine(definition=None, logs=logs, **others):\n"
            "    given = {'StartAt': 'Do', 'TimeoutSeconds': 90.0, 'States': {'Do': task}}\n"
            "    inputs = {'definition': definition or given, 'logs': logs, **others}\n"
            "    return Package().construct('orders', 'orderflow:index:StateMachine', inputs)\n" + program,
            **options,
        )

    return made


def test_numbers_and_nulls_are_what_was_written(made: Callable[[str], Stack]) -> None:
    stack = made("task['ResultPath'] = 'null'; task['HeartbeatSeconds'] = 20.0; machine()")
    (text,) = [stack.one("aws:sfn/stateMachine:StateMachine", "orders").inputs["definition"]]
    assert '"ResultPath": null' in text
    assert '"HeartbeatSeconds": 20, ' in text
    assert stack.one("aws:cloudwatch/logGroup:LogGroup", "orders-machine").inputs["retentionInDays"] == 7


def test_a_definition_may_be_a_text_with_all_that_json_has(made: Callable[[str], Stack]) -> None:
    stack = made(
        "machine(json.dumps({'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'Result': None, 'End': True}}}))"
    )
    assert stack.machine("orders").definition["States"]["A"]["Result"] is None


def test_what_is_declared_of_a_machine_reaches_it(made: Callable[[str], Stack]) -> None:
    """A queue that only data names, a warning that stays, and a promise that is broken."""
    asked = (
        "task['Resource'] = 'arn:aws:states:::sqs:sendMessage'\n"
        "task['Parameters'] = {'QueueUrl.$': '$.queue', 'MessageBody': '1'}\n"
        "allow = [{'state': 'Do', 'resource': pulumi.Output.from_input('arn:aws:sqs:us-east-1:000000000000:jobs'),"
        " 'reason': 'the customer names it'}]\n"
    )
    earlier = "[{'call': 'dynamodb:putItem', 'resource': 'arn:aws:dynamodb:us-east-1:000000000000:table/orders'}]"
    stack = made(f"{asked}machine(allow=allow, type='EXPRESS', tracing=False, purpose='other', earlierCalls={earlier})")
    assert "dynamodb:PutItem" in {
        action for one in stack.machine("orders").policy["Statement"] for action in one["Action"]
    }
    machine = stack.one("aws:sfn/stateMachine:StateMachine", "orders").inputs
    assert (machine["type"], machine["name"]) == ("EXPRESS", "orderflow-dev-other")
    assert machine["tracingConfiguration"] == {"enabled": False}
    (sent,) = [one for one in stack.machine("orders").policy["Statement"] if one["Sid"] == "TheCustomerNamesIt"]
    assert sent["Resource"] == ["arn:aws:sqs:us-east-1:000000000000:jobs"]
    with pytest.raises(InputPropertiesError, match="QueueUrl of sqs:sendMessage is read from data; declare Allow"):
        made(f"{asked}machine()")
    with pytest.raises(InputPropertiesError, match="ASL071"):
        made("machine(promises=[{'state': 'Do', 'ends': ['Nowhere']}])")
    with pytest.raises(InputPropertiesError, match="level is ALL, ERROR, FATAL, OFF, not 'DEBUG'"):
        made("machine(logs={'retentionDays': 7.0, 'level': 'DEBUG'})")


def test_a_resource_of_pulumi_aws_stands_for_what_its_parameter_takes(made: Callable[[str], Stack]) -> None:
    """As it comes over the wire: by its URN and its id."""
    stack = made(
        "import pulumi_aws as aws\n"
        "from google.protobuf import struct_pb2\n"
        "from pulumi.runtime import rpc\n"
        "queue = aws.sqs.Queue('jobs')\n"
        "def deploy(known):\n"
        "    reference = {'urn': known[0], 'id': known[1], rpc._special_sig_key: rpc._special_resource_sig}\n"
        "    sent = struct_pb2.Struct()\n"
        "    sent.update({'QueueUrl': reference, 'MessageBody': 'now'})\n"
        "    parameters = rpc.deserialize_properties(sent, keep_unknowns=True)\n"
        "    task.update(Resource='arn:aws:states:::sqs:sendMessage', Parameters=parameters)\n"
        "    return machine().urn\n"
        "pulumi.Output.all(queue.urn, queue.id).apply(deploy)"
    )
    queue = stack.one("aws:sqs/queue:Queue", "jobs").outputs
    assert stack.machine("orders").definition["States"]["Do"]["Parameters"]["QueueUrl"] == queue["url"]
    (sent,) = [one for one in stack.machine("orders").policy["Statement"] if one["Action"] == ["sqs:SendMessage"]]
    assert sent["Resource"] == [queue["arn"]]


def test_a_functions_uses_are_its_permissions_and_its_environment(made: Callable[[str], Stack], tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "weigh.py").write_text("def handler(event, context):\n    return event\n")
    stack = made(
        "table = 'arn:aws:dynamodb:us-east-1:000000000000:table/parcels'\n"
        "topic = 'arn:aws:sns:us-east-1:000000000000:t'\n"
        "uses = [{'variable': 'PARCELS', 'resource': table, 'name': 'parcels', 'calls': ['dynamodb:getItem']},\n"
        "        {'variable': 'TOPIC', 'resource': pulumi.Output.from_input(topic), 'calls': ['sns:publish']}]\n"
        f"inputs = {{'sources': {str(tmp_path / 'steps')!r}, 'handler': 'weigh', 'logs': logs, 'uses': uses}}\n"
        f"open({str(tmp_path / 'none.txt')!r}, 'w').close()\n"
        f"inputs |= {{'requirements': {str(tmp_path / 'none.txt')!r}, 'timeout': 7.0, 'snapStart': True}}\n"
        "Package().construct('weigh', 'orderflow:index:Function', inputs)"
    )
    assert stack.one("aws:lambda/layerVersion:LayerVersion", "weigh-libraries")
    weigh = stack.one("aws:lambda/function:Function", "weigh").inputs
    variables = weigh["environment"]["variables"]
    assert (variables["PARCELS"], variables["TOPIC"]) == ("parcels", "arn:aws:sns:us-east-1:000000000000:t")
    assert (weigh["timeout"], weigh["snapStart"]) == (7, {"applyOn": "PublishedVersions"})
    policy = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy", "weigh").inputs["policy"])
    allowed = {(action, *one["Resource"]) for one in policy["Statement"] for action in one["Action"]}
    assert ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:000000000000:table/parcels") in allowed
    assert ("sns:Publish", "arn:aws:sns:us-east-1:000000000000:t") in allowed


def test_tables_queues_and_buckets_are_named_by_themselves(made: Callable[[str], Stack], tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "weigh.py").write_text("def handler(event, context):\n    return event\n")
    stack = made(
        "from components.package import resources\n"
        "dead = resources.Queue('dead', {'keep': True})\n"
        "inputs = {'keep': False, 'dead_letters': dead, 'receives': 3.0, 'visibility_seconds': 900.0}\n"
        "jobs = resources.Queue('jobs', inputs)\n"
        "by_day = {'name': 'by-day', 'key': 'day', 'sort_key': 'at', 'holds': ['cents']}\n"
        "parcels = {'key': 'id', 'keep': False, 'indexes': [by_day], 'types': {'at': 'N'}}\n"
        "parcels, labels = resources.Table('parcels', parcels), resources.Bucket('labels', {'days': 3.0})\n"
        "uses = [{'variable': 'PARCELS', 'resource': parcels, 'calls': ['dynamodb:getItem']},\n"
        "        {'variable': 'LABELS', 'resource': labels, 'calls': ['s3:putObject']}]\n"
        f"weigh = {{'sources': {str(tmp_path / 'steps')!r}, 'handler': 'weigh', 'logs': {{'retention_days': 7.0}}}}\n"
        "resources.Function('weigh', {**weigh, 'uses': uses})\n"
        "task['Resource'] = 'arn:aws:states:::sqs:sendMessage'\n"
        "task['Parameters'] = {'QueueUrl': jobs, 'MessageBody': 'now'}\n"
        "machine()"
    )
    jobs = stack.one("aws:sqs/queue:Queue", "jobs")
    assert json.loads(jobs.inputs["redrivePolicy"])["maxReceiveCount"] == 3
    assert jobs.inputs["visibilityTimeoutSeconds"] == 900
    assert stack.machine("orders").definition["States"]["Do"]["Parameters"]["QueueUrl"] == jobs.outputs["url"]
    (by_day,) = stack.one("aws:dynamodb/table:Table", "parcels").inputs["globalSecondaryIndexes"]
    assert (by_day["name"], by_day["nonKeyAttributes"]) == ("by-day", ["cents"])
    variables = stack.one("aws:lambda/function:Function", "weigh").inputs["environment"]["variables"]
    assert variables["PARCELS"] == "orderflow-dev-parcels"
    assert variables["LABELS"].startswith("orderflow-dev-labels-")
    (expiry,) = stack.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "labels").inputs["rules"]
    assert expiry["expiration"] == {"days": 3}


def test_a_function_may_be_a_folder_of_another_language_or_an_image(
    made: Callable[[str], Stack], tmp_path: Path
) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "index.mjs").write_text("export const handler = async (event) => event;\n")
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/label@sha256:" + 64 * "0"
    stack = made(
        f"sources = {str(tmp_path / 'steps')!r}\n"
        "weigh = {'sources': sources, 'handler': 'index.handler', 'runtime': 'nodejs22.x', 'logs': logs}\n"
        "Package().construct('weigh', 'orderflow:index:Function', {**weigh, 'storage': 600.0})\n"
        f"label = {{'image': pulumi.Output.from_input({image!r}), 'logs': logs}}\n"
        "Package().construct('label', 'orderflow:index:Function', label)"
    )
    weigh, label = (stack.one("aws:lambda/function:Function", name).inputs for name in ("weigh", "label"))
    assert (weigh["runtime"], weigh["handler"]) == ("nodejs22.x", "index.handler")
    assert weigh["ephemeralStorage"] == {"size": 600}
    assert (label["imageUri"], label["packageType"]) == (image, "Image")


def test_a_release_is_the_components_own(made: Callable[[str], Stack]) -> None:
    given = made("machine(release={'kind': 'canary', 'percent': 10.0, 'minutes': 5.0, 'alarms': ['late']})")
    in_python = made(
        "task['TimeoutSeconds'] = 60\n"
        "definition = {'StartAt': 'Do', 'TimeoutSeconds': 90, 'States': {'Do': task}}\n"
        "StateMachine('orders', StateMachineArgs(definition, Logs(7), release=Canary(10, 5, ['late'])))"
    )
    assert inputs(given) == inputs(in_python)


def inputs(of: Stack) -> dict[tuple[str, str], dict[str, Any]]:
    """All that a stack's resources were given, but for archives, of which two are never the same."""
    return {
        (one.type, one.name): {name: value for name, value in one.inputs.items() if name != "code"}
        for one in of.resources()
    }


def test_triggers_start_the_machine_that_they_are_handed_and_hold_their_input_against_its_schema(
    made: Callable[[str], Stack],
) -> None:
    program = (
        "from components.package import resources, triggers\n"
        "schema = {'type': 'object', 'required': ['orderId'], 'properties': {'orderId': {'type': 'string'}}}\n"
        "parts = {'definition': {'StartAt': 'Do', 'States': {'Do': task}}, 'logs': {'retention_days': 7.0}}\n"
        "target = resources.StateMachine('orders', {**parts, 'input_schema': schema})\n"
        "batches = resources.StateMachine('batches', {**parts, 'type': 'EXPRESS'})\n"
        "rule = {'pattern': {'source': ['shop']}, 'input': {'orderId': '<$.detail.id>'}, 'retries': 9.0}\n"
        "triggers.EventRule('placed', {**rule, 'target': target})\n"
        "labels = resources.Bucket('labels', {})\n"
        "triggers.ObjectTrigger('labelled', {'target': target, 'source': labels, 'input': rule['input']})\n"
        "dead = resources.Queue('dead', {'keep': True})\n"
        "jobs = resources.Queue('jobs', {'keep': True, 'dead_letters': dead, 'visibility_seconds': 1800.0})\n"
        "triggers.QueueTrigger('jobs', {'source': jobs, 'target': batches, 'batch_size': 3.0})\n"
        "rows = resources.Table('rows', {'key': 'id', 'keep': True, 'stream': True})\n"
        "triggers.StreamTrigger('rows', {'source': rows, 'target': batches, 'starts_at': 'LATEST'})\n"
        "triggers.Schedule('nightly', {'target': target, 'expression': 'rate(1 day)', 'input': {'orderId': 'x'}})\n"
    )
    stack = made(program)
    targets = stack.resources("aws:cloudwatch/eventTarget:EventTarget")
    assert {one.inputs["arn"].rpartition(":stateMachine:")[2] for one in targets} == {"orders:live"}
    (placed,) = [one.inputs for one in targets if one.name == "placed"]
    assert placed["retryPolicy"] == {"maximumRetryAttempts": 9, "maximumEventAgeInSeconds": 86_400}
    jobs, rows = (stack.one("aws:pipes/pipe:Pipe", name).inputs for name in ("jobs", "rows"))
    assert jobs["sourceParameters"]["sqsQueueParameters"]["batchSize"] == 3
    assert rows["sourceParameters"]["dynamodbStreamParameters"]["startingPosition"] == "LATEST"
    with pytest.raises(InputRefusedError, match="orderId"):
        made(program.replace("'input': {'orderId': 'x'}", "'input': {'id': 'x'}"))


def test_an_api_starts_machines_by_its_routes(made: Callable[[str], Stack]) -> None:
    stack = made(
        "from components.package import resources\n"
        "parts = {'definition': {'StartAt': 'Do', 'States': {'Do': task}}, 'logs': {'retention_days': 7.0}}\n"
        "orders = resources.StateMachine('orders', parts)\n"
        "routes = {'POST /orders': {'target': orders, 'namedBy': 'idempotency-key', 'scopes': ['place']}}\n"
        "jwt = {'issuer': 'https://id.example', 'audience': [pulumi.Output.from_input('shop')]}\n"
        "inputs = {'routes': routes, 'logs': logs, 'jwt': jwt, 'burst': 7.0}\n"
        "Package().construct('shop', 'orderflow:index:HttpApi', inputs)"
    )
    (route,) = stack.resources("aws:apigatewayv2/route:Route")
    assert (route.inputs["routeKey"], route.inputs["authorizationScopes"]) == ("POST /orders", ["place"])
    (integration,) = stack.resources("aws:apigatewayv2/integration:Integration")
    assert integration.inputs["requestParameters"]["Name"] == "$request.header.idempotency-key"
    (authorizer,) = stack.resources("aws:apigatewayv2/authorizer:Authorizer")
    assert authorizer.inputs["jwtConfiguration"] == {"issuer": "https://id.example", "audiences": ["shop"]}
    (stage,) = stack.resources("aws:apigatewayv2/stage:Stage")
    assert stage.inputs["defaultRouteSettings"]["throttlingBurstLimit"] == 7


def test_a_boundary_of_the_stacks_settings_is_on_every_role(made: Callable[..., Stack]) -> None:
    boundary = "arn:aws:iam::000000000000:policy/boundary"
    stack = made("machine()", config={"orderflow:permissionsBoundary": boundary})
    assert [one.inputs["permissionsBoundary"] for one in stack.resources("aws:iam/role:Role")] == [boundary]


REFUSED = {
    "a release of another kind": (
        "machine(release={'kind': 'canaries', 'percent': 10.0, 'minutes': 5.0})",
        "release.kind",
        "is canary or linear, not 'canaries' (did you mean 'canary'?)",
    ),
    "a definition of which nothing is known": (
        "machine(pulumi.Output.from_input({}))",
        "definition",
        "is an output as a whole",
    ),
    "a text that is no JSON": ("machine('{')", "definition", "is a text, and no JSON"),
    "a text with a key twice": (
        """machine('{"StartAt": "A", "States": {}, "StartAt": "B"}')""",
        "definition",
        "is a text, and no JSON: line 1, column 32: the key 'StartAt' stands twice",
    ),
    "a text with a hole": ("""machine('{"StartAt": ${A}}')""", "definition", "a placeholder stands without quotes"),
    "a list": ("machine([1])", "definition", "is neither an object nor a text of JSON"),
    "a resource that nobody can look into": (
        "task['Resource'] = Unknown(); machine()",
        "definition.States.Do.Resource",
        "is a resource that this package cannot look into: write its arn, name or url",
    ),
    "an output where the schema has a value": (
        "machine(logs={'retentionDays': pulumi.Output.from_input(7.0)})",
        "logs.retentionDays",
        "has to be known in a preview, and is an output",
    ),
    "a folder without its place": (
        "Package().construct('f', 'orderflow:index:Function', {'sources': 'handlers', 'handler': 'f', 'logs': logs})",
        "sources",
        "has to be an absolute path",
    ),
    "a function of nothing": (
        "Package().construct('f', 'orderflow:index:Function', {'handler': 'f', 'logs': logs})",
        "sources",
        "is missing: a function is made of a folder with its `handler`, or an `image`",
    ),
    "an output where a route's schema has a value": (
        "routes = {'POST /a': {'target': 1, 'waits': pulumi.Output.from_input(True)}}\n"
        "Package().construct('a', 'orderflow:index:HttpApi', {'routes': routes, 'logs': logs})",
        "routes.POST /a.waits",
        "has to be known in a preview, and is an output",
    ),
    "a target of another kind": (
        "Package().construct('s', 'orderflow:index:Schedule', {'target': 'arn:aws:x', 'expression': 'rate(1 day)'})",
        "target",
        "takes a StateMachine of this package or a Function of this package, the resource itself",
    ),
}


@pytest.mark.parametrize(("program", "path", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_said_beside_its_argument(
    made: Callable[[str], Stack], program: str, path: str, reason: str
) -> None:
    with pytest.raises(InputPropertyError) as refused:
        made(program)
    assert refused.value.property_path == path
    assert reason in refused.value.reason


def test_a_schedule_starts_a_machine_that_it_is_handed(made: Callable[[str], Stack]) -> None:
    stack = made(
        "done = {'StartAt': 'Done', 'States': {'Done': {'Type': 'Succeed'}}}\n"
        "inputs = {'target': StateMachine('report', StateMachineArgs(done, Logs(7))), 'expression': 'rate(1 day)',\n"
        "          'input': {'b': 1.0, 'a': None}, 'retries': 5.0}\n"
        "Package().construct('nightly', 'orderflow:index:Schedule', inputs)"
    )
    target = stack.one("aws:scheduler/schedule:Schedule", "nightly").inputs["target"]
    assert target["arn"].endswith(":stateMachine:report:live")
    assert (target["input"], target["retryPolicy"]["maximumRetryAttempts"]) == ('{"a": null, "b": 1}', 5)
