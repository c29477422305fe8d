"""YAML as far as it says what JSON can say, with keys that are strings."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from asl.reading.building import Builder, Text, UnreadableError

PLACEHOLDER = re.compile(r"\$\{[^{}]+\}")
_READ = {
    "tag:yaml.org,2002:null": "construct_yaml_null",
    "tag:yaml.org,2002:bool": "construct_yaml_bool",
    "tag:yaml.org,2002:int": "construct_yaml_int",
    "tag:yaml.org,2002:float": "construct_yaml_float",
}
"""What is not a string. A date is one: ASL writes its timestamps as strings."""
_TRUTH = ("true", "false")
_FLAGS = ("BooleanEquals", "End", "IsBoolean", "IsNull", "IsNumeric", "IsPresent", "IsString", "IsTimestamp")
"""Where Yes, No, On and Off are true or false, as YAML 1.1 has them; elsewhere they are words, as in YAML 1.2, since
states are called so: https://yaml.org/spec/1.2.2/#1032-tag-resolution"""


def read_yaml(text: str) -> Text:
    """The value that the one document in `text` holds. Aliases, merges and tags are refused: JSON has none."""
    refuse_control_characters(text)
    loader: Any = yaml.SafeLoader(text)
    builder = Builder()
    try:
        while loader.check_event():
            _take(loader.get_event(), loader, builder)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise UnreadableError(line, column, f"no YAML: {error.problem}") from None
    found = builder.result
    if found is None:
        raise UnreadableError(1, 1, "expected a definition, found an empty file")
    return found


def refuse_control_characters(text: str) -> None:
    """Raises UnreadableError where a character stands that YAML does not take."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise UnreadableError(line, column, f"no YAML: the character U+{ord(found[0]):04X} cannot stand there")


def _take(event: Any, loader: Any, builder: Builder) -> None:
    line, column = event.start_mark.line + 1, event.start_mark.column + 1
    if isinstance(event, yaml.DocumentStartEvent) and builder.result is not None:
        raise UnreadableError(line, column, "expected one document, found a second one")
    if isinstance(event, yaml.AliasEvent):
        raise UnreadableError(line, column, f"the alias '*{event.anchor}' has no counterpart in JSON; write it out")
    if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
        builder.end()
    if not isinstance(event, yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent):
        return
    if event.tag is not None:
        raise UnreadableError(line, column, f"the tag '{event.tag}' has no counterpart in JSON")
    if builder.wants_key:
        _take_key(event, builder, line, column)
    elif isinstance(event, yaml.ScalarEvent):
        plain = event.implicit[0]
        open = plain and PLACEHOLDER.fullmatch(event.value) is not None
        builder.value(scalar(event.value, plain, loader, builder.last_key, line, column), line, open=open)
    else:
        builder.begin({} if isinstance(event, yaml.MappingStartEvent) else [], line, column)


def _take_key(event: Any, builder: Builder, line: int, column: int) -> None:
    if not isinstance(event, yaml.ScalarEvent):
        raise UnreadableError(line, column, "expected a key, found a list or a mapping")
    if event.implicit[0] and event.value == "<<":
        raise UnreadableError(line, column, "the merge '<<' has no counterpart in JSON; write the fields out")
    builder.key(event.value, line, column)


def scalar(text: str, plain: bool, loader: Any, key: str, line: int, column: int) -> object:
    """The value of `text`, written without quotes if it is `plain`, as what stands under `key`.

    Raises:
        UnreadableError: for a number that JSON does not have.
    """
    tag = loader.resolve(yaml.ScalarNode, text, (plain, not plain))
    if tag not in _READ or (tag.endswith(":bool") and key not in _FLAGS and text.lower() not in _TRUTH):
        return text
    try:
        found = getattr(loader, _READ[tag])(yaml.ScalarNode(tag, text))
    except ValueError:
        return text
    if isinstance(found, float) and not math.isfinite(found):
        raise UnreadableError(line, column, f"'{text}' is no number that JSON has")
    return found
