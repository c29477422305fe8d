"""What CloudFormation's functions give, as far as a template tells it before deployment.

What is not told stays a placeholder, named after what it stands for: `${ChargeFunction.Arn}`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import cast

from asl.reading.building import Place, Text
from asl.reading.templates.parts import NotToldError, Part
from asl.reading.templates.written import Piece, joined, read_written, substituted, written

_PSEUDO = {"AWS::AccountId": "Account", "AWS::Partition": "Partition", "AWS::Region": "Region"}
"""The placeholders of a policy whose account is not known yet: `asl.integrations.arns.Account`."""
_NO_VALUE = "AWS::NoValue"
_DYNAMIC = re.compile(r"\{\{(resolve:[^{}]+)\}\}")
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html"""
_FORBIDDEN = re.compile(r"[^\w\-]+")

_ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{place}:table/{name}",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{place}:table/{name}",
    "AWS::ECS::Cluster": "ecs:{place}:cluster/{name}",
    "AWS::Events::EventBus": "events:{place}:event-bus/{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SQS::Queue": "sqs:{place}:{name}",
    "AWS::Serverless::SimpleTable": "dynamodb:{place}:table/{name}",
    "AWS::Serverless::StateMachine": "states:{place}:stateMachine:{name}",
    "AWS::StepFunctions::Activity": "states:{place}:activity:{name}",
    "AWS::StepFunctions::StateMachine": "states:{place}:stateMachine:{name}",
}
"""What the attribute Arn looks like, where its form says what a task calls:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"""
_REF_IS_ARN = (
    "AWS::Serverless::StateMachine",
    "AWS::StepFunctions::Activity",
    "AWS::StepFunctions::StateMachine",
)
"""What Ref gives by ARN: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-activity.html#aws-resource-stepfunctions-activity-return-values"""
_NAME = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Serverless::Function": "FunctionName",
}
"""The property whose value Ref gives, where the template has one."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a template says outside of a definition.

    `holds` is what every condition is taken to be: a definition is read once with each. `quotes` says that whatever a
    function gives becomes a text: SAM writes `"${definition_substitution_1}"` in its place, quotes included
    (https://github.com/aws/serverless-application-model/blob/develop/samtranslator/model/stepfunctions/generators.py).
    """

    template: Part
    substitutions: Part
    holds: bool = True
    quotes: bool = False

    def substitution(self, name: str) -> str | None:
        """What DefinitionSubstitutions has for `${name}`; None where it has nothing."""
        return joined(pieces(given, self)) if (given := self.substitutions.get(name)).value is not None else None


def placeholder(name: str) -> str:
    """`${name}` in letters that a name inside an ARN can be told apart by."""
    return "${" + _FORBIDDEN.sub(".", name).strip(".") + "}"


def function(part: Part) -> tuple[str, Part] | None:
    """The name and the argument of a function; None for any other value."""
    fields = list(part.items())
    if len(fields) == 1 and (fields[0][0] == "Ref" or fields[0][0].startswith("Fn::")):
        return fields[0]
    return None


def pieces(part: Part, context: Context) -> list[Piece]:
    """The text that `part` gives, with lines."""
    called = function(part)
    if called is None:
        if isinstance(part.value, str):
            return _written(part)
        return [Piece("" if part.value is None else json.dumps(part.value), part.line)]
    name, argument = called
    if name == "Fn::Sub":
        return _sub(argument, context)
    if name == "Fn::Join" and isinstance(argument.value, list):
        return _join(argument, context)
    if name == "Fn::If" and (chosen := _chosen(argument, context)):
        return pieces(chosen, context)
    return [Piece(_told(name, argument, context), part.line)]


def _written(part: Part) -> list[Piece]:
    """A text as it stands there, dynamic references as placeholders."""
    return [
        piece._replace(text=_DYNAMIC.sub(lambda match: placeholder(match[1]), piece.text)) for piece in written(part)
    ]


def _told(name: str, argument: Part, context: Context) -> str:
    """What a function of names gives."""
    if name == "Ref":
        return _reference(argument.text, context)
    if name == "Fn::GetAtt":
        given = [one.text for one in argument.elements()] or [argument.text]
        return _attribute(".".join(given), context)
    if name == "Fn::FindInMap":
        found = context.template.get("Mappings", *(one.text for one in argument.elements()))
        if isinstance(found.value, str | int | float):
            return str(found.value)
    words = _words(argument.value)
    return placeholder(".".join([name.removeprefix("Fn::"), *words]))


def _words(value: object) -> list[str]:
    """The texts in a function's argument, to name its placeholder by."""
    if isinstance(value, dict):
        return [word for one in cast("dict[str, object]", value).values() for word in _words(one)]
    if isinstance(value, list):
        return [word for one in cast("list[object]", value) for word in _words(one)]
    return [str(value)] if isinstance(value, str | int) else []


def _reference(name: str, context: Context) -> str:
    """What `Ref` gives."""
    if name.startswith("AWS::"):
        return "${" + _PSEUDO.get(name, name.removeprefix("AWS::")) + "}"
    return _qualified(name, context) or _named(name, context)


def _named(name: str, context: Context) -> str:
    """What `Ref` gives of a resource that is no function's alias or version."""
    type = _type(name, context)
    if type in _REF_IS_ARN:
        return _arn(name, context)
    given = context.template.get("Resources", name, "Properties", _NAME.get(type, "-")).text
    return given or placeholder(name)


def _qualified(name: str, context: Context) -> str:
    """The ARN of an alias or a version, by its function's; SAM calls them `FUNCTION.Alias` and `FUNCTION.Version`.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
    """
    function_name, _, made = name.partition(".")
    if made in ("Alias", "Version") and _type(function_name, context) == "AWS::Serverless::Function":
        return f"{placeholder(f'{function_name}.Arn')}:{placeholder(name)}"
    if _type(name, context) not in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
        return ""
    properties = context.template.get("Resources", name, "Properties")
    called = function(properties.get("FunctionName"))
    if called is None or called[0] not in ("Ref", "Fn::GetAtt"):
        return ""
    resource = called[1].text.partition(".")[0] or next((one.text for one in called[1].elements()), "")
    return f"{placeholder(f'{resource}.Arn')}:{properties.get('Name').text or placeholder(name)}"


def _attribute(name: str, context: Context) -> str:
    resource, _, attribute = name.partition(".")
    return _arn(resource, context) if attribute == "Arn" else placeholder(name)


def _arn(resource: str, context: Context) -> str:
    form = _ARNS.get(_type(resource, context))
    if form is None:
        return placeholder(f"{resource}.Arn")
    return "arn:${Partition}:" + form.format(place="${Region}:${Account}", name=placeholder(resource))


def _type(resource: str, context: Context) -> str:
    return context.template.get("Resources", resource, "Type").text


def _sub(argument: Part, context: Context) -> list[Piece]:
    """`Fn::Sub`, alone or with values of its own: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html"""
    text, *rest = argument.elements() or [argument]
    values = rest[0] if rest else Part(None, text.place)

    def value(name: str) -> str:
        name = name.strip()
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if (own := values.get(name)).value is not None:
            return joined(pieces(own, context))
        return _attribute(name, context) if "." in name else _reference(name, context)

    return substituted(_written(text), value)


def _join(argument: Part, context: Context) -> list[Piece]:
    given = argument.elements()
    elements = given[1].elements() if len(given) == 2 else []
    if not elements:
        return [Piece(placeholder(".".join(["Join", *_words(argument.value)])), argument.line)]
    found: list[Piece] = []
    for element in elements:
        if found:
            found.append(Piece(given[0].text, found[-1].line))
        found += pieces(element, context)
    return found


def _chosen(argument: Part, context: Context) -> Part | None:
    """What `Fn::If` gives where its condition is taken to hold, or not to."""
    given = argument.elements()
    return given[1 if context.holds else 2] if len(given) == 3 else None


def has_conditions(part: Part) -> bool:
    """Whether a function in `part` chooses between values."""
    called = function(part)
    if called and called[0] == "Fn::If":
        return True
    return any(has_conditions(one) for one in [*part.elements(), *(one for _, one in part.items())])


def definition_object(part: Part, context: Context) -> Text:
    """A definition written as an object, its functions given their values."""
    value, place = _resolved(part, context)
    return Text(value, lambda: place, has_open=True)


def definition_text(part: Part, context: Context) -> Text:
    """A definition written as a text, or as an object that Fn::ToJsonString makes one of.

    Raises:
        NotToldError: for a text that is known at deployment only.
        UnreadableError: for a text that is no JSON.
    """
    called = function(part)
    if called and called[0] == "Fn::ToJsonString":
        return definition_object(called[1], context)
    text = substituted(pieces(part, context), context.substitution)
    whole = joined(text).strip()
    if whole.startswith("${") and whole.endswith("}") and "{" not in whole[2:]:
        raise NotToldError(f"its definition is {whole}, which only deployment knows; check the file that it comes from")
    return read_written(text)


def _resolved(part: Part, context: Context) -> tuple[object, Place]:
    called = function(part)
    if called and called[0] == "Fn::If" and not context.quotes and (chosen := _chosen(called[1], context)):
        return _resolved(chosen, context)
    if called:
        is_open = not context.quotes and _is_open(*called, context)
        return joined(pieces(part, context)), Place(part.line, open=is_open)
    if isinstance(part.value, dict):
        fields = [(key, _resolved(one, context)) for key, one in part.items() if not _is_nothing(one, context)]
        inner = {key: place for key, (_, place) in fields}
        return {key: value for key, (value, _) in fields}, Place(part.line, part.place.open, {**inner})
    if isinstance(part.value, list):
        elements = [_resolved(one, context) for one in part.elements() if not _is_nothing(one, context)]
        places = Place(part.line, inner={index: place for index, (_, place) in enumerate(elements)})
        return [value for value, _ in elements], places
    if isinstance(part.value, str):
        return joined(substituted(_written(part), context.substitution)), Place(part.line, part.place.open)
    return part.value, Place(part.line, part.place.open)


def _is_nothing(part: Part, context: Context) -> bool:
    """Whether the field goes with its value: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html"""
    called = function(part)
    if called and called[0] == "Fn::If" and (chosen := _chosen(called[1], context)):
        return _is_nothing(chosen, context)
    return called is not None and called[0] == "Ref" and called[1].value == _NO_VALUE


def _is_open(name: str, argument: Part, context: Context) -> bool:
    """Whether a function can give something else than a text; what is an attribute or a resource's name is one."""
    if name == "Ref":
        return not argument.text.startswith("AWS::") and not _type(argument.text, context)
    return name not in ("Fn::GetAtt", "Fn::Join", "Fn::Sub", "Fn::ImportValue")
