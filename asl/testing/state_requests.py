"""Requests to TestState about the states of one machine.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple

from asl.running.sizes import text
from asl.syntax.placeholders import is_placeholder
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number
from asl.syntax.walk import State, walk

LONGEST_ERROR, LONGEST_CAUSE = 256, 32_768
"""Characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockErrorOutput.html"""
_MOCKED = ("Task", "Parallel", "Map")
_VARIABLE = "orderflow_context"
_LEFT_ALONE = ("Branches", "ItemProcessor", "Iterator", "Result")
"""Fields of a state that read nothing themselves: what is inside, and a Pass's literal Result."""
_PATHS = (".$", "Path", "Variable")
"""How fields end that hold a path: the others hold texts, in which dollar signs are nothing special."""
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:placeholder"


class Mock(NamedTuple):
    """What a state comes to: a result, or an error where there is one or a cause."""

    result: object = None
    error: str | None = None
    cause: str | None = None
    caused_by: str = ""
    """Of a Parallel or Map the state inside that failed."""

    @property
    def is_error(self) -> bool:
        return self.error is not None or self.cause is not None


class Requests:
    """Makes requests about one machine.

    Waits of a literal time are sent without it, and an unquoted or quoted placeholder that stands for a Resource as the
    ARN of a function: TestState would wait, and refuse it.
    """

    def __init__(self, definition: object, role: str | None = None) -> None:
        self._definition = text(definition)
        self._role = role
        self.written = cache(self._written)

    def about(
        self,
        state: State,
        input: object,
        variables: Object,
        context: Object,
        mock: Mock | None = None,
        tried: int | None = None,
    ) -> dict[str, Any]:
        """A request about one visit of a state; `tried` is how often the retrier that takes the error was used."""
        as_variable = takes_context_as_variable(state, is_mocked=mock is not None)
        if as_variable:
            variables = {**variables, _VARIABLE: context}
        request: dict[str, Any] = {
            "definition": self.written(state.path if as_variable else ""),
            "stateName": state.name,
            "input": text(input),
            "inspectionLevel": "DEBUG",
        }
        if variables:
            request["variables"] = text(variables)
        if self._role:
            request["roleArn"] = self._role
        if mock is None:
            return request
        request["mock"] = _mocked(state, mock)
        if not as_variable and _reads_context(state):
            request["context"] = text({name: value for name, value in context.items() if name != "Map"})
        configuration = {"retrierRetryCount": tried, "errorCausedByState": mock.caused_by or None}
        if given := {name: value for name, value in configuration.items() if value is not None}:
            request["stateConfiguration"] = given
        return request

    def arguments(self, state: State, input: object, variables: Object, context: Object) -> dict[str, Any] | None:
        """A request of what a Parallel gives its branches, asked as a Pass; None where that is its input as it is."""
        fields = {name: state.node[name] for name in ("InputPath", "Parameters", "Arguments") if name in state.node}
        if not fields:
            return None
        if "Arguments" in fields:
            fields["Output"] = fields.pop("Arguments")
        alone = {"Type": "Pass", "QueryLanguage": state.query_language, **fields, "End": True}
        request: dict[str, Any] = {
            "definition": text(_with_variable(alone, state.query_language)),
            "input": text(input),
            "variables": text({**variables, _VARIABLE: context}),
        }
        return {**request, "roleArn": self._role} if self._role else request

    def _written(self, path: str) -> str:
        """The definition as it is sent; at `path` is a state that reads the context object out of a variable."""
        found: dict[str, Any] = json.loads(self._definition)
        for state in walk(found).states:
            node: Any = state.node
            if state.type == "Wait" and is_number(node.get("Seconds")):
                node["Seconds"] = 0
            if state.type == "Task" and is_placeholder(re.sub(r":\w+$", "", as_text(node.get("Resource")))):
                node["Resource"] = _FUNCTION
            if state.path == path:
                alone = {name: node[name] for name in _LEFT_ALONE if name in node}
                node |= {**as_object(_with_variable(node, state.query_language)), **alone}
        return text(found)


def _mocked(state: State, mock: Mock) -> dict[str, Any]:
    """The mock as the API has it. Fields that an answer has to have may be left out, as they may here."""
    if mock.is_error:
        cause = {"cause": mock.cause[:LONGEST_CAUSE]} if mock.cause is not None else {}
        return {"errorOutput": {"error": (mock.error or "")[:LONGEST_ERROR], **cause}}
    mode = {"fieldValidationMode": "PRESENT"} if state.type == "Task" else {}
    return {"result": text(mock.result), **mode}


def _own(state: State) -> str:
    return text({name: value for name, value in state.node.items() if name not in _LEFT_ALONE})


def _reads_context(state: State) -> bool:
    own = _own(state)
    return "$states.context" in own if state.query_language == "JSONata" else "$$" in own


def reads_item(state: State) -> bool:
    """Whether a state reads the item of a Map around it. A Map's own fields may read those that it makes itself."""
    return state.type != "Map" and re.search(r"\$\$\.Map|\$states\.context\.Map", _own(state)) is not None


def takes_context_as_variable(state: State, *, is_mocked: bool) -> bool:
    """Whether a state is sent in which the context object is a variable: TestState takes one with a mock alone, and
    without the item of a Map."""
    return _reads_context(state) and (not is_mocked or reads_item(state))


def _with_variable(value: object, language: str, key: str = "") -> object:
    """A state, or what is in it, that reads the context object out of a variable."""
    if isinstance(value, str):
        if language == "JSONata":
            return value.replace("$states.context", f"${_VARIABLE}")
        return value.replace("$$", f"${_VARIABLE}") if key.endswith(_PATHS) else value
    if isinstance(value, dict):
        return {name: _with_variable(one, language, name) for name, one in as_object(value).items()}  # pyright: ignore[reportUnknownArgumentType]
    return [_with_variable(one, language, key) for one in as_list(value)] if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]


def needs_mock(state: State) -> bool:
    """Whether a state is asked about with a mock: nothing is ever called."""
    return state.type in _MOCKED
