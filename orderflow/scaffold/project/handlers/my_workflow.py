"""My workflow's work: say here what is done with an execution's input."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What Lambda calls; see `my_workflow`."""
    return my_workflow(event["input"])


def my_workflow(given: dict[str, Any]) -> dict[str, Any]:
    """Whether the input is taken: {"accepted"}, and where it is not, "reason".

    Step Functions tries again what failed, and Lambda may run a call twice: the second one has to change nothing.
    """
    if "id" not in given:
        return {"accepted": False, "reason": "there is no id"}
    return {"accepted": True}
