"""What a state is for, as far as its name and its target's name say."""

from __future__ import annotations

import re
from functools import lru_cache

from asl.integrations.arguments import arguments
from asl.syntax.shapes import as_text
from asl.syntax.walk import State

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OF_MONEY = ("card", "charge", "debit", "funds", "pay")
_TARGETS = ("FunctionName", "StateMachineArn", "TopicArn", "QueueUrl", "JobName", "Path")
"""Parameters that name what is called."""

_CHARGES = frozenset(("charge", "debit"))
_MONEY = frozenset(("card", "funds", "pay", "payment", "payments"))
_TAKING = frozenset(
    ("capture", "collect", "do", "execute", "make", "pay", "perform", "process", "settle", "submit", "take")
)
_BARE = frozenset(("payment", "pay", "task", "step", "lambda", "function", "service"))
_AROUND = frozenset((
    "calculate", "can", "check", "compute", "declined", "describe", "email", "error", "estimate", "fail", "failed",
    "failure", "fetch", "get", "handle", "has", "invoice", "is", "link", "list", "log", "lookup", "mail", "method",
    "notification", "notify", "poll", "publish", "query", "read", "receipt", "record", "send", "status", "update",
    "validate", "verify", "wait", "was",
))  # fmt: skip
"""Words of states that have to do with a charge and make none."""
_UNDOING = frozenset((
    "cancel", "chargeback", "compensate", "compensating", "compensation", "refund", "refunds", "reversal", "reverse",
    "revert", "rollback", "undo", "void",
))  # fmt: skip
_PEOPLE = frozenset((
    "approval", "approve", "ask", "consent", "customer", "decide", "decision", "help", "human", "manager", "manual",
    "people", "person", "review", "reviewer", "sign", "signature", "user",
))  # fmt: skip
_TELLING = frozenset((
    "alert", "audit", "complete", "completed", "confirm", "confirmation", "email", "event", "log", "mail", "message",
    "metric", "notice", "notification", "notify", "publish", "receipt", "record", "report", "send", "sms", "tell",
))  # fmt: skip


def charges(state: State) -> bool:
    """Whether a Task seems to take money: ChargePayment, debit-account, process_payment."""
    return state.type == "Task" and _speaks_of_money(state) and any(map(_takes_money, _names(state)))


def _speaks_of_money(state: State) -> bool:
    said = " ".join((state.name, *_called(state))).lower()
    return any(word in said for word in _OF_MONEY)


def _takes_money(words: frozenset[str]) -> bool:
    if words & (_AROUND | _UNDOING):
        return False
    return bool(words & _CHARGES or (words & _MONEY and words & _TAKING)) or ("payment" in words and words <= _BARE)


def undoes(state: State) -> bool:
    """Whether a state, or one inside it, seems to take back what was done: RefundPayment, cancel-order."""
    if state.type in ("Choice", "Wait", "Succeed", "Fail"):
        return False
    if any(words & _UNDOING or {"roll", "back"} <= words for words in _names(state)):
        return True
    return any(undoes(inner) for scope in state.inner for inner in scope.states.values())


def asks_people(state: State) -> bool:
    """Whether a Task seems to wait for a person, who sends no heartbeats: AwaitApproval, ask-person."""
    return any(words & _PEOPLE for words in _names(state))


def tells(state: State) -> bool:
    """Whether a Task seems to do no more than tell somebody."""
    return any(words & _TELLING for words in _names(state))


def _names(state: State) -> list[frozenset[str]]:
    return [_words(name) for name in (state.name, *_called(state))]


def _called(state: State) -> list[str]:
    """What a state calls. Of an ARN the last part counts; a placeholder has the component's name inside."""
    resource = state.resource
    if ":states:::" not in resource:
        return [resource]
    given = arguments(state)
    return [as_text(given[name]) for name in _TARGETS if name in given]


@lru_cache(maxsize=8192)
def _words(name: str) -> frozenset[str]:
    last = name.rpartition(":function:")[2] or name
    return frozenset(word.lower() for word in _WORD.findall(last))
