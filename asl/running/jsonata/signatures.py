"""Signatures of functions, as `<s-nn?:s>`: https://docs.jsonata.org/programming#function-signatures"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from asl.running.jsonata.values import UNDEFINED, Array, ExpressionFailure, Object, Sequence, Tuples, Undefined, Value
from asl.syntax.expressions import library

_LETTERS: dict[type, str] = {
    str: "s", int: "n", float: "n", bool: "b", type(None): "l", list: "a", Array: "a", Sequence: "a", Tuples: "a",
    dict: "o", Object: "o", Undefined: "m",
}  # fmt: skip
_ANY_TYPE = "snblaofm"
_NAMES = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}


def letter(value: Value) -> str:
    """The type of a value as signatures write it; `m` is missing, and all that is no JSON a function."""
    return _LETTERS.get(value.__class__, "f")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: the pattern of the letters that it takes, and whether the context stands in for it."""

    type: str
    pattern: str
    context: bool
    subtype: str | None

    def of(self, value: Value, given: str, index: int) -> Value:
        """An argument of type `given` as an array parameter has it: what is no array becomes one of one element."""
        if given == "m":
            return UNDEFINED
        if self.subtype is not None and not self._elements_fit(value, given):
            raise ExpressionFailure("T0412", value=value, index=index + 1, type=_NAMES.get(self.subtype, UNDEFINED))
        return value if given == "a" else Array((value,))

    def _elements_fit(self, value: Value, given: str) -> bool:
        if given != "a":
            return given == self.subtype
        return {letter(item) for item in value} <= {(self.subtype or "")[:1]}


_Taken = Callable[[list[Value], Value], Value]


class Signature:
    """What a function takes: `arguments` checks and completes what it is given."""

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self._parameters = parameters
        self._pattern = re.compile("".join(f"({parameter.pattern})" for parameter in parameters))
        self._plans: dict[str, tuple[_Taken, ...] | None] = {}

    def arguments(self, given: list[Value], context: Value) -> list[Value]:
        """The arguments that the function gets: https://docs.jsonata.org/programming#function-signatures

        Raises:
            ExpressionFailure: T0410, T0411 or T0412, without the function's name.
        """
        letters = "".join([_LETTERS.get(value.__class__, "f") for value in given])
        try:
            plan = self._plans[letters]
        except KeyError:
            plan = self._plans[letters] = self._plan(letters)
        if plan is None:
            return given
        return [take(given, context) for take in plan]

    def takes(self, letters: str) -> bool:
        """Whether it takes arguments of the types `letters`; a blank is any type."""
        pattern = self._pattern
        kinds = [_ANY_TYPE if letter == " " else letter for letter in letters]
        return any(pattern.fullmatch("".join(one)) for one in product(*kinds))

    def _plan(self, letters: str) -> tuple[_Taken, ...] | None:
        """How each argument comes about when the given ones have types `letters`; None where all are as given."""
        match = self._pattern.fullmatch(letters)
        if match is None:
            raise self._refusal(letters)
        plan: list[_Taken] = []
        plain, position = True, 0
        for parameter, matched in zip(self._parameters, match.groups(), strict=True):
            if not matched and parameter.context:
                plan.append(_context(parameter, position))
                plain = False
                continue
            for one in matched or "m":
                plan.append(_argument(parameter, position, one, matched))
                plain = plain and parameter.type != "a" and position < len(letters)
                position += 1
        return None if plain else tuple(plan)

    def _refusal(self, letters: str) -> ExpressionFailure:
        """Of the first argument that does not fit."""
        pattern, good = "", 0
        for parameter in self._parameters:
            pattern += parameter.pattern
            match = re.match(pattern, letters)
            if match is None:
                break
            good = match.end()
        return ExpressionFailure("T0410", index=good + 1)


def _context(parameter: Parameter, position: int) -> _Taken:
    def take(given: list[Value], context: Value) -> Value:
        if not re.search(parameter.pattern.removesuffix("?"), letter(context)):
            raise ExpressionFailure("T0411", value=context, index=position + 1)
        return context

    return take


def _argument(parameter: Parameter, position: int, one: str, matched: str) -> _Taken:
    if parameter.type == "a" and matched:
        return lambda given, context: parameter.of(given[position], one, position)
    return lambda given, context: given[position] if position < len(given) else UNDEFINED


def declared(parsed: Any) -> Signature:
    """The signature that the parser read, of a function in an expression."""
    return Signature(
        tuple(Parameter(str(one.type), str(one.regex), bool(one.context), one.subtype) for one in parsed._params)
    )


@cache
def signature(written: str) -> Signature:
    """`<a<n>:n>` as written."""
    return declared(library("signature").Signature(written, ""))
