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
}


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_told_of_what_runs(name: str) -> None:
    rule, definition = RUNS[name]
    assert told(definition, rule) == []
