"""What every resource has: a name after project, stack and purpose, so that stacks share an account, and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pulumi

ROLE = "aws:iam/role:Role"


def physical_name(purpose: str, limit: int) -> str:
    """`project-stack-purpose`, the name that AWS shows.

    Raises:
        ValueError: when it is longer than `limit`, what AWS takes for this kind of resource.
    """
    name = f"{pulumi.get_project()}-{pulumi.get_stack()}-{purpose}"
    if len(name) > limit:
        raise ValueError(
            f"'{name}' has {len(name)} characters and AWS takes {limit}: shorten the stack's name or '{purpose}'"
        )
    return name


def tag_and_bound(tags: Mapping[str, str], boundary: str) -> None:
    """Put `tags` on every resource of the program that can carry tags, and on every role the permissions `boundary`, a
    policy's ARN; empty for none. What a resource has of its own wins.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    def bounded(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != ROLE or args.props.get("permissions_boundary"):
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissions_boundary": boundary}, args.opts)

    def with_tags(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        props = dict(args.props)
        if "tags" not in props:
            return None
        own = cast(Mapping[str, str], props["tags"] or {})
        return pulumi.ResourceTransformationResult({**props, "tags": {**tags, **own}}, args.opts)

    pulumi.runtime.register_stack_transformation(with_tags)
    if boundary:
        pulumi.runtime.register_stack_transformation(bounded)
