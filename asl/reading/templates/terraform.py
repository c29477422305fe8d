"""State machines in Terraform's JSON: a configuration (`*.tf.json`), a state, or what `terraform show -json` prints.

https://developer.hashicorp.com/terraform/language/syntax/json
https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from asl.reading.building import Text, UnreadableError
from asl.reading.templates.files import machine_in_file
from asl.reading.templates.hcl import read_hcl
from asl.reading.templates.interpolations import interpolated, whole
from asl.reading.templates.parts import Found, Load, NotToldError, Part, PassedOver, TemplateMachine
from asl.reading.templates.written import Piece, read_written, written

MACHINE = "aws_sfn_state_machine"
_TYPES = ("STANDARD", "EXPRESS")
_CALL = re.compile(r"(?P<name>jsonencode|file|templatefile)\((?P<argument>.*)\)", re.DOTALL)
_FILE = re.compile(r'"(?:\$\{path\.(?:module|root|cwd)\}/)?(?P<path>[^"$]+)"\s*(?:,(?P<values>.*))?', re.DOTALL)
_LOCAL = re.compile(r"local\.([\w-]+)")
_DIRECTIVE = re.compile(r"(?<!%)%\{")


def is_terraform(document: Part) -> bool:
    """Whether `document` is a configuration, a plan or a state with state machines in it."""
    return any(True for _ in resources(document, MACHINE))


def machines(document: Part, load: Load) -> Iterator[Found]:
    """The machines in `document`, by their addresses."""
    for name, resource, is_configuration in resources(document, MACHINE):
        definition = resource.get("definition")
        try:
            type = _type(resource.get("type"))
            if is_configuration:
                yield _configured(name, type, definition, document, load)
            elif definition.text:
                yield TemplateMachine(name, type, "", read_written(written(definition)))
            else:
                why = "its definition is known after apply; check the configuration, or the state after that"
                yield PassedOver(name, resource.line, why)
        except NotToldError as why:
            yield PassedOver(name, resource.line, str(why))
        except UnreadableError as problem:
            yield TemplateMachine(name, None, "", None, problem)


def resources(document: Part, type: str) -> Iterator[tuple[str, Part, bool]]:
    """The address and the arguments of each resource of a type, and whether they are a configuration's, not values."""
    configured = document.get("resource")
    for block in configured.elements() or [configured]:
        for name, resource in block.get(type).items():
            for one in resource.elements() or [resource]:
                yield f"{type}.{name}", one, True
    for outcome in ("planned_values", "values"):
        for resource in _of_module(document.get(outcome, "root_module"), type):
            yield resource.get("address").text, resource.get("values"), False
    yield from _stored(document, type)


def _stored(state: Part, type: str) -> Iterator[tuple[str, Part, bool]]:
    """Those of a state file: https://developer.hashicorp.com/terraform/language/state"""
    for resource in state.get("resources").elements():
        if resource.get("type").text == type and resource.get("mode").text == "managed":
            module, name = resource.get("module").text, f"{type}.{resource.get('name').text}"
            for instance in resource.get("instances").elements():
                key = instance.get("index_key").value
                index = "" if key is None else f"[{json.dumps(key)}]"
                yield f"{module}.{name}{index}".lstrip("."), instance.get("attributes"), False


def _of_module(module: Part, type: str) -> Iterator[Part]:
    for resource in module.get("resources").elements():
        if resource.get("type").text == type and resource.get("mode").text == "managed":
            yield resource
    for child in module.get("child_modules").elements():
        yield from _of_module(child, type)


def _type(given: Part) -> str | None:
    if given.value is None:
        return "STANDARD"
    if "${" in given.text:
        return None
    if given.value not in _TYPES:
        raise UnreadableError(given.line, 1, f"a machine's type is STANDARD or EXPRESS, not '{given.value}'")
    return given.text


def _local(name: str, definition: Part, document: Part) -> Part:
    """The value of a local name: https://developer.hashicorp.com/terraform/language/block/locals

    Raises:
        NotToldError: where it is not in the same file, or leads to another name.
    """
    blocks = document.get("locals")
    values = [block.get(name) for block in blocks.elements() or [blocks]]
    told = next((value for value in values if value.text and not _LOCAL.fullmatch(whole(value.text))), None)
    if told is None:
        raise NotToldError(f"its definition is {definition.text}; check what `terraform show -json` prints")
    return told


def _configured(name: str, type: str | None, definition: Part, document: Part, load: Load) -> TemplateMachine:
    if not definition.text:
        raise UnreadableError(definition.line, 1, "a machine without definition; write its text, or ${jsonencode(…)}")
    expression = whole(definition.text)
    if local := _LOCAL.fullmatch(expression):
        return _configured(name, type, _local(local[1], definition, document), document, load)
    if not expression:
        return TemplateMachine(name, type, "", _text(definition))
    call = _CALL.fullmatch(expression)
    if call and call["name"] == "jsonencode":
        found = read_hcl(call["argument"], definition.line)
        value: object = found.value
        if isinstance(value, dict):
            return TemplateMachine(name, type, "", Text(cast("object", value), lambda: found.place, has_open=True))
    elif call and (file := _FILE.fullmatch(call["argument"].strip())):
        return _in_file(name, type, file, definition.line, load)
    computed = f"its definition is {definition.text[:60]}, which only Terraform computes"
    raise NotToldError(f"{computed}; check what `terraform show -json` prints")


def written_object(value: Part) -> Part | None:
    """The object that a text of JSON holds, or that jsonencode makes one of; None where only Terraform computes it.

    Raises:
        UnreadableError: for a text that is no JSON.
    """
    if expression := whole(value.text):
        call = _CALL.fullmatch(expression)
        return read_hcl(call["argument"], value.line) if call and call["name"] == "jsonencode" else None
    if not value.text:
        return None
    found = _text(value)
    return Part(found.value, found.place)


def _text(definition: Part) -> Text:
    filled = interpolated(definition.text, lambda _: None).replace("%%{", "%{")
    return read_written([Piece(filled, definition.line)])


def _in_file(name: str, type: str | None, file: re.Match[str], line: int, load: Load) -> TemplateMachine:
    """The machine of `file(…)`, or of `templatefile(…)` with its values."""
    path = file["path"]
    if file["values"] is None:
        return machine_in_file(name, type, path, line, load, lambda _: None)
    values = read_hcl(file["values"], line)

    def filled(path: str) -> str:
        text = load(path)
        if _DIRECTIVE.search(text):
            raise NotToldError(
                f"its definition is made of {path} with directives; check what `terraform show -json` prints"
            )
        return interpolated(text, lambda inside: _written(values.get(inside)))

    return machine_in_file(name, type, path, line, filled, lambda _: None)


def _written(given: Part) -> str | None:
    if isinstance(given.value, bool):
        return "true" if given.value else "false"
    return str(given.value) if isinstance(given.value, str | int | float) else None
