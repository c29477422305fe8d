"""Rules about what a call is given: names, required parameters, kinds of values, words of a list.

What Step Functions says of them: "The field ... is not supported by Step Functions" where a definition is created,
"The value for the field ... must be a STRING" where it runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from asl.analysis.caching import once
from asl.analysis.typed_parameters import Call, Given, member, typed_calls
from asl.integrations.arguments import field_of
from asl.integrations.models import Type
from asl.rules.findings import Problem, Rule
from asl.syntax.hints import nearest
from asl.syntax.shapes import as_object, as_text, is_number, kind, shown
from asl.syntax.walk import Machine

_PARAMETERS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html"
_SDK = "https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"

_JSON = ("a boolean", "a number", "a string", "an array", "an object")
"""Kinds of values that are known; an Output can become any of them."""
_TYPED_ELSEWHERE = (".Key.", ".Item.", ".ExpressionAttributeValues.")
"""Values for DynamoDB, which rules of their own judge."""
SHORT_LIST = 20
"""Words of a list that is taken to be whole. Longer ones, of instance types and languages, grow from week to week."""


def _is_sdk(call: Call) -> bool:
    return call.id.startswith("aws-sdk:")


def _unknown_names(machine: Machine) -> Iterator[tuple[Call, Given, str]]:
    for call in typed_calls(machine):
        for given, name in call.unknown:
            if "${" not in name and not _is_known_with_a_capital(call, given, name.removesuffix(".$")):
                yield call, given, name


def _is_known_with_a_capital(call: Call, given: Given, name: str) -> bool:
    # The page on parameters writes Batch's inner fields as Batch does. A first letter that is small has its own rule.
    small = name[:1].islower() and (call.id == "batch:submitJob" or (_is_sdk(call) and _is_outermost(call, given)))
    return small and member(given.type, name[0].upper() + name[1:]) is not None


def _is_outermost(call: Call, given: Given) -> bool:
    return given is call.given[0]


def _names_are_known(machine: Machine) -> Iterator[Problem]:
    for call, given, name in _unknown_names(machine):
        bare = name.removesuffix(".$")
        spelled = call.id if _is_outermost(call, given) else given.path.rpartition(".")[2].partition("[")[0]
        yield f"{given.path}.{name}", f"{spelled} takes no '{bare}'{_instead(given.type, bare, call)}"


def _instead(type: Type, name: str, call: Call) -> str:
    if name in ("TaskToken", "taskToken", "Token") and "Payload" in type.members:
        return ": the token goes inside Payload"
    known = type.members if _is_sdk(call) else type.by_api
    same = next((own for own in known if own.lower() == name.lower()), "")
    return f" (did you mean '{same}'?)" if same else nearest(name, known)


def _names_are_the_sdks(machine: Machine) -> Iterator[Problem]:
    for call in typed_calls(machine):
        for given in call.given if _is_sdk(call) else ():
            if given.type.base != "structure" or given.read:
                continue
            for name in as_object(given.value):
                bare = name.removesuffix(".$")
                if bare not in given.type.members and (known := given.type.by_api.get(bare)):
                    yield f"{given.path}.{name}", f"is spelled '{known.name}' by the SDK that Step Functions calls"


def _required_is_there(machine: Machine) -> Iterator[Problem]:
    for call in typed_calls(machine):
        field = field_of(call.state)
        if field not in call.state.node:
            if _is_sdk(call):
                needed = call.operation.input.required
                needs = f"; {call.id} needs {' and '.join(needed)}" if needed else ""
                yield call.state.path, f"has no {field}{needs}"
            continue
        for given in call.given:
            # What an optimised call needs at least stands in the table of integrations.
            if given.type.base == "structure" and not given.read and (_is_sdk(call) or not _is_outermost(call, given)):
                yield from _missing(given)


def _missing(given: Given) -> Iterator[Problem]:
    fields = as_object(given.value)
    if not given.type.required or kind(given.value) != "an object" or any("${" in name for name in fields):
        return
    names = [name.removesuffix(".$") for name in fields]
    there = {known.name for name in names if (known := member(given.type, name[:1].upper() + name[1:]))}
    for name in given.type.required:
        if name not in there:
            yield given.path, f"lacks '{name}'"


@once
def _literals(machine: Machine) -> Sequence[tuple[Call, Given]]:
    """The values that stand in the definition as they will be passed."""
    return [
        (call, given)
        for call in typed_calls(machine)
        for given in call.given[1:]
        if not given.read and "${" not in as_text(given.value) and kind(given.value) in _JSON
    ]


def _kinds_fit(machine: Machine) -> Iterator[Problem]:
    for call, given in _literals(machine):
        wanted = misfit(given, given.value)
        if wanted and not _is_typed_elsewhere(call, given):
            yield given.path, f"is {_told(given.value)}, where {wanted} is expected"


def _is_typed_elsewhere(call: Call, given: Given) -> bool:
    if "dynamodb" not in call.id or given.type.name == "":
        return False
    inside = given.path.removeprefix(f"{call.state.path}.{field_of(call.state)}")
    bare_text = given.type.name == "AttributeValue" and isinstance(given.value, str)
    return bare_text or f"{inside}.".startswith(_TYPED_ELSEWHERE)


def _told(value: object) -> str:
    return f"the text {shown(value)}" if isinstance(value, str) else shown(value)


def _is_figure(value: object) -> bool:
    return is_number(value) or (isinstance(value, str) and _FIGURE.fullmatch(value) is not None)


_FIGURE = re.compile(r"\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*")
_FITS: dict[str, tuple[str, Callable[[object], bool]]] = {
    # An object or array is written as JSON where a text is expected, a text read where a figure or boolean is; but no
    # number or boolean becomes a text.
    "string": ("a string", lambda value: not is_number(value) and not isinstance(value, bool)),
    "blob": ("a string or JSON", lambda value: not is_number(value) and not isinstance(value, bool)),
    "timestamp": ("a timestamp", lambda value: isinstance(value, str) or is_number(value)),
    "integer": ("a whole number", lambda value: _is_figure(value) and float(as_text(value) or str(value)) % 1 == 0),
    "number": ("a number", _is_figure),
    "boolean": ("true or false", lambda value: isinstance(value, bool) or as_text(value).lower() in ("true", "false")),
    "list": ("an array", lambda value: kind(value) == "an array"),
    "map": ("an object", lambda value: kind(value) == "an object"),
    "structure": ("an object", lambda value: kind(value) == "an object"),
}
_NAMING = ("Arn", "ARN", "Bucket", "Id", "Name", "Url", "Uri")
"""How parameters end that name one thing."""


EXPECTED: Mapping[str, str] = {base: wanted for base, (wanted, _) in _FITS.items()}
"""What a type wants, for messages."""


def misfit(given: Given, value: object) -> str:
    """What the type wants where `value` is of another kind; else empty."""
    if given.type.base not in _FITS:
        return ""
    wanted, fits = _FITS[given.type.base]
    return wanted if not fits(value) or (not isinstance(value, str) and names_one_thing(given)) else ""


def names_one_thing(given: Given) -> bool:
    """Whether it is a name, an ARN, a word of a list: no object or array can be written as such."""
    named = given.path.removesuffix(".$").endswith(_NAMING) or given.type.enum
    return given.type.base == "string" and bool(named)


def _words(machine: Machine, short: bool) -> Iterator[Problem]:
    for _, given in _literals(machine):
        type = given.type
        enum = type.enum if type.base == "string" else type.key.enum
        if not enum or (len(enum) <= SHORT_LIST) is not short:
            continue
        for path, word in _written_words(given):
            if word not in enum:
                yield path, f"is {shown(word)}, where {_one_of(word, enum)} is expected"


def _written_words(given: Given) -> Iterator[tuple[str, str]]:
    if isinstance(given.value, str):
        yield given.path, given.value
    for name in as_object(given.value):
        if "${" not in name:
            yield f"{given.path}.{name}", name.removesuffix(".$")


def _one_of(value: str, enum: tuple[str, ...]) -> str:
    if len(enum) <= 6:
        return " or ".join(enum) if len(enum) < 3 else f"{', '.join(enum[:-1])} or {enum[-1]}"
    return f"a word like {', '.join(enum[:3])}{nearest(value, enum)}"


RULES = (
    Rule(
        "ASL089",
        "error",
        "An integration takes the parameters that it is given",
        'A call with a parameter that it does not have is refused or fails: "The field is not supported by Step'
        ' Functions". That holds at every depth.',
        "Correct the name; every name begins with a capital, inner ones too.",
        _PARAMETERS,
        _names_are_known,
    ),
    Rule(
        "ASL130",
        "error",
        "A call gets what its API requires",
        "A call without a required parameter, at any depth, or without Parameters at all, is refused or always fails.",
        "Add the parameter; with a path, write its name with .$ behind it. A call that needs none takes {}.",
        _SDK,
        _required_is_there,
    ),
    Rule(
        "ASL131",
        "error",
        "A parameter is of the kind that its API wants",
        'A value of another kind fails the call: "The value for the field must be a STRING".',
        "Write a value of that kind: numbers and booleans without quotes, texts in quotes.",
        _PARAMETERS,
        _kinds_fit,
    ),
    Rule(
        "ASL132",
        "error",
        "A parameter that takes one of a few words has one of them",
        "The service refuses any other word, so the call always fails.",
        "Write one of the words, letter by letter. A newer one comes with a newer botocore.",
        _PARAMETERS,
        lambda machine: _words(machine, short=True),
    ),
    Rule(
        "ASL133",
        "warning",
        "A parameter that takes one of many words has one that is known",
        "The service refuses a word that it does not know; long lists grow, so this one may be newer than botocore.",
        "Check the word against the service's page, or install a newer botocore.",
        _PARAMETERS,
        lambda machine: _words(machine, short=False),
    ),
    Rule(
        "ASL134",
        "warning",
        "A parameter is spelled as the SDK spells it",
        "AWS documents the names of the SDK for Java in PascalCase, where DBInstanceIdentifier is DbInstanceIdentifier"
        " and ACL is Acl; the service's own spelling is taken by chance at best.",
        "Write the name as the SDK spells it.",
        _SDK,
        _names_are_the_sdks,
    ),
)
