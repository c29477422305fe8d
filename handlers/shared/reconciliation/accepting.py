"""A person's word that a difference is right as it is: it stays quiet until what differs changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers.shared.reconciliation.difference import UNSEEN
from handlers.shared.reconciliation.issues import Issues, OpenIssue
from handlers.shared.runtime import logger

UNACCEPTABLE = UNSEEN | {"BOOK_NOT_LISTED"}
"""What hides other differences: accepted, it would hide them for good."""


def accept_issue(issue_id: str, by: str, why: str, issues: Issues, now: datetime) -> dict[str, Any]:
    """Accept an open issue: {"issueId", "decided", "by", "why", "at", "message"}. The first to accept it stands."""
    found = issues.find(issue_id)
    if found and found.kind in UNACCEPTABLE:
        said = f"{issue_id} cannot be accepted: what cannot be looked at may hide what differs. Mend it"
        return {"issueId": issue_id, "decided": False, "message": said}
    if found and not found.accepted:
        if issues.accept(issue_id, by, why, now):
            logger.info("issue accepted", extra={"issueId": issue_id, "by": by, "why": why})
        found = issues.find(issue_id)
    if found is None or found.accepted is None:
        return {"issueId": issue_id, "decided": False, "message": f"no issue {issue_id} is open"}
    return _answer(found, is_mine=(found.accepted.by, found.accepted.why) == (by, why))


def _answer(found: OpenIssue, *, is_mine: bool) -> dict[str, Any]:
    assert found.accepted is not None  # noqa: S101 says the caller
    by, why, at = found.accepted.by, found.accepted.why, found.accepted.at
    stands = f"{found.issue_id} has been accepted already, by {by} at {at}: {why}"
    message = f"{found.issue_id} is accepted, until what differs changes" if is_mine else stands
    return {"issueId": found.issue_id, "decided": is_mine, "by": by, "why": why, "at": at, "message": message}
