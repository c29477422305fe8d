"""RecordInspection: what the inspector found of goods that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.returns import returns
from handlers.shared.errors import TechnicalError
from handlers.shared.returns import Returns
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Record event["decision"] about event["return"]; see `record_inspection`."""
    decision = event["decision"]
    return record_inspection(
        event["return"]["returnId"], decision["verdict"], decision["by"], decision["why"], returns()
    )


def record_inspection(return_id: str, verdict: str, by: str, why: str, returns: Returns) -> dict[str, Any]:
    """Accept the goods, to be RESTOCKED or WRITTEN_OFF, or refuse them: {"verdict"}, of several the first.

    Raises:
        ReturnConflict: when the goods are not here.
        TechnicalError: for an unknown verdict.
    """
    row = returns.known(return_id)
    if not row.changes & {"ACCEPTED", "REFUSED"}:
        if verdict == "REFUSED":
            row = returns.let_go(return_id, "REFUSED", by=by, why=why)
        elif verdict in ("RESTOCKED", "WRITTEN_OFF"):
            row = returns.record(return_id, "ACCEPTED", goods=verdict, by=by, why=why)
        else:
            raise TechnicalError(f"{verdict!r} is no verdict on goods that came back")
    return {"verdict": row.goods or "REFUSED"}
