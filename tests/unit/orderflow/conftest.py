"""A Step Functions client whose every call must be announced, with its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber


@pytest.fixture(scope="session")
def sfn() -> Any:
    return boto3.client(  # type: ignore[call-overload]
        "stepfunctions", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


@pytest.fixture
def aws(sfn: Any) -> Iterator[Stubber]:
    with Stubber(sfn) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
