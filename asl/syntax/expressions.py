"""JSONata expressions as Step Functions writes them: `{% $states.input.orderId %}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from importlib import import_module
from itertools import takewhile
from sys import getrecursionlimit, setrecursionlimit
from threading import get_ident
from typing import Any, NamedTuple, TypeGuard, cast

from asl.syntax.expression_trees import OTHER, Tree, plain
from asl.syntax.regular_expressions import RegularExpressionError, compiled
from asl.syntax.shapes import as_text

BUILT_IN = frozenset((
    "abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone", "contains",
    "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl", "encodeUrlComponent", "error",
    "eval", "exists", "filter", "floor", "formatBase", "formatInteger", "formatNumber", "fromMillis", "hash",
    "join", "keys", "length", "lookup", "lowercase", "map", "match", "max", "merge", "millis", "min", "not", "now",
    "number", "pad", "parse", "parseInteger", "partition", "power", "random", "range", "reduce", "replace",
    "reverse", "round", "shuffle", "sift", "single", "sort", "split", "spread", "sqrt", "string", "substring",
    "substringAfter", "substringBefore", "sum", "toMillis", "trim", "type", "uppercase", "uuid", "zip", "states",
))  # fmt: skip
"""JSONata 2.0.6, and what Step Functions adds: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""


class Expression(NamedTuple):
    """A parsed expression: what it reads from outside, and what is wrong with it."""

    variables: frozenset[str]
    """Without built-in functions and without names that the expression binds itself."""
    states: frozenset[str]
    """The first names behind `$states`."""
    reads: frozenset[tuple[str, ...]] = frozenset()
    """The names behind `$states` one by one, as far as they are plain names: `("input", "order", "id")`."""
    paths: tuple[tuple[str, ...], ...] = ()
    """The names of data in each path in it, wherever that begins; those of `$states` itself are none."""
    document: str = ""
    """A name, `$` or `$$` that needs an input document, which Step Functions does not give."""
    evals: bool = False
    missing: frozenset[str] = frozenset()
    """The functions that it calls and that neither JSONata nor the expression itself has."""
    calls: frozenset[str] = frozenset()
    """The functions that it calls by a name that it does not bind itself."""
    problem: str = ""
    tree: Tree = OTHER


def is_expression(value: object) -> TypeGuard[str]:
    """Whether `value` is a JSONata expression as Step Functions writes it: `{% … %}`."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def is_filled_in(value: object) -> bool:
    """Whether data or deployment says what stands there: an expression, or a text with a placeholder."""
    return is_expression(value) or "${" in as_text(value)


class ExpressionError(ValueError):
    """A text that is no JSONata, saying why."""


class TooDeepError(ExpressionError):
    """It may be JSONata, but is nested deeper than can be read."""


@lru_cache(maxsize=2**16)
def parse_expression(text: str) -> Expression:
    """Read `{% … %}`."""
    try:
        return _read(parsed(text))
    except ExpressionError as problem:
        return Expression(frozenset(), frozenset(), problem=str(problem))


def parsed(text: str) -> Any:
    """The parser's tree of `{% … %}`. It is loaded with the first expression, so that `import asl` stays quick.

    Raises:
        ExpressionError: it cannot be parsed.
    """
    refused: type[Exception] = library("jexception").JException
    try:
        # The parser looks behind a comment for what follows it, also at the end; \v is no blank to it.
        return _parser(get_ident()).parse(f"{_QUOTED_OR_TAB.sub(_spaced, text[2:-2])} ", compiled)
    except refused as problem:
        raise ExpressionError(f"{problem} (at character {getattr(problem, 'location', '')})") from None
    except RegularExpressionError as problem:
        raise ExpressionError(str(problem)) from None
    except _YoungerError as problem:
        raise ExpressionError(f"{problem} is younger than version 2.0.6, which AWS has") from None
    except RecursionError:
        raise TooDeepError("it is nested too deep") from None
    except Exception as problem:  # the parser meets some broken texts with errors of Python's own
        raise ExpressionError(str(problem) or "it cannot be parsed") from None


_QUOTED_OR_TAB = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\v""", re.DOTALL)


def _spaced(found: re.Match[str]) -> str:
    return " " if found[0] == "\v" else found[0]


def library(module: str) -> Any:
    """A module of jsonata-python. The library raises the recursion limit of the whole process when it is loaded."""
    limit = getrecursionlimit()
    try:
        return import_module(f"jsonata.{module}")
    finally:
        setrecursionlimit(limit)


@cache
def _parser(thread: int) -> Any:
    """One for each thread: it keeps its place in the text. Making one takes longer than reading most expressions."""
    parser = library("parser").Parser()
    for operator in _LATER:
        # It stays a word: in a signature (`<s?:s>`) the same letters mean something else.
        parser.symbol_table[operator].led = _refuse(operator)
    return parser


class _YoungerError(ValueError):
    """An operator of a later version of JSONata."""


def _refuse(operator: str) -> Callable[[object], object]:
    def led(left: object) -> object:
        raise _YoungerError(operator)

    return led


def _read(tree: Any) -> Expression:
    used: set[str] = set()
    bound: set[str] = set()
    called: set[str] = set()
    reads: set[tuple[str, ...]] = set()
    paths: list[tuple[str, ...]] = []
    for node in nodes(tree):
        if node.type == "variable":
            used.add(str(node.value))
        elif node.type == "bind":
            bound.add(str(node.lhs.value))
        elif node.type == "lambda":
            bound.update(str(argument.value) for argument in node.arguments)
        elif node.type == "function":
            called.add(_value(node.procedure, "variable"))
        elif node.type == "path":
            names = [_value(step, "name") for step in node.steps]
            of_states = _value(node.steps[0], "variable") == "states"
            paths.append(_data_names([*filter(None, names)], of_states=of_states))
            if of_states:
                reads.add(tuple(takewhile(bool, names[1:])))
        bound.update(str(name) for name in (node.focus, node.index) if isinstance(name, str))
    free = used - bound - BUILT_IN - {"", "$"}
    states = frozenset(names[0] for names in reads if names)
    return Expression(
        frozenset(free - called),
        states,
        frozenset(reads),
        tuple(paths),
        _document(tree),
        "eval" in used - bound,
        frozenset(free & called),
        frozenset(called - bound),
        tree=plain(tree),
    )


def _data_names(names: list[str], *, of_states: bool) -> tuple[str, ...]:
    if not of_states:
        return tuple(names)
    for start in _DATA_IN_CONTEXT:
        if tuple(names[: len(start)]) == start:
            return tuple(names[len(start) :])
    return () if names[:1] == ["context"] else tuple(names[1:])


_DATA_IN_CONTEXT = (("context", "Execution", "Input"), ("context", "Map", "Item", "Value"))
"""Where the context object holds data: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""


def _value(node: Any, type: str) -> str:
    return str(node.value) if getattr(node, "type", None) == type else ""


_LATER = ("??", "?:")
"""Of JSONata 2.1; Step Functions speaks 2.0.6: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""

_CHILDREN = ("lhs", "rhs", "procedure", "condition", "then", "_else", "body", "expression", "expr", "pattern",
             "update", "delete", "group", "arguments", "expressions", "steps", "stages", "predicate", "terms",
             "rhs_terms", "lhs_object", "rhs_object")  # fmt: skip
_EVALUATED = (
    "lhs",
    "rhs",
    "condition",
    "then",
    "_else",
    "expression",
    "arguments",
    "expressions",
    "lhs_object",
    "body",
)
_ARRAYS = (list, tuple)


def nodes(tree: Any) -> Iterator[Any]:
    """Every node once; the parser's trees share some."""
    seen: set[int] = set()
    todo: list[Any] = [tree]
    while todo:
        item = todo.pop()
        if isinstance(item, _ARRAYS):
            todo.extend(cast(list[Any], item))
        elif hasattr(item, "type") and id(item) not in seen:
            seen.add(id(item))
            yield item
            todo.extend(_parts(item, _CHILDREN))


def _document(tree: Any) -> str:
    """What reads the input document: a bare name, `$` or `$$` outside predicates and later steps.

    A function's body has the document of the place where the function is written, not that of its call.
    """
    todo: list[Any] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, _ARRAYS):
            todo.extend(cast(list[Any], node))
            continue
        type = getattr(node, "type", None)
        if type == "path":
            todo.append(node.steps[0])
        elif type == "name":
            return str(node.value)
        elif type == "variable" and node.value in ("", "$"):
            return f"${node.value}"
        elif type == "bind":
            todo.append(node.rhs)
        elif type is not None and type not in ("transform", "regex"):
            todo.extend(_parts(node, _EVALUATED))
    return ""


def _parts(node: Any, names: Iterable[str]) -> list[Any]:
    """What hangs below `node`; most of the names hold nothing."""
    return [part for name in names if (part := getattr(node, name, None))]
