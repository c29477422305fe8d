"""The door for reviewers' decisions, called by `orderflow review`.

IAM says who may call it and, through the function's URL, who calls. Its answer is a sentence for the person, whatever
came of it: {"applicantId", "decided": true | false, "verdict", "by", "why", "at", "message"}. The message that asked is
of no more use then.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from handlers.shared.applications import is_id
from handlers.shared.backoff import attempts
from handlers.shared.callbacks import NobodyWaitsError, Waiting, came_too_late
from handlers.shared.callers import BY_CHARACTERS, WHY_CHARACTERS, decided_by, is_text
from handlers.shared.collaborators.reviews import reviews
from handlers.shared.collaborators.waiting import waiting
from handlers.shared.errors import ValidationError
from handlers.shared.reviews import VERDICTS, Review, Reviews, Verdict
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

REVIEW_ID_CHARACTERS, TOKEN_CHARACTERS = 200, 2_048
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take a decision; see `decided_by`."""
    return decided_by(event, lambda said: taken(said, context))


@invocation
def taken(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Decide event["reviewId"] of event["applicantId"], which waits under event["token"], as event["verdict"], by
    event["by"] because of event["why"].

    Raises:
        ValidationError: naming everything that is wrong with the event.
    """
    given = {name: event.get(name) for name in ("applicantId", "reviewId", "token", "by", "why")}
    verdict: Verdict | None = next((one for one in VERDICTS if one == event.get("verdict")), None)
    wrong = [
        *(["applicantId: must be the id of an applicant"] if not is_id(given["applicantId"]) else []),
        *([f"verdict: must be one of {', '.join(VERDICTS)}"] if verdict is None else []),
        *(
            f"{name}: must be a text of 1 to {most} characters"
            for name, most in _TEXTS
            if not is_text(given[name], most)
        ),
    ]
    if wrong or verdict is None:
        raise ValidationError("; ".join(wrong))
    made = reviews().decide(given["reviewId"], given["applicantId"], verdict, given["by"], given["why"])  # type: ignore[arg-type]
    return answer(made, (verdict, given["by"], given["why"]), _tell(made, str(given["token"]), reviews(), waiting()))


_TEXTS = (
    ("reviewId", REVIEW_ID_CHARACTERS),
    ("token", TOKEN_CHARACTERS),
    ("by", BY_CHARACTERS),
    ("why", WHY_CHARACTERS),
)


def answer(review: Review, mine: tuple[Any, ...], knows: bool) -> dict[str, Any]:
    """What the person is told who has decided `mine`, when `review` stands, and the workflow `knows` it."""
    about, is_mine = f"application {review.applicant_id}", (review.verdict, review.by, review.why) == mine
    if not knows:
        message = f"{came_too_late(about, 'this review')}, it may be asked about anew"
    elif is_mine:
        message = f"{about} is {review.verdict.lower()}, and goes on"
    else:
        stands = f"{review.verdict.lower()} by {review.by} at {review.at}: {review.why}"
        message = f"{about} has been decided already, {stands}"
    said = {"verdict": review.verdict, "by": review.by, "why": review.why, "at": review.at}
    return {"applicantId": review.applicant_id, "decided": is_mine and knows, **said, "message": message}


def _tell(review: Review, token: str, reviews: Reviews, waiting: Waiting) -> bool:
    """Tell the workflow, unless it knows; whether it does. Of the reasons it is told nothing: histories are read by
    many."""
    if review.answered:
        return True
    try:
        waiting.succeed(token, json.dumps({"verdict": review.verdict, "reviewId": review.review_id}))
    except NobodyWaitsError:
        # Another call has told it, perhaps, and is about to note so.
        return any(_is_noted(review.review_id, reviews) for _ in attempts())
    reviews.has_answered(review.review_id)
    return True


def _is_noted(review_id: str, reviews: Reviews) -> bool:
    found = reviews.read(review_id)
    return found is not None and found.answered
