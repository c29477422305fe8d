"""JSONata as Step Functions evaluates it: version 2.0.6, with AWS's functions, limits and texts.

Two things are otherwise than in JavaScript. Of several failures in one array or object the first is told, where
JavaScript tells the one that it comes to first while it evaluates all of them side by side. And a regular expression
takes a letter beyond Unicode's first plane for one letter, not for two halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from asl.running.jsonata.calling import Clock, Evaluation, Frame, Run
from asl.running.jsonata.errors import EvaluationError, nothing, told
from asl.running.jsonata.values import UNDEFINED, ExpressionFailure, is_json, plain

if TYPE_CHECKING:
    from asl.running.jsonata.values import Value

__all__ = ["Clock", "EvaluationError", "evaluate"]


def evaluate(expression: str, names: Mapping[str, object], clock: Clock, random: Random) -> object:
    """What `expression`, with its `{% %}`, comes to: JSON.

    `names` are the variables that it may read, without `$`: `states`, and the workflow's own. Nothing in them is
    changed, and the result may share parts with them. `random` is drawn from by $random, $uuid and $shuffle.

    Raises:
        EvaluationError: AWS fails the state with States.QueryEvaluationError.
    """
    try:
        run = _compiled(expression)
        evaluation = Evaluation(names, clock, random)
        result: Value = run(UNDEFINED, Frame({}, None, evaluation, 0))
        if not is_json(result):
            raise nothing()
        return plain(result)
    except ExpressionFailure as failure:
        raise told(failure) from None
    except RecursionError:
        raise told(ExpressionFailure("stack")) from None
    except MemoryError:
        raise told(ExpressionFailure("memory")) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A function got what JSONata does not check either; there it is an error of JavaScript's own.
        raise EvaluationError("threw an internal error during evaluation.") from error


@lru_cache(maxsize=2**12)
def _compiled(expression: str) -> Run:
    from asl.running.jsonata.compiling import compiled
    from asl.syntax.expressions import ExpressionError, TooDeepError, parsed

    try:
        return compiled(parsed(expression))
    except TooDeepError:
        raise ExpressionFailure("stack") from None
    except ExpressionError as problem:
        raise EvaluationError(f"cannot be parsed: {problem}") from None
