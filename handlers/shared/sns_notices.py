"""Customers are told through an SNS topic, each notice once: Powertools keeps in a table which ones have gone out.

So this is also where each order's end is counted once: whatever it was, the customer is told.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from handlers.shared.ledger import FAILURES
from handlers.shared.metrics import count
from handlers.shared.notices import RETURN_OUTCOMES, Tell
from handlers.shared.runtime import client, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
    from aws_lambda_powertools.utilities.typing import LambdaContext

KEPT_SECONDS = 90 * 86_400
"""As long as Step Functions keeps the name of an execution: so long a repeat of an order is known as one."""

TURNED_AWAY = ("REJECTED", "DECLINED")
"""How an order ends that is refused before the charge, without that a person has decided so."""


def teller(context: LambdaContext) -> Tell:
    """A Tell for one invocation: `context` says how long a call that broke off may hold a notice."""
    from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function

    config = IdempotencyConfig(expires_after_seconds=KEPT_SECONDS, hash_function="sha256", lambda_context=context)

    @idempotent_function(data_keyword_argument="key", persistence_store=_store(), config=config, key_prefix="notice")
    def publish(*, key: dict[str, Any], message: str) -> None:
        client("sns").publish(TopicArn=setting("NOTICES_TOPIC"), Message=message)
        if key["outcome"] in RETURN_OUTCOMES:
            count("ReturnsTold", status=key["outcome"])
            return
        count("OrdersEnded", status=key["outcome"])
        if key["outcome"] in FAILURES:
            count("OrdersUndone")
        elif key["outcome"] in TURNED_AWAY:
            count("OrdersTurnedAway")

    return lambda notice: publish(key=notice.key, message=notice.message)


@functools.cache
def _store() -> DynamoDBPersistenceLayer:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

    return DynamoDBPersistenceLayer(setting("IDEMPOTENCY_TABLE"), boto3_client=client("dynamodb"))
