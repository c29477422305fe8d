"""Networks, which are stored: what runs in one reaches the loopback interface whatever they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, pascal, unpaired
from emulator.cloud import REGION, Cloud

_GONE = ("NotFound", "Malformed")


def _there(call: Any, **given: Any) -> Any:
    """What EC2 answers; None of what is gone."""
    try:
        return call(**given)
    except ClientError as refused:
        code = refused.response.get("Error", {}).get("Code", "")
        if any(word in code for word in _GONE):
            return None
        raise


def _tag(cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
    if differs(old, new, "tags"):
        client = cloud.client("ec2")
        if gone := dropped(old, new):
            client.delete_tags(Resources=[id], Tags=[{"Key": name} for name in gone])
        if tags := pairs(new.get("tags")):
            client.create_tags(Resources=[id], Tags=tags)


class _Tagged(Resource):
    """Of EC2: its id is AWS's own, and its tags alone are told and changed here."""

    autonamed = False

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        _tag(cloud, id, old, new)


class Vpc(_Tagged):
    """With the route table that is there from the beginning."""

    replaced_by = frozenset({"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"})
    outputs = ("arn", "defaultRouteTableId", "mainRouteTableId", "defaultSecurityGroupId")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        id = cloud.client("ec2").create_vpc(CidrBlock=inputs["cidrBlock"])["Vpc"]["VpcId"]
        _tag(cloud, id, {}, inputs)
        return id

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("ec2")
        found = _there(client.describe_vpcs, VpcIds=[id])
        if not found or not found["Vpcs"]:
            return None
        (is_,) = found["Vpcs"]
        of = [{"Name": "vpc-id", "Values": [id]}]
        (main,) = [
            table["RouteTableId"]
            for table in client.describe_route_tables(Filters=of)["RouteTables"]
            if any(one.get("Main") for one in table["Associations"])
        ]
        groups = client.describe_security_groups(Filters=of)["SecurityGroups"]
        (group,) = [one["GroupId"] for one in groups if one["GroupName"] == "default"]
        outputs = {"defaultRouteTableId": main, "mainRouteTableId": main, "defaultSecurityGroupId": group}
        return Found(
            {"cidrBlock": is_["CidrBlock"], "tags": unpaired(is_.get("Tags", []))},
            {"arn": f"arn:aws:ec2:{REGION}:{is_['OwnerId']}:vpc/{id}", **outputs},
        )

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _there(cloud.client("ec2").delete_vpc, VpcId=id)


class Subnet(_Tagged):
    replaced_by = frozenset(
        {"vpcId", "availabilityZone", "availabilityZoneId", "cidrBlock", "outpostArn", "ipv6Native", "ipv4IpamPoolId"}
        | {"ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6NetmaskLength"}
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        given = pascal(chosen(inputs, "vpcId", "cidrBlock", "availabilityZone"))
        id = cloud.client("ec2").create_subnet(**given)["Subnet"]["SubnetId"]
        _tag(cloud, id, {}, inputs)
        return id

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = _there(cloud.client("ec2").describe_subnets, SubnetIds=[id])
        if not found or not found["Subnets"]:
            return None
        (is_,) = found["Subnets"]
        inputs = {"vpcId": is_["VpcId"], "cidrBlock": is_["CidrBlock"], "tags": unpaired(is_.get("Tags", []))}
        return Found(inputs, {"arn": f"arn:aws:ec2:{REGION}:{is_['OwnerId']}:subnet/{id}"})

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        _there(cloud.client("ec2").delete_subnet, SubnetId=id)


class InternetGateway(_Tagged):
    """pulumi-aws attaches it to its VPC, and moves it to another: an attachment is no resource of its own there."""

    replaced_by = frozenset()

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client = cloud.client("ec2")
        id = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        _tag(cloud, id, {}, inputs)
        if vpc := inputs.get("vpcId"):
            client.attach_internet_gateway(InternetGatewayId=id, VpcId=vpc)
        return id

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = _there(cloud.client("ec2").describe_internet_gateways, InternetGatewayIds=[id])
        if not found or not found["InternetGateways"]:
            return None
        (is_,) = found["InternetGateways"]
        attached = [one["VpcId"] for one in is_["Attachments"]]
        inputs = {"tags": unpaired(is_.get("Tags", [])), **({"vpcId": attached[0]} if attached else {})}
        return Found(inputs, {"arn": f"arn:aws:ec2:{REGION}:{is_.get('OwnerId', '')}:internet-gateway/{id}"})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        _tag(cloud, id, old, new)
        if differs(old, new, "vpcId"):
            client = cloud.client("ec2")
            if old.get("vpcId"):
                client.detach_internet_gateway(InternetGatewayId=id, VpcId=old["vpcId"])
            if new.get("vpcId"):
                client.attach_internet_gateway(InternetGatewayId=id, VpcId=new["vpcId"])

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("ec2")
        if known.get("vpcId"):
            _there(client.detach_internet_gateway, InternetGatewayId=id, VpcId=known["vpcId"])
        _there(client.delete_internet_gateway, InternetGatewayId=id)


class Route(Resource):
    """Its id is the table and where to: `rtb-1|0.0.0.0/0`."""

    replaced_by = frozenset(
        {"routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"}
    )
    outputs = ("origin", "state")
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("ec2").create_route(**pascal(chosen(inputs, "routeTableId", "destinationCidrBlock", "gatewayId")))
        return f"{inputs['routeTableId']}|{inputs['destinationCidrBlock']}"

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        table, to = id.split("|")
        found = _there(cloud.client("ec2").describe_route_tables, RouteTableIds=[table])
        routes = [
            route
            for one in (found or {"RouteTables": []})["RouteTables"]
            for route in one["Routes"]
            if route.get("DestinationCidrBlock") == to
        ]
        if not routes:
            return None
        inputs = {"routeTableId": table, "destinationCidrBlock": to, "gatewayId": routes[0].get("GatewayId")}
        return Found(inputs, {"origin": "CreateRoute", "state": "active"})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        cloud.client("ec2").replace_route(**pascal(chosen(new, "routeTableId", "destinationCidrBlock", "gatewayId")))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        table, to = id.split("|")
        _there(cloud.client("ec2").delete_route, RouteTableId=table, DestinationCidrBlock=to)


RESOURCES: Mapping[str, Resource] = {
    "aws:ec2/vpc:Vpc": Vpc(),
    "aws:ec2/subnet:Subnet": Subnet(),
    "aws:ec2/internetGateway:InternetGateway": InternetGateway(),
    "aws:ec2/route:Route": Route(),
}
