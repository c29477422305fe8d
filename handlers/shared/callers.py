"""Who calls a function by its URL, where IAM lets nobody else call, and what people say by it.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from handlers.shared.errors import ValidationError
from handlers.shared.webhooks import RefusedError, body_of, document_of, response

BY_CHARACTERS = 2_048
"""How much is kept of who decided."""
WHY_CHARACTERS = 1_000


def decided_by(event: dict[str, Any], taken: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """What `taken` makes of a decision: by a request of the function's URL, whose sender AWS names; or by a call, which
    has to say so.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
    """
    if "requestContext" not in event:
        return taken(event)
    try:
        return response(200, **taken({**document_of(body_of(event)), "by": sender(event)}))
    except RefusedError as refused:
        return response(refused.status, message=str(refused))
    except ValidationError as wrong:
        return response(400, message=str(wrong))


def is_text(value: Any, longest: int) -> bool:
    """Whether something is said, in at most so many characters."""
    return isinstance(value, str) and bool(value.strip()) and len(value) <= longest


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
