"""Who calls a function by its URL, where IAM lets nobody else call.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.shared.webhooks import RefusedError

BY_CHARACTERS = 2_048
"""How much is kept of who decided."""


def sender(request: Mapping[str, Any]) -> str:
    """The ARN of whoever signed the request, as IAM knows it.

    Raises:
        RefusedError: 403 where AWS does not say so, as with a URL that is open to everyone.
    """
    authorizer = request["requestContext"].get("authorizer") or {}
    arn = (authorizer.get("iam") or {}).get("userArn")
    if not isinstance(arn, str) or not arn:
        raise RefusedError(403, "AWS does not say who calls: the function's URL has to be of the type AWS_IAM")
    return arn[:BY_CHARACTERS]
