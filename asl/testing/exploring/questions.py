"""What a state has to know of unknown data before it runs, and which answers make a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asl.analysis.flow.choices import operator_of
from asl.running.failures import Broken
from asl.running.frames import Frame
from asl.running.paths import PathError, read
from asl.syntax.intrinsics import is_call, parse_intrinsic
from asl.syntax.paths import parse_path
from asl.syntax.shapes import Object, as_list, as_object, as_text
from asl.syntax.strings import Text
from asl.syntax.walk import State
from asl.testing.exploring import expressions
from asl.testing.exploring.candidates import LATER, Constants, candidates, comparisons, last_name
from asl.testing.exploring.learning import AskedError, Question, ask, of_items
from asl.testing.exploring.unknown import INPUT, MISSING, Unknown

EARLY, LATE = "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
_OF_FIELDS: dict[str, object] = {
    "SecondsPath": 60,
    "TimestampPath": LATER,
    "TimeoutSecondsPath": 60,
    "HeartbeatSecondsPath": 30,
    "MaxConcurrencyPath": 1,
    "ErrorPath": "Told",
    "CausePath": "told",
    "ToleratedFailureCountPath": 0,
    "ToleratedFailurePercentagePath": 0,
    "MaxItemsPath": 1,
    "MaxItemsPerBatchPath": 1,
    "MaxInputBytesPerBatchPath": 100_000,
}
"""What stands there for want of anything else: the field takes no other kind, and no figure makes another way."""
_OF_KINDS: dict[str, object] = {"a number": 1, "a string": "text", "an array": []}
_AFTER_RESULT = ("ResultSelector", "Catch")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who looks for what a state does not know."""

    constants: Constants
    input_fields: frozenset[str]
    """The fields that the execution's input has, as far as it is given."""

    def first(self, state: State, frame: Frame) -> Question | None:
        """What has to be learned next before `state` runs; None where it can run.

        Raises:
            AskedError: where only a person can say it.
        """
        variables = frame.thread.variables
        if state.query_language == "JSONata":
            names = {**variables, "states": {"input": frame.raw}}
            return expressions.asked(state, names, self.constants, lambda text: not (text.result or text.error))
        if state.type == "Choice":
            return self._of_rules(state, frame)
        for text in (*state.contents.paths, *state.contents.dynamic):
            with_result = text.field == "Assign" and state.type in ("Task", "Parallel", "Map")
            if text.key != "ResultPath" and text.field not in _AFTER_RESULT and not with_result:
                found = self._of_text(state, text, self._base(state, text, frame), variables)
                if found:
                    return found
        if state.type == "Map" and not {"ItemsPath", "ItemReader"} & state.node.keys():
            return of_items(_effective(state, frame))
        return None

    def of_result(self, state: State, result: object, variables: Mapping[str, object]) -> Question | None:
        """The same of a result, before the state makes its output of it.

        Raises:
            AskedError: as above.
        """
        if state.query_language == "JSONata":
            names: dict[str, object] = {**variables, "states": {"result": result}}
            return expressions.asked(state, names, self.constants, lambda text: text.result)
        for text in state.contents.dynamic:
            if text.field in ("ResultSelector", "Assign"):
                found = self._of_text(state, text, result, variables)
                if found:
                    return found
        return None

    def _base(self, state: State, text: Text, frame: Frame) -> object:
        return frame.raw if text.field in ("InputPath", "OutputPath") else _effective(state, frame)

    def _of_rules(self, state: State, frame: Frame) -> Question | None:
        effective = _effective(state, frame)
        for index, rule in enumerate(map(as_object, as_list(state.node.get("Choices")))):
            for comparison in comparisons(rule):
                found = self._of_comparison(state, comparison, effective, frame)
                if found:
                    return found
            try:
                if frame.step.rules[index].holds(frame, effective):
                    return None
            except Broken:
                return None
        return None

    def _of_comparison(self, state: State, comparison: Object, effective: object, frame: Frame) -> Question | None:
        operator, variables = operator_of(comparison), frame.thread.variables
        variable = as_text(comparison.get("Variable"))
        if not operator.endswith("Path"):
            return self._of_path(state, variable, operator, effective, variables)
        other = as_text(comparison.get(operator))
        for path, opposite in ((other, variable), (variable, other)):
            found = self._of_path(state, path, operator, effective, variables)
            if found:
                return Question(found.id, found.answers if found.learns_place else _beside(opposite, operator, frame))
        return None

    def _of_text(self, state: State, text: Text, base: object, variables: Mapping[str, object]) -> Question | None:
        for path, wanted in _paths(text):
            found = self._of_path(state, path, wanted, base, variables)
            if found:
                return found
        return None

    def _of_path(
        self, state: State, path: str, wanted: str, base: object, variables: Mapping[str, object]
    ) -> Question | None:
        parsed = parse_path(path)
        if parsed.root == "$$":
            return None
        names = parsed.steps if parsed.root == "$" else (parsed.root[1:], *parsed.steps)
        holder: object = base if parsed.root == "$" else variables
        replaced = parsed.root == "$" and isinstance(base, Unknown) and len(base.id) == 1 and base.id != INPUT
        for depth, name in enumerate(names):
            if isinstance(holder, Unknown) and holder.is_open(name):
                there = Unknown((*holder.id, name), holder.read)
                if wanted == "IsPresent" and depth == len(names) - 1:
                    return Question(there.id, (MISSING, there), learns_place=True)
                if replaced and depth == 0 and self._had(name, holder):
                    return Question(there.id, (there, MISSING), learns_place=True)
            holder = _inside(holder, name)
            if holder is None:
                return None
        if not isinstance(holder, Unknown):
            return None
        if not parsed.single:
            raise AskedError(ask(state, path, holder))
        return self._of_value(path, wanted, holder)

    def _had(self, name: str, holder: Unknown) -> bool:
        """Whether the execution's input had the field, which a result has replaced."""
        return name in self.input_fields or (*INPUT, name) in holder.read

    def _of_value(self, path: str, wanted: str, value: Unknown) -> Question | None:
        if wanted in _OF_FIELDS or wanted in _OF_KINDS:
            return None if value else Question(value.id, ((_OF_FIELDS | _OF_KINDS)[wanted],))
        if wanted == "ItemsPath":
            return of_items(value)
        if wanted in ("", "an object", "IsPresent") or value:  # an object compares to nothing
            return None
        return Question(value.id, candidates(self.constants.get(last_name(path), ())))


def _beside(opposite: str, operator: str, frame: Frame) -> tuple[object, ...]:
    """Values that differ in how they compare to what `opposite` leads to."""
    try:
        value = read(opposite, frame.data(frame.raw))
    except PathError:
        return ("another",)
    if isinstance(value, Unknown):
        return (1,) if operator.startswith("Numeric") else (LATER,)
    if operator.startswith("Timestamp"):
        return EARLY, LATE
    return candidates([(operator.removesuffix("Path"), value)])


def _effective(state: State, frame: Frame) -> object:
    path = state.node.get("InputPath", "$")
    if path == "$" or path is None:
        return frame.raw if path else {}
    try:
        return read(as_text(path), frame.data(frame.raw))
    except PathError:
        return frame.raw


def _paths(text: Text) -> Iterator[tuple[str, str]]:
    """The paths in a field, each with what it has to lead to."""
    if not is_call(text.value):
        yield text.value, text.key if text.key.endswith("Path") and text.key not in ("InputPath", "OutputPath") else ""
        return
    call = parse_intrinsic(text.value)
    typed = {argument.written.strip(): argument.wanted for argument in call.arguments}
    for path in call.paths:
        yield path, typed.get(path.strip(), "")


def _inside(holder: object, name: str) -> object:
    if isinstance(holder, list) and name.lstrip("-").isdigit():
        elements: list[object] = holder  # pyright: ignore[reportUnknownVariableType]
        return elements[int(name)] if -len(elements) <= int(name) < len(elements) else None
    if isinstance(holder, dict):
        fields: dict[str, object] = holder  # pyright: ignore[reportUnknownVariableType]
        return fields.get(name)
    return None
