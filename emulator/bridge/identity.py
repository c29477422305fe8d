"""Accounts, roles and policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, differs, dropped, pairs, unpaired
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


class Role(Resource):
    replaced_by = frozenset({"name", "path"})
    outputs = ("arn", "uniqueId")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        policy, tags, boundary = inputs["assumeRolePolicy"], pairs(inputs.get("tags")), _boundary(inputs)
        cloud.client("iam").create_role(RoleName=inputs["name"], AssumeRolePolicyDocument=policy, Tags=tags, **boundary)
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        iam = cloud.client("iam")
        try:
            role = iam.get_role(RoleName=id)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        tags = unpaired(iam.list_role_tags(RoleName=id)["Tags"])
        inputs = {"name": id, "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]), "tags": tags}
        if "PermissionsBoundary" in role:
            inputs["permissionsBoundary"] = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
        return Found(inputs, {"arn": role["Arn"], "uniqueId": role["RoleId"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        iam = cloud.client("iam")
        if differs(old, new, "assumeRolePolicy"):
            iam.update_assume_role_policy(RoleName=id, PolicyDocument=new["assumeRolePolicy"])
        if differs(old, new, "permissionsBoundary"):
            if boundary := _boundary(new):
                iam.put_role_permissions_boundary(RoleName=id, **boundary)
            else:
                iam.delete_role_permissions_boundary(RoleName=id)
        if differs(old, new, "tags"):
            iam.untag_role(RoleName=id, TagKeys=dropped(old, new))
            iam.tag_role(RoleName=id, Tags=pairs(new.get("tags")))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        iam = cloud.client("iam")
        with suppress(iam.exceptions.NoSuchEntityException):
            iam.delete_role(RoleName=id)


def _boundary(inputs: Inputs) -> dict[str, str]:
    arn = inputs.get("permissionsBoundary")
    return {"PermissionsBoundary": arn} if arn else {}


class RolePolicy(Resource):
    replaced_by = frozenset({"name", "role"})
    outputs = ()

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        self._put(cloud, inputs)
        return f"{inputs['role']}:{inputs['name']}"

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        iam, (role, name) = cloud.client("iam"), id.split(":")
        try:
            policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            return None
        return Found({"role": role, "name": name, "policy": json.dumps(policy)}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self._put(cloud, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        iam, (role, name) = cloud.client("iam"), id.split(":")
        with suppress(iam.exceptions.NoSuchEntityException):
            iam.delete_role_policy(RoleName=role, PolicyName=name)

    def _put(self, cloud: Cloud, inputs: Inputs) -> None:
        names = {"RoleName": inputs["role"], "PolicyName": inputs["name"]}
        cloud.client("iam").put_role_policy(**names, PolicyDocument=inputs["policy"])


RESOURCES: Mapping[str, Resource] = {"aws:iam/role:Role": Role(), "aws:iam/rolePolicy:RolePolicy": RolePolicy()}
