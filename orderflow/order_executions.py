"""The executions of an order: what they are called, and which of them is the latest.

The first one is called like its order, so that an order cannot be started twice. Whatever takes a failed order up again
has a name of its own, since AWS gives a name away once in 90 days. Any name could be another order's id as well; so an
execution is an order's when its input says so.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderflow.arns import NAME, machine_arn
from orderflow.documents import parse_object, text_at
from orderflow.errors import OrderNotFound, aws_errors
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

UNSUCCESSFUL = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
"""The statuses of executions that another one may follow."""

ID_CHARACTERS, DIGEST_CHARACTERS = 60, 8
"""How much of an order's id and of a digest later names have: 80 characters in all are left to names by AWS."""

_NAME = re.compile(NAME)
_LATER = re.compile(rf".{{1,{ID_CHARACTERS}}}_redrive\d{{1,3}}_[0-9a-f]{{{DIGEST_CHARACTERS}}}")


def later_name(order_id: str, number: int) -> str:
    """The name of the execution that takes an order up again for the `number`th time: `order-1_redrive1_1f0c3a7e`."""
    digest = hashlib.sha256(f"{order_id}#{number}".encode()).hexdigest()
    return f"{order_id[:ID_CHARACTERS]}_redrive{number}_{digest[:DIGEST_CHARACTERS]}"


@dataclass(frozen=True, slots=True)
class Latest:
    """An order's latest execution, and the name that the one after it would have."""

    execution: DescribeExecutionOutputTypeDef
    next_name: str


class OrderExecutions:
    """The executions of one machine, by their orders.

    Every method raises OrderflowError where AWS refuses or cannot be reached.
    """

    def __init__(self, state_machine_arn: str, client: SFNClient) -> None:
        """`state_machine_arn` may be the machine's own ARN, a version's or an alias's.

        Raises:
            OrderflowError: when it is no state machine's ARN.
        """
        self._client = client
        self._arn = machine_arn(state_machine_arn)
        self.machine = self._arn.machine_arn

    def first(self, order_id: str) -> DescribeExecutionOutputTypeDef:
        """The execution that is called like the order.

        Raises:
            OrderNotFound: when there is none, or AWS has forgotten it, or it takes up another order.
        """
        if not _NAME.fullmatch(order_id):
            raise OrderNotFound(f"{one_line(order_id)!r} is no order's id: those have 1 to 80 characters and no blanks")
        found = self._describe(order_id)
        if found is None:
            raise OrderNotFound(
                f"no order {order_id} on {self.machine}; 'orderflow list' shows those there are, --stack names another "
                "stack (AWS forgets an order 90 days after it ended)"
            )
        whose = _order_id(found)
        if whose not in (None, order_id):
            raise OrderNotFound(f"{order_id} is the name of an execution of order {whose}; ask for that one")
        return found

    def latest(self, order_id: str) -> Latest:
        """The order's latest execution. Raises OrderNotFound."""
        return self.after(order_id, self.first(order_id))

    def after(self, order_id: str, first: DescribeExecutionOutputTypeDef) -> Latest:
        """The order's latest execution, the first one being known. Only an unsuccessful one is ever followed."""
        latest, number = first, 1
        while latest["status"] in UNSUCCESSFUL and (following := self._describe(later_name(order_id, number))):
            latest = following if _order_id(following) == order_id else latest
            number += 1
        return Latest(latest, later_name(order_id, number))

    def order_of(self, name: str, execution_arn: str) -> str:
        """The id of the order that an execution is about: its name, but for those that took an order up again."""
        if not _LATER.fullmatch(name):
            return name
        with aws_errors():
            return _order_id(self._client.describe_execution(executionArn=execution_arn)) or name

    def _describe(self, name: str) -> DescribeExecutionOutputTypeDef | None:
        with aws_errors():
            try:
                return self._client.describe_execution(executionArn=str(self._arn.execution(name)))
            except self._client.exceptions.ExecutionDoesNotExist:
                return None


def _order_id(execution: DescribeExecutionOutputTypeDef) -> str | None:
    """The order's id in the execution's input; None where AWS hides the input, or it has none."""
    return text_at(parse_object(execution.get("input")), "orderId")
