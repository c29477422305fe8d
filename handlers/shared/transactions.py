"""Writes that happen or not: several of them together, or one that gives what it has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from handlers.shared.backoff import BRIEFLY, attempts
from handlers.shared.errors import RowsBusy, TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

FAILED, FINE = "ConditionalCheckFailed", "None"
BUSY = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Why a transaction is canceled that may be made a moment later. The SDK does not try it again by itself.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
"""


def transact(
    client: DynamoDBClient, actions: Sequence[TransactWriteItemTypeDef], what: str, patience: float = BRIEFLY
) -> list[bool]:
    """Make all `actions` or none. Empty when they are made; else whether each one's condition held.

    A collision with another transaction passes in milliseconds, and is tried again for `patience` seconds.

    Raises:
        RowsBusy: naming `what` was to be written, when others were in the way all that time.
        TechnicalError: when something else than a condition is in the way.
    """
    codes: list[str] = []
    for _ in attempts(patience):
        try:
            client.transact_write_items(TransactItems=actions)
        except client.exceptions.TransactionCanceledException as canceled:
            # DynamoDB gives a code per action, in the order of the actions.
            codes = [reason.get("Code", FINE) for reason in canceled.response.get("CancellationReasons", [])]
        else:
            return []
        if set(codes) <= {FAILED, FINE}:
            return [code == FINE for code in codes]
        if not set(codes) <= {FAILED, FINE, *BUSY}:
            raise TechnicalError(f"{what} cannot be written: {', '.join(codes)}")
    raise RowsBusy(f"{what} is not written: others keep changing the same rows ({', '.join(codes)}); try again")


def change(
    client: DynamoDBClient, update: UpdateTypeDef, what: str, patience: float = BRIEFLY
) -> Mapping[str, Any] | None:
    """Make one conditional `update`: the row after it; None where its condition does not hold.

    Half as dear as a transaction, and the row need not be read after it. A transaction on the same row is waited for,
    up to `patience` seconds; the SDK does not try such an update again by itself:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling

    Raises:
        RowsBusy: naming `what` was to be written, when transactions were in the way all that time.
    """
    for _ in attempts(patience):
        try:
            return client.update_item(**update, ReturnValues="ALL_NEW")["Attributes"]
        except client.exceptions.ConditionalCheckFailedException:
            return None
        except client.exceptions.TransactionConflictException:
            continue
    raise RowsBusy(f"{what} is not written: others keep changing the same row; try again")
