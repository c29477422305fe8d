"""What triggers have in common: where it is put what no execution was started with."""

from __future__ import annotations

import pulumi

from ..state_machine import StateMachine
from ..storage import Queue, QueueArgs

RETRIES, MAX_AGE_SECONDS = 185, 86_400
"""How often and how long EventBridge tries at most, and unless it is told otherwise:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html"""


class TriggerRefusedError(ValueError, pulumi.RunError):
    """A trigger that AWS would refuse or that would lose events, which Pulumi shows as what the user has to mend."""


def require_retries(trigger: str, retries: int, max_age_seconds: int) -> None:
    """Raises TriggerRefusedError for what EventBridge and its Scheduler would refuse.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
    """
    if not (0 <= retries <= RETRIES and 60 <= max_age_seconds <= MAX_AGE_SECONDS):
        raise TriggerRefusedError(
            f"{trigger}: `retries` is 0 to {RETRIES}, not {retries}; `max_age_seconds` 60 to {MAX_AGE_SECONDS:,}, "
            f"not {max_age_seconds:,}"
        )


def require_kind(trigger: str, argument: str, given: object, *kinds: type) -> None:
    """Raises TriggerRefusedError for what is of none of these kinds, and would be looked into in vain."""
    if not isinstance(given, kinds):
        wanted, found = " or ".join(kind.__name__ for kind in kinds), type(given)
        raise TriggerRefusedError(
            f"{trigger}: `{argument}` takes {wanted} itself, and this is {found.__name__} of {found.__module__}"
        )


def longest_run(machine: StateMachine) -> int | None:
    """The seconds that a machine may run; None where it does not say so, or only a deployment knows."""
    seconds: object = machine.symbolic.get("TimeoutSeconds")
    return seconds if isinstance(seconds, int) else None


def dead_letters_of(name: str, given: Queue | None, parent: pulumi.Resource, *, from_rules: bool = False) -> Queue:
    """The queue that a trigger was given, or one of its own."""
    if given is not None:
        return given
    args = QueueArgs(keep=False, from_rules=from_rules)
    return Queue(f"{name}-dead-letters", args, pulumi.ResourceOptions(parent=parent))


def require_dead_letters(trigger: str, given: Queue | None, *, from_rules: bool = False) -> None:
    """Raises TriggerRefusedError for a queue that cannot take what the trigger puts into it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-considerations
    """
    if given is not None and given.fifo:
        raise TriggerRefusedError(f"{trigger}: `dead_letters` is a FIFO queue, and EventBridge takes standard ones")
    if given is not None and from_rules and not given.from_rules:
        raise TriggerRefusedError(
            f"{trigger}: rules may not put anything into its `dead_letters`: make that with QueueArgs(from_rules=True)"
        )
