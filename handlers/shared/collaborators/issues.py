"""Where people find what the books do not agree on."""

from __future__ import annotations

from handlers.shared.reconciliation.issues import Issues
from handlers.shared.runtime import dynamodb, setting


def found_issues() -> Issues:
    return Issues(dynamodb(), setting("ISSUES_TABLE"))
