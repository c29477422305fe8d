"""What can go wrong, in one line each that says what to do."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager


class OrderflowError(Exception):
    """Something did not work; the message is one line that says what, where, and what to do."""


class OrderNotFound(OrderflowError):  # noqa: N818 the name says it
    """The machine has no execution for this order."""


class DifferentOrder(OrderflowError):  # noqa: N818 the name says it
    """Another order was started under the same id."""


class ExecutionNotFound(OrderflowError):  # noqa: N818 the name says it
    """The machine has no such execution, or AWS has forgotten it."""


class ExpressMachine(OrderflowError):  # noqa: N818 the name says it
    """It is asked about executions of an Express machine, of which AWS keeps none."""


class StillRunning(OrderflowError):  # noqa: N818 the name says it
    """An execution has not ended in the time that somebody wanted to wait."""


class NoStack(OrderflowError):  # noqa: N818 the name says it
    """Nothing says which stack is meant."""


class UnknownMachine(OrderflowError):  # noqa: N818 the name says it
    """The stack has no machine of this name."""


@contextmanager
def aws_errors() -> Generator[None]:
    """Turn whatever boto3 raises in the block into an OrderflowError."""
    try:
        yield
    except Exception as error:
        from orderflow.refusals import told  # loads botocore, which may take longer than the whole command

        if (said := told(error)) is None:
            raise
        raise OrderflowError(said) from error
