"""AWS's TestState API, asked with the credentials, the region and the profile that boto3 finds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from asl.cli.usage import FailedError
from asl.testing.at_aws import Ask, RefusedError

SECONDS = 330
"""How long an answer may take: a test has five minutes at AWS."""
ATTEMPTS = 6
"""How often a request is sent that is throttled; boto3 waits about twice as long each time."""
_REFUSED = ("ValidationException", "InvalidDefinition", "InvalidExecutionInput", "InvalidArn")
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html#API_TestState_Errors"""


def test_state(endpoint: str | None) -> Ask:
    """Asks TestState, at `endpoint` where it is not AWS's own.

    Raises:
        FailedError: where nothing says the region.
    """
    import boto3  # loading it takes as long as a hundred cases
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL_SFN") or os.environ.get("AWS_ENDPOINT_URL")
    config = Config(
        read_timeout=SECONDS,
        retries={"mode": "standard", "max_attempts": ATTEMPTS},
        # TestState has a host of its own, sync-states, which another endpoint has not.
        inject_host_prefix=not endpoint,
    )
    make: Any = boto3.client
    try:
        client = make("stepfunctions", endpoint_url=endpoint, config=config)
    except BotoCoreError as wrong:
        raise FailedError(f"--at-aws: {wrong}") from wrong

    def ask(request: dict[str, Any]) -> Mapping[str, Any]:
        try:
            return client.test_state(**request)
        except ParamValidationError as wrong:
            raise RefusedError(str(wrong)) from wrong
        except ClientError as wrong:
            error: Any = wrong.response.get("Error", {})
            if error.get("Code") in _REFUSED:
                raise RefusedError(error.get("Message", str(wrong))) from wrong
            raise FailedError(f"--at-aws: {wrong}") from wrong
        except BotoCoreError as wrong:
            raise FailedError(f"--at-aws: {wrong}") from wrong

    return ask
