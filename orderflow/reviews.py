"""Reviews of applicants: what people are asked through the queue, what there is to look at, and their decisions.

A message names the applicant and says why somebody has to look; all that is personal is read from where it is kept,
with the reviewer's own credentials. Whoever takes a message keeps it from others until they have decided, or it comes
back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from orderflow.decisions import tell
from orderflow.documents import at, parse_object, text_at
from orderflow.errors import OrderflowError, aws_errors
from orderflow.outputs import Deployment

Verdict: TypeAlias = Literal["APPROVED", "REJECTED"]

DECIDE, QUEUE, APPLICANTS, DOCUMENTS = "decide-review", "reviews", "applicants", "documents"
TAKEN_SECONDS = 60
"""How long messages that are listed are kept from others, so that a list has each once."""
AT_ONCE = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
SHOWN_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that asks people to look: `expires_at` is when the workflow asks anew; `token` and `receipt` answer
    it."""

    applicant_id: str
    review_id: str
    reasons: tuple[str, ...]
    expires_at: str
    token: str = field(repr=False)
    receipt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of a decision: `decided` where it was the first, and a sentence for the person in any case."""

    applicant_id: str
    decided: bool
    message: str
    verdict: str | None
    by: str | None
    why: str | None
    at: str | None


class Reviews:
    """The reviews of a stack.

    Raises:
        OrderflowError: when the stack has no onboarding; and from every method, when AWS refuses or is not reached.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._url = text_at(at(at(deployment.outputs, "queues"), QUEUE), "url") or ""
        if not self._url:
            raise OrderflowError("this stack asks for no reviews; put onboarding into its setting orderflow:workflows")
        self._sqs = deployment.connect("sqs")

    def open(self) -> list[Asked]:
        """What waits for somebody, what expires first at the head; nobody has taken it then."""
        found = list(self.taken())
        for one in found:
            self.put_back(one)
        return sorted(found, key=lambda one: (one.expires_at, one.applicant_id))

    def take(self, applicant_id: str) -> Asked:
        """The newest message about an applicant, kept from others for a while."""
        found = list(self.taken())
        mine = [one for one in found if one.applicant_id == applicant_id]
        for one in found:
            if one not in mine:
                self.put_back(one)
        if not mine:
            raise OrderflowError(
                f"nobody is asked about {applicant_id}, or somebody looks at it just now; 'orderflow review' lists all"
            )
        *older, newest = sorted(mine, key=lambda one: one.expires_at)
        for one in older:  # asked anew since: they can be answered no more
            self._drop(one)
        return newest

    def taken(self) -> Iterator[Asked]:
        """All that is in the queue and nobody has, kept from others for a while; a queue of SQS has no list of it."""
        while True:
            with aws_errors():
                found = self._sqs.receive_message(
                    QueueUrl=self._url, MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=TAKEN_SECONDS, WaitTimeSeconds=1
                )
            messages = found.get("Messages", [])
            yield from (_asked(message) for message in messages)
            if not messages:
                return

    def put_back(self, asked: Asked) -> None:
        """Let others see the message again."""
        with aws_errors():
            self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=asked.receipt, VisibilityTimeout=0)

    def shown(self, applicant_id: str) -> dict[str, str]:
        """What the applicant gave, and the text of the document: personal, and for the reviewer's eyes alone."""
        table, client = self._deployment.table(APPLICANTS), self._deployment.connect("dynamodb")
        with aws_errors():
            row = client.get_item(TableName=table, Key={"applicantId": applicant_id}).get("Item")
        if row is None:
            raise OrderflowError(f"there is no application {applicant_id} any more")
        given = {name: str(row.get(name, "")) for name in ("name", "birthDate", "email", "documentStatus")}
        return {**given, "document": self._document(str(row.get("documentKey", "")))}

    def decide(self, asked: Asked, verdict: Verdict, by: str | None, why: str) -> Reviewed:
        """Decide, once for all; the message goes, whatever came of it. AWS tells the function who does.

        The embedded cloud knows no callers: there it is `by`, or whom the credentials belong to.
        """
        said = {"applicantId": asked.applicant_id, "reviewId": asked.review_id, "token": asked.token}
        body = tell(self._deployment, {**said, "verdict": verdict}, by, why, DECIDE)
        self._drop(asked)
        details = (text_at(body, name) for name in ("verdict", "by", "why", "at"))
        decided = at(body, "decided") is True
        return Reviewed(asked.applicant_id, decided, text_at(body, "message") or "", *details)

    def _drop(self, asked: Asked) -> None:
        """A message that stays comes back, and whoever answers it is told that it is decided: no reason to fail."""
        with suppress(OrderflowError), aws_errors():
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=asked.receipt)

    def _document(self, key: str) -> str:
        bucket = text_at(at(self._deployment.outputs, "buckets"), DOCUMENTS) or ""
        client = self._deployment.connect("s3")
        try:
            body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read(SHOWN_CHARACTERS)
        except client.exceptions.ClientError as missing:
            return f"cannot be read: {missing.response['Error'].get('Code', 'unknown')}"
        return body.decode("utf-8", "replace")


def _asked(message: dict[str, Any]) -> Asked:
    body = parse_object(message["Body"])
    reasons = cast(list[object], at(body, "reasons")) if isinstance(at(body, "reasons"), list) else []
    return Asked(
        applicant_id=text_at(body, "applicantId") or "?",
        review_id=text_at(body, "reviewId") or "",
        reasons=tuple(str(one) for one in reasons),
        expires_at=text_at(body, "expiresAt") or "",
        token=text_at(body, "token") or "",
        receipt=message["ReceiptHandle"],
    )
