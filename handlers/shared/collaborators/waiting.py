"""The executions that wait for an answer."""

from __future__ import annotations

from handlers.shared.callbacks import Waiting
from handlers.shared.runtime import client


def waiting() -> Waiting:
    return Waiting(client("stepfunctions"))
