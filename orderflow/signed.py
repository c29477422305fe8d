"""Requests to a function's URL of the type AWS_IAM, signed with the credentials that boto3 finds.

https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-iam
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import URLLib3Session

from orderflow.documents import parse_object, text_at
from orderflow.errors import OrderflowError, aws_errors
from orderflow.text import one_line

SECONDS = 30


def post(url: str, document: Mapping[str, Any], region: str | None) -> Any:
    """The JSON object that the function answers to `document`.

    Raises:
        OrderflowError: when AWS or the function refuses, with what to do.
    """
    session = boto3.Session(region_name=region)
    with aws_errors():
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError()
        headers = {"content-type": "application/json"}
        request = AWSRequest("POST", url, data=json.dumps(document).encode(), headers=headers)
        SigV4Auth(credentials.get_frozen_credentials(), "lambda", session.region_name).add_auth(request)
        answer = URLLib3Session(timeout=SECONDS).send(request.prepare())
    body = parse_object(answer.text)
    if answer.status_code == 200:
        return body
    told = text_at(body, "message") or text_at(body, "Message") or "it says nothing more"
    advice = (
        "; it takes lambda:InvokeFunctionUrl on the function, see docs/runbook.md" if answer.status_code == 403 else ""
    )
    raise OrderflowError(f"{url} answered {answer.status_code}: {one_line(told, 400)}{advice}")
