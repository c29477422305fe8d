"""What starts a machine: whose role may do what, where it is put what could not be started, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from components import InputRefusedError, SchemaRefusedError, TriggerRefusedError
from components.triggers.patterns import require_pattern
from components.triggers.times import require_times
from orderflow.testing.stack import Stack
from tests.infra.cloudformation import problems
from tests.infra.conftest import Run
from tests.pages import program

PIPE, RULE, TARGET = (
    "aws:pipes/pipe:Pipe",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
)
ARN = "arn:aws:{}:us-east-1:000000000000:{}"
SHIP, SHIP_ALL = (ARN.format("states", f"stateMachine:orderflow-dev-{name}") for name in ("ship", "ship-all"))

STREAM = ARN.format("dynamodb", "table/orderflow-dev-orders/stream/2026-01-01T00:00:00.000")

INTEGRATION, ROUTE = "aws:apigatewayv2/integration:Integration", "aws:apigatewayv2/route:Route"

Refused: TypeAlias = Callable[[str], str]


def before(*, schema: bool = False) -> str:
    """What docs/triggers.md has before its first trigger; its machines take anything unless told."""
    text = program("docs/triggers.md").partition("\ncomponents.EventRule(")[0]
    return text if schema else text.replace("input_schema=schema", "")


@pytest.fixture
def refused(run: Run) -> Refused:
    """What is said of a trigger in a program that has what docs/triggers.md has before its first one."""

    def refused(trigger: str) -> str:
        with pytest.raises((InputRefusedError, TriggerRefusedError, SchemaRefusedError)) as raised:
            run(f"{before(schema=True)}\nfrom components import *\n{trigger}", preview=True)
        return str(raised.value)

    return refused


def allowed(stack: Stack, role: str) -> dict[str, list[str]]:
    """By action what a role may do it on, log delivery and tracing apart."""
    statements = stack.role(role).policy["Statement"]
    return {action: statement["Resource"] for statement in statements for action in statement["Action"]}


def queue(name: str) -> str:
    return ARN.format("sqs", f"orderflow-dev-{name}")


ROLES: dict[str, tuple[str, list[str], dict[str, list[str]]]] = {
    "placed-rule": (
        "events.amazonaws.com",
        [ARN.format("events", "rule/orderflow-dev-placed")],
        {"states:StartExecution": [SHIP]},
    ),
    "uploaded-rule": (
        "events.amazonaws.com",
        [ARN.format("events", "rule/orderflow-dev-uploaded")],
        {"states:StartExecution": [SHIP]},
    ),
    "nightly-schedule": (
        "scheduler.amazonaws.com",
        [ARN.format("scheduler", "schedule-group/default")],
        {"states:StartExecution": [SHIP], "sqs:SendMessage": [queue("nightly-dead-letters")]},
    ),
    "jobs-pipe": (
        "pipes.amazonaws.com",
        [ARN.format("pipes", "pipe/orderflow-dev-jobs")],
        {
            "states:StartSyncExecution": [SHIP_ALL],
            **{f"sqs:{call}": [queue("jobs")] for call in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")},
        },
    ),
    "changed-pipe": (
        "pipes.amazonaws.com",
        [ARN.format("pipes", "pipe/orderflow-dev-changed")],
        {
            "states:StartSyncExecution": [SHIP_ALL],
            "sqs:SendMessage": [queue("changed-dead-letters")],
            **{f"dynamodb:{call}": [STREAM] for call in ("DescribeStream", "GetRecords", "GetShardIterator")},
            "dynamodb:ListStreams": ["*"],
        },
    ),
}


@pytest.mark.parametrize("name", ROLES)
def test_a_trigger_may_start_its_machine_and_nothing_else_and_only_it_may_take_the_role_on(
    name: str, triggers: Stack
) -> None:
    service, arns, may = ROLES[name]
    (trust,) = triggers.role(name).trust["Statement"]
    assert trust["Principal"] == {"Service": service}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "000000000000"},
        "ArnLike": {"aws:SourceArn": arns},
    }
    assert allowed(triggers, name) == may


def test_every_trigger_starts_what_is_live(triggers: Stack) -> None:
    live = "arn:aws:states:us-east-1:000000000000:stateMachine:{}:live"
    assert {one.inputs["arn"] for one in triggers.resources(TARGET)} == {live.format("ship")}
    assert {one.inputs["target"] for one in triggers.resources(PIPE)} == {live.format("ship-all")}
    (schedule,) = triggers.resources("aws:scheduler/schedule:Schedule")
    assert schedule.inputs["target"]["arn"] == live.format("ship")


def test_a_rule_gives_its_machine_what_its_input_says(triggers: Stack) -> None:
    target = triggers.one(TARGET, "placed").inputs
    assert target["inputTransformer"] == {
        "inputPaths": {"value1": "$.detail.id", "value2": "$.id"},
        "inputTemplate": '{"orderId": <value1>, "source": "shop", "note": "event <value2>"}',
    }
    assert target["retryPolicy"] == {"maximumRetryAttempts": 185, "maximumEventAgeInSeconds": 86_400}
    assert target["deadLetterConfig"] == {"arn": queue("placed-dead-letters")}


def test_the_event_a_part_of_it_and_a_constant_are_no_templates(run: Run) -> None:
    inputs = {"all": "None", "part": "'<$.detail>'", "constant": "{'a': [1, None]}"}
    rules = [
        f"components.EventRule({name!r}, components.EventRuleArgs(ship, {{'source': ['shop']}}, {given}))"
        for name, given in inputs.items()
    ]
    found = run("\n".join([before(), *rules]))
    said = {one.name: one.inputs for one in found.resources(TARGET)}
    assert not {"input", "inputPath", "inputTransformer"} & said["all"].keys()
    assert said["part"]["inputPath"] == "$.detail"
    assert json.loads(said["constant"]["input"]) == {"a": [1, None]}


def test_a_rule_on_another_bus_is_trusted_by_its_arn_there(run: Run) -> None:
    args = "components.EventRuleArgs(ship, {'source': ['s']}, bus='shop')"
    found = run(f"{before()}\ncomponents.EventRule('r', {args})")
    (trust,) = found.role("r-rule").trust["Statement"]
    assert trust["Condition"]["ArnLike"]["aws:SourceArn"] == [ARN.format("events", "rule/shop/orderflow-dev-r")]
    assert found.one(RULE, "r").inputs["eventBusName"] == found.one(TARGET, "r").inputs["eventBusName"] == "shop"


def test_a_bus_may_be_one_that_is_made_beside_its_rule(run: Run) -> None:
    bus = "import pulumi_aws as aws\nbus = aws.cloudwatch.EventBus('shop', name='shop')"
    for given in ("bus.name", "bus.name.apply(lambda name: f'arn:aws:events:us-east-1:000000000000:event-bus/{name}')"):
        args = f"components.EventRuleArgs(ship, {{'source': ('s', 't')}}, bus={given})"
        found = run(f"{before()}\n{bus}\ncomponents.EventRule('r', {args})")
        (trust,) = found.role("r-rule").trust["Statement"]
        assert trust["Condition"]["ArnLike"]["aws:SourceArn"] == [ARN.format("events", "rule/shop/orderflow-dev-r")]
        assert pattern(found, "r") == {"source": ["s", "t"]}


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(1 minutes)", "rate(1 day)", "at(2027-01-01T09:00:00)", "cron(0/15 8-17 ? * MON-FRI 2026-2030)"),
        *("cron(0 3 L * ? *)", "cron(0 3 ? * 6#3 *)", "cron(0 3 15W JAN,jul ? *)", "cron(0 3 ? * 2L *)"),
    ],
)
def test_whatever_the_scheduler_takes_as_a_time_is_taken(expression: str) -> None:
    require_times("s", expression, "Europe/Berlin")


def test_patterns_of_every_comparison_are_taken() -> None:
    leaf = ["a", 1, None, True, {"prefix": {"equals-ignore-case": "a"}}, {"numeric": [">", 0, "<=", 5]}]
    more = [{"exists": False}, {"anything-but": {"prefix": "a"}}, {"cidr": "10.0.0.0/8"}, {"wildcard": "a*b"}]
    require_pattern("r", {"$or": [{"source": leaf}, {"detail": {"id": more}}]})
    require_pattern("p", {"body": {"id": [*leaf, {"anything-but": ["a", "b"]}]}}, of_pipe=True)


def test_rules_of_this_stack_and_no_others_may_put_dead_letters(triggers: Stack) -> None:
    policy = json.loads(triggers.one("aws:sqs/queuePolicy:QueuePolicy", "placed-dead-letters").inputs["policy"])
    rules, _ = policy["Statement"]
    assert (rules["Principal"], rules["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert rules["Resource"] == queue("placed-dead-letters")
    assert rules["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "000000000000"},
        "ArnLike": {"aws:SourceArn": [ARN.format("events", f"rule/{bus}orderflow-dev-*") for bus in ("", "*/")]},
    }
    jobs = json.loads(triggers.one("aws:sqs/queuePolicy:QueuePolicy", "jobs").inputs["policy"])
    assert [one["Effect"] for one in jobs["Statement"]] == ["Deny"]


def test_a_bucket_tells_of_its_objects_once_however_many_triggers_ask(run: Run) -> None:
    twice = "for name in 'ab':\n    components.ObjectTrigger(name, components.ObjectTriggerArgs(ship, uploads, name))"
    found = run(f"{before()}\nuploads = components.Bucket('uploads', days=7)\n{twice}")
    (told,) = found.resources("aws:s3/bucketNotification:BucketNotification")
    assert told.inputs == {"bucket": "orderflow-dev-uploads-000000000000", "eventbridge": True}
    assert {pattern(found, name)["detail"]["object"]["key"][0]["prefix"] for name in "ab"} == {"a", "b"}


def test_only_the_objects_asked_for_start_a_machine(triggers: Stack) -> None:
    detail = pattern(triggers, "uploaded")["detail"]
    assert detail == {
        "bucket": {"name": ["orderflow-dev-uploads-000000000000"]},
        "object": {"key": [{"wildcard": "orders/*.json"}]},
    }


def pattern(stack: Stack, rule: str) -> Any:
    return json.loads(stack.one(RULE, rule).inputs["eventPattern"])


def test_a_pipe_waits_where_it_can_and_a_standard_machine_it_only_starts(run: Run, triggers: Stack) -> None:
    def invocation(stack: Stack, name: str) -> str:
        given = stack.one(PIPE, name).inputs["targetParameters"]
        return given["stepFunctionStateMachineParameters"]["invocationType"]

    assert {invocation(triggers, name) for name in ("jobs", "changed", "clicks")} == {"REQUEST_RESPONSE"}
    standard = run(program("docs/triggers.md").replace('"ship-all", "EXPRESS"', '"ship-all", "STANDARD"'))
    assert {invocation(standard, name) for name in ("jobs", "changed", "clicks")} == {"FIRE_AND_FORGET"}
    assert "states:StartExecution" in allowed(standard, "jobs-pipe")
    assert "states:StartSyncExecution" not in allowed(standard, "jobs-pipe")


def test_a_stream_is_tried_again_and_what_fails_is_set_aside(triggers: Stack) -> None:
    table = triggers.one(PIPE, "changed").inputs["sourceParameters"]
    assert table["dynamodbStreamParameters"] == {
        "startingPosition": "TRIM_HORIZON",
        "batchSize": 10,
        "maximumRetryAttempts": 5,
        "onPartialBatchItemFailure": "AUTOMATIC_BISECT",
        "deadLetterConfig": {"arn": queue("changed-dead-letters")},
    }
    assert table["filterCriteria"] == {"filters": [{"pattern": '{"eventName": ["INSERT"]}'}]}
    kinesis = triggers.one(PIPE, "clicks").inputs["sourceParameters"]["kinesisStreamParameters"]
    assert kinesis["deadLetterConfig"] == {"arn": queue("clicks-dead-letters")}


RULED = "EventRule('r', EventRuleArgs(ship, {'source': ['shop']}, %s))"
TAKING = "QueueTrigger('q', QueueTriggerArgs(%s, %s))"
DEAD = "Queue('q', QueueArgs(keep=False, visibility_seconds=%s, dead_letters=Queue('d', QueueArgs(keep=False))))"
ROWS = "StreamTrigger('s', StreamTriggerArgs(Table('t', TableArgs('id', keep=False, stream=True)), %s))"
API = "HttpApi('api', HttpApiArgs(%s, logs))"
NO_FIELD = "the input: 'orderId' is a required property"
REFUSED = {
    "a member that is missing": (RULED % "{'source': 'shop'}", ("rule 'r'", "input_schema of ship", NO_FIELD)),
    "a constant of another type": (
        RULED % "{'orderId': 7, 'source': 'shop'}",
        ("orderId: 7 is not of type 'string'", "mend `input`"),
    ),
    "another text than may be": (RULED % "{'orderId': 'a', 'source': 'web'}", ("source: 'web' is not one",)),
    "the event as it is": (RULED % "None", ("the event as it is is refused", NO_FIELD, "`input` says what")),
    "a path in a name": (RULED % "{'<$.detail.name>': 1}", ("a name in `input` cannot be taken from the event",)),
    "more than AWS takes": (RULED % "{'orderId': 'a' * 9000, 'source': 'shop'}", ("AWS takes 8,192",)),
    "a text as the whole input": (RULED % "'hello'", ("such as '<$.detail>'",)),
    "a value that is no list": (
        "EventRule('r', EventRuleArgs(ship, {'source': 'shop'}, {'orderId': 'a', 'source': 'shop'}))",
        ("pattern.source is 'shop'", "write ['shop']"),
    ),
    "a field that may be nothing": (
        "EventRule('r', EventRuleArgs(ship, {'source': []}))",
        ("pattern.source is empty",),
    ),
    "a comparison that there is not": (
        "EventRule('r', EventRuleArgs(ship, {'detail': {'id': [{'prefx': 'a'}]}}))",
        ("pattern.detail.id: there is no comparison 'prefx' (did you mean 'prefix'?)",),
    ),
    "two comparisons in one": (
        "EventRule('r', EventRuleArgs(ship, {'detail': {'id': [{'prefix': 'a', 'suffix': 'b'}]}}))",
        ("pattern.detail.id lists {", "one comparison"),
    ),
    "a number that is a text": (
        "EventRule('r', EventRuleArgs(ship, {'$or': [{'detail': {'sum': [{'numeric': ['>', '100']}]}}]}))",
        ("pattern.$or.detail.sum: `numeric` is", "['>', 0, '<=', 5]"),
    ),
    "a comparison that pipes do not know": (
        ROWS % "ship_all, pattern={'dynamodb': {'Keys': {'id': {'S': [{'wildcard': 'a*'}]}}}}",
        ("pattern.dynamodb.Keys.id.S: a pipe does not know 'wildcard'",),
    ),
    "a bus that is none": (
        "EventRule('r', EventRuleArgs(ship, {'source': ['s']}, bus='my bus'))",
        ("`bus` is a bus's name or ARN, not 'my bus'",),
    ),
    "what EventBridge does not know": (
        RULED % "{'orderId': '<aws.events.rule_name>', 'source': 'shop'}",
        ("takes <aws.events.rule_name>, which there is not (did you mean 'aws.events.rule-name'?)",),
    ),
    "what the scheduler does not know": (
        "Schedule('s', ScheduleArgs(ship, 'rate(1 day)', input={'orderId': '<aws.scheduler.time>'}))",
        ("takes <aws.scheduler.time>", "<aws.scheduler.scheduled-time>"),
    ),
    "an input that is no JSON": (RULED % "{'orderId': {1, 2}}", ("input.orderId is a set", "write a list")),
    "a name that is no text": (RULED % "{1: 'a'}", ("input has a name that is no text: 1",)),
    **{
        f"the time {expression}": (f"Schedule('s', ScheduleArgs(ship, {expression!r}))", ("`expression` is", said))
        for expression, said in {
            "0 3 * * *": "write rate(5 minutes)",
            "rate(5 weeks)": "write rate(5 minutes)",
            "rate(0 days)": "write rate(5 minutes)",
            "at(2027-02-30T09:00:00)": "day is out of range",
            "at(2027-02-03)": "write rate(5 minutes)",
            "cron(0 3 * * *)": "six fields here, minutes, hours, day of month, month, day of week, year; these are 5",
            "cron(0 3 * * * *)": "one of day of month and day of week is ?",
            "cron(0 24 * * ? *)": "the hours is '24', and takes 0 to 23",
            "cron(0 3 ? * 0-6 *)": "the day of week is '0-6', and takes 1 to 7",
        }.items()
    },
    "a zone that there is not": (
        "Schedule('s', ScheduleArgs(ship, 'rate(1 day)', timezone='Europe/Berln'))",
        ("no `timezone` 'Europe/Berln' (did you mean 'Europe/Berlin'?)",),
    ),
    **{
        f"the path {path}": (API % f"{{'POST {path}': Route(ship)}}", ("a path is of segments",))
        for path in ("/a/{id", "/a/{id+}/b", "/a b", "/a//b", "/a?b=c")
    },
    "a header that is none": (API % "{'POST /a': Route(ship, named_by='a b')}", ("`named_by` is the name of a",)),
    "an issuer without TLS": (
        "HttpApi('api', HttpApiArgs({'POST /a': Route(ship)}, logs, jwt=Jwt('id.example', ['a'])))",
        ("`issuer` of its `jwt` begins with https://",),
    ),
    "a time that only a deployment knows": (
        "from pulumi import Output\n"
        "d = {'StartAt': 'A', 'TimeoutSeconds': Output.from_input(9), 'States': {'A': {'Type': 'Succeed'}}}\n"
        + API % "{'POST /a': Route(StateMachine('m', StateMachineArgs(d, logs, 'EXPRESS')), waits=True)}",
        ("m has no TimeoutSeconds, or one that only a deployment knows",),
    ),
    **{
        f"another kind: {said[0]}": (trigger, said)
        for trigger, said in (
            ("EventRule('r', EventRuleArgs(logs, {'a': ['b']}))", ("`target` takes StateMachine", "is Logs of")),
            ("Schedule('s', ScheduleArgs('ship', 'rate(1 day)'))", ("takes StateMachine or Function or Exist", "str")),
            ("QueueTrigger('q', QueueTriggerArgs('jobs', ship_all))", ("`source` takes Queue itself",)),
            ("StreamTrigger('s', StreamTriggerArgs('rows', ship_all))", ("`source` takes Table or Stream",)),
            ("ObjectTrigger('o', ObjectTriggerArgs(ship, aws.s3.Bucket('b')))", ("Bucket of pulumi_aws",)),
            (API % "{'POST /a': ship}", ("`routes['POST /a']` takes Route",)),
            (API % "['POST /a']", ("`routes` takes Mapping",)),
        )
    },
    "a schema that refers to what is not there": (
        "m = shipping('m', 'STANDARD', {'$ref': 'https://schemas.example/order.json'})\n"
        "Schedule('s', ScheduleArgs(m, 'rate(1 day)', input={'orderId': 'a'}))",
        ("m: its input_schema refers to what it does not hold", "order.json", "`$defs`"),
    ),
    "more retries than there are": (
        "EventRule('r', EventRuleArgs(ship, {'source': ['s']}, retries=186))",
        ("`retries` is 0 to 185, not 186",),
    ),
    "dead letters that rules may not put": (
        "EventRule('r', EventRuleArgs(ship, {'source': ['s']}, dead_letters=Queue('d', QueueArgs(keep=False))))",
        ("QueueArgs(from_rules=True)",),
    ),
    "a queue of first in, first out": (
        "Schedule('s', ScheduleArgs(ship, 'rate(1 day)', dead_letters=Queue('d', QueueArgs(keep=False, fifo=True))))",
        ("is a FIFO queue",),
    ),
    "a schedule that takes what no event has": (
        "Schedule('s', ScheduleArgs(ship, 'rate(1 day)', input={'orderId': '<$.id>', 'source': 'shop'}))",
        ("`input` takes <$.id>", "<aws.scheduler.…> only"),
    ),
    "a schedule without input": ("Schedule('s', ScheduleArgs(ship, 'rate(1 day)'))", ("schedule 's'", NO_FIELD)),
    "a batch for a machine that takes one": (
        ROWS % "ship, input={'orderId': '<$.eventID>', 'source': 'shop'}",
        ("stream trigger 's'", "is not of type 'object'"),
    ),
    "a Standard machine to be waited for": (ROWS % "ship, waits=True", ("cannot wait for ship, a Standard machine",)),
    "a part of a record as the input": (ROWS % "ship_all, input='<$.dynamodb>'", ("into a field",)),
    "a table that tells nothing": (
        "StreamTrigger('s', StreamTriggerArgs(Table('t', TableArgs('id', keep=False)), ship_all))",
        ("its table has no stream", "TableArgs(stream=True)"),
    ),
    "more records than a batch holds": (ROWS % "ship_all, batch_size=10_001", ("`batch_size` is 1 to 10,000",)),
    "a queue without dead letters": (
        TAKING % ("Queue('q', QueueArgs(keep=False))", "ship_all, input={'orderId': '<$.body.id>', 'source': 'shop'}"),
        ("its queue has no dead letters", "QueueArgs(dead_letters=…)"),
    ),
    "a message that comes back too early": (
        TAKING % (DEAD % 59, "ship_all, input={'orderId': '<$.body.id>', 'source': 'shop'}"),
        ("ship-all may run 60 s, and after 59 s its message is seen again", "visibility_seconds=360"),
    ),
    "a Standard machine to be waited for by a request": (
        API % "{'POST /a': Route(ship, waits=True)}",
        ("nobody can wait for ship",),
    ),
    "a machine that takes longer than an API waits": (
        API % "{'POST /a': Route(ship_all, waits=True)}",
        ("route 'POST /a'", "ship-all may run 60 s", "25 at most"),
    ),
    "a route without a method": (API % "{'/a': Route(ship)}", ("such as 'POST /orders'",)),
    "errors of what is not waited for": (API % "{'POST /a': Route(ship, errors={'E': 404})}", ("does not wait",)),
    "a name for what has none": (
        API % "{'POST /a': Route(ship_all, named_by='key')}",
        ("`named_by`", "an Express machine"),
    ),
    "scopes without tokens": (API % "{'POST /a': Route(ship, scopes=['a'])}", ("the API has no `jwt`",)),
    "a schema that is none": (
        "schema['properties']['a'] = {'type': 'text'}\nshipping('m', 'STANDARD', schema)",
        ("m: input_schema.properties.a.type is no JSON Schema",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_trigger_that_aws_or_its_machine_would_refuse_stops_the_preview(case: str, refused: Refused) -> None:
    trigger, said = REFUSED[case]
    found = refused(trigger)
    assert all(part in found for part in said), found


def test_what_the_event_or_an_output_may_be_is_not_judged(run: Run) -> None:
    taken = RULED % "{'orderId': 'a-<$.id>', 'source': '<$.source>'}"
    known = "EventRule('o', EventRuleArgs(ship, {'source': ['shop']}, {'orderId': ship.arn, 'source': 'shop'}))"
    found = run(f"{before(schema=True)}\nfrom components import *\n{taken}\n{known}")
    assert json.loads(found.one(TARGET, "o").inputs["input"]) == {"orderId": SHIP, "source": "shop"}


def test_an_api_starts_a_machine_by_itself_and_says_so_with_202(triggers: Stack) -> None:
    started = triggers.one(INTEGRATION, "shop-post-orders").inputs
    assert started["integrationSubtype"] == "StepFunctions-StartExecution"
    assert started["requestParameters"] == {
        "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:ship:live",
        "Input": "$request.body",
        "Name": "$request.header.idempotency-key",
    }
    assert started["responseParameters"] == [{"statusCode": "200", "mappings": {"overwrite:statuscode": "202"}}]
    assert allowed(triggers, "shop-api") == {"states:StartExecution": [SHIP]}
    (trust,) = triggers.role("shop-api").trust["Statement"]
    assert trust["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert "Condition" not in trust, "API Gateway sends neither aws:SourceAccount nor aws:SourceArn"


def test_what_is_waited_for_is_started_by_a_function_that_this_api_alone_may_call(triggers: Stack) -> None:
    waiting = triggers.one(INTEGRATION, "shop-post-quotes").inputs
    assert waiting["integrationUri"].endswith(":function:shop-post-quotes:live")
    may = allowed(triggers, "shop-post-quotes")
    assert may["states:StartSyncExecution"] == [SHIP.replace("-ship", "-quote")]
    assert {action.partition(":")[0] for action in may} == {"states", "logs", "xray"}
    function = triggers.one("aws:lambda/function:Function", "shop-post-quotes").inputs
    known = function["environment"]["variables"]
    assert known["MACHINE"].endswith("stateMachine:quote:live")
    assert json.loads(known["ERRORS"]) == {"UnknownSku": 404}
    permission = triggers.one("aws:lambda/permission:Permission", "shop-post-quotes").inputs
    assert (permission["principal"], permission["qualifier"]) == ("apigateway.amazonaws.com", "live")
    assert permission["sourceArn"].endswith("/*/*")
    assert "sourceAccount" not in permission, "API Gateway does not send it, and would be refused"


def test_an_api_is_closed_unless_told_is_throttled_and_logs_every_request(triggers: Stack, run: Run) -> None:
    routes = [one.inputs for one in triggers.resources(ROUTE)]
    assert {one["routeKey"]: one["authorizationType"] for one in routes} == {
        "POST /orders": "AWS_IAM",
        "POST /quotes": "AWS_IAM",
    }
    stage = triggers.one("aws:apigatewayv2/stage:Stage", "shop").inputs
    assert stage["defaultRouteSettings"] == {"throttlingRateLimit": 50, "throttlingBurstLimit": 100}
    assert stage["accessLogSettings"]["destinationArn"].endswith("/aws/vendedlogs/apis/orderflow-dev-shop")
    assert "$context.routeKey" in json.loads(stage["accessLogSettings"]["format"]).values()
    jwt = "components.Jwt('https://id.example', ['shop'])"
    with_tokens = run(
        f"{before()}\ncomponents.HttpApi('shop', components.HttpApiArgs("
        f"{{'POST /orders': components.Route(ship, scopes=['order'])}}, logs, {jwt}))"
    )
    (route,) = with_tokens.resources(ROUTE)
    assert (route.inputs["authorizationType"], route.inputs["authorizationScopes"]) == ("JWT", ["order"])
    authorizer = with_tokens.one("aws:apigatewayv2/authorizer:Authorizer", "shop").inputs
    assert authorizer["jwtConfiguration"] == {"issuer": "https://id.example", "audiences": ["shop"]}
    assert problems(with_tokens.resources()) == []


def test_a_stack_tells_whom_each_route_calls_and_by_which_role_a_machine_is_started(run: Run) -> None:
    told = run(f"{program('docs/triggers.md')}\ncomponents.export(logs, {{}}, shop)").exports
    functions, machines = (f"arn:aws:{of}:us-east-1:000000000000" for of in ("lambda", "states"))
    assert told["apis"]["shop"]["routes"] == {
        "POST /orders": {
            "targetArn": f"{machines}:stateMachine:ship:live",
            "roleArn": "arn:aws:iam::000000000000:role/orderflow-dev-shop-api",
        },
        "POST /quotes": {"targetArn": f"{functions}:function:shop-post-quotes:live"},
    }
    assert told["logs"] == {"/aws/vendedlogs/apis/orderflow-dev-shop": 30}
