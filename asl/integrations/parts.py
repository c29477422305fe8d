"""Permissions that many rows share."""

from asl.integrations.arns import of, role_arns
from asl.integrations.table import SYNC, Permission, Target


def on(template: str, service: str) -> Target:
    """Resources of a service in the machine's own account and region."""
    return Target(template, of(service))


def managed_rule(name: str) -> Permission:
    """The event rule by which Step Functions hears of a job's end: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html"""
    actions = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
    return Permission(actions, (on(f"rule/{name}", "events"),), SYNC)


def passed(parameter: str, *services: str, optional: bool = True) -> Permission:
    """Handing a role to a service, and to no other: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    conditions = tuple(("StringEquals", "iam:PassedToService", service) for service in services)
    target = (Target(f"{{{parameter}}}", role_arns),)
    return Permission(("iam:PassRole",), target, when=parameter if optional else "", conditions=conditions)


def linked_role(name: str, *services: str) -> Permission:
    """A service makes a role of its own when an account first uses it, if the caller may: https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"""
    return Permission(
        ("iam:CreateServiceLinkedRole",),
        tuple(Target(f"aws-service-role/{service}/{name}", role_arns) for service in services),
        conditions=tuple(("StringEquals", "iam:AWSServiceName", service) for service in services),
    )


EVERYTHING = Target("*", of(""))
"""For actions that AWS does not limit to a resource; the permission's reason says so."""
