"""What JSONata expressions have to know of unknown data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from asl.syntax.expression_trees import Tree
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.strings import Text
from asl.syntax.walk import State
from asl.testing.exploring.candidates import COMPARED, LATER, Constants, candidates
from asl.testing.exploring.learning import AskedError, Question, ask, of_items
from asl.testing.exploring.unknown import MISSING, Unknown

_BOOLEANS = (True, False)
_OF_FIELDS: Mapping[str, object] = {
    "Seconds": 60,
    "Timestamp": LATER,
    "TimeoutSeconds": 60,
    "HeartbeatSeconds": 30,
    "MaxConcurrency": 1,
    "Error": "Told",
    "Cause": "told",
}


def asked(
    state: State, names: Mapping[str, object], constants: Constants, among: Callable[[Text], bool]
) -> Question | None:
    """What has to be learned before the expressions `among` a state's can be evaluated with `names`.

    Raises:
        AskedError: where only a person can say it.
    """
    for text in state.contents.texts:
        if text.place != "constant" and is_expression(text.value) and among(text):
            tree = parse_expression(text.value).tree
            found = _Reader(state, names, constants).of_field(tree, text)
            if found:
                return found
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    state: State
    names: Mapping[str, object]
    constants: Constants

    def of_field(self, tree: Tree, text: Text) -> Question | None:
        value = self._value(tree)
        if isinstance(value, Unknown):
            if text.key == "Condition":
                return Question(value.id, _BOOLEANS)
            if text.field == "Items":
                return of_items(value)
            if text.field in _OF_FIELDS and not value:
                return Question(value.id, (_OF_FIELDS[text.field],))
        return self._of(tree)

    def _of(self, tree: Tree) -> Question | None:
        if tree.kind in ("bind", "other"):
            self._refuse(tree)
        if tree.kind == "call":
            return self._of_call(tree)
        if tree.kind == "operation":
            found = self._of_operation(tree)
            if found:
                return found
        if tree.kind == "condition" and isinstance(test := self._value(tree.parts[0]), Unknown):
            return Question(test.id, _BOOLEANS)
        return self._of_parts(tree)

    def _of_parts(self, tree: Tree) -> Question | None:
        if tree.kind == "path" and tree.read():
            return None
        return next((found for part in tree.parts if (found := self._of(part))), None)

    def _of_call(self, tree: Tree) -> Question | None:
        for part in tree.parts:
            value = self._value(part)
            if not isinstance(value, Unknown):
                continue
            if tree.names[0] in ("not", "boolean"):
                return Question(value.id, _BOOLEANS)
            if tree.names[0] == "exists":
                return self._of_place(part, value)
            raise AskedError(ask(self.state, f"${'.'.join(part.read())} in ${tree.names[0]}()", value))
        return self._of_parts(tree)

    def _of_place(self, part: Tree, value: Unknown) -> Question | None:
        *names, last = part.read()
        holder = self._inside(tuple(names))
        if isinstance(holder, Unknown) and holder.is_open(last):
            return Question(value.id, (MISSING, Unknown(value.id, value.read)), learns_place=True)
        return None

    def _of_operation(self, tree: Tree) -> Question | None:
        operator = tree.names[0]
        for index, part in enumerate(tree.parts):
            value = self._value(part)
            if not isinstance(value, Unknown) or value:
                continue
            if operator in ("and", "or"):
                return Question(value.id, _BOOLEANS)
            if operator not in COMPARED:
                return Question(value.id, ("text" if operator == "&" else 1,))
            name = part.read()[-1]
            known = [*self.constants.get(name, ())]
            other = self._value(tree.parts[1 - index])
            if isinstance(other, str | int | float | bool):
                known.append((operator, other))
            return Question(value.id, candidates(known))
        return None

    def _refuse(self, tree: Tree) -> None:
        """What is too involved is not looked through: nothing in it may be unknown."""
        todo = [tree]
        while todo:
            part = todo.pop()
            value = self._value(part)
            if isinstance(value, Unknown):
                raise AskedError(ask(self.state, f"${'.'.join(part.read())}", value))
            todo += part.parts
        for name, value in self.names.items():
            if tree.kind == "other" and isinstance(value, Unknown):
                raise AskedError(ask(self.state, f"${name}", value))

    def _value(self, tree: Tree) -> object:
        if tree.kind == "constant":
            return tree.value
        return self._inside(tree.read()) if tree.read() else None

    def _inside(self, names: tuple[str, ...]) -> object:
        holder: object = self.names
        for name in names:
            if not isinstance(holder, Mapping):
                return None
            fields: Mapping[str, object] = holder  # pyright: ignore[reportUnknownVariableType]
            holder = fields.get(name)
        return holder
