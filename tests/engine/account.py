"""An AWS account at moto's server, as far as Pulumi keeps state and secrets there, with IAM in force.

moto reads a statement's conditions only in trust policies, so what hangs on a condition is tested elsewhere
(`tests/infra/test_runbook_policies.py`).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.kms.responses import KmsResponse
from moto.kms.utils import KEY_ID_LEN
from moto.moto_api._internal.models import moto_api_backend
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass(frozen=True)
class Account:
    """The account's number, its address, and the environment of a shell with its administrator's rights."""

    number: str
    endpoint: str
    administrator: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A client of the administrator's."""
        given = self.administrator
        return boto3.client(
            service,  # type: ignore[call-overload] # any service
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )

    def as_role(self, name: str) -> dict[str, str]:
        """The environment of a job that has taken the role on by its token, which moto takes unseen."""
        with _without_iam():
            role = f"arn:aws:iam::{self.number}:role/{name}"
            taken = self.client("sts").assume_role_with_web_identity(
                RoleArn=role, RoleSessionName="job", WebIdentityToken="token-of-the-job"
            )["Credentials"]
        return {
            **self.administrator,
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }


@contextlib.contextmanager
def account() -> Iterator[Account]:
    """Start one with nothing in it but an administrator, and stop it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto_api_backend.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KmsResponse, "_determine_resource", _key_that_is_meant, raising=False)
        patch.setattr(S3Response, "_authenticate_and_authorize_s3_action", _ask_about_what_is_missing)
        patch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
        server.start()
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        nobody = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nobody"}
        iam = Account(DEFAULT_ACCOUNT_ID, endpoint, nobody).client("iam")
        iam.create_user(UserName="administrator")
        iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=EVERYTHING)
        key = iam.create_access_key(UserName="administrator")["AccessKey"]
        patch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0.0)
        administrator = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_PAGER": "",
        }
        try:
            yield Account(DEFAULT_ACCOUNT_ID, endpoint, administrator)
        finally:
            server.stop()
            moto_api_backend.reset()


@contextlib.contextmanager
def _without_iam() -> Iterator[None]:
    """moto wants a signature on every request, and this one has none on AWS either."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", ActionAuthenticatorMixin.request_count + 10.0)
        yield


def _key_that_is_meant(request: KmsResponse) -> str:
    """The ARN of the key that a call is about, which IAM is asked about; moto would ask about `*`.

    By name, by alias, or by what was encrypted with it:
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
    """
    named, encrypted = request._get_param("KeyId"), request._get_param("CiphertextBlob")
    if encrypted:
        named = encrypted[:KEY_ID_LEN].decode()
    if not named:
        return "*"
    backend = request.kms_backend
    return backend.keys[backend.any_id_to_key_id(named)].arn


_ask = S3Response._authenticate_and_authorize_s3_action


def _ask_about_what_is_missing(
    request: S3Response, bucket_name: str | None = None, key_name: str | None = None
) -> None:
    """That an object is missing is told to those alone who may list the bucket; moto tells everyone who may read it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    _ask(request, bucket_name, key_name)
    reads = request.data.get("Action") in ("GetObject", "HeadObject")
    if bucket_name and key_name and reads and request.backend.get_object(bucket_name, key_name) is None:
        request.data["Action"] = "ListBucket"
        _ask(request, bucket_name)
