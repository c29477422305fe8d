"""Begins the release of a version: `pulumi up` calls this once for each version that it publishes."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3

ATTEMPTS, PAUSE_SECONDS = 10, 3
"""A role that was made a moment ago is not known everywhere:
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency"""

client = boto3.client("stepfunctions")


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Start `{"releases": ARN, "name", "input"}`. What an execution of that name has begun is not begun again, when an
    `up` that broke off is repeated."""
    named = {"stateMachineArn": event["releases"], "name": event["name"], "input": json.dumps(event["input"])}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return {"execution": client.start_execution(**named)["executionArn"]}
        except client.exceptions.ExecutionAlreadyExists:
            return {"execution": "began earlier"}
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException" or attempt == ATTEMPTS:
                raise
        time.sleep(PAUSE_SECONDS)
    raise AssertionError("the last attempt returns or raises")
