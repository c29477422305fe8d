"""CreateAccount: open the applicant's account, once however often it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.accounts import Accounts, account_of
from handlers.shared.applications import Applications
from handlers.shared.collaborators.accounts import accounts
from handlers.shared.collaborators.applications import applications
from handlers.shared.errors import AccountExists, TechnicalError
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Open the account of event["applicantId"]; see `create_account`."""
    return create_account(event["applicantId"], applications(), accounts())


def create_account(applicant_id: str, applications: Applications, accounts: Accounts) -> dict[str, Any]:
    """{"accountId"}, of an account that is open.

    Raises:
        AccountExists: when the address has an account already, or this applicant's was closed.
        TechnicalError: when the application has gone since it was checked.
    """
    application = applications.read(applicant_id)
    if application is None:
        raise TechnicalError(f"the application {applicant_id} has gone")
    if not accounts.open(applicant_id, application.email):
        raise AccountExists("there is an account with this e-mail address, or the applicant's was closed")
    return {"accountId": account_of(applicant_id)}
