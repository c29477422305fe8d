"""Which strings of a state are paths, and the paths by which it reads its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asl.analysis.caching import once
from asl.syntax.intrinsics import is_call, parse_intrinsic
from asl.syntax.paths import Path, parse_path
from asl.syntax.placeholders import stand_in
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State


def path_texts(state: State) -> Sequence[Text]:
    """The strings of `state` that have to be paths, other than in payload templates."""
    return state.contents.paths if state.query_language == "JSONPath" else ()


@once
def all_path_texts(machine: Machine) -> Sequence[tuple[State, Text]]:
    """The same of every state."""
    return [(state, text) for state in machine.states for text in path_texts(state)]


def dynamic_texts(state: State) -> Sequence[Text]:
    """The strings under a `.$` key in payload templates of `state`."""
    return state.contents.dynamic if state.query_language == "JSONPath" else ()


@once
def all_dynamic_texts(machine: Machine) -> Sequence[tuple[State, Text]]:
    """The same of every state."""
    return [(state, text) for state in machine.states for text in dynamic_texts(state)]


def read_paths(state: State) -> Iterator[tuple[Text, Path]]:
    """Every path that `state` reads data by, arguments of intrinsic functions included; broken ones left out."""
    for texts in (path_texts(state), dynamic_texts(state)):
        for text in texts:
            if text.key == "ResultPath":
                continue
            value = stand_in(text.value)
            for written in parse_intrinsic(value).paths if is_call(value) else (value,):
                path = parse_path(written)
                if not path.problem:
                    yield text, path
