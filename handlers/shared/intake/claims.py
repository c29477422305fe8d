"""Which files were taken in, by their content: the same file is taken in once, by one execution at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from handlers.shared.clock import written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RUNNING, TAKEN_IN, LEFT = "RUNNING", "TAKEN_IN", "LEFT"
"""Of a file that is LEFT some lines were not started: whoever puts it there again has them started."""

LONGEST = timedelta(hours=13)
"""An execution is over by then, so that one that never said how it ended holds its file no longer."""
KEPT = timedelta(days=90)
"""As long as Step Functions keeps the name of an execution, and so knows an order that is started again."""


@dataclass(frozen=True)
class Claim:
    """Who takes in a file: the execution, since when, and under which key the file was put."""

    execution_id: str
    key: str
    began_at: str
    status: str

    @classmethod
    def of(cls, item: dict[str, Any]) -> Claim:
        return cls(item["executionId"], item["key"], item["beganAt"], item["status"])


class Claims:
    """The rows of the table of intakes."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table, self._client = table, client

    def claim(self, digest: str, key: str, execution_id: str, now: datetime) -> Claim | None:
        """Take the file with this digest; None when it is this execution's now, and else who has it or had it."""
        row = {
            "fileId": digest,
            "executionId": execution_id,
            "key": key,
            "beganAt": written(now),
            "status": RUNNING,
            "expiration": int((now + KEPT).timestamp()),
        }
        free = "executionId = :me OR #status = :left OR (#status = :running AND beganAt < :old)"
        try:
            self._client.put_item(
                TableName=self._table,
                Item=row,
                ConditionExpression=f"attribute_not_exists(fileId) OR {free}",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":me": execution_id,
                    ":left": LEFT,
                    ":running": RUNNING,
                    ":old": written(now - LONGEST),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.find(digest)
        return None

    def find(self, digest: str) -> Claim | None:
        """Who has the file or had it."""
        row = self._client.get_item(TableName=self._table, Key={"fileId": digest}, ConsistentRead=True).get("Item")
        return Claim.of(row) if row else None

    def end(self, digest: str, execution_id: str, status: str) -> None:
        """Say how the execution's taking in ended; nothing, where the file is another one's by now."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"fileId": digest},
                UpdateExpression="SET #status = :status",
                ConditionExpression="executionId = :me",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":status": status, ":me": execution_id},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return
