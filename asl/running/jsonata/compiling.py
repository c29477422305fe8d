"""From the parser's tree of an expression to closures that evaluate it.

The tree is that of jsonata-python's parser, which is JSONata's own. What a node comes to is JSONata 2.0.6's:
https://docs.jsonata.org/2.0.0/overview
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from asl.running.jsonata import operators, paths
from asl.running.jsonata.arrays import cloned
from asl.running.jsonata.calling import (
    MAX_DEPTH,
    MISSING,
    Composed,
    Frame,
    Function,
    Lambda,
    Native,
    Partial,
    Run,
    Tail,
    Thunk,
    apply,
)
from asl.running.jsonata.library import LIBRARY
from asl.running.jsonata.matching import Matcher
from asl.running.jsonata.signatures import declared
from asl.running.jsonata.texts import letters
from asl.running.jsonata.values import (
    DICT,
    LIST,
    UNDEFINED,
    Array,
    ExpressionFailure,
    Object,
    Sequence,
    Value,
    field,
    is_number,
    number,
    settled,
    truth,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in an expression a node stands."""

    bound: frozenset[str]
    """The names that the expression binds anywhere; all others come from outside."""
    depth: int = 1
    """How many nodes it lies deep, within the function that it belongs to."""
    inside: bool = False
    """Whether it belongs to a function, which lies as deep as its call."""

    def below(self) -> Scope:
        """The scope of what hangs below the node."""
        return replace(self, depth=self.depth + 1)


def compiled(tree: Any) -> Run:
    """The expression that was parsed to `tree`."""
    return _run(tree, Scope(frozenset(_bound(tree))))


def _bound(tree: Any) -> Iterator[str]:
    """The names that an expression binds somewhere."""
    from asl.syntax.expressions import nodes

    for node in nodes(tree):
        if node.type == "bind":
            yield str(node.lhs.value)
        elif node.type in ("lambda", "partial"):
            yield from (str(argument.value) for argument in node.arguments)
        yield from (str(name) for name in (node.focus, node.index) if isinstance(name, str))
        if node.type == "index":
            yield str(node.value)


def _run(node: Any, scope: Scope) -> Run:
    """One node with its predicates and grouping."""
    run = _KINDS[node.type](node, scope)
    if node.type in _LEAVES and (scope.inside or scope.depth > MAX_DEPTH):
        run = _not_too_deep(run, scope.depth)
    for predicate in node.predicate or ():
        run = _filtered(run, paths.predicate(predicate.expr, _run(predicate.expr, scope.below())))
    if node.type != "path" and node.group is not None:
        run = _grouped(run, _pairs(node.group, scope))
    if node.predicate or node.type in _FOUND or node.keep_array:
        run = _settled(run, keep=bool(node.keep_array))
    return run


def _not_too_deep(run: Run, depth: int) -> Run:
    """A node without nodes below it, which is refused where AWS's limit is passed."""
    highest = MAX_DEPTH - depth

    def evaluate(context: Value, frame: Frame) -> Value:
        if frame.base > highest:
            raise ExpressionFailure("stack")
        return run(context, frame)

    return evaluate


def _settled(run: Run, *, keep: bool) -> Run:
    def evaluate(context: Value, frame: Frame) -> Value:
        result = run(context, frame)
        if type(result) is Sequence:
            if keep:
                result.keep = True
            return settled(result)
        return result

    return evaluate


def _filtered(run: Run, select: paths.Select) -> Run:
    return lambda context, frame: select(run(context, frame), frame)


def _grouped(run: Run, group: paths.Group) -> Run:
    return lambda context, frame: group(run(context, frame), frame)


# Leaves


def _constant(node: Any, scope: Scope) -> Run:
    value = node.value
    if isinstance(value, str):
        value = letters(value)  # one beyond the first plane may be written as two escapes
    return lambda context, frame: value


def _variable(node: Any, scope: Scope) -> Run:
    """A variable, a function, or `$`, the context. Being most leaves, it sees to depth and sequences itself."""
    name, highest = str(node.value), MAX_DEPTH - scope.depth

    def context_value(context: Value, frame: Frame) -> Value:
        if frame.base > highest:
            raise ExpressionFailure("stack")
        return settled(context) if type(context) is Sequence else context

    def bound(context: Value, frame: Frame) -> Value:
        if frame.base > highest:
            raise ExpressionFailure("stack")
        inner: Frame | None = frame
        while inner is not None:
            if name in inner.values:
                value = inner.values[name]
                return settled(value) if type(value) is Sequence else value
            inner = inner.outer
        return frame.evaluation.names.get(name, own)

    def outer(context: Value, frame: Frame) -> Value:
        if frame.base > highest:
            raise ExpressionFailure("stack")
        return frame.evaluation.names.get(name, own)

    own = LIBRARY.get(name, UNDEFINED)
    return context_value if name == "" else bound if name in scope.bound else outer


def _name(node: Any, scope: Scope) -> Run:
    name = str(node.value)
    return lambda context, frame: field(context, name)


def _wildcard(node: Any, scope: Scope) -> Run:
    return lambda context, frame: paths.children(context)


def _descendant(node: Any, scope: Scope) -> Run:
    return lambda context, frame: paths.descendants(context)


def _parent(node: Any, scope: Scope) -> Run:
    label = str(node.slot.label)
    return lambda context, frame: frame.find(label)


def _regex(node: Any, scope: Scope) -> Run:
    matcher = Matcher(node.value)
    return lambda context, frame: matcher


# Operators


def _binary(node: Any, scope: Scope) -> Run:
    left, right = _run(node.lhs, scope.below()), _run(node.rhs, scope.below())
    return operators.OPERATORS[str(node.value)](left, right)


def _unary(node: Any, scope: Scope) -> Run:
    if node.value == "[":
        return _array(node, scope)
    if node.value == "{":
        return _object(node, scope)
    operand = _run(node.expression, scope.below())

    def negate(context: Value, frame: Frame) -> Value:
        value = operand(context, frame)
        if value is UNDEFINED:
            return value
        if not is_number(value):
            raise ExpressionFailure("D1002", value=value)
        return number(-float(value)) if value == 0 else -value

    return negate


def _array(node: Any, scope: Scope) -> Run:
    # An array in it stays one element, whereas the elements of any other value are taken one by one.
    elements = [(_run(one, scope.below()), one.value == "[") for one in node.expressions]
    cons = bool(node.consarray)

    def evaluate(context: Value, frame: Frame) -> Value:
        result = Array()
        for element, whole in elements:
            value = element(context, frame)
            if isinstance(value, LIST) and not whole:
                result.extend(value)
            elif value is not UNDEFINED:
                result.append(value)
        if cons:
            result.cons = True
        return result

    return evaluate


def _pairs(node: Any, scope: Scope) -> paths.Group:
    below = scope.below()
    return paths.group([(_run(key, below), _run(value, below)) for key, value in node.lhs_object])


def _object(node: Any, scope: Scope) -> Run:
    group = _pairs(node, scope)
    keys = [key.value for key, _ in node.lhs_object if key.type == "string" and not (key.group or key.predicate)]
    if len(set(keys)) < len(node.lhs_object):
        return group
    below = scope.below()
    fields = [(str(key.value), _run(value, below)) for key, value in node.lhs_object]

    def evaluate(context: Value, frame: Frame) -> Value:
        # An object is made for each element of an array that is the context, and these are put together.
        if isinstance(context, LIST):
            return group(context, frame)
        result = Object()
        for key, run in fields:
            value = run(context, frame)
            if value is not UNDEFINED:
                result[key] = value
        return result

    return evaluate


def _condition(node: Any, scope: Scope) -> Run:
    below = scope.below()
    condition, then = _run(node.condition, below), _run(node.then, below)
    otherwise = _run(node._else, below) if node._else is not None else None

    def evaluate(context: Value, frame: Frame) -> Value:
        if truth(condition(context, frame)):
            return then(context, frame)
        return otherwise(context, frame) if otherwise is not None else UNDEFINED

    return evaluate


def _block(node: Any, scope: Scope) -> Run:
    below = scope.below()
    expressions = [_run(one, below) for one in node.expressions]

    def evaluate(context: Value, frame: Frame) -> Value:
        inner = frame.within({})
        result: Value = UNDEFINED
        for run in expressions:
            result = run(context, inner)
        return result

    return evaluate


def _bind(node: Any, scope: Scope) -> Run:
    name, run = str(node.lhs.value), _run(node.rhs, scope.below())

    def evaluate(context: Value, frame: Frame) -> Value:
        value = frame.values[name] = run(context, frame)
        return value

    return evaluate


# Functions


def _lambda(node: Any, scope: Scope) -> Run:
    inside = replace(scope, depth=1, inside=True)
    if node.thunk:
        # The call is made where that of the function around it was, at its depth.
        call = node.body
        arguments = [_run(one, inside) for one in call.arguments]
        thunk = Thunk(_run(call.procedure, inside), arguments, _called(call.procedure))
        return lambda context, frame: Tail(thunk, context, frame)
    parameters = [str(one.value) for one in node.arguments]
    signature = declared(node.signature) if node.signature is not None else None
    body = _run(node.body, inside)
    return lambda context, frame: Lambda(parameters, body, context, frame, signature)


def _called(procedure: Any) -> Value:
    """The name of a function, for messages."""
    if procedure.type == "path":
        return procedure.steps[0].value
    return procedure.value if procedure.value is not None else UNDEFINED


def _call(node: Any, scope: Scope, first: Run | None = None) -> Run:
    """A call of a function, whose first argument may stand before `~>`."""
    below, depth = scope.below(), scope.depth
    procedure = _run(node.procedure, below)
    arguments = [_run(one, below) for one in node.arguments]
    if first is not None:
        arguments.insert(0, first)
    name = _called(node.procedure)
    without_dollar = node.procedure.type == "path"

    def evaluate(context: Value, frame: Frame) -> Value:
        function = procedure(context, frame)
        if function is UNDEFINED and without_dollar and _there_is(name, frame):
            raise ExpressionFailure("T1005", token=name)
        given: list[Value] = []
        for argument in arguments:
            value = argument(context, frame)
            given.append(value.handed() if isinstance(value, Function) else value)
        evaluation = frame.evaluation
        evaluation.depth = frame.base + depth
        try:
            if type(function) is Native:
                return function.call(given, context, evaluation)
            return apply(function, given, context, evaluation)
        except ExpressionFailure as failure:
            failure.named.setdefault("token", name)
            raise

    return evaluate


def _there_is(name: Value, frame: Frame) -> bool:
    """Whether a function or variable has the name, so that somebody forgot its `$`."""
    return name in LIBRARY or name in frame.evaluation.names or frame.find(name) is not UNDEFINED


def _partial(node: Any, scope: Scope) -> Run:
    below = scope.below()
    procedure, name = _run(node.procedure, below), _called(node.procedure)
    without_dollar = node.procedure.type == "path"
    arguments = [None if one.type == "operator" else _run(one, below) for one in node.arguments]

    def evaluate(context: Value, frame: Frame) -> Value:
        given = [MISSING if run is None else run(context, frame) for run in arguments]
        function = procedure(context, frame)
        if not isinstance(function, Function):
            code = "T1007" if function is UNDEFINED and without_dollar and _there_is(name, frame) else "T1008"
            raise ExpressionFailure(code, token=name)
        return Partial(function, given)

    return evaluate


def _apply(node: Any, scope: Scope) -> Run:
    """`value ~> $function`, and `$function ~> $function`."""
    left = _run(node.lhs, scope.below())
    if node.rhs.type == "function":
        return _call(node.rhs, scope, left)
    right, depth = _run(node.rhs, scope.below()), scope.depth

    def evaluate(context: Value, frame: Frame) -> Value:
        value, function = left(context, frame), right(context, frame)
        if not isinstance(function, Function):
            raise ExpressionFailure("T2006", value=function)
        if isinstance(value, Function):
            return Composed(value, function)
        frame.evaluation.depth = frame.base + depth
        return apply(function, [value], None, frame.evaluation)

    return evaluate


def _transform(node: Any, scope: Scope) -> Run:
    """`|what|changes, what goes|`: a function that changes a copy of what it is given."""
    inside = replace(scope, depth=1, inside=True)
    pattern, update = _run(node.pattern, inside), _run(node.update, inside)
    delete = _run(node.delete, inside) if node.delete is not None else None

    def evaluate(context: Value, frame: Frame) -> Value:
        def transformed(evaluation: Any, value: Value) -> Value:
            if value is UNDEFINED:
                return value
            inner = Frame({}, frame, frame.evaluation, evaluation.depth)
            result = cloned(value)
            matches = pattern(result, inner)
            for match in matches if isinstance(matches, LIST) else () if matches is UNDEFINED else (matches,):
                _change(match, update(match, inner))
                if delete is not None:
                    _delete(match, delete(match, inner))
            return result

        return Native(transformed, "<(oa):o>", 1, evaluation=True)

    return evaluate


def _change(match: Value, changes: Value) -> None:
    if changes is UNDEFINED:
        return
    if not isinstance(changes, DICT):
        raise ExpressionFailure("T2011", value=changes)
    if isinstance(match, DICT):
        match.update(changes)


def _delete(match: Value, names: Value) -> None:
    if names is UNDEFINED:
        return
    listed: list[Value] = names if isinstance(names, LIST) else [names]
    if not all(isinstance(name, str) for name in listed):
        raise ExpressionFailure("T2012", value=names)
    if isinstance(match, DICT):
        for name in listed:
            match.pop(name, None)


# Paths


def _path(node: Any, scope: Scope) -> Run:
    """A path. One of plain names, `$x.a.b` or `a.b`, is read at one go."""
    first = node.steps[0]
    special = node.keep_singleton_array or node.group or node.tuple
    if special or any(step.type != "name" for step in node.steps[1:]) or not all(map(_is_plain, node.steps)):
        return _long_path(node, scope)
    names = tuple(str(step.value) for step in node.steps if step.type == "name")
    start = _start(first, scope)
    return paths.plain_path(start, names, _long_path(node, scope))


def _start(first: Any, scope: Scope) -> Run:
    """What the names of a plain path are read from."""
    node = first
    if first.type == "name":
        node = copy(first)
        node.type, node.value = "variable", ""
    return _variable(node, scope.below())


def _is_plain(step: Any) -> bool:
    return step.type in ("name", "variable") and not (
        step.stages or step.predicate or step.tuple or step.group or step.keep_array
    )


def _long_path(node: Any, scope: Scope) -> Run:
    return paths.path(
        [_step(step, scope.below(), first=step is node.steps[0]) for step in node.steps],
        from_variable=node.steps[0].type == "variable",
        constructed=bool(node.steps[0].consarray),
        keep=bool(node.keep_singleton_array),
        tuples=bool(node.tuple),
        group=_pairs(node.group, scope) if node.group is not None else None,
    )


def _step(node: Any, scope: Scope, *, first: bool) -> paths.Step:
    terms = [(_run(term.expression, scope), bool(term.descending)) for term in node.terms or ()]
    return paths.Step(
        run=paths.sort(terms) if terms else _run(node, scope),
        name=str(node.value) if node.type == "name" and _is_plain(node) and not first else None,
        sorts=bool(terms),
        stages=[_stage(stage, scope) for stage in node.stages or ()],
        tuples=bool(node.tuple),
        focus=node.focus,
        index=node.index,
        ancestor=str(node.ancestor.label) if node.ancestor is not None else None,
    )


def _stage(node: Any, scope: Scope) -> paths.Stage:
    if node.type == "index":
        return str(node.value)
    return paths.predicate(node.expr, _run(node.expr, scope))


_KINDS: dict[str, Callable[[Any, Scope], Run]] = {
    "string": _constant,
    "number": _constant,
    "value": _constant,
    "variable": _variable,
    "name": _name,
    "wildcard": _wildcard,
    "descendant": _descendant,
    "parent": _parent,
    "regex": _regex,
    "binary": _binary,
    "unary": _unary,
    "condition": _condition,
    "block": _block,
    "bind": _bind,
    "lambda": _lambda,
    "function": _call,
    "partial": _partial,
    "apply": _apply,
    "transform": _transform,
    "path": _path,
}
_LEAVES = frozenset(("string", "number", "value", "name", "wildcard", "descendant", "parent", "regex"))
_FOUND = frozenset(("path", "function", "apply", "name", "wildcard", "descendant", "parent"))
"""What may come to a sequence. What an operator, a condition or a block comes to was seen to before."""
