"""State machines in serverless.yml, as the plugin serverless-step-functions has them.

https://github.com/serverless-operations/serverless-step-functions#setup
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from asl.reading.building import Place, UnreadableError
from asl.reading.json_text import read_json
from asl.reading.templates import cloudformation
from asl.reading.templates.files import is_yaml
from asl.reading.templates.functions import Context, definition_object, definition_text, pieces
from asl.reading.templates.interpolations import interpolated, whole
from asl.reading.templates.parts import Found, Load, NotToldError, Part, PassedOver, TemplateMachine
from asl.reading.templates.written import joined
from asl.reading.templates.yaml_parts import read_yaml_template

_FILE = re.compile(r"file\((?P<path>[^)$]+)\)(?::(?P<keys>.+))?")
_PSEUDO = re.compile(r"#\{(AWS::\w+)\}")
_DEEPEST = 20
"""Variables that lead to variables: `a: ${self:a}` has no end."""


def is_serverless(document: Part) -> bool:
    """Whether `document` is a service with state machines."""
    return document.get("stepFunctions").value is not None


def machines(document: Part, load: Load) -> Iterator[Found]:
    """The machines of a service, and those among its resources."""
    variables = _Variables(document, load)
    resources = document.get("resources")
    blocks = [variables.found(one)[0] for one in resources.elements() or [resources]]
    steps, _ = variables.found(document.get("stepFunctions"))
    given, file = variables.found(steps.get("stateMachines"))
    if given.value is not None and not isinstance(given.value, dict):
        yield PassedOver(
            "stateMachines", given.line, f"{given.text or 'this'} is not to be had; write the machines there"
        )
    for name, machine in given.items():
        try:
            yield _machine(name, machine, file, variables, Context(blocks[0], Part(None, machine.place)))
        except NotToldError as why:
            yield PassedOver(name, machine.line, str(why))
        except UnreadableError as problem:
            yield TemplateMachine(name, None, file, None, problem)
    for block in blocks:
        yield from cloudformation.machines(block, load, {})


def _machine(name: str, given: Part, file: str, variables: _Variables, context: Context) -> Found:
    machine, own_file = variables.found(given)
    type = cloudformation.machine_type(variables.expanded(machine.get("type")), context)
    definition, its_file = variables.found(machine.get("definition"))
    definition = variables.expanded(definition)
    file = its_file or own_file or file
    if definition.value is None:
        raise UnreadableError(machine.line, 1, "a machine without definition; write one, or ${file(PATH)}")
    if isinstance(definition.value, str):
        return TemplateMachine(name, type, file, definition_text(definition, context))
    return TemplateMachine(name, type, file, definition_object(definition, context))


@dataclass(frozen=True, slots=True)
class _Variables:
    """What the variables of a service stand for, as far as its own files tell.

    https://www.serverless.com/framework/docs/guides/variables
    """

    document: Part
    load: Load

    def found(self, part: Part) -> tuple[Part, str]:
        """What `part` stands for where it is one variable, and the other file that it is from."""
        file = ""
        for _ in range(_DEEPEST):
            variable = whole(part.text)
            target = self._target(variable, part.line) if variable else None
            if target is None:
                break
            part, file = target[0], target[1] or file
        return part, file

    def expanded(self, part: Part, depth: int = 0) -> Part:
        """`part` with the values of all variables in it; what another file holds stands in the line that names it."""
        if isinstance(part.value, str):
            target, file = self.found(part)
            if target is not part and depth < _DEEPEST:
                return self.expanded(_in_line(target, part.line) if file else target, depth + 1)
            written = _PSEUDO.sub(r"${\1}", part.text)
            text = interpolated(written, lambda variable: self._text(variable, part.line))
            is_open = part.place.open or bool(whole(part.text) and whole(text))
            return Part(text, Place(part.line, is_open) if is_open else part.place)
        fields = [(key, self.expanded(one, depth)) for key, one in part.items()]
        elements = [self.expanded(one, depth) for one in part.elements()]
        inner = {key: one.place for key, one in fields} | {index: one.place for index, one in enumerate(elements)}
        place = Place(part.line, part.place.open, inner)
        if isinstance(part.value, dict):
            return Part({key: one.value for key, one in fields}, place)
        return Part([one.value for one in elements], place) if isinstance(part.value, list) else part

    def _text(self, variable: str, line: int) -> str | None:
        """What a variable inside a text stands for; None where that is not told, or is no text."""
        if variable.startswith("AWS::"):
            reference = Part({"Ref": variable}, Place(1))
            return joined(pieces(reference, Context(reference, reference)))
        target = self._target(variable, line)
        value = target[0].value if target else None
        told = isinstance(value, str | int | float) and "${" not in str(value)
        return str(value) if told else None

    def _target(self, variable: str, line: int) -> tuple[Part, str] | None:
        """What `self:KEYS` or `file(PATH):KEYS` leads to, and which file that is in."""
        variable = variable.partition(",")[0].strip()
        if variable.startswith("self:") and "${" not in variable:
            part = self.document.get(*variable.removeprefix("self:").split("."))
            return (part, "") if part.value is not None else None
        if match := _FILE.fullmatch(variable):
            part = self._file(match["path"].strip("'\" ").removeprefix("./"), line)
            return (part.get(*match["keys"].split(".")) if match["keys"] else part), match["path"]
        return None

    def _file(self, path: str, line: int) -> Part:
        try:
            text = self.load(path)
            if is_yaml(path, text):
                return read_yaml_template(text)
            found = read_json(text)
        except OSError as error:
            raise UnreadableError(line, 1, f"{path} cannot be read: {error.strerror or error}") from error
        except UnreadableError as error:
            raise UnreadableError(line, 1, f"in {path}, {error}") from error
        return Part(found.value, found.place)


def _in_line(part: Part, line: int) -> Part:
    def moved(place: Place) -> Place:
        return Place(line, place.open, {key: moved(one) for key, one in place.inner.items()})

    return Part(part.value, moved(part.place))
