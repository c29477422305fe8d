"""Starting an order's execution: under the order's id, so that it is started once, whoever starts it and how often.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from handlers.shared.clock import written

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

Start: TypeAlias = Callable[[str, str], datetime]
"""Starts an order by its id and its text, and gives the moment at which it was started, now or before.

Raises:
    AnotherOrderError: when an order with another content has the id.
"""


class AnotherOrderError(Exception):
    """An order with another content was started under the id; the text says when."""


def starter(client: SFNClient, machine_arn: str) -> Start:
    """A Start of executions of a machine; `machine_arn` is the ARN of one of its aliases."""

    def start(order_id: str, text: str) -> datetime:
        try:
            return client.start_execution(stateMachineArn=machine_arn, name=order_id, input=text)["startDate"]
        except client.exceptions.ExecutionAlreadyExists:
            # It has ended, or it has another input.
            found = client.describe_execution(executionArn=_execution_arn(machine_arn, order_id))
        if json.loads(found["input"]) != json.loads(text):
            raise AnotherOrderError(f"another order was started under it at {written(found['startDate'])}")
        return found["startDate"]

    return start


def _execution_arn(machine_arn: str, name: str) -> str:
    *place, _, machine = machine_arn.split(":")[:7]
    return ":".join([*place, "execution", machine, name])
