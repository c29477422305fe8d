"""ReportReconciliation: what a reconciliation came to, from what its Map has written into S3."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from handlers.shared.runtime import client, invocation, logger, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Report on the Map whose manifest is event["manifest"], by event["listed"], the answer of `list_orders`."""
    report = report_reconciliation(event["listed"], results(event["manifest"], _object))
    logger.info("reconciliation", extra={"report": report})
    return report


def report_reconciliation(listed: Mapping[str, Any], results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """{"listed", "notCompared", "lookedAt": {what: count}, "issues": {kind: count}, "unlisted": {book: reason}}.

    `listed` and `notCompared` count lines of the list: an order each, or what is no order's. A line is not compared
    where an issue could not be written down, or the function that compares did not answer.
    """
    looked_at, issues, compared = Counter[str](), Counter[str](), 0
    for result in results:
        compared += result["lines"]
        looked_at.update(result["lookedAt"])
        issues.update(result["issues"])
    return {
        "listed": listed["lines"],
        "notCompared": listed["lines"] - compared,
        "lookedAt": dict(sorted(looked_at.items())),
        "issues": dict(sorted(issues.items())),
        "unlisted": listed["unlisted"],
    }


def results(manifest: str, read: Callable[[str], str]) -> Iterable[dict[str, Any]]:
    """The output of every child that succeeded, from the object `manifest` and those that it names.

    The manifest: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """
    for file in json.loads(read(manifest))["ResultFiles"]["SUCCEEDED"]:
        yield from map(json.loads, read(file["Key"]).splitlines())


def _object(key: str) -> str:
    return client("s3").get_object(Bucket=setting("EXPORTS_BUCKET"), Key=key)["Body"].read().decode()
