"""Customers' accounts: one for each applicant, and one for each e-mail address.

An address is kept as its digest alone, in a row of its own that makes it unique. A closed account stays as a fence: a
call of opening it that comes late opens nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, TypeAlias

from handlers.shared import transactions
from handlers.shared.clock import Clock, written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

Status: TypeAlias = Literal["OPEN", "CLOSED"]


def account_of(applicant_id: str) -> str:
    """The id of an applicant's account: known before it is opened, so that it can be closed whatever happened."""
    return f"acc-{applicant_id}"


class Accounts:
    """The table of accounts."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def open(self, applicant_id: str, email: str) -> bool:
        """Open the applicant's account; the same call again changes nothing. Whether it is open then: not where another
        account has the address, or this one was closed.

        Raises:
            RowsBusy: when a write of others was in the way, perhaps an earlier call's of the same account.
        """
        account_id, address = account_of(applicant_id), _address(email)
        is_new = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(accountId)"}
        row = {"applicantId": applicant_id, "status": "OPEN", "openedAt": written(self._clock()), "address": address}
        puts: list[TransactWriteItemTypeDef] = [
            {"Put": {**is_new, "Item": {"accountId": account_id, **row}}},  # type: ignore[typeddict-item]
            {"Put": {**is_new, "Item": {"accountId": address, "heldBy": account_id}}},  # type: ignore[typeddict-item]
        ]
        refused = transactions.transact(self._client, puts, f"account {account_id}")
        return not refused or self.status(applicant_id) == "OPEN"

    def close(self, applicant_id: str) -> None:
        """Close the applicant's account, whether or not it was opened; its address is free again."""
        account_id = account_of(applicant_id)
        closed = self._client.update_item(
            TableName=self._table,
            Key={"accountId": account_id},
            UpdateExpression=(
                "SET applicantId = :applicant, #status = :closed, closedAt = if_not_exists(closedAt, :at)"
            ),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":applicant": applicant_id,
                ":closed": "CLOSED",
                ":at": written(self._clock()),
            },
            ReturnValues="ALL_NEW",
        )["Attributes"]
        if address := closed.get("address"):
            self._free(str(address), account_id)

    def _free(self, address: str, account_id: str) -> None:
        try:
            self._client.delete_item(
                TableName=self._table,
                Key={"accountId": address},
                ConditionExpression="heldBy = :account",
                ExpressionAttributeValues={":account": account_id},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # freed by an earlier call, and held by somebody else, perhaps

    def status(self, applicant_id: str) -> Status | None:
        """Where the applicant's account stands; None where there never was one."""
        key = {"accountId": account_of(applicant_id)}
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if found is None else "OPEN" if found["status"] == "OPEN" else "CLOSED"


def _address(email: str) -> str:
    """The key of an address's row. Letters' case makes no other address, as people write them."""
    return f"email#{hashlib.sha256(email.strip().lower().encode()).hexdigest()}"
