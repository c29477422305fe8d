"""ministack's engine for Step Functions in this process, and its table: replays the records of standard input.

Prints the seconds that it took, without the pauses that it makes before each execution's first state.
"""

from __future__ import annotations

import json
import sys

from ministack.services import dynamodb

from bench.replay import BATCH, VIEW, definition
from bench.running_peer import seconds


def main() -> None:
    """Replay."""
    key = [{"AttributeName": "orderId", "KeyType": "HASH"}]
    typed = [{"AttributeName": "orderId", "AttributeType": "S"}]
    table = {"TableName": VIEW, "KeySchema": key, "AttributeDefinitions": typed, "BillingMode": "PAY_PER_REQUEST"}
    dynamodb._create_table(table)
    records = json.load(sys.stdin)
    taken = [seconds(f"b-{n}", definition(), records[n : n + BATCH]) for n in range(0, len(records), BATCH)]
    print(sum(taken))


if __name__ == "__main__":
    main()
