"""CheckApplication: is there an application that can be examined?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.applications import Applications, is_id, problems
from handlers.shared.collaborators.applications import applications
from handlers.shared.errors import ApplicationRefused
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Check the application of event["applicantId"]; see `check_application`."""
    return check_application(event["applicantId"], applications(), clock.now().date())


def check_application(applicant_id: Any, applications: Applications, today: date) -> dict[str, Any]:
    """Nothing personal: {"applicantId", "hasFirstOrder"}.

    Raises:
        ApplicationRefused: naming every field that is wrong, and not what it holds.
    """
    if not is_id(applicant_id):
        raise ApplicationRefused("applicantId: must be 1 to 70 characters of A-Z, a-z, 0-9, - and _")
    application = applications.read(applicant_id)
    if application is None:
        raise ApplicationRefused("applicantId: there is no application of this id")
    if found := list(problems(application, today)):
        raise ApplicationRefused("; ".join(found))
    return {"applicantId": applicant_id, "hasFirstOrder": bool(application.first_order)}
