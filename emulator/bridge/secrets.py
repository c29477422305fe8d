"""Secrets Manager's secrets and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, pascal, unpaired
from emulator.cloud import Cloud


class Secret(Resource):
    """Its id is its ARN."""

    replaced_by = frozenset({"name"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        described = pascal(chosen(inputs, "name", "description", "kmsKeyId"))
        return cloud.client("secretsmanager").create_secret(**described, Tags=pairs(inputs.get("tags")))["ARN"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("secretsmanager")
        try:
            is_ = client.describe_secret(SecretId=id)
        except client.exceptions.ResourceNotFoundException:
            return None
        if "DeletedDate" in is_:
            return None
        inputs: dict[str, Any] = {"name": is_["Name"], "tags": unpaired(is_.get("Tags", []))}
        return Found({**inputs, "description": is_.get("Description", "")}, {"arn": is_["ARN"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("secretsmanager")
        if differs(old, new, "description", "kmsKeyId"):
            client.update_secret(SecretId=id, **pascal(chosen(new, "description", "kmsKeyId")))
        if differs(old, new, "tags"):
            client.untag_resource(SecretId=id, TagKeys=dropped(old, new))
            client.tag_resource(SecretId=id, Tags=pairs(new.get("tags")))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        """Its name is free again at once only where `recoveryWindowInDays` is 0; else after 30 days or so many."""
        client, days = cloud.client("secretsmanager"), int(known.get("recoveryWindowInDays", 30))
        how: dict[str, Any] = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_secret(SecretId=id, **how)


class SecretVersion(Resource):
    """A value; its id is `secret|version`. A newer one takes its place, and nothing deletes the one that is current."""

    replaced_by = frozenset({"secretId", "secretString"})
    outputs = ("arn", "secretArn", "versionId")
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        put = cloud.client("secretsmanager").put_secret_value
        return f"{inputs['secretId']}|{put(**pascal(chosen(inputs, 'secretId', 'secretString')))['VersionId']}"

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client, (secret, version) = cloud.client("secretsmanager"), id.split("|")
        gone = (client.exceptions.ResourceNotFoundException, client.exceptions.InvalidRequestException)
        try:
            is_ = client.get_secret_value(SecretId=secret, VersionId=version)
        except gone:
            return None
        outputs = {"arn": is_["ARN"], "secretArn": is_["ARN"], "versionId": version}
        return Found({"secretId": secret, "secretString": is_["SecretString"]}, outputs)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        """Left to Secrets Manager, which drops what no label holds."""


RESOURCES: Mapping[str, Resource] = {
    "aws:secretsmanager/secret:Secret": Secret(),
    "aws:secretsmanager/secretVersion:SecretVersion": SecretVersion(),
}
