"""The door for people's decisions, called by `orderflow approve`, `reject`, `settle`, `retry`, `inspect` and `accept`.

IAM says who may call it and, through the function's URL, who calls. Its answer is a sentence for the person, whatever
came of it: {"orderId", "decided": true | false, "verdict", "by", "why", "at", "message"}; that an issue of the
reconciliation is right has "issueId" in the place of an order and a verdict. About a return, "orderId" is "return/" and
the return's id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handlers.shared import clock, orders
from handlers.shared.backoff import attempts
from handlers.shared.callbacks import NobodyWaitsError, Waiting, came_too_late
from handlers.shared.callers import BY_CHARACTERS, WHY_CHARACTERS, decided_by, is_text
from handlers.shared.collaborators.decisions import decisions
from handlers.shared.collaborators.issues import found_issues
from handlers.shared.collaborators.waiting import waiting
from handlers.shared.decisions import OF_A_RETURN, VERDICTS, Decision, Decisions, Verdict, subject_of
from handlers.shared.errors import ValidationError
from handlers.shared.reconciliation.accepting import accept_issue
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

KNOWN: tuple[Verdict, ...] = tuple(dict.fromkeys(verdict for verdicts in VERDICTS.values() for verdict in verdicts))
ISSUE_CHARACTERS = 2_048
"""As long as a key can be."""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take a decision; see `decided_by`."""
    return decided_by(event, lambda said: taken(said, context))


@invocation
def taken(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Decide event["order"]["orderId"], or event["return"]["returnId"], as event["verdict"], by event["by"] because of
    event["why"]; or accept the issue event["issue"]["issueId"], likewise."""
    if "issue" in event:
        return accept_issue(*checked_issue(event), found_issues(), clock.now())
    order_id, verdict, by, why = checked(event)
    return decide(order_id, verdict, by, why, decisions(), waiting())


def checked(event: dict[str, Any]) -> tuple[str, Verdict, str, str]:
    """What the event says, about the question of which key.

    Raises:
        ValidationError: naming everything that is wrong with it.
    """
    order_id, by, why = _key(event), event.get("by"), event.get("why")
    verdict: Verdict | None = next((known for known in KNOWN if known == event.get("verdict")), None)
    problems = [
        *(["order.orderId: must be the id of an order, or return.returnId that of a return"] if not order_id else []),
        *([f"verdict: must be one of {', '.join(KNOWN)}"] if verdict is None else []),
        *_unsaid(by, why),
    ]
    if order_id is None or verdict is None or problems:
        raise ValidationError("; ".join(problems))
    return order_id, verdict, str(by), str(why)


def _key(event: Mapping[str, Any]) -> str | None:
    return_id = orders.usable_id(event.get("return"), "returnId")
    return f"{OF_A_RETURN}{return_id}" if return_id else orders.usable_id(event.get("order"))


def checked_issue(event: dict[str, Any]) -> tuple[str, str, str]:
    """Which issue is right, who says so, and why.

    Raises:
        ValidationError: naming everything that is wrong with it.
    """
    issue, by, why = event["issue"], event.get("by"), event.get("why")
    issue_id = issue.get("issueId") if isinstance(issue, Mapping) else None
    problems = [
        *(["issue.issueId: must be the id of an issue"] if not is_text(issue_id, ISSUE_CHARACTERS) else []),
        *_unsaid(by, why),
    ]
    if problems:
        raise ValidationError("; ".join(problems))
    return str(issue_id), str(by), str(why)


def decide(
    order_id: str, verdict: Verdict, by: str, why: str, decisions: Decisions, waiting: Waiting
) -> dict[str, Any]:
    """Record the decision and tell the workflow. The first one stands; a call that broke off before is made good.

    Whoever made the decision that stands is told so, also when the answer to the first call was lost.
    """
    asked, subject = decisions.read(order_id), subject_of(order_id)
    if asked is None:
        return {"orderId": order_id, "decided": False, "message": f"nothing is asked about {subject}"}
    if asked.status == "OPEN" and verdict not in VERDICTS[asked.question.kind]:
        answers = " or ".join(map(_said, VERDICTS[asked.question.kind]))
        said = f"that is no answer for {subject}, which is to be {answers}: {asked.question.text}"
        return _answer(asked, False, said)
    decision = asked if asked.status == "DECIDED" else decisions.decide(asked, verdict, by, why)
    if decision.status == "OPEN":
        if decisions.has_expired(decision):
            return _answer(decision, False, f"the question about {subject} expired at {decision.expires_at}")
        return _answer(decision, False, f"{subject} has a new question by now: {decision.question.text}")
    is_mine = (decision.verdict, decision.by, decision.why) == (verdict, by, why)
    knows = decision.answered or _tell(decision, decisions, waiting)
    if is_mine and knows:
        return _answer(decision, True, f"{subject} is {_said(verdict)}, and goes on")
    if is_mine:
        return _answer(decision, False, came_too_late(subject, "a decision"))
    stands = f"{_said(decision.verdict or '')} by {decision.by} at {decision.decided_at}: {decision.why}"
    return _answer(decision, False, f"{subject} has been decided already, {stands}")


def _tell(decision: Decision, decisions: Decisions, waiting: Waiting) -> bool:
    """Tell the workflow, and note that it knows; whether it does, by this call or by another at the same moment."""
    said = {"verdict": decision.verdict, "by": decision.by, "why": decision.why, "at": decision.decided_at}
    try:
        waiting.succeed(decision.token, json.dumps(said))
    except NobodyWaitsError:
        # Another call has told it, perhaps, and is about to note so.
        return any(_is_noted(decision, decisions) for _ in attempts())
    decisions.has_answered(decision)
    return True


def _is_noted(decision: Decision, decisions: Decisions) -> bool:
    found = decisions.read(decision.question.order_id)
    return found is not None and found.token == decision.token and found.answered


def _answer(decision: Decision, decided: bool, message: str) -> dict[str, Any]:
    return {
        "orderId": decision.question.order_id,
        "decided": decided,
        "verdict": decision.verdict,
        "by": decision.by,
        "why": decision.why,
        "at": decision.decided_at,
        "message": message,
    }


def _unsaid(by: Any, why: Any) -> list[str]:
    return [
        *(["by: must say who decides"] if not is_text(by, BY_CHARACTERS) else []),
        *(["why: must give a reason"] if not is_text(why, WHY_CHARACTERS) else []),
    ]


def _said(verdict: str) -> str:
    return verdict.lower().replace("_", " ")
