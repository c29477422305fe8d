"""Rules about kinds of values on their way: what a path or an expression gives, and what its place takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from asl.analysis.assigned import variables
from asl.analysis.caching import once
from asl.analysis.data_reads import based, surroundings_at
from asl.analysis.flow.forward import Flow, Way, flow
from asl.analysis.flow.jsonata import Surroundings, misused, value_of
from asl.analysis.flow.jsonpath import value_of as path_value
from asl.analysis.flow.shapes import ANY, NESTED, UNKNOWN, Listing, Missing, Record, Scalar, Shape, told
from asl.analysis.path_texts import all_dynamic_texts, all_path_texts
from asl.analysis.typed_parameters import Given, typed_calls
from asl.rules.findings import Problem, Rule
from asl.rules.parameters import EXPECTED, misfit, names_one_thing
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.intrinsics import Argument, is_call, parse_intrinsic
from asl.syntax.shapes import as_text, shown
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State

_PARAMETERS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html"
_WAIT = "https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"
_INTRINSICS = "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"
_JSONATA = "https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"

_NUMBERS = ("Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency", "ToleratedFailureCount",
            "ToleratedFailurePercentage", "MaxItems", "MaxItemsPerBatch", "MaxInputBytesPerBatch")  # fmt: skip
_FIELDS: Mapping[str, str] = MappingProxyType({
    **dict.fromkeys(_NUMBERS, "number"), **dict.fromkeys(("Timestamp", "Error", "Cause"), "string"),
    "Condition": "boolean",
})  # fmt: skip
"""Fields of the language, and the kind of value that each takes; in JSONPath their names end in Path."""
_OF_INPUT = ("SecondsPath", "TimestampPath", "ErrorPath", "CausePath", "ItemReader")
"""Fields whose `$` is surely what InputPath leaves; with the others that is known where there is no InputPath."""


def _found(machine: Machine, state: State, text: Text, known: Flow) -> Sequence[Shape]:
    """What `text` gives on each way to `state`; empty where that is missing on one, or no way leads there."""
    if "${" in text.value:
        return ()
    if state.query_language == "JSONata":
        found = [value_of(text.value, _around(machine, state, text, way)) for way in known.ways(state)]
    else:
        found = [path_value(text.value, data) for _, data in known.entered(state)]
    there = [shape for shape in found if not isinstance(shape, UNKNOWN)]
    return there if len(there) == len(found) else ()


def _around(machine: Machine, state: State, text: Text, way: Way) -> Surroundings:
    """What an expression at `text` can read: its state's data, and variables."""
    return surroundings_at(state, text, way)._replace(bound=variables(machine))


@once
def _read_parameters(machine: Machine) -> Sequence[tuple[Given, Sequence[Shape]]]:
    """The parameters that are read from data of a kind that is known on every way."""
    known = flow(machine)
    reads: list[tuple[Given, Sequence[Shape]]] = []
    for call in typed_calls(machine):
        for given in call.given:
            if given.read and (written := as_text(given.value)):
                place = given.path.removeprefix(f"{call.state.path}.")
                text = Text(place, place.partition(".")[0], "", written, "template")
                reads.append((given, _found(machine, call.state, text, known)))
    return [(given, found) for given, found in reads if found]


def _parameters_get_their_kind(machine: Machine) -> Iterator[Problem]:
    for given, found in _read_parameters(machine):
        if all(_never_fits(given, shape) for shape in found):
            yield given.path, f"gets {_told(found[0])}, where {EXPECTED[given.type.base]} is expected"


def _texts_may_be_figures(machine: Machine) -> Iterator[Problem]:
    for given, found in _read_parameters(machine):
        if given.type.base in ("integer", "number", "boolean") and all(_is_open_text(shape) for shape in found):
            yield given.path, f"gets a string, where {EXPECTED[given.type.base]} is expected"


def _never_fits(given: Given, shape: Shape) -> bool:
    type = given.type
    if isinstance(shape, Scalar) and shape.value is not None:
        return misfit(given, shape.value) != "" and not _may_be_typed_text(given, shape)
    match type.base:
        case "string" | "blob":
            number = isinstance(shape, Scalar) and shape.kind in ("number", "boolean")
            return number or (isinstance(shape, NESTED) and names_one_thing(given))
        case "list":
            return isinstance(shape, Record) or _is_plain(shape)
        case "map" | "structure":
            return isinstance(shape, Listing) or (_is_plain(shape) and not _may_be_typed_text(given, shape))
        case "integer" | "number":
            return isinstance(shape, NESTED) or (isinstance(shape, Scalar) and shape.kind == "boolean")
        case "boolean":
            return isinstance(shape, NESTED) or (isinstance(shape, Scalar) and shape.kind == "number")
        case _:
            return False


def _is_plain(shape: Shape) -> bool:
    return isinstance(shape, Scalar) and shape.kind != "null"


def _is_open_text(shape: Shape) -> bool:
    return isinstance(shape, Scalar) and shape.kind == "string" and shape.value is None


def _may_be_typed_text(given: Given, shape: Shape) -> bool:
    """Whether it is a text where DynamoDB wants a value with its type, which some calls take."""
    return given.type.name == "AttributeValue" and isinstance(shape, Scalar) and shape.kind == "string"


def _told(shape: Shape) -> str:
    if isinstance(shape, Scalar) and shape.value is not None:
        return f"the text {shown(shape.value)}" if shape.kind == "string" else shown(shape.value)
    return told(shape)


@once
def _read_fields(machine: Machine) -> Sequence[tuple[State, str, str, Sequence[Shape]]]:
    """The fields of the language that are read from data: state, place, the kind that is wanted, what comes."""
    known = flow(machine)
    reads: list[tuple[State, str, str, Sequence[Shape]]] = []
    for state, text, wanted in _typed_fields(machine):
        if found := _found(machine, state, text, known):
            reads.append((state, state.at(text.path), wanted, found))
    return reads


def _typed_fields(machine: Machine) -> Iterator[tuple[State, Text, str]]:
    for state, text in all_path_texts(machine):
        wanted = _FIELDS.get(text.key.removesuffix("Path")) if text.key.endswith("Path") else None
        # Which functions may make an error's texts has a rule of its own.
        if wanted and not is_call(text.value) and (text.field in _OF_INPUT or "InputPath" not in state.node):
            yield state, text, wanted
    for state in machine.states:
        for text in state.contents.texts if state.query_language == "JSONata" else ():
            wanted = _FIELDS.get(text.key) if text.place == "plain" and is_expression(text.value) else None
            if wanted:
                yield state, text, wanted


def _fields_get_their_kind(machine: Machine) -> Iterator[Problem]:
    for _, place, wanted, found in _read_fields(machine):
        if all(_is_other(shape, wanted) and not _may_be_seconds(place, shape) for shape in found):
            yield place, f"gets {_told(found[0])}, where a {wanted} is expected"


def _seconds_are_numbers(machine: Machine) -> Iterator[Problem]:
    for _, place, _wanted, found in _read_fields(machine):
        if all(_may_be_seconds(place, shape) for shape in found):
            yield place, f"gets {_told(found[0])}, where a number is expected"


def _is_other(shape: Shape, wanted: str) -> bool:
    return isinstance(shape, NESTED) or (isinstance(shape, Scalar) and shape.kind != wanted)


def _may_be_seconds(place: str, shape: Shape) -> bool:
    """Whether it is a text that a Wait may read as a whole number: "cannot be parsed as a long value" is AWS's word."""
    if not place.endswith(".SecondsPath") or not isinstance(shape, Scalar) or shape.kind != "string":
        return False
    return shape.value is None or as_text(shape.value).isdigit()


def _operations_fit(machine: Machine) -> Iterator[Problem]:
    known = flow(machine)
    for state in machine.states:
        if state.query_language != "JSONata" or state not in known.arriving:
            continue
        ways = known.ways(state)
        for text in state.contents.texts:
            if text.place == "constant" or not is_expression(text.value) or "${" in text.value:
                continue
            tree = parse_expression(text.value).tree
            told_on = [list(misused(tree, _around(machine, state, text, way))) for way in ways]
            for problem in told_on[0] if told_on else ():
                if all(problem in others for others in told_on):
                    yield state.at(text.path), problem


def _arguments_are_of_their_kind(machine: Machine) -> Iterator[Problem]:
    known = flow(machine)
    for state, calls in _calls(machine).items():
        if state in known.arriving:
            bases = {text.path: ways for text, ways in based(state, known)}
            for text in calls:
                for argument in parse_intrinsic(text.value).arguments:
                    found = [path_value(argument.written, *way) for way in bases.get(text.path, [(ANY, ANY)])]
                    if all(_is_no(argument.wanted, shape) for shape in found):
                        yield state.at(text.path), _told_argument(argument, found[0])


def _calls(machine: Machine) -> Mapping[State, Sequence[Text]]:
    """The calls of intrinsic functions that are given something which only data says."""
    found: dict[State, list[Text]] = {}
    for state, text in (*all_dynamic_texts(machine), *all_path_texts(machine)):
        if is_call(text.value) and "${" not in text.value and parse_intrinsic(text.value).arguments:
            found.setdefault(state, []).append(text)
    return found


def _is_no(wanted: str, shape: Shape | Missing) -> bool:
    """Whether `shape` is surely something else; what lacks is told by its own rule."""
    match shape:
        case Scalar():
            return wanted != f"a {shape.kind}"
        case Record() | Listing():
            return wanted != ("an object" if isinstance(shape, Record) else "an array")
        case _:
            return False


def _told_argument(argument: Argument, shape: Shape | Missing) -> str:
    given = "" if isinstance(shape, Missing) else _told(shape)
    return f"argument {argument.position} of States.{argument.function} is {argument.wanted}, and gets {given}"


RULES = (
    Rule(
        "ASL135",
        "error",
        "A parameter gets the kind of value that its API wants",
        'What comes there at run time fails the call: "The value for the field must be a STRING".',
        "Make a text of it with States.Format or $string, read the field that is meant, or pass the value itself.",
        _PARAMETERS,
        _parameters_get_their_kind,
    ),
    Rule(
        "ASL136",
        "warning",
        "A parameter that wants a figure gets one",
        "States.Format, DynamoDB's N, CSV files and others give texts; a text is read as a figure at best.",
        "Pass a number: with States.StringToJson, or $number in JSONata.",
        _PARAMETERS,
        _texts_may_be_figures,
    ),
    Rule(
        "ASL137",
        "error",
        "A field gets the kind of value that it takes",
        "SecondsPath and its kin take numbers, TimestampPath, ErrorPath and CausePath texts; of any other kind the"
        " execution fails with States.Runtime, in JSONata with States.QueryEvaluationError.",
        "Read a field of that kind, or make one with States.StringToJson, States.Format, $number or $string.",
        _WAIT,
        _fields_get_their_kind,
    ),
    Rule(
        "ASL138",
        "warning",
        "SecondsPath reads a number",
        "AWS documents a whole number there; a text that holds anything else fails the execution with States.Runtime.",
        "Make a number of it with States.StringToJson.",
        _WAIT,
        _seconds_are_numbers,
    ),
    Rule(
        "ASL139",
        "error",
        "JSONata reckons with numbers and compares what is alike",
        "An operator or function that gets a value of another kind fails with States.QueryEvaluationError; JSONata"
        " makes no number of a text by itself.",
        "Make a number of it with $number, or a text with $string.",
        _JSONATA,
        _operations_fit,
        about=frozenset(("JSONata",)),
    ),
    Rule(
        "ASL143",
        "error",
        "An intrinsic function gets arguments of their kinds",
        "States.MathAdd adds numbers and States.StringToJson reads texts alone; with a value of another kind the"
        " execution fails. DynamoDB's N and the fields of CSV files are texts.",
        "Make a number of a text with States.StringToJson, a text of a number with States.Format.",
        _INTRINSICS,
        _arguments_are_of_their_kind,
    ),
)
