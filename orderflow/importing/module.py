"""A definition as a module of Python: a function with parameters for what it refers to, which returns the dict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from asl.syntax.shapes import as_list, as_object
from orderflow.importing.literals import INDENT, WIDTH, Call, Writer, wrapped
from orderflow.importing.references import PARTITION, PLACEHOLDER, Parameter, References, references, snake

OWN_FUNCTION = 25
"""Lines of a branch or of a Map's processor from which it is a function of its own."""
_IMPORTS = ("Any", "Node")
_Place: TypeAlias = tuple[int, str | int]
"""A container, by its identity, and a key of it."""


@dataclass(frozen=True)
class Origin:
    """What is imported: the name that the function gets, the machine's type, and where it is from, in words."""

    name: str
    type: str
    place: str


@dataclass(frozen=True)
class Module:
    """The text, and the parameters of its function."""

    text: str
    parameters: Sequence[Parameter]


def module(definition: Mapping[str, object], origin: Origin) -> Module:
    """The module that gives `definition`, of plain JSON values."""
    found = references(definition, {origin.name, *_IMPORTS, "annotations"})
    parameters = [*found.parameters.values()]
    scopes = _Scopes(found, dict(_scopes(definition)))
    body = _body(scopes.writer(), definition)
    says = [*_about(origin, parameters)]
    main = _function(origin.name, parameters, says, body)
    helpers = "".join(f"\n\n{one}" for one in scopes.functions.values())
    anything = "from typing import Any\n\n" if any(not one.is_text for one in parameters) else ""
    title = _prose(f"{origin.name.replace('_', ' ').capitalize()}: imported from {origin.place}")
    head = f'"""{title}."""\n\nfrom __future__ import annotations\n\n{anything}from asl import Node\n'
    return Module(f"{head}\n\n{main}{helpers}", parameters)


@dataclass
class _Scopes:
    """Writes branches and processors that are long as functions of their own; `named` are all, by where they stand."""

    references: References
    named: Mapping[_Place, tuple[str, str]]
    functions: dict[str, str] = field(default_factory=dict[str, str])
    _said: dict[_Place, Call | None] = field(default_factory=dict[_Place, "Call | None"])

    def writer(self) -> Writer:
        return Writer(PLACEHOLDER, self._expression, self._name)

    def _name(self, placeholder: str) -> str | None:
        return self.references.of(placeholder) if placeholder in self.references.parameters else None

    def _expression(self, container: object, key: str | int) -> Call | None:
        place = (id(container), key)
        held = cast("Mapping[str | int, object]", container)
        if place in self.references.whole:
            return Call(self.references.of(str(held[key])))
        if place in self.named and place not in self._said:
            self._said[place] = self._call(place, held[key])
        return self._said.get(place)

    def _call(self, place: _Place, scope: object) -> Call | None:
        """The call of the function for a scope; None where it is short enough to stand where it is."""
        wanted, says = self.named[place]
        position = len(self.functions)
        body = _body(self.writer(), scope)
        if body.count("\n") < OWN_FUNCTION:
            return None
        name = wanted
        while name in self.functions:
            name += "_"
        used = self.references.used_in(scope)
        # In the order in which they are read: what calls stands above what is called.
        later = [*self.functions.items()][position:]
        self.functions = dict([*self.functions.items()][:position])
        self.functions[name] = _function(name, used, [says], body)
        self.functions |= dict(later)
        return Call(name, [one.name for one in used])


def _scopes(scope: object) -> Iterator[tuple[_Place, tuple[str, str]]]:
    """By container and key, each branch and each processor: what its function is called, and what it says."""
    for state, node in as_object(as_object(scope).get("States")).items():
        held, branches = as_object(node), as_list(as_object(node).get("Branches"))
        for key in ("ItemProcessor", "Iterator"):
            if "States" in as_object(held.get(key)):
                said = _prose(f"What {state} does with each item")
                yield (id(held), key), (f"_{snake(state) or 'map'}_processor", said)
                yield from _scopes(held[key])
        for index, branch in enumerate(branches):
            if "States" in as_object(branch):
                said = _prose(f"Branch {index + 1} of {state}")
                yield (id(branches), index), (f"_{snake(state) or 'parallel'}_branch_{index + 1}", said)
                yield from _scopes(branch)


def _body(writer: Writer, value: object) -> str:
    return f"    return {writer.write(value, 4, len('    return '), 0)}\n"


def _function(name: str, parameters: Sequence[Parameter], says: Sequence[str], body: str) -> str:
    head = wrapped(f"def {name}(", [_declared(one) for one in parameters], ") -> Node:", 0, 0, single=",")
    docstring = f"{says[0]}." if len(says) == 1 else f"{says[0]}\n\n{''.join(says[1:])}    "
    return f'{head}\n    """{docstring}"""\n{body}'


def _declared(parameter: Parameter) -> str:
    default = ' = "aws"' if parameter.stands_for == PARTITION else ""
    return f"{parameter.name}: {'str' if parameter.is_text else 'Any'}{default}"


def _about(origin: Origin, parameters: Sequence[Parameter]) -> Iterator[str]:
    """The docstring's lines: what stood in the place of each parameter."""
    kind = origin.type.capitalize()
    if not parameters:
        yield f"The definition of the {kind} machine"
        return
    yield f"The definition of the {kind} machine; what its parameters stand for was"
    width = max(len(one.name) for one in parameters)
    for one in parameters:
        yield _prose(f"    {one.name:<{width}}   {one.stands_for}", WIDTH) + "\n"


def _prose(text: str, width: int = WIDTH - INDENT - len('""".""" ')) -> str:
    """A text as it can stand in a docstring: whatever a definition holds, it ends none and begins no escape."""
    harmless = "".join(one if one.isprintable() else " " for one in text).replace("\\", "/").replace('"', "'")
    return (harmless if len(harmless) <= width else harmless[: width - 1] + "…").rstrip()
