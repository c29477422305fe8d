"""Answers a request by an execution of an Express machine, for which it waits."""

from __future__ import annotations

import base64
import functools
import json
import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

WAIT_SECONDS = 28
MAX_BYTES = 262_144
"""What an execution takes as its input: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
NO_INPUT = "The body is no input."
REFUSED = {"InvalidExecutionInput": 400, "ValidationException": 400}
"""What the machine was not started for, by Step Functions' own words; anything else is our fault, or comes by itself:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html"""
BUSY = {"ExecutionLimitExceeded", "ThrottlingException", "ServiceUnavailable"}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The output with 200, or the status that a member of it has in OUTPUTS; the status that MACHINE's error has in
    ERRORS, with the error and its cause; 504 where it ran out of time; else 500, and the log says why.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    try:
        body = given(event)
    except NoInputError as wrong:
        return answer(400, json.dumps({"message": f"{NO_INPUT} {wrong}"}))
    try:
        ended = client().start_sync_execution(stateMachineArn=os.environ["MACHINE"], input=body)
    except ClientError as error:
        return not_started(error.response.get("Error", {}))
    if ended["status"] == "SUCCEEDED":
        return answer(status_of(ended["output"]), ended["output"])
    return failed(ended)


class NoInputError(ValueError):
    """A request's body is nothing that a machine could be started with; the message says what is wrong, and where."""


def given(event: dict[str, Any]) -> str:
    """The body of a request; one that is empty is an empty object.

    Raises:
        NoInputError: before anything is started.
    """
    body = event.get("body") or "{}"
    try:
        raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
        body = raw.decode()
        json.loads(body, parse_constant=refuse)
    except UnicodeDecodeError as wrong:
        raise NoInputError(f"Its byte {wrong.start + 1} is no UTF-8; send JSON in UTF-8.") from None
    except json.JSONDecodeError as wrong:
        raise NoInputError(f"Line {wrong.lineno}, column {wrong.colno}: {wrong.msg}; send JSON.") from None
    except RecursionError:
        raise NoInputError("It is nested too deeply.") from None
    if len(raw) > MAX_BYTES:
        raise NoInputError(f"It has {len(raw):,} bytes, and may have {MAX_BYTES:,}.")
    return body


def refuse(constant: str) -> None:
    raise NoInputError(f"{constant} is no JSON; leave it out, or send null.")


def status_of(output: str) -> int:
    told = json.loads(output)
    members = told if isinstance(told, dict) else {}
    return next((status for name, status in json.loads(os.environ["OUTPUTS"]).items() if name in members), 200)


def failed(ended: dict[str, Any]) -> dict[str, Any]:
    error, cause = ended.get("error", ""), ended.get("cause", "")
    if status := json.loads(os.environ["ERRORS"]).get(error):
        return answer(status, json.dumps({"error": error, "cause": cause}))
    print(json.dumps({"execution": ended["executionArn"], "status": ended["status"], "error": error, "cause": cause}))
    if ended["status"] == "TIMED_OUT":
        return answer(504, json.dumps({"message": "It took too long."}))
    return answer(500, json.dumps({"message": "It failed."}))


def not_started(error: Any) -> dict[str, Any]:
    print(json.dumps(error))
    code = error.get("Code", "")
    if status := REFUSED.get(code):
        return answer(status, json.dumps({"message": NO_INPUT}))
    return answer(503 if code in BUSY else 500, json.dumps({"message": "Nothing was started."}))


def answer(status: int, body: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": body}


@functools.cache
def client() -> Any:
    """Never tries again: what was started and not heard of would be started twice."""
    patient = Config(
        read_timeout=WAIT_SECONDS,
        retries={"total_max_attempts": 1},
        # An endpoint of one's own is the whole address.
        inject_host_prefix="AWS_ENDPOINT_URL" not in os.environ,
    )
    return boto3.client("stepfunctions", config=patient)
