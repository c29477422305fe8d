"""Customers' accounts."""

from __future__ import annotations

from handlers.shared import clock
from handlers.shared.accounts import Accounts
from handlers.shared.runtime import dynamodb, setting


def accounts() -> Accounts:
    return Accounts(dynamodb(), setting("ACCOUNTS_TABLE"), clock.now)
