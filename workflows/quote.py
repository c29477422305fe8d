"""Quote: what a basket costs, whether it is there, and when it would arrive, answered in one call.

Three functions are asked at once. A part that is late or fails is left out, and the answer says so:

    $.price      {"amountCents", "currency", "lines"}: what the order of this basket would be charged
    $.stock      {"enough", "short"}
    $.delivery   {"possible", "dueAt"}, or {"possible", "why"} where the carrier does not go there
    $.missing    [{"part", "why": "late" | "failed"}], empty where all answered
    $.quotedAt   since when this holds, to nobody's obligation: nothing is set aside

What is no basket is answered with {"refused"}: each field that is wrong, and what it must be. An execution fails only
where nobody can be asked, and that is for an operator to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asl import LAMBDA_TRANSIENT_ERRORS, Node, retry

RETRY_SECONDS = 1
"""After which a part is asked once more, where it was Lambda that failed."""

PARTS = ("price", "stock", "delivery")
LATE = ("States.Timeout", "Sandbox.Timedout")
"""The task's own timeout, and the function's: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
REASON = (
    "{% ($cause := $states.errorOutput.Cause; "
    "$substring($cause, 0, 1) = '{' ? $parse($cause).errorMessage : 'this is no basket') %}"
)
"""What the function's exception says; its Cause is JSON: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""


@dataclass(frozen=True)
class QuoteFunctions:
    """What the workflow calls: a component, a Pulumi Output or an ARN each."""

    quote_price: Any
    quote_stock: Any
    quote_delivery: Any


def budget_seconds(part_seconds: int) -> int:
    """How long an answer takes at most, whose parts may take `part_seconds` a call."""
    return part_seconds + RETRY_SECONDS + part_seconds


def quote(functions: QuoteFunctions, part_seconds: int) -> Node:
    """The definition of the Express machine, which somebody waits for; functions are given less than `part_seconds`."""
    return {
        "Comment": "Answer what a basket costs, whether it is in stock, and when it would arrive",
        "QueryLanguage": "JSONata",
        "StartAt": "AskAll",
        "TimeoutSeconds": budget_seconds(part_seconds) + 1,
        "States": {
            "AskAll": {
                "Type": "Parallel",
                "Branches": [_part(name, getattr(functions, f"quote_{name}"), part_seconds) for name in PARTS],
                "Output": (
                    "{% $merge([$merge($states.result), {'missing': [$states.result.missing], "
                    "'quotedAt': $states.context.Execution.StartTime}]) %}"
                ),
                "Catch": [
                    {
                        "ErrorEquals": ["ValidationError"],
                        "Output": {"refused": "{% $states.errorOutput.Cause %}"},
                        "Next": "Refused",
                    }
                ],
                "Next": "IsAnythingKnown",
            },
            "IsAnythingKnown": {
                "Type": "Choice",
                "Choices": [{"Condition": f"{{% $count($states.input.missing) < {len(PARTS)} %}}", "Next": "Quoted"}],
                "Default": "NothingAnswered",
            },
            "Quoted": {"Type": "Succeed"},
            "Refused": {"Type": "Succeed"},
            "NothingAnswered": {
                "Type": "Fail",
                "Error": "NothingAnswered",
                "Cause": "neither price nor stock nor delivery could be asked; ask again in a minute",
            },
        },
    }


def _part(name: str, function: Any, seconds: int) -> Node:
    """A branch that comes to {name: answer}, or to what is missing and why."""
    asks, refused, missing = (f"{verb}{name.capitalize()}" for verb in ("Ask", "Refuse", "DoWithout"))
    return {
        "StartAt": asks,
        "States": {
            asks: {
                "Type": "Task",
                "Resource": function,
                "Arguments": {"basket": "{% $states.input %}", "executionId": "{% $states.context.Execution.Id %}"},
                "TimeoutSeconds": seconds,
                "Retry": [retry(*LAMBDA_TRANSIENT_ERRORS, interval=RETRY_SECONDS, attempts=1)],
                "Catch": [
                    {
                        "ErrorEquals": ["ValidationError"],
                        "Output": {"why": REASON},
                        "Next": refused,
                    },
                    {"ErrorEquals": [*LATE], "Output": _missing(name, "late"), "Next": missing},
                    {"ErrorEquals": ["States.ALL"], "Output": _missing(name, "failed"), "Next": missing},
                ],
                "Output": {name: "{% $states.result %}"},
                "End": True,
            },
            missing: {"Type": "Pass", "End": True},
            # The whole call ends with it at once, whatever the other parts are at.
            refused: {"Type": "Fail", "Error": "ValidationError", "Cause": "{% $states.input.why %}"},
        },
    }


def _missing(name: str, why: str) -> Node:
    return {"missing": {"part": name, "why": why}}
