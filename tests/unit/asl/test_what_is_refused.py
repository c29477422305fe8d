"""Definitions that AWS refuses, or that fail when they run: each with the error that tells of it, and where."""

from __future__ import annotations

from typing import Any

import pytest

import asl

Node = dict[str, Any]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
S3 = "arn:aws:states:::s3:"
ROWS = {"Resource": f"{S3}getObject", "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "b", "Key": "k"}}


def machine(**state: Any) -> Node:
    return {"StartAt": "A", "States": {"A": state}}


def jsonata(**state: Any) -> Node:
    return {"QueryLanguage": "JSONata", **machine(**state)}


def ending(type: str, **fields: Any) -> Node:
    return {"Type": type, **fields, "End": True}


def call(resource: str, **parameters: Any) -> Node:
    return ending("Task", Resource=f"arn:aws:states:::{resource}", Parameters=parameters)


def children(type: str = "STANDARD", state: Node | None = None, **fields: Any) -> Node:
    """A Distributed Map."""
    inside = {"StartAt": "B", "States": {"B": state or ending("Pass")}}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": type}
    return ending("Map", ItemProcessor={"ProcessorConfig": config, **inside}, **fields)


def caught(**fields: Any) -> Node:
    """A Task with a catcher."""
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "A", **fields}
    return ending("Task", Resource=FUNCTION, Catch=[catcher])


def choice(**rule: Any) -> Node:
    return {"Type": "Choice", "Choices": [{**rule, "Next": "A"}], "Default": "A"}


def saved(value: Any) -> Node:
    return call("dynamodb:putItem", TableName="t", Item={"a": value})


def asked(**changes: Any) -> Node:
    """An HTTP Task."""
    connection = {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/c/1"}
    good = {"ApiEndpoint": "https://example.com", "Method": "GET", "InvocationConfig": connection}
    return call("http:invoke", **good | changes)


def reader(**config: Any) -> Node:
    return children(ItemReader={**ROWS, "ReaderConfig": {"InputType": "JSON", **config}})


def made(expression: str) -> Node:
    return ending("Pass", Parameters={"a.$": expression})


INNER = "ItemProcessor.States.B"
ITEM = "Parameters.Item.a"

# what is wrong: the rule, its place below the state, the definition
REFUSED: dict[str, tuple[str, str, Node]] = {
    # Types and places: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html and its neighbours
    "null for a path that has no such meaning": ("ASL012", "SecondsPath", machine(**ending("Wait", SecondsPath=None))),
    "null for a Map's items": ("ASL012", "ItemsPath", machine(**children(ItemsPath=None))),
    "a number for a catcher's path": ("ASL012", "Catch[0].ResultPath", machine(**caught(ResultPath=3))),
    "a text for a catcher's variables": ("ASL012", "Catch[0].Assign", machine(**caught(Assign="x"))),
    "a text for a rule's variables": (
        "ASL012",
        "Choices[0].Assign",
        machine(**choice(Variable="$.a", IsNull=True, Assign="x")),
    ),
    "an expression for a figure in JSONPath": ("ASL012", "Seconds", machine(**ending("Wait", Seconds="{% 3 %}"))),
    "a text for a figure in JSONata": ("ASL012", "Seconds", jsonata(**ending("Wait", Seconds="{% 'x' & 'y' %}"))),
    "a number for a Map's items in JSONata": ("ASL012", "Items", jsonata(**children(Items=3))),
    "Output of a catcher in JSONPath": ("ASL013", "Catch[0].Output", machine(**caught(Output={}))),
    "a batcher's path in JSONata": (
        "ASL013",
        "ItemBatcher.MaxItemsPerBatchPath",
        jsonata(**children(ItemBatcher={"MaxItemsPerBatchPath": "$.a"})),
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
    "a condition that gives a number": (
        "ASL025",
        "Choices[0].Condition",
        jsonata(**choice(Condition="{% $states.input.n + 1 %}")),
    ),
    "a condition that gives a text": ("ASL025", "Choices[0].Condition", jsonata(**choice(Condition="{% 'yes' %}"))),
    "a field and the path to it": (
        "ASL018",
        "Parameters.a.$",
        machine(**ending("Pass", Parameters={"a": 1, "a.$": "$.x"})),
    ),
    "the second of two comparisons": (
        "ASL025",
        "Choices[0].StringEquals",
        machine(**choice(Variable="$.a", NumericEquals=1, StringEquals=3)),
    ),
    "a comparison that is turned round": (
        "ASL025",
        "Choices[0].Not.NumericEquals",
        machine(**choice(Not={"Variable": "$.a", "NumericEquals": "1"})),
    ),
    "a comparison in the last of several": (
        "ASL025",
        "Choices[0].Or[1].NumericEquals",
        machine(**choice(Or=[{"Variable": "$.a", "IsNull": True}, {"Variable": "$.a", "NumericEquals": "1"}])),
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and …-resultwriter.html
    "a reader of nothing": (
        "ASL027",
        "ItemReader",
        machine(**children(ItemReader={"Parameters": {"Bucket": "b", "Key": "k"}})),
    ),
    "a reader of something else": (
        "ASL027",
        "ItemReader.Resource",
        machine(**children(ItemReader={**ROWS, "Resource": "arn:aws:states:::dynamodb:scan"})),
    ),
    "a writer to something else": (
        "ASL027",
        "ResultWriter.Resource",
        machine(**children(ResultWriter={"Resource": f"{S3}getObject", "Parameters": {"Bucket": "b"}})),
    ),
    "a writer without a bucket": (
        "ASL086",
        "ResultWriter.Parameters",
        machine(**children(ResultWriter={"Resource": f"{S3}putObject", "Parameters": {"Prefix": "p"}})),
    ),
    "headers in one text": (
        "ASL027",
        "ItemReader.ReaderConfig.CSVHeaders",
        machine(**reader(InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders="a,b")),
    ),
    "a pointer without a slash": (
        "ASL027",
        "ItemReader.ReaderConfig.ItemsPointer",
        machine(**reader(ItemsPointer="a.b")),
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    "an Express child that waits for a job": (
        "ASL031",
        f"{INNER}.Resource",
        machine(**children("EXPRESS", call("ecs:runTask.sync", TaskDefinition="t"))),
    ),
    "an Express child that waits for a token": (
        "ASL031",
        f"{INNER}.Resource",
        machine(
            **children(
                "EXPRESS", call("sqs:sendMessage.waitForTaskToken", QueueUrl="q", **{"MessageBody.$": "$$.Task.Token"})
            )
        ),
    ),
    "an Express child with children of its own": (
        "ASL032",
        f"{INNER}.ItemProcessor.ProcessorConfig.Mode",
        machine(**children("EXPRESS", children())),
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
    "a range of too many elements": ("ASL019", "Parameters.a.$", machine(**made("States.ArrayRange(0, 1000, 1)"))),
    "a range without steps": ("ASL019", "Parameters.a.$", machine(**made("States.ArrayRange(0, $.n, 0)"))),
    "parts of no elements": ("ASL019", "Parameters.a.$", machine(**made("States.ArrayPartition($.a, 0)"))),
    "the length of a text": ("ASL019", "Parameters.a.$", machine(**made("States.ArrayLength('abc')"))),
    "a text merged into an object": ("ASL019", "Parameters.a.$", machine(**made("States.JsonMerge($.a, 'b', false)"))),
    # https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    "an operator of a later JSONata": (
        "ASL042",
        "Output",
        jsonata(**ending("Pass", Output="{% $states.input.a ?? 1 %}")),
    ),
    "a function that nobody has": ("ASL043", "Output", jsonata(**ending("Pass", Output="{% $capitalize('a') %}"))),
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    "a method that HTTP Tasks do not have": ("ASL099", "Parameters.Method", machine(**asked(Method="TRACE"))),
    "no connection": ("ASL099", "Parameters.Authentication", machine(**asked(Authentication={}))),
    "an endpoint without TLS": ("ASL099", "Parameters.ApiEndpoint", machine(**asked(ApiEndpoint="http://example.com"))),
    "a header of AWS's own": ("ASL099", "Parameters.Headers.X-Amz-Date", machine(**asked(Headers={"X-Amz-Date": "1"}))),
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
    "a number as a text": ("ASL094", ITEM, machine(**saved({"S": 5}))),
    "a text as a list": ("ASL094", ITEM, machine(**saved({"L": "x"}))),
    "a number without a type in a list": ("ASL094", f"{ITEM}.L[1]", machine(**saved({"L": [{"S": "x"}, 5]}))),
    "a number in a map": ("ASL094", f"{ITEM}.M.x", machine(**saved({"M": {"x": {"N": 5}}}))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_with_its_place(name: str) -> None:
    rule, place, definition = REFUSED[name]
    errors = [(one.rule.id, one.path) for one in asl.check(definition) if one.rule.severity == "error"]
    assert (rule, f"States.A.{place}") in errors


# What stands at the edge of each: AWS takes it.
TAKEN: dict[str, Node] = {
    "a method that only deployment says": machine(**asked(Method="${Method}")),
    "a header of the caller's": machine(**asked(Headers={"content-type": "text/plain"})),
    "null for the input": machine(**ending("Pass", InputPath=None, OutputPath=None, ResultPath=None)),
    "null for a catcher's path": machine(**caught(ResultPath=None)),
    "an expression for a figure in JSONata": jsonata(**ending("Wait", Seconds="{% $states.input.n + 1 %}")),
    "an object for a Map's items": jsonata(**children(Items={"a": 1})),
    "a condition that asks": jsonata(**choice(Condition="{% $states.input.n + 1 > 3 %}")),
    "a condition of which nothing is known": jsonata(**choice(Condition="{% $states.input.approved %}")),
    "Standard children that wait": machine(**children("STANDARD", call("ecs:runTask.sync", TaskDefinition="t"))),
    "a thousand elements": machine(**made("States.ArrayRange(1, 1000, 1)")),
    "a range downwards": machine(**made("States.ArrayRange(10, 1, -1)")),
    "a function of the expression's own": jsonata(**ending("Pass", Output="{% ($f := function($x){$x}; $f(1)) %}")),
    "every type of value": machine(
        **saved({"M": {"l": {"L": [{"S": "x"}, {"N": "5"}]}, "s": {"SS": ["a"]}, "b": {"BOOL": True}}})
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_stands_at_the_edge_is_taken(name: str) -> None:
    ends = {"ASL005", "ASL066", "ASL092"}  # the Choices above lead to themselves
    errors = [one for one in asl.check(TAKEN[name]) if one.rule.severity == "error" and one.rule.id not in ends]
    assert errors == []


@pytest.mark.parametrize(
    ("state", "path"),
    [
        ({"Type": "Fail", "Cause": "$.error.Cause"}, "States.A.Cause"),
        (ending("Pass", Result={"id.$": "$.orderId"}), "States.A.Result.id.$"),
    ],
)
def test_a_path_where_only_constants_are_taken_is_warned_of(state: Node, path: str) -> None:
    """As AWS warns: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html"""
    assert ("ASL061", path) in [(one.rule.id, one.path) for one in asl.check(machine(**state))]


# https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html: what each argument has to be
MISUSED = (
    *("ArrayContains('a', 1)", "ArrayGetItem('a', 0)", "ArrayGetItem($.a, 'x')", "ArrayLength(1)"),
    *("ArrayPartition('a', 1)", "ArrayPartition($.a, 'x')", "ArrayUnique('a')", "JsonMerge($.a, 'b', false)"),
    *("JsonMerge('a', $.b, false)", "ArrayRange('a', 2, 1)", "ArrayRange(1, 'b', 1)", "ArrayRange(1, 2, 'c')"),
    *("MathAdd('1', 1)", "MathAdd(1, '1')", "MathRandom('1', 2)", "MathRandom(1, '2')", "MathRandom(1, 2, 'x')"),
    *("Base64Decode(3)", "Base64Encode(3)", "Format(3)", "StringToJson(3)", "StringSplit(3, ',')"),
    *("StringSplit('a,b', 3)", "Formt('a')", "Hash('a', 'MD4')", "UUID(1)"),
)
USED = (
    *("ArrayContains($.a, 1)", "ArrayGetItem($.a, 0)", "ArrayLength($.a)", "ArrayPartition($.a, 1)"),
    *("ArrayUnique($.a)", "JsonMerge($.a, $.b, false)"),
    *("ArrayRange(1, 2, 1)", "MathAdd(1, 1)", "MathRandom(1, 2, 3)", "MathRandom(1, 2)"),
    *("Base64Decode('a')", "Base64Encode('a')", "Format('{}', 3)", "StringToJson('1')", "StringSplit('a,b', ',')"),
    *("Hash('a', 'MD5')", "UUID()", "Array(1, 'a', $.b)", "Array()", "JsonToString($.a)"),
)


@pytest.mark.parametrize("call", [*MISUSED, *USED])
def test_an_intrinsic_function_is_told_whose_argument_is_of_another_kind(call: str) -> None:
    found = [(one.rule.id, one.path) for one in asl.check(machine(**made(f"States.{call}")))]
    assert (("ASL019", "States.A.Parameters.a.$") in found) is (call in MISUSED)


# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
NEVER_RAISED: list[tuple[Node, str, str]] = [
    (call("sqs:sendMessage"), "States.Runtime", "fails the execution, whatever handles it"),
    (call("sqs:sendMessage"), "States.NoChoiceMatched", "is raised by a Choice, never by a Task"),
    (call("sqs:sendMessage"), "Lambda.ServiceException", "is an error of Lambda, and this task calls sqs:sendMessage"),
    (call("sqs:sendMessage"), "Sqs.QueueDoesNotExist", "never comes: errors of sqs:sendMessage begin with SQS"),
    (call("aws-sdk:dynamodb:putItem"), "DynamoDB.X", "never comes: Step Functions names it DynamoDb.XException"),
    (call("glue:startJobRun.sync"), "States.NoChoiceMatched", "is raised by a Choice, never by a Task"),
    (call("lambda:invoke"), "States.BranchFailed", "is raised by a Parallel, never by a Task"),
    (call("lambda:invoke"), "States.ItemReaderFailed", "is raised by a Map, never by a Task"),
    (call("lambda:invoke"), "States.Http.StatusCode.404", "is raised by an HTTP Task, and this task calls lambda"),
    (call("lambda:invoke"), "States.QueryEvaluationError", "is raised in JSONata, and this state speaks JSONPath"),
    (ending("Pass"), "States.Runtime", "fails the execution, whatever handles it"),
]
RAISED: list[tuple[Node, str]] = [
    (call("sqs:sendMessage"), "SQS.QueueDoesNotExistException"),
    (call("sqs:sendMessage"), "States.TaskFailed"),
    (call("sqs:sendMessage"), "States.ParameterPathFailure"),
    (call("http:invoke"), "States.Http.StatusCode.404"),
    (call("sqs:sendMessage"), "Orders.Gone"),
    (call("sqs:sendMessage.waitForTaskToken"), "Lambda.ServiceException"),
    (call("lambda:invoke"), "Lambda.ServiceException"),
    (ending("Task", Resource=FUNCTION), "Lambda.ServiceException"),
    (ending("Parallel", Branches=[]), "States.NoChoiceMatched"),
    (ending("Task", Resource="${Resource}"), "Lambda.ServiceException"),
]


def told_of_handlers(state: Node, error: str) -> list[tuple[str, str]]:
    """Of a retrier and of a catcher."""
    handlers = {"Retry": [{"ErrorEquals": [error]}], "Catch": [{"ErrorEquals": [error], "Next": "A"}]}
    return [(one.path, one.message) for one in asl.check(machine(**state, **handlers)) if one.rule.id == "ASL084"]


@pytest.mark.parametrize(("state", "error", "why"), NEVER_RAISED)
def test_a_handler_of_what_its_state_never_raises_is_told_why(state: Node, error: str, why: str) -> None:
    retry, catch = sorted(told_of_handlers(state, error), reverse=True)
    assert (retry[0], catch[0]) == ("States.A.Retry[0].ErrorEquals", "States.A.Catch[0].ErrorEquals")
    assert retry[1].startswith(f"'{error}' {why}")
    assert catch[1] == retry[1]


@pytest.mark.parametrize(("state", "error"), RAISED)
def test_a_handler_of_what_its_state_may_raise_is_none_of_these(state: Node, error: str) -> None:
    assert told_of_handlers(state, error) == []


def steps(*states: Node) -> Node:
    """Passes one after the other, called A, B, C."""
    names = "ABC"[: len(states)]
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    passes = {name: {"Type": "Pass", **one, **on} for name, one, on in zip(names, states, following, strict=True)}
    return {"StartAt": "A", "States": passes}


BOTH: Node = {"Result": {"x": {"p": 1}, "y": {"q": 2}}}


def test_what_only_a_later_rule_lacks_may_never_be_asked_for_and_is_warned_of() -> None:
    asked = [{"Variable": f"$.{name}", "NumericEquals": 2, "Next": "B"} for name in "ab"]
    definition = steps({"Result": {"a": 1}}, {})
    definition["States"]["A"]["Next"] = "C"
    for choices, rule in ((asked, "ASL097"), (asked[::-1], "ASL096")):
        definition["States"]["C"] = {"Type": "Choice", "Choices": choices, "Default": "B"}
        found = [one.rule.id for one in asl.check(definition) if one.rule.id in ("ASL096", "ASL097")]
        assert found == [rule]


@pytest.mark.parametrize(
    ("field", "lacks"),
    [("$.m.p", False), ("$.m.q", False), ("$.m.r", True)],
)
def test_what_two_objects_are_merged_into_has_the_fields_of_both_and_no_others(field: str, lacks: bool) -> None:
    merged = {"Parameters": {"m.$": "States.JsonMerge($.x, $.y, false)"}}
    found = asl.check(steps(BOTH, merged, {"Parameters": {"a.$": field}}))
    assert (("ASL096", "States.C.Parameters.a.$") in [(one.rule.id, one.path) for one in found]) is lacks


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("($o := {'a': 1}; {'b': $o.a})", ""),
        ("($o := {'a': 1}; {'b': $o.c})", "'o.c'"),
        ("{'b': $states.input.x.q}", "'states.input.x.q'"),
        ("$exists($states.input.x.q) ? $states.input.x.q : $states.input.y.p", "'states.input.y.p'"),
    ],
)
def test_what_an_expression_does_not_find_is_told_as_it_is_written(expression: str, path: str) -> None:
    definition = steps({"Output": BOTH["Result"]}, {"Output": f"{{% {expression} %}}"})
    found = asl.check({"QueryLanguage": "JSONata", **definition})
    told = [one.message.partition(":")[0].replace("$", "") for one in found if one.rule.id == "ASL097"]
    assert told == ([path] if path else [])


def test_a_state_that_ends_is_an_end_though_its_catcher_leads_back() -> None:
    states = {"A": caught(Next="B"), "B": {"Type": "Pass", "Next": "A"}}
    assert [one for one in asl.check({"StartAt": "A", "States": states}) if one.rule.id == "ASL005"] == []


@pytest.mark.parametrize("expression", ["order.id", "$.id", "$sum(items.cents)", "{'id': order.id}"])
def test_an_expression_that_reads_a_document_is_told_that_there_is_none(expression: str) -> None:
    found = asl.check(jsonata(**ending("Pass", Output=f"{{% {expression} %}}")))
    assert "reads an input document, and there is none" in " ".join(one.message for one in found)


def test_a_catchers_result_is_warned_of_where_its_input_has_no_fields() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: ReferencePathConflict"""
    definition = machine(Type="Pass", Result=[1, 2], Next="B")
    definition["States"]["B"] = caught(ResultPath="$.error")
    found = [(one.path, one.message) for one in asl.check(definition) if one.rule.id == "ASL072"]
    assert found == [("States.B.Catch[0].ResultPath", "'$.error': 'error' cannot be set in an array of 2")]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_maps_item_is_warned_of_where_only_the_map_has_it(language: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-map"""
    path, jsonata_too = {"v.$": "$$.Map.Item.Value"}, {"v": "{% $states.context.Map.Item.Value %}"}
    inside = ending("Pass", Parameters=path) if language == "JSONPath" else ending("Pass", Output=jsonata_too)
    each = children(state=inside, ItemSelector=path if language == "JSONPath" else jsonata_too)
    found = [one.path for one in asl.check({"QueryLanguage": language, **machine(**each)}) if one.rule.id == "ASL068"]
    (place,) = found
    assert place.startswith(f"States.A.{INNER}.")
