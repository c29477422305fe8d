"""CloseAccount: take back that an account was opened, whether or not it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.accounts import account_of
from handlers.shared.collaborators.accounts import accounts
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Close the account of event["applicantId"]: {"accountId"}. From then on none can be opened."""
    accounts().close(event["applicantId"])
    return {"accountId": account_of(event["applicantId"])}
