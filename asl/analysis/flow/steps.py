"""What one state makes of its input: the data it works on, its result, and what it hands on.

The order of the fields is that of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from collections.abc import Sequence

from asl.analysis.flow.jsonata import output_of, surroundings
from asl.analysis.flow.jsonpath import template, value_of
from asl.analysis.flow.results import item_read, result_of
from asl.analysis.flow.shapes import (
    ANY,
    Anything,
    Listing,
    Missing,
    Record,
    Scalar,
    Shape,
    constant,
    listing,
    listing_of,
    made_by,
    put,
    record,
)
from asl.integrations.distributed_map import is_distributed
from asl.syntax.paths import parse_path
from asl.syntax.shapes import Object, as_object, as_text
from asl.syntax.walk import State

ERROR_OUTPUT = record({"Error": Scalar("string"), "Cause": Scalar("string")})
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-output"""

WITH_RESULT = ("Task", "Parallel", "Map")


def effective(state: State, raw: Shape) -> Shape | Missing:
    """What InputPath leaves of the input."""
    if state.query_language == "JSONata" or "InputPath" not in state.node:
        return raw
    return _chosen(state.node["InputPath"], raw)


def _chosen(path: object, data: Shape) -> Shape | Missing:
    """InputPath or OutputPath: null stands for an empty object."""
    if path is None:
        return record({})
    return value_of(path, data) if isinstance(path, str) else ANY


def given(state: State, data: Shape) -> Shape:
    """What a Task or Parallel works on, `data` being its effective input."""
    if state.query_language == "JSONata":
        return output_of(state.node["Arguments"], surroundings(input=data)) if "Arguments" in state.node else data
    return template(state.node["Parameters"], data) if "Parameters" in state.node else data


def items(state: State, data: Shape) -> Shape | Missing:
    """What a Map goes through, `data` being its effective input."""
    if "ItemReader" in state.node:
        return listing_of(item_read(as_object(state.node["ItemReader"])))
    if state.query_language == "JSONata":
        return output_of(state.node["Items"], surroundings(input=data)) if "Items" in state.node else data
    path = state.node.get("ItemsPath", "$")
    return value_of(path, data) if isinstance(path, str) else ANY


def item_input(state: State, data: Shape, each: Shape) -> Shape:
    """What one round of a Map begins with, `each` being what the elements are like."""
    made = each
    if state.query_language == "JSONata":
        if "ItemSelector" in state.node:
            around = record({"Map": record({"Item": record({"Value": each}, "some")}, "some")}, "some")
            made = output_of(state.node["ItemSelector"], surroundings(input=data, context=around))
    elif "ItemSelector" in state.node or "Parameters" in state.node:
        made = template(state.node.get("ItemSelector", state.node.get("Parameters")), data, each)
    if "ItemBatcher" not in state.node:
        return made
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    return record({"BatchInput": ANY, "Items": listing_of(made)}, "documented", state.at("ItemBatcher"))


def each_of(array: Shape | Missing) -> Shape:
    """What the elements of an array are like."""
    return array.each if isinstance(array, Listing) else ANY


_TEXT = Scalar("string")
WRITTEN = record(
    {"MapRunArn": _TEXT, "ResultWriterDetails": record({"Bucket": _TEXT, "Key": _TEXT}, "documented")}, "documented"
)
"""What a Map gives whose results lie in S3:
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""


def result(state: State, data: Shape, left: Sequence[Shape]) -> Shape:
    """What the state's work gives: `data` is its effective input, `left` what its inner scopes end with."""
    if state.type == "Parallel":
        return listing(left)
    if state.type == "Map":
        if is_distributed(state):
            if "ResultWriter" in state.node:
                return WRITTEN if "Resource" in as_object(state.node["ResultWriter"]) else ANY
            # Where failures are tolerated they stand among the results.
            return ANY if _tolerates(state) else listing_of(left[0] if left else ANY)
        array = items(state, data)
        return listing_of(left[0] if left else ANY, array.count if isinstance(array, Listing) else None)
    if state.type == "Pass" and state.query_language != "JSONata":
        if "Result" in state.node:
            return made_by(constant(state.node["Result"]), state.path)
        return made_by(given(state, data), state.path) if "Parameters" in state.node else data
    return ANY if "Result" in state.node else data


def _tolerates(state: State) -> bool:
    return any(name.startswith("ToleratedFailure") for name in state.node)


def task_result(state: State) -> Shape:
    """What a Task's call gives, which nobody knows but its service, or its function."""
    known = result_of(state.resource)
    return made_by(known, state.path) if isinstance(known, Record) else Anything(state.path)


def outcome(state: State, raw: Shape, data: Shape, chosen: Shape) -> Shape | Missing:
    """What the state hands on: `raw` came in, `data` is its effective input, `chosen` is selected of its result."""
    node = state.node
    if state.query_language == "JSONata":
        if "Output" in node:
            return made_by(output_of(node["Output"], surroundings(input=raw, result=chosen)), state.path)
        return chosen if state.type in WITH_RESULT else raw
    combined = _combined(node, raw, chosen) if state.type in WITH_RESULT or state.type == "Pass" else data
    if "OutputPath" not in node or isinstance(combined, Missing):
        return combined
    return _chosen(node["OutputPath"], combined)


def selected(state: State, made: Shape) -> Shape:
    """What ResultSelector makes of the result."""
    if "ResultSelector" not in state.node or state.query_language == "JSONata":
        return made
    return made_by(template(state.node["ResultSelector"], made), state.path)


def _combined(node: Object, raw: Shape, made: Shape) -> Shape | Missing:
    """What ResultPath makes of input and result; null keeps the input alone."""
    place = node.get("ResultPath", "$")
    if place == "$" or place is None:
        return raw if place is None else made
    path = parse_path(as_text(place))
    return put(raw, path.steps, made) if path.single and not path.problem else ANY


def combined(state: State, raw: Shape, made: Shape) -> Shape | Missing:
    """What OutputPath works on."""
    return _combined(state.node, raw, selected(state, made))


def caught(state: State, index: int, catcher: Object, raw: Shape) -> Shape | Missing:
    """What the catcher number `index` hands on."""
    by = f"{state.path}.Catch[{index}]"
    if state.query_language != "JSONata":
        return _combined(catcher, raw, made_by(ERROR_OUTPUT, by))
    if "Output" in catcher:
        return made_by(output_of(catcher["Output"], surroundings(input=raw, errorOutput=ERROR_OUTPUT)), by)
    return made_by(ERROR_OUTPUT, by)
