"""Definitions that AWS takes and that run: what rules have once said of them, and should not have."""

from __future__ import annotations

from typing import Any

import pytest

import asl

Node = dict[str, Any]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def machine(**states: Node) -> Node:
    """A machine that starts with its first state; a state without Next ends, where its type lets it."""
    ended = {name: node if _goes_on(node) else {**node, "End": True} for name, node in states.items()}
    return {"StartAt": next(iter(states)), "States": ended}


def _goes_on(node: Node) -> bool:
    return "Next" in node or node["Type"] in ("Choice", "Succeed", "Fail")


def told(definition: Node, rule: str) -> list[str]:
    return [str(finding) for finding in asl.check(definition) if finding.rule.id == rule]


class Output:
    """A value that only deployment knows."""


LATE: Any = Output()

WRITER = {
    "Resource": "arn:aws:states:::s3:putObject",
    "Parameters": {"Bucket": "b", "Prefix.$": "$$.Map.Item.Value.name"},
}
CHILDREN = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}

RUNS: dict[str, tuple[str, Node]] = {
    "retriers and catchers of which there are none": (
        "ASL012",
        machine(A={"Type": "Task", "Resource": FUNCTION, "Retry": [], "Catch": []}),
    ),
    "a field of a value that only deployment knows": (
        "ASL096",
        machine(
            A={"Type": "Pass", "Parameters": {"table": LATE}, "Next": "B"},
            B={"Type": "Pass", "Parameters": {"name.$": "$.table.name"}},
        ),
    ),
    "a comparison with what a placeholder stands for": (
        "ASL074",
        machine(
            A={"Type": "Pass", "Parameters": {"limit": "${Limit}"}, "Next": "B"},
            B={"Type": "Choice", "Choices": [{"Variable": "$.limit", "NumericEquals": 3, "Next": "C"}], "Default": "C"},
            C={"Type": "Succeed"},
        ),
    ),
    "a field whose name a placeholder stands for": (
        "ASL096",
        machine(
            A={"Type": "Pass", "Result": {"orders": 1}, "Next": "B"},
            B={"Type": "Pass", "Parameters": {"count.$": "$.${Kind}"}},
        ),
    ),
    "a path that a placeholder stands for": (
        "ASL017",
        machine(A={"Type": "Wait", "SecondsPath": "${Seconds}"}),
    ),
    "a path in a template that a placeholder stands for": (
        "ASL018",
        machine(A={"Type": "Pass", "Parameters": {"a.$": "${Path}", "b.$": "${Root}.b"}}),
    ),
    "an argument that a placeholder stands for": (
        "ASL019",
        machine(A={"Type": "Pass", "Parameters": {"a.$": "States.MathAdd($.a, ${Step})"}}),
    ),
    "an expression that a placeholder stands for": (
        "ASL043",
        {"QueryLanguage": "JSONata", **machine(A={"Type": "Pass", "Output": "{% ${Expression} %}"})},
    ),
    "a format that a placeholder stands for": (
        "ASL067",
        machine(
            A={
                "Type": "Map",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "${Format}", "CSVHeaderLocation": "FIRST_ROW"},
                    "Parameters": {"Bucket": "b", "Key": "k"},
                },
                "ItemProcessor": {**CHILDREN, **machine(B={"Type": "Pass"})},
            },
        ),
    ),
    "a Map's writer reads the item of the Map around it": (
        "ASL096",
        machine(
            A={"Type": "Pass", "Result": [{"name": "x", "lines": [{"sku": 1}]}], "Next": "B"},
            B={
                "Type": "Map",
                "ItemProcessor": machine(
                    C={
                        "Type": "Map",
                        "ItemsPath": "$.lines",
                        "ItemProcessor": {**CHILDREN, **machine(D={"Type": "Pass"})},
                        "ResultWriter": WRITER,
                    },
                ),
            },
        ),
    ),
    "a Task is tried again by way of a catcher that keeps its input": (
        "ASL059",
        machine(
            A={
                "Type": "Task",
                "Resource": FUNCTION,
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}],
                "Next": "C",
            },
            B={
                "Type": "Choice",
                "Choices": [{"Variable": "$.error.Error", "StringEquals": "Busy", "Next": "A"}],
                "Default": "C",
            },
            C={"Type": "Succeed"},
        ),
    ),
    "what a condition has asked for is read behind it": (
        "ASL097",
        {
            "QueryLanguage": "JSONata",
            **machine(
                A={"Type": "Pass", "Output": {"a": 1}, "Next": "B"},
                B={"Type": "Pass", "Output": "{% $exists($states.input.b) ? $states.input.b : 0 %}"},
            ),
        },
    ),
    "a retrier that tries again at once": (
        "ASL022",
        machine(A={"Type": "Task", "Resource": FUNCTION, "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 0}]}),
    ),
    "a machine whose timeout is 0": ("ASL012", {"TimeoutSeconds": 0, **machine(A={"Type": "Pass"})}),
    "the longest path of a machine whose timeout is 0": (
        "ASL040",
        {"TimeoutSeconds": 0, **machine(A={"Type": "Wait", "Seconds": 3})},
    ),
    "a path with blanks at its end": (
        "ASL017",
        machine(A={"Type": "Pass", "InputPath": "$.order ", "ResultPath": "$.done  "}),
    ),
    "a path in a template with blanks at its end": (
        "ASL018",
        machine(A={"Type": "Pass", "Parameters": {"id.$": "$.order.id "}}),
    ),
    "a Parallel's own catcher assigns what was assigned inside": (
        "ASL044",
        machine(
            A={
                "Type": "Parallel",
                "Branches": [machine(B={"Type": "Task", "Resource": FUNCTION, "Assign": {"outcome": "sent"}})],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"outcome": "lost"}, "Next": "C"}],
                "Next": "C",
            },
            C={"Type": "Succeed"},
        ),
    ),
    "an ItemsPath that an ItemReader makes idle": (
        "ASL096",
        machine(
            A={"Type": "Pass", "Result": {"orders": 1}, "Next": "B"},
            B={
                "Type": "Map",
                "ItemsPath": "$.lines",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": "b", "Key": "k"},
                },
                "ItemProcessor": {**CHILDREN, **machine(C={"Type": "Pass"})},
            },
        ),
    ),
    "paths that EventBridge reads": (
        "ASL061",
        machine(
            A={
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:eventbridge:putTargets",
                "Parameters": {
                    "Rule": "late",
                    "Targets": [{"Id": "1", "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}}}],
                },
            },
        ),
    ),
    "paths that CloudWatch Logs reads": (
        "ASL061",
        machine(
            A={
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:cloudwatchlogs:putMetricFilter",
                "Parameters": {"MetricTransformations": [{"MetricValue": "$.ms", "Dimensions": {"by": "$.by"}}]},
            },
        ),
    ),
    "names of the context object that are near to names of data": (
        "ASL075",
        {
            "QueryLanguage": "JSONata",
            **machine(
                A={
                    "Type": "Pass",
                    "Output": {"run": "{% $states.context.Execution.Name %}", "all": "{% $states.input.content %}"},
                },
            ),
        },
    ),
    "a whole context object, or its task, with the token in it": (
        "ASL062",
        machine(
            A={
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"MessageBody": {"task.$": "$$.Task"}},
                "Next": "B",
            },
            B={
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"MessageBody": {"all.$": "$$"}},
            },
        ),
    ),
    **{
        f"an expression with {what}": (
            "ASL042",
            {"QueryLanguage": "JSONata", **machine(A={"Type": "Pass", "Output": text})},
        )
        for what, text in {
            "a named group": r"{% $match($states.input.day, /(?<year>\d+)-(?<month>\d+)\k<month>/) %}",
            "a look-behind of any length": "{% $replace($states.input.sku, /(?<=a+)b/, 'c') %}",
            "a class of Unicode": r"{% $contains($states.input.name, /\p{L}/) %}",
            "an optional argument in a signature": "{% ($f := function($s, $t)<s-s?:s>{ $s & $t }; $f('a')) %}",
            "a comment at its end": "{% $states.input.id /* the order's */%}",
        }.items()
    },
    # What an index, a filter, a group or [] makes of a value is another value: https://docs.jsonata.org/path-operators
    **{
        f"{what} where a number is expected": (
            "ASL012",
            {"QueryLanguage": "JSONata", **machine(A={"Type": "Wait", "Seconds": text})},
        )
        for what, text in {
            "an element of an array": "{% [$states.input.seconds, 60][0] %}",
            "an element of a name's array": "{% ($steps := [5, 60]; $steps[$states.input.step]) %}",
            "an element of a block's array": "{% ($states.input.step; [5, 60])[0] %}",
            "the one number that a filter leaves": "{% [5, 60][$ > 10] %}",
        }.items()
    },
    "an array that [] makes of one item": (
        "ASL073",
        {
            "QueryLanguage": "JSONata",
            **machine(
                A={"Type": "Map", "Items": "{% ('a')[] %}", "ItemProcessor": machine(B={"Type": "Pass"})},
            ),
        },
    ),
}


def polling(call: str, parameters: Node, asked: str, **wait: Any) -> Node:
    """A call that is made until what it answers is ready."""
    return machine(
        Get={
            "Type": "Task",
            "Resource": f"arn:aws:states:::aws-sdk:{call}",
            "Parameters": parameters,
            "Next": "IsReady",
        },
        IsReady={
            "Type": "Choice",
            "Choices": [{"Variable": asked, "StringEquals": "READY", "Next": "Done"}],
            "Default": "Pause",
        },
        Pause={"Type": "Wait", "Seconds": 60, "Next": "Get", **wait},
        Done={"Type": "Succeed"},
    )


# What the calls answer: https://docs.aws.amazon.com/polly/latest/dg/API_GetSpeechSynthesisTask.html,
# https://docs.aws.amazon.com/glue/latest/webapi/API_GetCrawler.html,
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackSetOperation.html
POLLS = {
    "with its own answer": polling(
        "polly:getSpeechSynthesisTask", {"TaskId.$": "$.SynthesisTask.TaskId"}, "$.SynthesisTask.TaskStatus"
    ),
    "with nothing but constants": polling("glue:getCrawler", {"Name": "parcels"}, "$.Crawler.State"),
    "with a part of its answer": polling(
        "cloudformation:describeStackSetOperation",
        {"StackSetName": "depots", "OperationId.$": "$.OperationId"},
        "$.StackSetOperation.Status",
        OutputPath="$.StackSetOperation",
    ),
}


@pytest.mark.parametrize("definition", POLLS.values(), ids=POLLS)
def test_a_call_may_poll(definition: Node) -> None:
    assert told(definition, "ASL059") == []


def test_a_poll_that_reads_what_its_answer_lacks_is_told() -> None:
    definition = polling(
        "cloudformation:describeStackSetOperation",
        {"StackSetName": "depots", "OperationId.$": "$.OperationId"},
        "$.StackSetOperation.Status",
    )
    (found,) = told(definition, "ASL059")
    assert "States.Get: has no ResultPath, so Pause gets its result in place of the input" in found


IS_NEW: Node = {"Variable": "$.kind", "StringEquals": "NEW"}


@pytest.mark.parametrize(
    "rules",
    [
        [IS_NEW, {"Not": IS_NEW}],
        [{"Variable": "$.kind", "IsPresent": True}, {"Variable": "$.kind", "IsPresent": False}],
    ],
)
def test_a_choice_whose_rules_foresee_all_needs_no_default(rules: list[Node]) -> None:
    def definition(rules: list[Node]) -> Node:
        return machine(A={"Type": "Choice", "Choices": [{**rule, "Next": "B"} for rule in rules]}, B={"Type": "Pass"})

    assert told(definition(rules), "ASL050") == []
    for rule in rules:
        assert len(told(definition([rule]), "ASL050")) == 1


@pytest.mark.parametrize(("condition", "count"), [(True, 0), ("{% true %}", 0), ("{% $states.input.ok %}", 1)])
def test_a_choice_with_a_rule_that_is_always_true_needs_no_default(condition: object, count: int) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "B"}]}
    definition = {"QueryLanguage": "JSONata", **machine(A=choice, B={"Type": "Pass"})}
    assert len(told(definition, "ASL050")) == count


@pytest.mark.parametrize("place", ["$.polls", "$.polls.count", "$"])
def test_a_count_that_a_task_keeps_may_change_with_its_result(place: str) -> None:
    def told(place: str) -> list[str]:
        definition = machine(
            A={"Type": "Task", "Resource": FUNCTION, "ResultPath": place, "Next": "B"},
            B={"Type": "Wait", "Seconds": 60, "Next": "C"},
            C={
                "Type": "Choice",
                "Choices": [{"Variable": "$.polls.count", "NumericGreaterThan": 5, "Next": "D"}],
                "Default": "A",
            },
            D={"Type": "Succeed"},
        )
        return [one.path for one in asl.check(definition) if "which nothing in its loop changes" in one.message]

    assert told(place) == []
    assert told("$.polled") == ["States.C.Choices[0]"]


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_told_of_what_runs(name: str) -> None:
    rule, definition = RUNS[name]
    assert told(definition, rule) == []


@pytest.mark.parametrize("pattern", ["(?i)express", "(?>a)b", "a++", "(?P<year>[0-9]+)", "[z-a]"])
def test_a_regular_expression_that_javascript_refuses_is_told(pattern: str) -> None:
    machine_of_it = machine(A={"Type": "Pass", "Output": f"{{% $contains($states.input.kind, /{pattern}/) %}}"})
    (found,) = told({"QueryLanguage": "JSONata", **machine_of_it}, "ASL042")
    assert f"/{pattern}/ is no regular expression of JavaScript" in found


@pytest.mark.parametrize("text", [" {% $states.input.id %}", "{% $states.input.id %}\n"])
def test_an_expression_with_blanks_around_it_is_warned_of_as_plain_text(text: str) -> None:
    found = asl.check({"QueryLanguage": "JSONata", **machine(A={"Type": "Pass", "Output": {"id": text}})})
    assert [(one.rule.id, one.rule.severity, one.path) for one in found] == [
        ("ASL170", "warning", "States.A.Output.id")
    ]


def test_what_never_is_a_number_is_told_as_what_it_is() -> None:
    definition = {"QueryLanguage": "JSONata", **machine(A={"Type": "Wait", "Seconds": "{% $states %}"})}
    assert "gives an object, where a number is expected" in told(definition, "ASL012")[0]
