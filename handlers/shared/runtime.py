"""What surrounds the work of every function: its log, its trace, its environment and its clients.

Nothing here reads the environment or loads boto3 before the first invocation.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from aws_lambda_powertools import Logger, Tracer

from handlers.shared import clock
from handlers.shared.errors import BusinessError, TechnicalError
from handlers.shared.metrics import count

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient

    Work: TypeAlias = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

logger = Logger()


def invocation(work: Work) -> Work:
    """Make `work` a Lambda handler: logged with executionId and whom it is about in every line, and traced.

    Its event is {"executionId", "order"}, or has "return" or "applicantId" in the place of an order; whatever it raises
    goes on to the workflow.
    """

    def traced(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        for name, value in _about(event).items():
            tracer().put_annotation(name, value)
        return work(event, context)

    @logger.inject_lambda_context(clear_state=True)
    @functools.wraps(work)
    def logged(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        logger.append_keys(**_about(event), executionId=str(event.get("executionId")))
        began = clock.now()
        try:
            result = tracer().capture_lambda_handler(traced, capture_response=False)(event, context)
        except BusinessError as refusal:
            logger.info("refused", extra={"error": type(refusal).__name__, "reason": str(refusal)})
            # Lambda counts it among the function's errors, for the moment of the call; what is left there went wrong.
            count("Refusals", at=began)
            raise
        except Exception:
            logger.exception("failed")
            raise
        logger.info("done")
        return result

    return logged


def setting(name: str) -> str:
    """The environment variable `name`.

    Raises:
        TechnicalError: when it is not set.
    """
    value = os.environ.get(name)
    if not value:
        raise TechnicalError(f"{name} is not set; the function's environment must hold it")
    return value


def secret(name: str) -> str:
    """The secret whose ARN the environment variable `name` holds, as it was some minutes ago at most.

    White space around it, such as the line break that a shell leaves, is no part of it.

    Raises:
        TechnicalError: when it cannot be read; nothing of it is told.
    """
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    arn = setting(name)
    try:
        return str(secrets().get(arn, max_age=300)).strip()
    except GetParameterError as error:
        # Powertools raises it while it handles what AWS said.
        reason = type(error.__context__ or error).__name__
        raise TechnicalError(f"the secret {arn} cannot be read: {reason}") from None


@functools.cache
def secrets() -> SecretsProvider:
    """What Powertools keeps of secrets, read with this process's client, and so with its patience."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    return SecretsProvider(boto3_client=client("secretsmanager"))


@functools.cache
def tracer() -> Tracer:
    """Made late: the X-Ray SDK takes longer to load than everything else that a handler imports."""
    return Tracer(patch_modules=("botocore",))


@functools.cache
def dynamodb() -> DynamoDBClient:
    """A client that takes and gives plain Python values, as boto3's resources do, instead of {"S": ...}."""
    import boto3

    return boto3.resource("dynamodb", config=_patience()).meta.client


@functools.cache
def client(service: str) -> Any:
    """A plain boto3 client."""
    import boto3

    return boto3.client(service, config=_patience())  # type: ignore[call-overload]


def _patience() -> Config:
    """Every call, its retries included, ends before the function's own timeout of 20 s."""
    from botocore.config import Config

    return Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})


def _about(event: dict[str, Any]) -> dict[str, str]:
    """The order or the applicant: an id, and nothing of theirs."""
    if "applicantId" in event:
        return {"applicantId": str(event["applicantId"])[:80]}
    return {"orderId": _order_id(event)}


def _order_id(event: dict[str, Any]) -> str:
    """Never None, which Powertools would leave out of the line."""
    order = event.get("order") or event.get("return")
    order_id = order.get("orderId") if isinstance(order, dict) else None
    return str(order_id)[:80]
