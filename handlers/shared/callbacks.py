"""Answering an execution that waits under a task token.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class NobodyWaitsError(Exception):
    """The task has ended, by an answer before this one or by its timeout; or there never was one."""


def came_too_late(about: str, answer: str) -> str:
    """What a person is told for whose answer nobody waits. A first try may have told the workflow, and what it was
    answered got lost: nobody can tell that from a late one."""
    gone = f"it came too late, or its answer was lost: {about} does not wait for {answer} any more"
    return f"{gone}; see how it went on"


class Waiting:
    """The executions that wait."""

    def __init__(self, client: SFNClient) -> None:
        self._client = client

    def succeed(self, token: str, output: str) -> None:
        """Let the task end with `output`, a JSON text.

        Raises:
            NobodyWaitsError: when it does not wait any more.
        """
        with self._told():
            self._client.send_task_success(taskToken=token, output=output)

    def heartbeat(self, token: str) -> None:
        """Let the task know that its worker lives.

        Raises:
            NobodyWaitsError: when it does not wait any more.
        """
        with self._told():
            self._client.send_task_heartbeat(taskToken=token)

    @contextmanager
    def _told(self) -> Iterator[None]:
        known = self._client.exceptions
        try:
            yield
        except (known.TaskTimedOut, known.TaskDoesNotExist, known.InvalidToken) as gone:
            raise NobodyWaitsError(str(gone)) from gone
