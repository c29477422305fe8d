"""Several writes that all happen or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handlers.shared.backoff import attempts
from handlers.shared.errors import TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

FAILED, FINE = "ConditionalCheckFailed", "None"


def transact(client: DynamoDBClient, actions: Sequence[TransactWriteItemTypeDef], what: str) -> list[bool]:
    """Make all `actions` or none. Empty when they are made; else whether each one's condition held.

    A collision with another transaction passes in milliseconds and is tried again.

    Raises:
        TechnicalError: naming `what` was to be written, when anything but a condition kept standing in the way.
    """
    codes: list[str] = []
    for _ in attempts():
        try:
            client.transact_write_items(TransactItems=actions)
        except client.exceptions.TransactionCanceledException as canceled:
            # DynamoDB gives a code per action, in the order of the actions.
            codes = [reason.get("Code", FINE) for reason in canceled.response.get("CancellationReasons", [])]
        else:
            return []
        if set(codes) <= {FAILED, FINE}:
            return [code == FINE for code in codes]
    raise TechnicalError(f"{what} is not written: others keep changing the same rows ({', '.join(codes)}); try again")
