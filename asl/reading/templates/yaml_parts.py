"""YAML as templates are written in it: with the short forms of CloudFormation's functions, aliases and merges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from asl.reading.building import DEEPEST, Place, UnreadableError
from asl.reading.templates.parts import Block, Part
from asl.reading.yaml_text import PLACEHOLDER, refuse_control_characters, scalar

_MOST_NODES = 100_000
"""Aliases of aliases can stand for more than any memory holds; no template comes near this."""
_MERGE = "tag:yaml.org,2002:merge"


def read_yaml_template(text: str) -> Part:
    """The value that the one document in `text` holds: `!Sub x` as `{"Fn::Sub": x}`.

    Raises:
        UnreadableError: saying line, column and what is wrong there.
    """
    refuse_control_characters(text)
    loader: Any = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise UnreadableError(line, column, f"no YAML: {error.problem}") from None
    if root is None:
        raise UnreadableError(1, 1, "expected a template, found an empty file")
    return _Converter(loader).part(root, "", 0)


class _Loader(yaml.SafeLoader):
    """Counts the levels on its way down: the composer calls itself for each, and Python would stop it at some other."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self._depth > DEEPEST:
            parser: Any = self
            mark: Any = parser.peek_event().start_mark
            raise UnreadableError(mark.line + 1, mark.column + 1, f"nested more than {DEEPEST} levels deep")
        self._depth += 1
        node: Any = super().compose_node(parent, index)  # pyright: ignore[reportUnknownMemberType]
        self._depth -= 1
        return node


class _Converter:
    def __init__(self, loader: Any) -> None:
        self.loader, self.nodes = loader, 0

    def part(self, node: Any, key: str, depth: int) -> Part:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.nodes += 1
        if depth > DEEPEST:
            raise UnreadableError(line, column, f"nested more than {DEEPEST} levels deep")
        if self.nodes > _MOST_NODES:
            raise UnreadableError(line, column, f"over {_MOST_NODES:,} values, counting what aliases stand for")
        name = node.tag[1:] if node.tag.startswith("!") else ""
        if not name:
            return self.plain(node, key, depth)
        inner = self.plain(node, "", depth + 1)
        function = name if name in ("Ref", "Condition") else f"Fn::{name}"
        return Part({function: inner.value}, Place(line, inner={function: inner.place}))

    def plain(self, node: Any, key: str, depth: int) -> Part:
        """The value of `node` without regard to a function's tag."""
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            plain = node.style is None
            value = scalar(node.value, plain, self.loader, key, line, node.start_mark.column + 1)
            is_open = plain and PLACEHOLDER.fullmatch(node.value) is not None
            return Part(value, Block(line + 1) if node.style == "|" else Place(line, is_open))
        place = Place(line)
        if isinstance(node, yaml.SequenceNode):
            parts = [self.part(one, "", depth + 1) for one in node.value]
            place.inner.update({index: part.place for index, part in enumerate(parts)})
            return Part([part.value for part in parts], place)
        values: dict[str, object] = {}
        for name, part in self.fields(node, depth):
            values[name] = part.value
            place.inner[name] = part.place
        return Part(values, place)

    def fields(self, node: Any, depth: int) -> Iterator[tuple[str, Part]]:
        """What a mapping holds: what it merges first, since its own fields go before that."""
        own: dict[str, Part] = {}
        for key, value in node.value:
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if not isinstance(key, yaml.ScalarNode):
                raise UnreadableError(line, column, "expected a key, found a list or a mapping")
            if key.tag == _MERGE:
                merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for one in reversed(merged):
                    yield from self.part(one, "", depth + 1).items()
                continue
            if key.value in own:
                first = own[key.value].line
                message = f"the key '{key.value}' stands twice in one object, first in line {first}"
                raise UnreadableError(line, column, message)
            own[key.value] = self.part(value, key.value, depth + 1)
        yield from own.items()
