"""State machines in templates of CloudFormation and of its transform SAM.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from asl.reading.building import Text, UnreadableError
from asl.reading.templates.files import machine_in_file
from asl.reading.templates.functions import (
    Context,
    definition_object,
    definition_text,
    function,
    has_conditions,
    pieces,
)
from asl.reading.templates.parts import Found, Load, NotToldError, Part, PassedOver, TemplateMachine
from asl.reading.templates.written import joined

_MACHINE, _SAM_MACHINE = "AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"
_TYPE = {_MACHINE: "StateMachineType", _SAM_MACHINE: "Type"}
"""Where the type stands. SAM's Globals hold neither it nor a definition:
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html"""
TYPES = ("STANDARD", "EXPRESS")
_READ = ("Definition", "DefinitionString", "DefinitionUri", "DefinitionS3Location", "DefinitionSubstitutions")
_READINGS = (("conditions hold", True), ("conditions do not hold", False))


def is_cloudformation(template: Part) -> bool:
    """Whether `template` is one of CloudFormation or SAM."""
    resources = list(template.get("Resources").items())
    if template.get("AWSTemplateFormatVersion").value is not None:
        return True
    return any(_is_machine(one) or name.startswith("Fn::ForEach") for name, one in resources)


def _is_machine(resource: Part) -> bool:
    return resource.get("Type").text in _TYPE


def machines(template: Part, load: Load, locate: Mapping[str, str]) -> Iterator[Found]:
    """The machines in `template`; `locate` says which file an object in S3 was made of.

    A definition with `Fn::If` is read twice: with every condition holding, and with none.
    """
    for name, resource in template.get("Resources").items():
        if name.startswith("Fn::ForEach"):
            why = f"{name} makes resources only at deployment; check what it makes as a template of its own"
            yield PassedOver(name, resource.line, why)
        elif _is_machine(resource):
            properties = resource.get("Properties")
            depends = any(has_conditions(properties.get(field)) for field in (*_READ, *_TYPE.values()))
            for reading, holds in _READINGS if depends else (("", True),):
                is_sam = resource.get("Type").text == _SAM_MACHINE
                context = Context(template, properties.get("DefinitionSubstitutions"), holds, is_sam)
                found = _machine(name, resource, context, load, locate)
                yield replace(found, reading=reading) if isinstance(found, TemplateMachine) else found


def _machine(name: str, resource: Part, context: Context, load: Load, locate: Mapping[str, str]) -> Found:
    properties = resource.get("Properties")
    try:
        type = machine_type(properties.get(_TYPE[resource.get("Type").text]), context)
        if file := _file(properties, context, locate):
            return machine_in_file(name, type, file.text, file.line, load, context.substitution)
        return TemplateMachine(name, type, "", _inline(properties, context))
    except NotToldError as why:
        return PassedOver(name, resource.line, str(why))
    except UnreadableError as problem:
        return TemplateMachine(name, None, "", None, problem)


def machine_type(given: Part, context: Context) -> str | None:
    """STANDARD or EXPRESS; of a parameter its default; None where only deployment knows.

    Raises:
        UnreadableError: for a type that there is not.
    """
    if given.value is None:
        return "STANDARD"
    called = function(given)
    if called and called[0] == "Ref":
        given_type = context.template.get("Parameters", called[1].text, "Default").text
    else:
        given_type = joined(pieces(given, context))
    if "${" in given_type or (called and not given_type):
        return None
    if given_type not in TYPES:
        raise UnreadableError(given.line, 1, f"a machine's type is STANDARD or EXPRESS, not '{given_type}'")
    return given_type


def _inline(properties: Part, context: Context) -> Text:
    for field in ("Definition", "DefinitionString"):
        definition = properties.get(field)
        if definition.value is None:
            continue
        called = function(definition)
        if field == "DefinitionString" or called or isinstance(definition.value, str):
            return definition_text(definition, context)
        return definition_object(definition, context)
    raise UnreadableError(
        properties.line, 1, "a machine without definition; write Definition, DefinitionString or a file's place"
    )


def _file(properties: Part, context: Context, locate: Mapping[str, str]) -> Part | None:
    """The local file that holds the definition; None where it stands in the template itself."""
    included = properties.get("Definition", "Fn::Transform", "Parameters", "Location")
    for place in (properties.get("DefinitionUri"), properties.get("DefinitionS3Location"), included):
        if place.value is None:
            continue
        key = place.get("Key")
        if key.text in locate:
            return Part(locate[key.text], key.place)
        where = joined(pieces(place, context)) if place.text or function(place) else ""
        if where and "${" not in where and "://" not in where:
            return Part(where, place.place)
        where = where or f"s3://{joined(pieces(place.get('Bucket'), context))}/{joined(pieces(key, context))}"
        raise NotToldError(f"its definition is in {where}; check the file that is uploaded there")
    return None
