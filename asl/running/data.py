"""What a state makes of its data: from its input to its arguments, and from its result to its output and variables.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html for JSONPath,
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html for JSONata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from asl.running.failures import QUERY, REFERENCE_PATH, RUNTIME, Broken, Failure
from asl.running.frames import Frame
from asl.running.handling import Catcher
from asl.running.intrinsics import IntrinsicError
from asl.running.jsonata import EvaluationError, evaluate
from asl.running.paths import PathError, put, reader
from asl.running.sizes import text
from asl.running.templates import Fill, compiled, computed_field
from asl.syntax.expressions import is_expression
from asl.syntax.shapes import Object, as_list, as_object, as_text, kind

Field: TypeAlias = Callable[[Frame, object], object]
"""The value of a field for a frame and the state's effective input."""
Evaluated: TypeAlias = Callable[[Frame, Mapping[str, object]], object]
"""The value of a field for a frame and the names that its expressions may read."""
Assigned: TypeAlias = "dict[str, object] | None"


class Language(Protocol):
    """How a state with its query language treats data."""

    def effective(self, frame: Frame) -> object:
        """The state's input, as far as it wants it."""
        ...

    def arguments(self, frame: Frame, effective: object) -> object:
        """What a task, branches or iterations are given."""
        ...

    def field(self, name: str) -> Field | None:
        """A field that may be literal, or computed; None where the state does not have it."""
        ...

    def finish(self, frame: Frame, effective: object, result: object, *, made: bool) -> tuple[object, Assigned]:
        """The state's output and the variables it assigns; `made` says that `result` is one, not the mere input."""
        ...

    def caught(self, frame: Frame, catcher: Catcher, error: object) -> tuple[object, Assigned]:
        """The same where a catcher takes over."""
        ...


def template(value: object) -> Callable[[Frame, object], object]:
    """A payload template with paths and intrinsic functions, to be filled in from a document."""
    return _filled(compiled(value))


def _filled(fill: Fill) -> Callable[[Frame, object], object]:
    def filled(frame: Frame, document: object) -> object:
        try:
            return fill(frame.data(document), frame.execution.random)
        except (PathError, IntrinsicError) as error:
            raise Broken(RUNTIME, str(error)) from error

    return filled


def path(value: str) -> Callable[[Frame, object], object]:
    """A path into a document, the context object or a variable."""
    read = reader(value)

    def found(frame: Frame, document: object) -> object:
        try:
            return read(frame.data(document))
        except PathError as error:
            raise Broken(RUNTIME, str(error)) from error

    return found


class JsonPath:
    """InputPath, Parameters, ResultSelector, ResultPath, OutputPath and Assign."""

    def __init__(self, node: Object) -> None:
        self._node = node
        self._input = _filter(node, "InputPath")
        self._output = _filter(node, "OutputPath")
        self._parameters = template(node["Parameters"]) if "Parameters" in node else None
        self._selector = template(node["ResultSelector"]) if "ResultSelector" in node else None
        self._result_path = node.get("ResultPath", "$")
        self._assign = template(node["Assign"]) if "Assign" in node else None
        self._of_catchers: dict[str, Field] = {}

    def effective(self, frame: Frame) -> object:
        taken = self._input(frame, frame.raw) if self._input else frame.raw
        frame.note("afterInputPath", taken)
        return taken

    def arguments(self, frame: Frame, effective: object) -> object:
        filled = self._parameters(frame, effective) if self._parameters else effective
        frame.note("afterParameters", filled)
        return filled

    def field(self, name: str) -> Field | None:
        if name in self._node:
            value = self._node[name]
            return lambda frame, document: value
        written = as_text(self._node.get(f"{name}Path"))
        if name in ("Error", "Cause") and written:
            # These alone may call intrinsic functions: https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
            return _filled(computed_field(f"{name}Path", written))
        return path(written) if written else None

    def finish(self, frame: Frame, effective: object, result: object, *, made: bool) -> tuple[object, Assigned]:
        if made and self._selector is not None:
            result = self._selector(frame, result)
        frame.note("afterResultSelector", result)
        assigned = as_object(self._assign(frame, result)) if self._assign else None
        output = result
        if made or "ResultPath" in self._node:
            output = placed(self._result_path, frame.raw, result)
        frame.note("afterResultPath", output)
        if self._output is not None:
            output = self._output(frame, output)
        return output, dict(assigned) if assigned is not None else None

    def caught(self, frame: Frame, catcher: Catcher, error: object) -> tuple[object, Assigned]:
        assigned: Assigned = None
        if "Assign" in catcher.node:
            fill = self._of_catchers.get(catcher.place)
            if fill is None:
                fill = self._of_catchers[catcher.place] = template(catcher.node["Assign"])
            assigned = dict(as_object(fill(frame, error)))
        return placed(catcher.node.get("ResultPath", "$"), frame.raw, error), assigned


def placed(result_path: object, document: object, value: object) -> object:
    """`document` with `value` at its ResultPath; null keeps the document as it is.

    Raises:
        Failure: where there is no place for it. AWS was reported to call it by this name, which its pages do not have.
    """
    if result_path == "$":
        return value
    if result_path is None:
        return document
    try:
        return put(as_text(result_path), document, value)
    except PathError as error:
        raise Failure(REFERENCE_PATH, str(error)) from error


def _filter(node: Object, field: str) -> Callable[[Frame, object], object] | None:
    """InputPath or OutputPath; None where it leaves everything as it is."""
    value = node.get(field, "$")
    if value == "$":
        return None
    if value is None:
        return lambda frame, document: {}
    return path(as_text(value))


class Jsonata:
    """Arguments, Output and Assign, of a state or of what stands at `place` in one, `Choices[0]/`."""

    def __init__(self, node: Object, place: str = "") -> None:
        self._node = node
        self._arguments = expressions(node["Arguments"], "Arguments") if "Arguments" in node else None
        self._output = expressions(node["Output"], f"{place}Output") if "Output" in node else None
        self._assign = expressions(node["Assign"], f"{place}Assign") if "Assign" in node else None
        self._of_catchers: dict[str, Evaluated] = {}

    def effective(self, frame: Frame) -> object:
        return frame.raw

    def arguments(self, frame: Frame, effective: object) -> object:
        if self._arguments is None:
            return effective
        filled = self._arguments(frame, frame.names())
        frame.note("afterArguments", filled)
        return filled

    def field(self, name: str) -> Field | None:
        if name not in self._node:
            return None
        value = expressions(self._node[name], name)
        return lambda frame, document: value(frame, frame.names())

    def finish(self, frame: Frame, effective: object, result: object, *, made: bool) -> tuple[object, Assigned]:
        if self._output is None and self._assign is None:
            return result, None
        names = frame.names(result=result) if made else frame.names()
        output = self._output(frame, names) if self._output else result
        assigned = as_object(self._assign(frame, names)) if self._assign else None
        return output, dict(assigned) if assigned is not None else None

    def caught(self, frame: Frame, catcher: Catcher, error: object) -> tuple[object, Assigned]:
        names = frame.names(errorOutput=error)
        output = self._of_catcher(catcher, "Output")(frame, names) if "Output" in catcher.node else error
        assigned = as_object(self._of_catcher(catcher, "Assign")(frame, names)) if "Assign" in catcher.node else None
        return output, dict(assigned) if assigned is not None else None

    def _of_catcher(self, catcher: Catcher, field: str) -> Evaluated:
        location = f"{catcher.place}/{field}"
        if location not in self._of_catchers:
            self._of_catchers[location] = expressions(catcher.node[field], location)
        return self._of_catchers[location]


def expressions(value: object, location: str) -> Evaluated:
    """A value with expressions in it, at any depth, to be evaluated for a frame and the names that it may read."""
    return _computed(value, location) or (lambda frame, names: value)


def _computed(value: object, location: str) -> Evaluated | None:
    """The same, and None where there is no expression in `value`."""
    if is_expression(value):
        return _expression(value, location)
    fields = as_object(value)
    if fields:
        inner = {key: found for key, one in fields.items() if (found := _computed(one, f"{location}/{key}"))}
        if inner:
            return lambda frame, names: {**fields, **{key: one(frame, names) for key, one in inner.items()}}
    elements = as_list(value)
    numbered = {index: found for index, one in enumerate(elements) if (found := _computed(one, f"{location}[{index}]"))}
    if numbered:
        return lambda frame, names: [
            numbered[index](frame, names) if index in numbered else one for index, one in enumerate(elements)
        ]
    return None


def _expression(written: str, location: str) -> Evaluated:
    shown = written[2:-2].strip()

    def evaluated(frame: Frame, names: Mapping[str, object]) -> object:
        try:
            return evaluate(written, names, frame.execution.clock, frame.execution.random)
        except EvaluationError as error:
            detail = f"The JSONata expression '{shown}' specified for the field '{location}' {error}"
            raise Broken(QUERY, detail, location) from error

    return evaluated


def wanted(field: str, written: object, value: object, type: str) -> Broken:
    """What is wrong where the expression `written` gives a `value` of another type than its field wants."""
    detail = (
        f"The JSONata expression '{as_text(written)[2:-2].strip()}' specified for the field '{field}' returned an "
        f"unexpected result type. Expected '{type}', but was '{kind(value).split()[-1]}' for value: {text(value)}"
    )
    return Broken(QUERY, detail, field)
