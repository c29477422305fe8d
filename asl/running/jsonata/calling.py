"""Functions and how they are called, and what an evaluation keeps while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final, Protocol, TypeAlias

from asl.running.jsonata.signatures import Signature, signature
from asl.running.jsonata.values import UNDEFINED, ExpressionFailure, Value

MAX_DEPTH = 100
"""Expressions within expressions. AWS publishes no number; it was seen to take 100 terms of `1+1+…`, and no more."""
MAX_CALLS = 500_000
"""Calls of an expression's own functions; they stand for the second that AWS gives an evaluation, in virtual time."""
MAX_NUMBERS = 873_782
"""Elements of `[1..n]`. AWS publishes no number; it was seen to take these, and no more."""
MAX_TEXT = 6_990_256
"""Characters of a text that an expression makes, from the same observations."""


class Clock(Protocol):
    """What time it is, in seconds since 1970."""

    @property
    def now(self) -> float: ...


class Evaluation:
    """One evaluation: the names it may read, its clock, and how far it has gone."""

    __slots__ = ("calls", "clock", "depth", "names", "random")

    def __init__(self, names: Mapping[str, Value], clock: Clock, random: Random) -> None:
        self.names = names
        self.clock = clock
        self.random = random
        self.depth = 0
        self.calls = 0

    @property
    def millis(self) -> int:
        """Milliseconds since 1970. The clock stands still while an expression is evaluated."""
        return round(self.clock.now * 1000)


class Frame:
    """Variables of a block, a function or a step of a path, within those around it."""

    __slots__ = ("base", "evaluation", "outer", "values")

    def __init__(self, values: dict[str, Value], outer: Frame | None, evaluation: Evaluation, base: int) -> None:
        self.values = values
        self.outer = outer
        self.evaluation = evaluation
        self.base = base
        """How deep the function lies whose body this is."""

    def within(self, values: dict[str, Value]) -> Frame:
        """A frame inside this one."""
        return Frame(values, self, self.evaluation, self.base)

    def find(self, name: str) -> Value:
        """The value of a variable or function."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.values:
                return frame.values[name]
            frame = frame.outer
        return UNDEFINED


Run: TypeAlias = Callable[[Value, Frame], Value]
"""An expression made ready: its value for a context and the variables around it."""


class Function:
    """Anything that can be called. `arity` is how many arguments $map and its like hand over."""

    __slots__ = ("arity", "holds")

    def __init__(self, arity: int, *, holds: bool = True) -> None:
        self.arity = arity
        self.holds = holds
        """Whether $boolean takes it for true."""

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        """Its value, or a Tail that is to be called for it."""
        raise NotImplementedError

    def handed(self) -> Function:
        """The same as an argument of another function, which calls it without a context."""
        return Handed(self)


class Native(Function):
    """A function of JSONata's library."""

    __slots__ = ("_implementation", "_signature", "_with_evaluation", "_written")

    def __init__(self, implementation: Callable[..., Value], written: str, arity: int, *, evaluation: bool) -> None:
        super().__init__(arity)
        self._implementation = implementation
        self._written = written
        self._signature: Signature | None = None
        self._with_evaluation = evaluation

    @property
    def signature(self) -> Signature:
        """What it takes."""
        if self._signature is None:  # reading them all would take longer than most expressions
            self._signature = signature(self._written)
        return self._signature

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        return self.checked(self.signature.arguments(arguments, context), evaluation)

    def checked(self, arguments: list[Value], evaluation: Evaluation) -> Value:
        """Call it with arguments that are known to fit."""
        if self._with_evaluation:
            return self._implementation(evaluation, *arguments)
        return self._implementation(*arguments)


class Tail:
    """A call that a function ends with: made in place of the function, so that recursion need not grow the stack."""

    __slots__ = ("context", "frame", "thunk")

    def __init__(self, thunk: Thunk, context: Value, frame: Frame) -> None:
        self.thunk = thunk
        self.context = context
        self.frame = frame


class Thunk:
    """The call at the end of a function's body, before its arguments are known."""

    __slots__ = ("arguments", "name", "procedure")

    def __init__(self, procedure: Run, arguments: Sequence[Run], name: Value) -> None:
        self.procedure = procedure
        self.arguments = arguments
        self.name = name


class Lambda(Function):
    """A function that an expression defines. It sees the context and the variables of where it was defined."""

    __slots__ = ("_body", "_context", "_frame", "_signature", "parameters")

    def __init__(
        self, parameters: Sequence[str], body: Run, context: Value, frame: Frame, signature: Signature | None
    ) -> None:
        super().__init__(len(parameters))
        self.parameters = parameters
        self._body = body
        self._context = context
        self._frame = frame
        self._signature = signature

    def handed(self) -> Function:
        if self._signature is not None:
            return Handed(self)
        same = Lambda(self.parameters, self._body, self._context, self._frame, None)
        same.holds = False
        return same

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        if self._signature is not None:
            arguments = self._signature.arguments(arguments, context)
        evaluation.calls += 1
        if evaluation.calls > MAX_CALLS:
            raise ExpressionFailure("time")
        bound = dict(zip(self.parameters, arguments, strict=False))
        if len(bound) < len(self.parameters):
            bound = {name: bound.get(name, UNDEFINED) for name in self.parameters}
        depth = evaluation.depth
        result = self._body(self._context, Frame(bound, self._frame, evaluation, depth))
        evaluation.depth = depth
        return result


MISSING: Final = object()
"""`?` in place of an argument."""


class Partial(Function):
    """A function some of whose arguments are given already; MISSING stands for the others."""

    __slots__ = ("_arguments", "_function")

    def __init__(self, function: Function, arguments: list[Value]) -> None:
        super().__init__(sum(argument is MISSING for argument in arguments))
        self._function = function
        self._arguments = arguments

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        rest = iter(arguments)
        given = [next(rest, UNDEFINED) if argument is MISSING else argument for argument in self._arguments]
        if isinstance(self._function, Native):
            return self._function.checked(given, evaluation)
        return apply(self._function, given, context, evaluation)


class Composed(Function):
    """`$f ~> $g`: what `$g` makes of what `$f` makes."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Function, second: Function) -> None:
        super().__init__(1)
        self._first = first
        self._second = second

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        between = apply(self._first, arguments[:1], None, evaluation)
        return apply(self._second, [between], None, evaluation)


class Handed(Function):
    """A function as another one gets it for an argument: it is called without a context."""

    __slots__ = ("_function",)

    def __init__(self, function: Function) -> None:
        super().__init__(function.arity, holds=False)
        self._function = function

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        return apply(self._function, arguments, None, evaluation)


def apply(function: Value, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
    """Call `function`, and whatever it ends with.

    Raises:
        ExpressionFailure: T1006 where it is none, and all that goes wrong inside.
    """
    if not isinstance(function, Function):
        raise ExpressionFailure("T1006")
    depth = evaluation.depth
    result = function.call(arguments, context, evaluation)
    while type(result) is Tail:
        thunk, frame = result.thunk, result.frame
        function = thunk.procedure(result.context, frame)
        arguments = [argument(result.context, frame) for argument in thunk.arguments]
        if not isinstance(function, Function):
            raise ExpressionFailure("T1006")
        evaluation.depth = depth
        try:
            result = function.call(arguments, context, evaluation)
        except ExpressionFailure as failure:
            failure.named.setdefault("token", thunk.name)
            raise
    return result


def chosen(function: Function, *arguments: Value) -> list[Any]:
    """Of the arguments that $map and its like offer, those that `function` takes, and always the first."""
    return list(arguments[: max(function.arity, 1)])
