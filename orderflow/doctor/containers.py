"""What a task of ECS needs to start: its definition, its image, a cluster, and a network with a way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orderflow.doctor.lines import DEPLOY, Connect, Seen, Told
from orderflow.documents import at, is_list

EVERYWHERE = "0.0.0.0/0"


def is_pushed(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html"""
    client, uri = connect("ecr"), told.text()
    repository, _, tag = uri.partition("/")[2].rpartition(":")
    try:
        client.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except client.exceptions.ImageNotFoundException:
        dockerfile = f"handlers/containers/{told.name.replace('-', '_')}.Dockerfile"
        build = f"docker buildx build --platform linux/arm64 --file {dockerfile} --tag {uri} --push ."
        do = f"push it (docs/on-aws.md, What onboarding needs from people): {build}"
        yield Seen("wrong", f"{repository} has no image {tag}: tasks end with CannotPullContainerError", do)
    else:
        yield Seen("ok", f"has {tag}")


def is_active(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html"""
    task = connect("ecs").describe_task_definition(taskDefinition=told.text("arn"))["taskDefinition"]
    if task["status"] == "ACTIVE":
        yield Seen("ok", f"ACTIVE, revision {task['revision']}")
    else:
        yield Seen("wrong", f"revision {task['revision']} is {task['status']}: no task starts from it", DEPLOY)


def has_its_cluster(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html"""
    found = connect("ecs").describe_clusters(clusters=[told.text("clusterArn")])["clusters"]
    status = found[0]["status"] if found else "INACTIVE"
    if status == "ACTIVE":
        yield Seen("ok", "ACTIVE")
    elif status == "PROVISIONING":
        yield Seen("waiting", status)
    else:
        yield Seen("wrong", status if found else "is not there", DEPLOY)


def has_its_network(connect: Connect, told: Told) -> Iterator[Seen]:
    """Each subnet is there; with a public address, its route out of the VPC leads somewhere.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
    """
    client, ids = connect("ec2"), at(told.value, "subnets")
    if not is_list(ids):
        raise told.lacking("subnets")
    subnets = client.describe_subnets(SubnetIds=ids)["Subnets"]
    unready = [f"{one['SubnetId']} is {one['State']}" for one in subnets if one["State"] != "available"]
    closed = [one["SubnetId"] for one in subnets if at(told.value, "publicIp") is True and not _leads_out(client, one)]
    if unready:
        yield Seen("waiting", ", ".join(unready))
    elif closed:
        found = f"no way out of {', '.join(closed)}: tasks cannot fetch their image"
        yield Seen("wrong", found, DEPLOY)
    else:
        yield Seen("ok", ", ".join(ids))


def _leads_out(client: Any, subnet: Mapping[str, Any]) -> bool:
    """By the route table that a subnet is given, or else by its VPC's main one.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    of = [{"Name": "vpc-id", "Values": [subnet["VpcId"]]}]
    tables: list[dict[str, Any]] = client.describe_route_tables(Filters=of)["RouteTables"]
    own = [one for one in tables if subnet["SubnetId"] in _values(one, "SubnetId")]
    main = [one for one in tables if True in _values(one, "Main")]
    routes = [route for table in own or main for route in table["Routes"]]
    return any(one.get("DestinationCidrBlock") == EVERYWHERE and one["State"] == "active" for one in routes)


def _values(table: Mapping[str, Any], field: str) -> list[Any]:
    """That of each of a route table's associations."""
    return [one.get(field) for one in table["Associations"]]
