"""A network for containers that call AWS and are called by nobody."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

ADDRESSES = "10.0.0.0/24"
"""251 containers at a time, for AWS keeps five: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""


class Network(pulumi.ComponentResource):
    """A VPC with one public subnet, which costs nothing by itself: a container in it has a public address as long as it
    runs, and needs no NAT gateway. The VPC's default security group lets in nobody from outside.

    AWS chooses the subnet's zone. While that zone is out, tasks fail; what starts them tries again or does without.

        network = Network("containers")
        Task("scan", TaskArgs(image, [network.subnet_id], uses, logs, public_ip=True))

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
    """

    vpc_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(name, cidr_block=ADDRESSES, opts=child)
        gateway = aws.ec2.InternetGateway(name, vpc_id=vpc.id, opts=child)
        route = aws.ec2.Route(
            name,
            route_table_id=vpc.default_route_table_id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=child,
        )
        # A container that starts before there is a way out cannot fetch its image.
        opened = pulumi.ResourceOptions(parent=self, depends_on=[route])
        subnet = aws.ec2.Subnet(name, vpc_id=vpc.id, cidr_block=ADDRESSES, opts=opened)
        self.vpc_id, self.subnet_id = vpc.id, subnet.id
        self.register_outputs({"vpc_id": self.vpc_id, "subnet_id": self.subnet_id})
