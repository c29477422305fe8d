"""AwaitApproval, AskInspector and AskForHelp: put a question to people. Their decision answers the task token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.decisions import decisions
from handlers.shared.decisions import Decisions, Question
from handlers.shared.errors import TechnicalError, reason_of
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

QUESTIONS = {
    "APPROVAL": "May the order be accepted? It comes to {cents} cents, more than is accepted unasked.",
    "STUCK": (
        "Undoing the order keeps failing: {reason}. Settle it by hand, with the money given back, and say so; or have "
        "it tried again."
    ),
    "INSPECTION": (
        "Sent back of order {of}, for {cents} cents: {goods}. Is it put back into the stock, or written off, with the "
        "money given back either way; or is it refused?"
    ),
    "UNREFUNDED": (
        "Giving back {cents} cents of order {of}, or putting back what was returned, keeps failing: {reason}. Settle "
        "it by hand, with the money given back and the goods written off, and say so; or have it tried again."
    ),
}
"""What is asked, by the name of the question."""


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Ask event["question"] about event["order"] under event["token"]; see `ask_person`."""
    asked = Asked(event["question"], event["token"], event["attempt"], int(event["seconds"]))
    return ask_person(event["order"], asked, setting("ASKED_OF"), decisions())


@dataclass(frozen=True)
class Asked:
    """What a state asks for: `attempt` grows with each time that it tries, `seconds` is how long it waits."""

    question: str
    token: str
    attempt: str
    seconds: int


def ask_person(order: Order, asked: Asked, asked_of: str, decisions: Decisions) -> dict[str, Any]:
    """Ask `asked_of` through the queue of decisions, where the question expires: {"orderId", "expiresAt"}.

    Raises:
        TechnicalError: for an unknown question.
    """
    if asked.question not in QUESTIONS:
        raise TechnicalError(f"{asked.question!r} is no question to a person; known are {', '.join(QUESTIONS)}")
    cents = order["quote"]["amountCents"]
    told = {"reason": reason_of(order.get("stuck")), "of": order.get("of"), "goods": order.get("goods")}
    text = QUESTIONS[asked.question].format(cents=cents, **told)
    question = Question(order["orderId"], asked.question, text, cents, asked_of)
    stands = decisions.ask(question, asked.token, asked.attempt, asked.seconds)
    return {"orderId": order["orderId"], "expiresAt": stands.expires_at}
