"""DynamoDB: the optimised integrations, and calls that only functions make."""

from asl.integrations.arguments import is_written
from asl.integrations.arns import table_arns
from asl.integrations.table import FUNCTIONS_ONLY, REQUEST, Integration, Pattern, Permission, Target

_DYNAMODB = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html"
_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html"


def _call(name: str, patterns: frozenset[Pattern], required: tuple[str, ...], source: str) -> Integration:
    action = f"dynamodb:{name[0].upper()}{name[1:]}"
    return Integration(
        f"dynamodb:{name}",
        patterns,
        ("TableName", *required),
        (Permission((action,), (Target("{TableName}", table_arns),)),),
        source,
    )


_TRANSACTED = {"Get": "GetItem", "ConditionCheck": "ConditionCheckItem", "Put": "PutItem", "Update": "UpdateItem",
               "Delete": "DeleteItem"}  # fmt: skip


def transaction(given: object) -> list[Permission]:
    """What a transaction does to which tables, where its arguments say it; nothing where data makes the list.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    return [
        Permission((f"dynamodb:{action}",), (Target(f"{{TransactItems[].{kind}.TableName}}", table_arns),))
        for kind, action in _TRANSACTED.items()
        if is_written(given, f"TransactItems[].{kind}")
    ]


ROWS = (
    _call("getItem", REQUEST, ("Key",), _DYNAMODB),
    _call("putItem", REQUEST, ("Item",), _DYNAMODB),
    _call("updateItem", REQUEST, ("Key",), _DYNAMODB),
    _call("deleteItem", REQUEST, ("Key",), _DYNAMODB),
    _call("batchGetItem", FUNCTIONS_ONLY, (), _ACTIONS),
    # Both also on an index, whose ARN stands in place of the table's then.
    _call("query", FUNCTIONS_ONLY, (), _ACTIONS),
    _call("scan", FUNCTIONS_ONLY, (), _ACTIONS),
    _call("conditionCheckItem", FUNCTIONS_ONLY, (), _ACTIONS),
)
