"""Targets that expressions and variables name without any data: they are said, and need no declaration."""

from __future__ import annotations

from typing import Any

import pytest

import asl
from tests.unit.asl.running.machines import distributed, jsonata, machine

Node = dict[str, Any]
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/parcels"
ACCOUNT = asl.Account("aws", "eu-west-1", "123456789012")
KEY = {"id": {"S": "1"}}


def allowed(definition: Node) -> dict[str, list[str]]:
    document: Any = asl.document(asl.grants(definition), ACCOUNT, {"parcels.name": "parcels"})
    return {action: one["Resource"] for one in document["Statement"] for action in one["Action"]}


def setting(**variables: Any) -> Node:
    return {"Type": "Pass", "Assign": variables, "Next": "Read"}


def in_jsonata(arguments: Any, **variables: Any) -> Node:
    read = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Arguments": arguments, "End": True}
    return jsonata({"Set": setting(**variables), "Read": read})


@pytest.mark.parametrize("named", ["parcels", "${parcels.name}"])
@pytest.mark.parametrize(
    "expression",
    ["{{% '{}' %}}", "{{% '{}' & '' %}}"],
)
def test_a_constant_in_an_expression_is_said(named: str, expression: str) -> None:
    definition = in_jsonata({"TableName": expression.format(named), "Key": KEY})
    assert allowed(definition) == {"dynamodb:GetItem": [TABLE]}
    assert "ASL034" not in {one.rule.id for one in asl.check(definition)}


@pytest.mark.parametrize("named", ["parcels", "${parcels.name}", "{% 'parcels' %}"])
def test_a_constant_in_a_variable_is_said(named: str) -> None:
    definition = in_jsonata({"TableName": "{% $table %}", "Key": KEY}, table=named)
    assert allowed(definition) == {"dynamodb:GetItem": [TABLE]}


def test_a_constant_in_a_variable_is_said_in_jsonpath() -> None:
    read = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": True}
    read["Parameters"] = {"TableName.$": "$table", "Key": KEY}
    assert allowed(machine({"Set": setting(table="parcels"), "Read": read})) == {"dynamodb:GetItem": [TABLE]}
    read["Parameters"] = {"TableName.$": "$table.name", "Key": KEY}
    with pytest.raises(ValueError, match="TableName of dynamodb:getItem is read from data"):
        allowed(machine({"Set": setting(table="parcels"), "Read": read}))


def test_a_constant_in_an_object_that_an_expression_makes_is_said() -> None:
    definition = in_jsonata("{% {'TableName': $table, 'Key': $states.input.key} %}", table="parcels")
    assert allowed(definition) == {"dynamodb:GetItem": [TABLE]}


def test_a_constant_for_a_reader_is_said() -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": "{% $bucket %}", "Key": "rows.json"},
    }
    each = distributed({"Pass": {"Type": "Pass", "End": True}}, ItemReader=reader)
    assert allowed(jsonata({"Set": setting(bucket="rows"), "Read": each}))["s3:GetObject"] == [
        "arn:aws:s3:::rows/rows.json"
    ]


UNSAID: dict[str, tuple[Any, dict[str, Any]]] = {
    "data": ("{% $states.input.table %}", {}),
    "a variable from data": ("{% $table %}", {"table": "{% $states.input.table %}"}),
    "a choice of data": ("{% $states.input.old ? 'a' : 'b' %}", {}),
    "a text with data": ("{% 'parcels-' & $states.input.year %}", {}),
    "an element of constants": ("{% ['a', 'b'][$states.input.n] %}", {}),
    "a name bound to data": ("{% ($table := $states.input.table; $table) %}", {"table": "parcels"}),
}


@pytest.mark.parametrize(("named", "variables"), UNSAID.values(), ids=UNSAID)
def test_what_data_says_is_declared(named: Any, variables: dict[str, Any]) -> None:
    definition = in_jsonata({"TableName": named, "Key": KEY}, **variables)
    with pytest.raises(ValueError, match="TableName of dynamodb:getItem is read from data"):
        allowed(definition)


def test_a_variable_that_changes_is_declared() -> None:
    definition = in_jsonata({"TableName": "{% $table %}", "Key": KEY}, table="parcels")
    definition["States"]["Read"] |= {"Assign": {"table": "orders"}, "Next": "Read"}
    del definition["States"]["Read"]["End"]
    with pytest.raises(ValueError, match="is read from data"):
        allowed(definition)
