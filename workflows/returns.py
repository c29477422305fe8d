"""Returns: a delivered order comes back in part or whole, is inspected by a person, and refunded for what is accepted.

A return is opened on the order's own row, so that several never exceed what was delivered and paid. Its label lasts as
long as a parcel may take; the carrier is asked where the parcel is. What comes back a person looks at: it goes into the
stock again, is written off, or is refused and goes back to the customer. Where nobody looks in time the customer is not
made to wait for us: the money is given back, and the goods are written off.

    $return      the return as the shop sent it
    $opened      what it comes to, in cents, and the goods in words
    $decision    what the inspector found, or what a person decided about a refund that keeps failing
    $failure     Error and Cause of what went wrong last, where something did
    $polls, $retries    how often the carrier was asked, and a person had the refund tried again

What a customer has sent back ends refunded, refused with a reason, or with a person: `RETURN_PROMISES` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from asl import MustReach, Node, longest_seconds, retry, retry_lambda, walk
from workflows.order_fulfillment import Decisions, Delivery

TASK_SECONDS = 30
"""How long one call of a function may take; functions are given less, so that they report their own timeouts."""

MARGIN_SECONDS = 3600
"""What the machine's own timeout leaves beyond its longest path: that timeout cannot be caught."""

RETRIES = 3
"""How often a person can have a refund tried again in one execution; a redrive begins to count anew."""

BUSY = retry("RowsBusy", interval=5, attempts=8, rate=1.5, longest=60)
"""What changes rows that others change, too, waits its turn, some minutes."""

UNDER_WAY = retry("IdempotencyAlreadyInProgressError", interval=10, attempts=10, rate=1.1, longest=20)
"""An earlier call that tells the customer may still be at it. One that died holds the notice to the end of its time."""

ATTEMPT = "{% $states.context.State.EnteredTime & '#' & $states.context.State.RetryCount %}"
"""Which of a state's attempts this is: greater for a later one."""

UNINSPECTED: Node = {"verdict": "WRITTEN_OFF", "by": "nobody", "why": "nobody has inspected it in time"}
"""What stands for the answer of an inspector who gives none."""

_WITH_A_PERSON = frozenset({"ReturnStuck"})
_TOLD = frozenset({"TellRefunded", "RefundedNotTold"})
RETURN_PROMISES = (
    MustReach(
        "OpenReturn",
        _TOLD | _WITH_A_PERSON | {"TellRefused", "TellExpired", "CancelReturn", "ReturnNotOpened", "NotTold"},
        unless=frozenset({"ReturnRejected"}),
    ),
    MustReach("AskInspector", _TOLD | _WITH_A_PERSON | {"TellRefused", "NotTold"}),
    MustReach("RefundReturn", _TOLD | _WITH_A_PERSON),
)
"""Whatever happens, what was claimed is refunded and told, refused and told, let go of, or known to a person."""


@dataclass(frozen=True)
class ReturnFunctions:
    """What the workflow calls: a component, a Pulumi Output or an ARN each."""

    open_return: Any
    make_label: Any
    cancel_return: Any
    check_return: Any
    ask_person: Any
    record_inspection: Any
    refund_return: Any
    restock_return: Any
    settle_return: Any
    tell_return: Any


def returns(functions: ReturnFunctions, delivery: Delivery, decisions: Decisions) -> Node:
    """The definition of the Standard machine. A label lasts for the deadline of a delivery, and so does its parcel
    after that."""
    polls = 2 * delivery.polls + 1
    lasts = {"seconds": delivery.deadline_seconds}
    states: Node = {
        "BeginReturn": {
            "Type": "Pass",
            "Assign": {"return": "{% $states.input %}", "polls": 0, "retries": 0, "failure": None},
            "Next": "OpenReturn",
        },
        "OpenReturn": _call(
            functions.open_return,
            kept="opened",
            then="MakeLabel",
            first=[BUSY],
            catches=[_catch("ReturnRejected", to="TellRejected"), _catch("States.ALL", to="ReturnNotOpened")],
        ),
        "MakeLabel": _call(
            functions.make_label,
            beside=lasts,
            then="SendLabel",
            catches=[_catch("ShipmentRefused", to="CancelReturn"), _catch("States.ALL", to="CancelReturn")],
        ),
        "SendLabel": _tell(functions, "RETURN_LABELED", then="WaitForParcel", otherwise="CancelReturn"),
        # The parcel comes to us: nobody has to hear of it at once, so the carrier is asked, and its webhook not needed.
        "WaitForParcel": {"Type": "Wait", "Seconds": delivery.poll_seconds, "Next": "CheckReturn"},
        "CheckReturn": {
            **_call(functions.check_return, beside=lasts, then="WhereIsIt", catches=[]),
            "Assign": {"where": "{% $states.result.where %}", "polls": "{% $polls + 1 %}"},
            # A carrier that does not answer costs one poll, not the return: the next one asks again.
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {
                        "where": "UNKNOWN",
                        "polls": "{% $polls + 1 %}",
                        "failure": "{% $states.errorOutput %}",
                    },
                    "Next": "WhereIsIt",
                }
            ],
        },
        "WhereIsIt": _choose(
            ("$where = 'HERE'", "AskInspector"),
            ("$where = 'ACCEPTED'", "RefundReturn"),
            ("$where = 'REFUSED'", "TellRefused"),
            ("$where = 'NOT_SENT'", "TellExpired"),
            (f"$polls >= {polls + RETRIES}", "ReturnStuck"),
            default="WaitForParcel",
        ),
        "AskInspector": _ask(
            functions,
            "INSPECTION",
            decisions.seconds,
            then="RecordInspection",
            catches=[
                {"ErrorEquals": ["States.Timeout"], "Assign": {"decision": UNINSPECTED}, "Next": "RecordInspection"},
                _catch("States.ALL", to="ReturnStuck"),
            ],
        ),
        "RecordInspection": _call(
            functions.record_inspection,
            beside={"decision": "{% $decision %}"},
            kept="inspected",
            then="IsAccepted",
            catches=[_catch("States.ALL", to="ReturnStuck")],
        ),
        "IsAccepted": _choose(("$inspected.verdict = 'REFUSED'", "TellRefused"), default="RefundReturn"),
        "RefundReturn": _call(
            functions.refund_return,
            then="RestockReturn",
            first=[BUSY],
            catches=[_catch("States.ALL", to="AskForHelp")],
        ),
        "RestockReturn": _call(
            functions.restock_return,
            then="TellRefunded",
            first=[BUSY],
            catches=[_catch("States.ALL", to="AskForHelp")],
        ),
        "TellRefunded": _tell(functions, "RETURN_REFUNDED", then="ReturnRefunded", otherwise="RefundedNotTold"),
        # What cannot be refunded or put back goes to a person, who settles it by hand or has it tried again.
        "AskForHelp": _ask(
            functions,
            "UNREFUNDED",
            decisions.seconds,
            then="IsSettled",
            # What keeps failing stays in $failure: it is what whoever looks at the return has to know.
            catches=[{"ErrorEquals": ["States.ALL"], "Next": "ReturnStuck"}],
        ),
        "IsSettled": _choose(
            ("$decision.verdict = 'SETTLED'", "SettleReturn"),
            (f"$retries >= {RETRIES}", "ReturnStuck"),
            default="CountRetry",
        ),
        "CountRetry": {"Type": "Pass", "Assign": {"retries": "{% $retries + 1 %}"}, "Next": "RefundReturn"},
        "SettleReturn": _call(
            functions.settle_return,
            beside={"decision": "{% $decision %}"},
            then="TellRefunded",
            first=[BUSY],
            catches=[_catch("States.ALL", to="ReturnStuck")],
        ),
        # Nothing was sent: the pieces can be returned once more.
        "CancelReturn": _call(
            functions.cancel_return,
            beside={**lasts, "failure": "{% $failure %}"},
            then="TellCanceled",
            first=[BUSY],
            catches=[
                {"ErrorEquals": ["ParcelSent"], "Next": "WaitForParcel"},
                _catch("States.ALL", to="ReturnStuck"),
            ],
        ),
        "TellRejected": _tell(functions, "RETURN_REJECTED", then="ReturnNotTaken", failure="{% $failure %}"),
        "TellCanceled": _tell(functions, "RETURN_CANCELED", then="ReturnNotSent"),
        "TellExpired": _tell(functions, "RETURN_EXPIRED", then="ReturnNotSent"),
        "TellRefused": _tell(functions, "RETURN_REFUSED", then="ReturnRefused"),
        "ReturnRefunded": _ended(),
        "ReturnRefused": _ended(),
        "ReturnNotSent": _ended(),
        "ReturnNotTaken": _ended(),
        "ReturnNotOpened": _gave_up("ReturnNotOpened", "Nothing was claimed; start return {} again: {}"),
        "NotTold": _gave_up("NotTold", "Nothing is owed; tell the customer of return {}: {}"),
        "RefundedNotTold": _gave_up("RefundedNotTold", "Return {} was refunded, and the customer not told: {}"),
        "ReturnStuck": _gave_up("ReturnStuck", "Nobody has settled return {}, which cannot go on: {}"),
    }
    definition: Node = {
        "Comment": "Take back goods of a delivered order, and give back the money for what is accepted",
        "QueryLanguage": "JSONata",
        "StartAt": "BeginReturn",
        "States": states,
    }
    polled = ("WaitForParcel", "CheckReturn", "WhereIsIt")
    helped = ("RefundReturn", "RestockReturn", "AskForHelp", "IsSettled", "CountRetry")
    visits: dict[str, int] = {**dict.fromkeys(polled, polls + RETRIES), **dict.fromkeys(helped, RETRIES + 1)}
    return {**definition, "TimeoutSeconds": ceil(longest_seconds(walk(definition), visits)) + MARGIN_SECONDS}


def _given(beside: Node | None) -> Node:
    """What every function gets."""
    return {"executionId": "{% $states.context.Execution.Id %}", "return": "{% $return %}", **(beside or {})}


def _call(
    function: Any,
    *,
    then: str,
    catches: list[Node],
    kept: str | None = None,
    beside: Node | None = None,
    first: list[Node] | None = None,
) -> Node:
    """A task that hands the return to `function`, and `beside` it; its answer is `kept` in a variable.

    Errors that are caught by name are never retried; the retriers in `first` come before the others.
    """
    named = [name for catcher in catches for name in catcher["ErrorEquals"] if name != "States.ALL"]
    return {
        "Type": "Task",
        "Resource": function,
        "Arguments": _given(beside),
        "TimeoutSeconds": TASK_SECONDS,
        "Retry": [*(first or []), *retry_lambda(*named)],
        **({"Assign": {kept: "{% $states.result %}"}} if kept else {}),
        "Catch": catches,
        "Next": then,
    }


def _ask(functions: ReturnFunctions, question: str, seconds: int, *, then: str, catches: list[Node]) -> Node:
    """A question to people about the return, whose answer becomes $decision; unanswered it expires."""
    about: Node = {
        "orderId": "{% 'return/' & $opened.returnId %}",
        "of": "{% $opened.orderId %}",
        "goods": "{% $opened.goods %}",
        "quote": {"amountCents": "{% $opened.cents %}"},
        "stuck": "{% $failure %}",
    }
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": functions.ask_person,
            "Payload": {
                "executionId": "{% $states.context.Execution.Id %}",
                "order": about,
                "token": "{% $states.context.Task.Token %}",
                "attempt": ATTEMPT,
                "question": question,
                "seconds": seconds,
            },
        },
        "TimeoutSeconds": seconds,
        "Retry": retry_lambda("States.Timeout"),
        "Assign": {"decision": "{% $states.result %}"},
        "Catch": catches,
        "Next": then,
    }


def _tell(
    functions: ReturnFunctions, outcome: str, *, then: str, otherwise: str = "NotTold", failure: str | None = None
) -> Node:
    """Tell the customer of an outcome that the books have."""
    beside: Node = {"outcome": outcome, **({"failure": failure} if failure else {})}
    return _call(
        functions.tell_return,
        kept="ended",
        beside=beside,
        then=then,
        first=[UNDER_WAY],
        catches=[_catch("States.ALL", to=otherwise)],
    )


def _catch(*errors: str, to: str) -> Node:
    """A catcher that keeps the error in $failure."""
    return {"ErrorEquals": list(errors), "Assign": {"failure": "{% $states.errorOutput %}"}, "Next": to}


def _choose(*rules: tuple[str, str], default: str) -> Node:
    """A Choice: each rule is a condition and where it leads."""
    return {
        "Type": "Choice",
        "Choices": [{"Condition": f"{{% {condition} %}}", "Next": to} for condition, to in rules],
        "Default": default,
    }


def _ended() -> Node:
    """An end of which the customer knows."""
    return {"Type": "Succeed", "Output": "{% $ended %}"}


def _gave_up(error: str, advice: str) -> Node:
    """The end of a return that failed for technical reasons; its cause is what to do next."""
    before, between, after = advice.split("{}")
    said = f"'{before}' & $string($return.returnId) & '{between}' & $failure.Error & '{after}'"
    return {"Type": "Fail", "Error": error, "Cause": f"{{% {said} %}}"}
