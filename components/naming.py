"""Names and tags: every resource is called after project, stack and purpose, so that stacks share an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pulumi


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


def tag_everything(tags: Mapping[str, str]) -> None:
    """Put `tags` on every resource of the program that can carry tags; a resource's own tags win."""

    def with_tags(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        props = dict(args.props)
        if "tags" not in props:
            return None
        own = cast(Mapping[str, str], props["tags"] or {})
        return pulumi.ResourceTransformationResult({**props, "tags": {**tags, **own}}, args.opts)

    pulumi.runtime.register_stack_transformation(with_tags)
