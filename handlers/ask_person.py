"""AwaitApproval and AskForHelp: put a question to people. Their decision answers the task token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import collaborators
from handlers.shared.decisions import Decisions, Question
from handlers.shared.errors import TechnicalError, reason_of
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

QUESTIONS = {
    "APPROVAL": "May the order be accepted? It comes to {cents} cents, more than is accepted unasked.",
    "STUCK": (
        "Undoing the order keeps failing: {reason}. Approve when you have settled it by hand, with the money given "
        "back; reject to have it tried again."
    ),
}
"""What is asked, by the name of the question."""


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Ask event["question"] about event["order"] under event["token"]; see `ask_person`."""
    question, token, seconds = event["question"], event["token"], int(event["seconds"])
    return ask_person(event["order"], question, token, seconds, setting("ASKED_OF"), collaborators.decisions())


def ask_person(
    order: Order, question: str, token: str, seconds: int, asked_of: str, decisions: Decisions
) -> dict[str, Any]:
    """Ask `asked_of` through the queue of decisions, where the question expires: {"orderId", "expiresAt"}.

    Raises:
        TechnicalError: for an unknown question.
    """
    if question not in QUESTIONS:
        raise TechnicalError(f"{question!r} is no question to a person; known are {', '.join(QUESTIONS)}")
    cents = order["quote"]["amountCents"]
    text = QUESTIONS[question].format(cents=cents, reason=reason_of(order.get("stuck")))
    asked = decisions.ask(Question(order["orderId"], question, text, cents, asked_of), token, seconds)
    return {"orderId": order["orderId"], "expiresAt": asked.expires_at}
