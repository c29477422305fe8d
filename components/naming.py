"""What every resource has: tags, and a name after project, stack and purpose, so that stacks share an account.

A stack's name is part of every name, and services differ in what they take: each name is held against its service's
rule before the resource is registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import pulumi


@dataclass(frozen=True)
class NameRule:
    """What AWS takes as the name of one kind of resource, by the page `source`.

    `holds` is in words the characters that `pattern` is of. `own` are the characters that something else than the
    physical name takes of `limit`, before or behind it.
    """

    kind: str
    pattern: str
    holds: str
    limit: int
    source: str
    own: int = 0

    @property
    def room(self) -> int:
        """How many characters a physical name may have."""
        return self.limit - self.own


_WORDS = "letters, digits, hyphens and underscores"
_DOTS = "letters, digits, dots, hyphens and underscores"
_PAGES = "https://docs.aws.amazon.com/"

ALARM = NameRule(
    *("an alarm", r"[\x20-\x7e]+", "printable characters", 255),
    _PAGES + "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
)
BUCKET = NameRule(
    *("a bucket", r"[a-z0-9][a-z0-9-]+", "lower-case letters, digits and hyphens", 63),
    _PAGES + "AmazonS3/latest/userguide/bucketnamingrules.html",
    own=len("-123456789012"),
)
"""The account's number ends it. Dots are allowed, and break TLS: the same page."""
DASHBOARD = NameRule(
    *("a dashboard", r"[A-Za-z0-9_-]+", _WORDS, 255),
    _PAGES + "AmazonCloudWatch/latest/APIReference/API_PutDashboard.html",
)
FUNCTION = NameRule(
    *("a function", r"[A-Za-z0-9_-]+", _WORDS, 64), _PAGES + "lambda/latest/api/API_CreateFunction.html"
)
LAYER = NameRule(
    *("a layer", r"[A-Za-z0-9_-]+", _WORDS, 140), _PAGES + "lambda/latest/api/API_PublishLayerVersion.html"
)
MACHINE = NameRule(
    *("a state machine", r"[A-Za-z0-9_-]+", _WORDS, 80),
    _PAGES + "step-functions/latest/apireference/API_CreateStateMachine.html",
)
"""More is allowed, and kept out of CloudWatch's logs: the same page."""
PIPE = NameRule(
    *("a pipe", r"[A-Za-z0-9._-]+", _DOTS, 64), _PAGES + "eventbridge/latest/pipes-reference/API_CreatePipe.html"
)
QUEUE = NameRule(
    *("a queue", r"[A-Za-z0-9_-]+", _WORDS, 80),
    _PAGES + "AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html",
)
FIFO_QUEUE = NameRule(*("a FIFO queue", r"[A-Za-z0-9_-]+\.fifo", f"{_WORDS}, and .fifo at its end", 80), QUEUE.source)
ROLE = NameRule(
    *("a role", r"[A-Za-z0-9+=,.@_-]+", "letters, digits and +=,.@_-", 64),
    _PAGES + "IAM/latest/APIReference/API_CreateRole.html",
)
SCHEDULE = NameRule(
    *("a schedule", r"[A-Za-z0-9._-]+", _DOTS, 64), _PAGES + "scheduler/latest/APIReference/API_CreateSchedule.html"
)
SECRET = NameRule(
    *("a secret", r"[A-Za-z0-9/_+=.@-]+", "letters, digits and /_+=.@-", 512),
    _PAGES + "secretsmanager/latest/apireference/API_CreateSecret.html",
)
TABLE = NameRule(
    *("a table", r"[A-Za-z0-9._-]{3,}", _DOTS, 255),
    _PAGES + "amazondynamodb/latest/APIReference/API_CreateTable.html",
)
TOPIC = NameRule(*("a topic", r"[A-Za-z0-9_-]+", _WORDS, 256), _PAGES + "sns/latest/api/API_CreateTopic.html")

RULES = (ALARM, BUCKET, DASHBOARD, FUNCTION, LAYER, MACHINE, PIPE, QUEUE, ROLE, SCHEDULE, SECRET, TABLE, TOPIC)


class NameRefusedError(ValueError, pulumi.RunError):
    """A name that AWS would refuse, which Pulumi shows as what the user has to mend."""


def stack_prefix() -> str:
    """What the names of this stack's resources begin with, and those of no other stack: `project-stack-`."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-"


def own_namespace() -> str:
    """The namespace of the metrics that the stack's functions write."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}"


def physical_name(purpose: str, rule: NameRule) -> str:
    """`project-stack-purpose`, the name that AWS shows.

    Raises:
        NameRefusedError: naming the resource, what AWS takes for its kind, and how to come by such a name.
    """
    name = f"{stack_prefix()}{purpose}"
    if not re.fullmatch(rule.pattern, name):
        raise NameRefusedError(
            f"'{name}' cannot name {rule.kind}, which takes {rule.holds} ({rule.source}){_mend(rule)}"
        )
    if (over := len(name) - rule.room) > 0:
        others = f" besides the {rule.own} that are added" if rule.own else ""
        raise NameRefusedError(
            f"'{name}' has {len(name)} characters and AWS takes {rule.room}{others} as the name of {rule.kind}"
            f" ({rule.source}): shorten the stack's name, or '{purpose}', by {over}"
        )
    return name


def refused_stack_names() -> Iterator[str]:
    """For each kind of resource that cannot be called after this stack, what it takes."""
    prefix = stack_prefix()
    for rule in RULES:
        if not re.fullmatch(rule.pattern, f"{prefix}any"):
            yield f"{rule.kind} takes {rule.holds}"


def fitting_stack_name() -> str:
    """The stack's name in the characters that every service takes."""
    return re.sub(r"[^a-z0-9]+", "-", pulumi.get_stack().lower()).strip("-") or "dev"


def _mend(rule: NameRule) -> str:
    if re.fullmatch(rule.pattern, f"{stack_prefix()}any"):
        return ": call it otherwise in the program"
    return f": call the stack otherwise, for example: pulumi stack rename {fitting_stack_name()}"


def tag_and_bound(tags: Mapping[str, str], boundary: str = "") -> None:
    """Put `tags` on every resource of the program that can carry tags, and on every role the permissions `boundary`, a
    policy's ARN. What a resource has of its own wins.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    def bounded(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "aws:iam/role:Role" or args.props.get("permissions_boundary"):
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
