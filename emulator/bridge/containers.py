"""Clusters and task definitions of ECS, and repositories of ECR, which are stored. `emulator.tasks` runs tasks whose
code is this project's; what others come to is said by a stub (`emulator.stubs`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, unpaired
from emulator.cloud import REGION, Cloud


class Cluster(Resource):
    """Its id is its ARN."""

    replaced_by = frozenset({"name"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        tags = pairs(inputs.get("tags"), key="key", value="value")
        return cloud.client("ecs").create_cluster(clusterName=inputs["name"], tags=tags)["cluster"]["clusterArn"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = cloud.client("ecs").describe_clusters(clusters=[id], include=["TAGS"])["clusters"]
        if not found or found[0]["status"] == "INACTIVE":
            return None
        tags = unpaired(found[0].get("tags", []), key="key", value="value")
        return Found({"name": found[0]["clusterName"], "tags": tags}, {"arn": found[0]["clusterArn"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        _tag(cloud, id, old, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("ecs")
        with suppress(client.exceptions.ClusterNotFoundException):
            client.delete_cluster(cluster=id)


_DEFINED = (
    *("family", "taskRoleArn", "executionRoleArn", "networkMode", "requiresCompatibilities", "cpu", "memory"),
    *("runtimePlatform", "pidMode", "ipcMode"),
)


class TaskDefinition(Resource):
    """Its id is its family; each change makes a revision of its own. One that is no longer current stays in use where
    `skipDestroy` says so."""

    replaced_by = frozenset(
        {*_DEFINED, "containerDefinitions", "enableFaultInjection", "ephemeralStorage", "placementConstraints"}
        | {"proxyConfiguration", "volumes"}
    )
    outputs = ("arn", "arnWithoutRevision", "revision")
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("ecs").register_task_definition(
            containerDefinitions=json.loads(inputs["containerDefinitions"]),
            tags=pairs(inputs.get("tags"), key="key", value="value"),
            **chosen(inputs, *_DEFINED),
        )
        return inputs["family"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("ecs")
        try:
            found = client.describe_task_definition(taskDefinition=id, include=["TAGS"])
        except client.exceptions.ClientException:
            return None
        is_ = found["taskDefinition"]
        if is_["status"] == "INACTIVE":
            return None
        arn: str = is_["taskDefinitionArn"]
        inputs = {**chosen(is_, "family", "cpu", "memory"), "tags": unpaired(found["tags"], key="key", value="value")}
        outputs = {"arn": arn, "arnWithoutRevision": arn.rpartition(":")[0], "revision": is_["revision"]}
        return Found(inputs, outputs)

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        if found := self.read(cloud, id, old):
            _tag(cloud, found.outputs["arn"], old, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        if not known.get("skipDestroy") and (found := self.read(cloud, id, known)):
            cloud.client("ecs").deregister_task_definition(taskDefinition=found.outputs["arn"])


class Repository(Resource):
    """Its id is its name. No image is ever in it."""

    replaced_by = frozenset({"name", "encryptionConfigurations"})
    outputs = ("arn", "repositoryUrl", "registryId")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("ecr").create_repository(
            repositoryName=inputs["name"], tags=pairs(inputs.get("tags")), **chosen(inputs, "imageTagMutability")
        )
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("ecr")
        try:
            (is_,) = client.describe_repositories(repositoryNames=[id])["repositories"]
        except client.exceptions.RepositoryNotFoundException:
            return None
        tags = unpaired(client.list_tags_for_resource(resourceArn=is_["repositoryArn"])["tags"])
        inputs = {"name": id, "imageTagMutability": is_["imageTagMutability"], "tags": tags}
        url = f"{is_['registryId']}.dkr.ecr.{REGION}.amazonaws.com/{id}"
        return Found(inputs, {"arn": is_["repositoryArn"], "repositoryUrl": url, "registryId": is_["registryId"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client, found = cloud.client("ecr"), self.read(cloud, id, old)
        if found and differs(old, new, "tags"):
            client.untag_resource(resourceArn=found.outputs["arn"], tagKeys=dropped(old, new))
            client.tag_resource(resourceArn=found.outputs["arn"], tags=pairs(new.get("tags")))
        if differs(old, new, "imageTagMutability"):
            client.put_image_tag_mutability(repositoryName=id, **chosen(new, "imageTagMutability"))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("ecr")
        with suppress(client.exceptions.RepositoryNotFoundException):
            client.delete_repository(repositoryName=id, force=bool(known.get("forceDelete")))


def _tag(cloud: Cloud, arn: str, old: Inputs, new: Inputs) -> None:
    if differs(old, new, "tags"):
        client = cloud.client("ecs")
        client.untag_resource(resourceArn=arn, tagKeys=dropped(old, new))
        client.tag_resource(resourceArn=arn, tags=pairs(new.get("tags"), key="key", value="value"))


RESOURCES: Mapping[str, Resource] = {
    "aws:ecs/cluster:Cluster": Cluster(),
    "aws:ecs/taskDefinition:TaskDefinition": TaskDefinition(),
    "aws:ecr/repository:Repository": Repository(),
}
