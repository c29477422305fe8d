"""What AWS's pages say of each field, each function and each limit: what is refused, and what at its edge is taken."""

from __future__ import annotations

from typing import Any

import pytest

import asl

Node = dict[str, Any]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:weigh"
S3 = "arn:aws:states:::s3:"
PASS: Node = {"Type": "Pass", "End": True}


def machine(language: str = "JSONPath", /, **state: Any) -> Node:
    """One state, A; a state that another one of it leads to, Z, stands beside it where it is named."""
    states: Node = {"A": state}
    if "'Z'" in str(state):
        states["Z"] = {"Type": "Succeed"}
    return {"QueryLanguage": language, "StartAt": "A", "States": states}


def task(language: str = "JSONPath", /, **fields: Any) -> Node:
    return machine(language, Type="Task", Resource=FUNCTION, **fields, End=True)


def waiting(language: str = "JSONPath", /, **fields: Any) -> Node:
    return machine(language, Type="Wait", **fields, End=True)


def scope(state: Node = PASS, **fields: Any) -> Node:
    return {"StartAt": "B", "States": {"B": state}, **fields}


def each(
    language: str = "JSONPath", /, field: str = "ItemProcessor", inside: Node | None = None, **fields: Any
) -> Node:
    return machine(language, Type="Map", **{field: inside or scope()}, **fields, End=True)


def children(language: str = "JSONPath", /, type: str = "STANDARD", state: Node = PASS, **fields: Any) -> Node:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": type}
    return each(language, inside=scope(state, ProcessorConfig=config), **fields)


def read(language: str = "JSONPath", /, **config: Any) -> Node:
    """A Distributed Map that reads a file."""
    field = "Arguments" if language == "JSONata" else "Parameters"
    reader = {"Resource": f"{S3}getObject", "ReaderConfig": config, field: {"Bucket": "b", "Key": "k"}}
    return children(language, ItemReader=reader)


def csv(**config: Any) -> Node:
    return read(InputType="CSV", **{"CSVHeaderLocation": "FIRST_ROW", **config})


def written(**config: Any) -> Node:
    return children(ResultWriter={"WriterConfig": config})


def refusing(**fields: Any) -> Node:
    return machine(Type="Fail", **fields)


def made(function: str) -> Node:
    return machine(Type="Pass", Parameters={"a.$": function}, End=True)


def output(expression: str) -> Node:
    return machine("JSONata", Type="Pass", Output=f"{{% {expression} %}}", End=True)


def handled(field: str, *handlers: Node) -> Node:
    return task(**{field: [{**({"Next": "Z"} if field == "Catch" else {}), **handler} for handler in handlers]})


def choice(**rule: Any) -> Node:
    return machine(Type="Choice", Choices=[{**rule, "Next": "Z"}], Default="Z")


def asked(**fields: Any) -> Node:
    """A task that waits for an answer to its token, and sends a message without one."""
    parameters = {"QueueUrl": "q", "MessageBody": fields.pop("body", "weigh it")}
    return machine(
        Type="Task", Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters=parameters, **fields
    )


def parcels(inner: str, **fields: Any) -> Node:
    """A variable, and children that read `inner`."""
    each = children(state={"Type": "Pass", "Parameters": {"a.$": inner}, "End": True}, **fields)
    name = {"Type": "Pass", "Assign": {"depot": "north"}, "Next": "A"}
    return {"StartAt": "Name", "States": {"Name": name, **each["States"]}}


# A reference path: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
MANY = ("$.a[*]", "$..a", "$.a[0,1]", "$.a[1:2]", "$.a[?(@.b > 1)]", "$.a.length()")
IN_CONTEXT = "$$.Execution.Input.a"
BATCH = {"MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"}


def with_path(field: str, path: str) -> Node:
    """A state that reads `field` by `path`."""
    if field == "MaxItemsPath":
        return read(InputType="JSON", MaxItemsPath=path)
    if field in BATCH:
        return children(ItemBatcher={field: path})
    if field in ("SecondsPath", "TimestampPath"):
        return waiting(**{field: path})
    if field in ("TimeoutSecondsPath", "HeartbeatSecondsPath", "ResultPath"):
        return task(**{field: path})
    if field in ("ErrorPath", "CausePath"):
        return refusing(**{field: path})
    if field.endswith("EqualsPath"):
        return choice(Variable="$.x", **{field: path})
    fields: Node = {field: path}
    return children(**fields)


FIGURES = ("SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath",
           "ToleratedFailureCountPath", "ToleratedFailurePercentagePath", "MaxItemsPath", *sorted(BATCH))  # fmt: skip
OTHERS = ("ItemsPath", "ErrorPath", "CausePath", "StringEqualsPath")


def errors(definition: Node, type: str = "STANDARD") -> list[tuple[str, str]]:
    return [(one.rule.id, one.path) for one in asl.check(definition, type=type) if one.rule.severity == "error"]


def warned(definition: Node, rule: str) -> list[str]:
    return [one.path for one in asl.check(definition) if one.rule.id == rule]


@pytest.mark.parametrize("field", [*FIGURES, *OTHERS, "ResultPath"])
@pytest.mark.parametrize("path", MANY)
def test_a_reference_path_names_one_place(field: str, path: str) -> None:
    ((rule, place),) = errors(with_path(field, path))
    assert (rule, place.endswith(field)) == ("ASL017", True)


@pytest.mark.parametrize("field", FIGURES)
def test_a_figure_is_not_read_from_the_context_object(field: str) -> None:
    """Its page lists the fields that may: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
    assert [rule for rule, _ in errors(with_path(field, IN_CONTEXT))] == ["ASL017"]


@pytest.mark.parametrize("field", [*FIGURES, *OTHERS])
def test_a_single_place_is_taken(field: str) -> None:
    for path in ("$", "$.a.b[0]['c d']", "$.a[-1]", "$.${Field}", *([IN_CONTEXT] if field in OTHERS else [])):
        assert errors(with_path(field, path)) == []


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
def test_a_selection_may_name_several_places(field: str) -> None:
    assert errors(machine(Type="Pass", **{field: "$..a[*]"}, End=True)) == []


# https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
TAKEN_CALLS = ("Format('{}', States.MathAdd($.a, 1))", "JsonToString($.a)", "ArrayGetItem($.a, 0)", "Base64Encode($.a)",
               "Base64Decode($.a)", "Hash($.a, 'MD5')", "UUID()")  # fmt: skip
REFUSED_CALLS = ("Array($.a)", "StringToJson($.a)", "MathAdd($.a, 1)", "MathRandom(1, 9)", "StringSplit($.a, ',')",
                 "ArrayLength($.a)", "ArrayUnique($.a)", "ArrayRange(1, 9, 1)", "ArrayContains($.a, 1)",
                 "ArrayPartition($.a, 2)", "JsonMerge($.a, $.b, false)")  # fmt: skip


@pytest.mark.parametrize("field", ["ErrorPath", "CausePath"])
def test_an_error_is_made_by_seven_functions(field: str) -> None:
    for call in TAKEN_CALLS:
        assert errors(refusing(**{field: f"States.{call}"})) == []
    for call in REFUSED_CALLS:
        assert errors(refusing(**{field: f"States.{call}"})) == [("ASL153", f"States.A.{field}")]


@pytest.mark.parametrize("name", ["QueryLanguage", "Version", "TimeoutSeconds", "InputPath", "Retry", "Mode", "Weight"])
def test_a_branch_and_a_processor_have_four_fields_at_most(name: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html and …/state-parallel.html"""
    value = {"QueryLanguage": "JSONata", "Version": "1.0", "TimeoutSeconds": 9, "Retry": []}.get(name, "$")
    holder = scope(**{name: value})
    for field in ("ItemProcessor", "Iterator"):
        assert errors(each(field=field, inside=holder)) == [("ASL011", f"States.A.{field}.{name}")]
    parallel = machine(Type="Parallel", Branches=[scope(Comment="packs"), holder], End=True)
    parallel["States"]["A"]["Branches"][0] = {"StartAt": "C", "States": {"C": PASS}, "Comment": "packs"}
    assert errors(parallel) == [("ASL011", f"States.A.Branches[1].{name}")]


def test_only_a_map_has_a_processor_config() -> None:
    inline = scope(ProcessorConfig={"Mode": "INLINE"}, Comment="packs")
    assert errors(each(inside=inline)) == errors(each(field="Iterator", inside=inline)) == []
    assert errors(machine(Type="Parallel", Branches=[inline], End=True)) == [
        ("ASL011", "States.A.Branches[0].ProcessorConfig")
    ]


def bounded(field: str, least: int, most: int) -> dict[str, tuple[Node, Node]]:
    """Definitions just outside of and just at both limits of a reader's or batcher's field."""

    def of(value: int) -> Node:
        return read(InputType="JSON", MaxItems=value) if field == "MaxItems" else children(ItemBatcher={field: value})

    return {f"{field} under {least}": (of(least - 1), of(least)), f"{field} over {most}": (of(most + 1), of(most))}


# what is refused: the rule, its place below the state, the definition, and its like that is taken
PAIRS: dict[str, tuple[str, str, Node, Node]] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
    "another version": ("ASL012", "/Version", {**machine(**PASS), "Version": "2.0"},
                        {**machine(**PASS), "Version": "1.0"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and …-itembatcher.html
    **{name: ("ASL027", "ItemReader.ReaderConfig.MaxItems", *pair)
       for name, pair in bounded("MaxItems", 0, 100_000_000).items()},
    **{name: ("ASL027", "ItemBatcher.MaxInputBytesPerBatch", *pair)
       for name, pair in bounded("MaxInputBytesPerBatch", 1, 262_144).items()},
    "an expression for MaxItems in JSONPath": ("ASL027", "ItemReader.ReaderConfig.MaxItems",
        read(InputType="JSON", MaxItems="{% 3 %}"), read("JSONata", InputType="JSON", MaxItems="{% 3 %}")),
    "an expression for a batch in JSONPath": ("ASL027", "ItemBatcher.MaxItemsPerBatch",
        children(ItemBatcher={"MaxItemsPerBatch": "{% 3 %}"}),
        children("JSONata", ItemBatcher={"MaxItemsPerBatch": "{% 3 %}"})),
    "headers that are no texts": ("ASL027", "ItemReader.ReaderConfig.CSVHeaders",
        csv(CSVHeaderLocation="GIVEN", CSVHeaders=["id", 3]), csv(CSVHeaderLocation="GIVEN", CSVHeaders=["id", "3"])),
    "no headers": ("ASL027", "ItemReader.ReaderConfig.CSVHeaders",
        csv(CSVHeaderLocation="GIVEN", CSVHeaders=[]), csv(CSVHeaderLocation="GIVEN", CSVHeaders=["${Header}"])),
    "a pointer too long": ("ASL027", "ItemReader.ReaderConfig.ItemsPointer",
        read(InputType="JSON", ItemsPointer="/" + 1999 * "a"), read(InputType="JSON", ItemsPointer="/" + 1998 * "a")),
    "a delimiter of JSON": ("ASL150", "ItemReader.ReaderConfig.CSVDelimiter",
        read(InputType="JSON", CSVDelimiter="TAB"), csv(CSVDelimiter="TAB")),
    "a header of JSON Lines": ("ASL150", "ItemReader.ReaderConfig.CSVHeaderLocation",
        read(InputType="JSONL", CSVHeaderLocation="FIRST_ROW"),
        read(InputType="MANIFEST", CSVHeaderLocation="FIRST_ROW")),
    "a pointer into CSV": ("ASL150", "ItemReader.ReaderConfig.ItemsPointer",
        csv(ItemsPointer="/a"), read(InputType="JSON", ItemsPointer="/a")),
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    "a writer's output without transformation": ("ASL027", "ResultWriter.WriterConfig",
        written(OutputType="JSON"), written(OutputType="JSON", Transformation="COMPACT")),
    "a writer's transformation without output": ("ASL027", "ResultWriter.WriterConfig",
        written(Transformation="FLATTEN"), written(OutputType="JSONL", Transformation="FLATTEN")),
    "a writer's place without its call": ("ASL027", "ResultWriter",
        children(ResultWriter={"Parameters": {"Bucket": "b"}, "WriterConfig":
                               {"OutputType": "JSON", "Transformation": "NONE"}}),
        children(ResultWriter={"Resource": f"{S3}putObject", "Parameters": {"Bucket": "b"}})),
    # https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    "a type of inline iterations": ("ASL151", "ItemProcessor.ProcessorConfig.ExecutionType",
        each(inside=scope(ProcessorConfig={"Mode": "INLINE", "ExecutionType": "STANDARD"})), children("JSONPath")),
    "a type without a mode": ("ASL151", "Iterator.ProcessorConfig.ExecutionType",
        each(field="Iterator", inside=scope(ProcessorConfig={"ExecutionType": "EXPRESS"})),
        each(field="Iterator", inside=scope(ProcessorConfig={"Mode": "${Mode}", "ExecutionType": "EXPRESS"}))),
    # https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    "a variable of the parent": ("ASL152", "ItemProcessor.States.B.Parameters.a.$",
        parcels("$depot"), parcels("$.depot", ItemSelector={"depot.$": "$depot"})),
    # https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html#intrinsic-functions-escapes
    "an escape of other languages": ("ASL019", "Parameters.a.$", made(r"States.Format('{}\n{}', $.a, $.b)"),
                                     made("States.Format('{}\n{}', $.a, $.b)")),
    "a backslash alone": ("ASL019", "Parameters.a.$", made(r"States.Array('a\d')"), made(r"States.Array('a\\d')")),
    "a place that is escaped": ("ASL019", "Parameters.a.$", made(r"States.Format('\{\}', $.a)"),
                                made(r"States.Format('it\'s \{{}\}', $.a)")),
    "a place after an escaped backslash": ("ASL019", "Parameters.a.$", made(r"States.Format('\\{}')"),
                                           made(r"States.Format('\\{}', $.a)")),
    "a summand beyond 31 bits": ("ASL019", "Parameters.a.$", made("States.MathAdd(2147483648, 1)"),
                                 made("States.MathAdd(2147483647, -2147483648)")),
    "a function for a Map's items": ("ASL017", "ItemsPath", each(ItemsPath="States.Array(1)"), each(ItemsPath="$.a")),
    # No input document, not in a function's body either: https://states-language.net/#jsonata-restrictions
    "a bare name in a function": ("ASL043", "Output", output("$map($states.input.a, function($v){ $v & name })"),
                                  output("$map($states.input.a, function($v){ $v.name })")),
    "a bare name in an object in a function": ("ASL043", "Output",
        output("($f := function($x){ {'n': name} }; $f(1))"), output("($f := function($x){ {'n': $x} }; $f(1))")),
    "the document in a function": ("ASL043", "Output", output("$filter($states.input.a, function($v){ $ > 1 })"),
                                   output("$filter($states.input.a, function($v){ $v.b[$ > 1] })")),
    "a bare name behind a chain": ("ASL043", "Output", output("$states.input.a ~> $map(function($v){ name })"),
                                   output("$states.input.a.$map(b, function($v){ name & $v })")),
    # https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html: RFC 3339
    "a day that no month has": ("ASL047", "Timestamp", waiting(Timestamp="2023-02-29T00:00:00Z"),
                                waiting(Timestamp="2024-02-29T00:00:00.5Z")),
    "a zone that is nowhere": ("ASL047", "Timestamp", waiting(Timestamp="2024-01-01T00:00:00+25:00"),
                               waiting(Timestamp="2024-01-01T00:00:00-11:30")),
    "a constant in an expression that is no time": ("ASL047", "Timestamp",
        waiting("JSONata", Timestamp="{% '2024-01-01' %}"), waiting("JSONata", Timestamp="{% $now() %}")),
    # https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html: types and ranges of what is given
    "a timeout of 0 in an expression": ("ASL012", "TimeoutSeconds", task("JSONata", TimeoutSeconds="{% 0 %}"),
                                        task("JSONata", TimeoutSeconds="{% 60 %}")),
    "seconds with a fraction in an expression": ("ASL012", "Seconds", waiting("JSONata", Seconds="{% 1.5 %}"),
                                                 waiting("JSONata", Seconds="{% $states.input.seconds %}")),
    "an error's name that is a number": ("ASL012", "Error", machine("JSONata", Type="Fail", Error="{% 1 + 1 %}"),
                                         machine("JSONata", Type="Fail", Error="{% 'E' & 1 %}")),
    "a retrier's comment": ("ASL012", "Retry[0].Comment", handled("Retry", {"ErrorEquals": ["E"], "Comment": 3}),
                            handled("Retry", {"ErrorEquals": ["E"], "Comment": "3"})),
    # https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
    "a variable beside And": ("ASL025", "Choices[0].Variable",
        choice(Variable="$.a", And=[{"Variable": "$.a", "IsNull": True}]),
        choice(And=[{"Variable": "$.a", "IsNull": True}])),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html
    "an array for a call's parameters": ("ASL154", "Parameters",
        machine(Type="Task", Resource="arn:aws:states:::sns:publish", Parameters=["t", "m"], End=True),
        machine(Type="Task", Resource=FUNCTION, Parameters=["t", "m"], End=True)),
    "a plain text for a call's arguments": ("ASL154", "Arguments",
        machine("JSONata", Type="Task", Resource="arn:aws:states:::sns:publish", Arguments="$states.input", End=True),
        machine("JSONata", Type="Task", Resource="arn:aws:states:::sns:publish", Arguments="{% $states.input %}",
                End=True)),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
    "a task that nobody can answer": ("ASL062", "", asked(End=True), asked(body={"t.$": "$$.Task.Token"}, End=True)),
    "a task that nobody can answer in its time": ("ASL062", "", asked(TimeoutSeconds=60, End=True),
                                                  asked(body={"all.$": "$$"}, TimeoutSeconds=60, End=True)),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_one_is_refused_and_its_like_is_taken(name: str) -> None:
    rule, place, refused, taken = PAIRS[name]
    where = place[1:] if place.startswith("/") else f"States.A.{place}".rstrip(".")
    assert (rule, where) in errors(refused)
    assert errors(taken) == []


def test_an_iterator_that_says_so_is_distributed() -> None:
    """AWS starts a Map Run for it as for an ItemProcessor: its role needs the same, and an Express machine cannot."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    older = each(field="Iterator", inside=scope(ProcessorConfig=config))
    assert asl.document(asl.grants(older)) == asl.document(asl.grants(children()))
    assert errors(older) == []
    assert errors(older, "EXPRESS") == [("ASL032", "States.A.Iterator.ProcessorConfig.Mode")]


@pytest.mark.parametrize(("type", "seconds", "told"), [("EXPRESS", 301, 1), ("EXPRESS", 300, 0), ("STANDARD", 301, 0)])
def test_an_express_child_ends_after_five_minutes(type: str, seconds: int, told: int) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"""
    long = children(type=type, state={"Type": "Wait", "Seconds": seconds, "End": True})
    assert warned(long, "ASL041") == ["States.A.ItemProcessor"][:told]


def test_an_express_child_does_what_may_be_done_twice() -> None:
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::batch:submitJob",
        "Parameters": {"JobDefinition": "d", "JobName": "n", "JobQueue": "q"},
        "End": True,
    }
    assert warned(children(type="EXPRESS", state=start), "ASL082") == ["States.A.ItemProcessor.States.B"]
    assert warned(children(type="STANDARD", state=start), "ASL082") == []


@pytest.mark.parametrize(("map", "most"), [(each, 40), (children, 10_000)])
def test_concurrency_beyond_what_a_map_does_is_warned_of(map: Any, most: int) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    assert warned(map(MaxConcurrency=most + 1), "ASL156") == ["States.A.MaxConcurrency"]
    assert warned(map(MaxConcurrency=most), "ASL156") == []


@pytest.mark.parametrize("field", ["Retry", "Catch"])
@pytest.mark.parametrize(
    ("names", "emptied"),
    [
        (["NoRoom", "Lambda.ServiceException"], True),
        (["States.Permissions"], True),
        (["States.Timeout"], False),
        (["NoRoom", "States.Timeout"], False),
        (["States.DataLimitExceeded"], False),
        (["States.ALL"], False),
    ],
)
def test_task_failed_takes_all_errors_but_a_few(field: str, names: list[str], emptied: bool) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    definition = handled(field, {"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": names})
    assert warned(definition, "ASL058") == ([f"States.A.{field}[1]"] if emptied else [])


@pytest.mark.parametrize("bound", [{"TimeoutSeconds": 60}, {"HeartbeatSeconds": 60}, {"TimeoutSecondsPath": "$.a"}])
def test_a_task_that_only_waits_is_warned_of(bound: Node) -> None:
    caught = {} if "TimeoutSecondsPath" in bound else {"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Z"}]}
    definition = asked(**bound, **caught, End=True)
    assert errors(definition) == []
    assert warned(definition, "ASL155") == ["States.A"]


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        (machine(Type="Pass", Parameters={"token.$": "$$.Task.Token"}, End=True), "Parameters.token.$"),
        (output("$states.context.Task.Token"), "Output"),
        (each(ItemSelector={"token.$": "$$.Task.Token"}), "ItemSelector.token.$"),
    ],
)
def test_a_token_is_refused_where_no_task_is(definition: Node, place: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
    assert [one.path for one in asl.check(definition) if one.rule.id == "ASL142"] == [f"States.A.{place}"]
