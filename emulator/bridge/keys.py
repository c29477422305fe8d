"""KMS keys. The embedded cloud keeps a key's policy, and encrypts nothing of what names the key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, pascal, unpaired
from emulator.cloud import Cloud

GONE = ("PendingDeletion", "PendingReplicaDeletion")
TAGS = {"key": "TagKey", "value": "TagValue"}


class Key(Resource):
    """Its id is KMS's own. Deleted, it is there for some days more, and of no use."""

    replaced_by = frozenset({"keyUsage", "customerMasterKeySpec", "customKeyStoreId", "multiRegion"})
    outputs = ("arn", "keyId")
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client, made = cloud.client("kms"), pascal(chosen(inputs, "description", "policy"))
        id = client.create_key(**made, Tags=pairs(inputs.get("tags"), **TAGS))["KeyMetadata"]["KeyId"]
        self._rotate(cloud, id, inputs)
        return id

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("kms")
        try:
            is_ = client.describe_key(KeyId=id)["KeyMetadata"]
        except client.exceptions.NotFoundException:
            return None
        if is_["KeyState"] in GONE:
            return None
        inputs = {
            "description": is_.get("Description", ""),
            "policy": json.dumps(json.loads(client.get_key_policy(KeyId=id, PolicyName="default")["Policy"])),
            "enableKeyRotation": client.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"],
            "tags": unpaired(client.list_resource_tags(KeyId=id)["Tags"], **TAGS),
        }
        return Found(inputs, {"arn": is_["Arn"], "keyId": id})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("kms")
        if differs(old, new, "description"):
            client.update_key_description(KeyId=id, Description=new.get("description") or "")
        if differs(old, new, "policy"):
            client.put_key_policy(KeyId=id, PolicyName="default", Policy=new["policy"])
        if differs(old, new, "enableKeyRotation"):
            self._rotate(cloud, id, new)
        if differs(old, new, "tags"):
            client.untag_resource(KeyId=id, TagKeys=dropped(old, new))
            client.tag_resource(KeyId=id, Tags=pairs(new.get("tags"), **TAGS))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client, days = cloud.client("kms"), int(known.get("deletionWindowInDays") or 30)
        gone = (client.exceptions.NotFoundException, client.exceptions.KMSInvalidStateException)
        with suppress(*gone):
            client.schedule_key_deletion(KeyId=id, PendingWindowInDays=days)

    def _rotate(self, cloud: Cloud, id: str, inputs: Inputs) -> None:
        client = cloud.client("kms")
        (client.enable_key_rotation if inputs.get("enableKeyRotation") else client.disable_key_rotation)(KeyId=id)


RESOURCES: Mapping[str, Resource] = {"aws:kms/key:Key": Key()}
