"""A definition in a file of its own, beside the template."""

from __future__ import annotations

from collections.abc import Callable

from asl.reading import read
from asl.reading.building import UnreadableError
from asl.reading.templates.parts import Load, TemplateMachine
from asl.reading.templates.written import Piece, joined, substituted


def is_yaml(name: str, text: str) -> bool:
    """Whether a file is YAML and no JSON: by its name, and where that says nothing, by how it begins."""
    suffix = name.lower().rpartition(".")[2]
    return suffix in ("yaml", "yml") or (suffix != "json" and text.lstrip()[:1] not in ("{", "[", '"', ""))


def machine_in_file(
    name: str, type: str | None, file: str, line: int, load: Load, value: Callable[[str], str | None]
) -> TemplateMachine:
    """The machine whose definition is in `file`, which the template names in `line`; `value` fills `${name}` in."""
    try:
        text = load(file)
    except OSError as error:
        problem = UnreadableError(line, 1, f"its definition's file {file} cannot be read: {error.strerror or error}")
        return TemplateMachine(name, type, "", None, problem)
    except UnreadableError as problem:
        return TemplateMachine(name, type, file, None, problem)
    filled = joined(substituted([Piece(text, 1)], value))
    try:
        return TemplateMachine(name, type, file, read(filled, yaml=is_yaml(file, text)))
    except UnreadableError as problem:
        return TemplateMachine(name, type, file, None, problem)
