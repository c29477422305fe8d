"""Accounts, roles and policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.bridge.types import Create, Created, Inputs
from emulator.cloud import ACCOUNT, REGION, Cloud

INVOKE: Mapping[str, dict[str, Any]] = {
    "aws:index/getPartition:getPartition": {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:index/getRegion:getRegion": {"id": REGION, "region": REGION, "name": REGION},
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "userId": ACCOUNT,
    },
}


def _role(cloud: Cloud, inputs: Inputs) -> Created:
    role = cloud.client("iam").create_role(
        RoleName=inputs["name"],
        AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
        Tags=[{"Key": key, "Value": value} for key, value in inputs.get("tags", {}).items()],
    )["Role"]
    return role["RoleName"], {**inputs, "arn": role["Arn"], "uniqueId": role["RoleId"]}


def _role_policy(cloud: Cloud, inputs: Inputs) -> Created:
    cloud.client("iam").put_role_policy(
        RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
    )
    return f"{inputs['role']}:{inputs['name']}", dict(inputs)


CREATE: Mapping[str, Create] = {"aws:iam/role:Role": _role, "aws:iam/rolePolicy:RolePolicy": _role_policy}
