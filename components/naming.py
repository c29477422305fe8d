"""What every resource has: tags, and a name after project, stack and purpose, so that stacks share an account.

`name_by` and `tag_and_bound` are the places for a policy of one's own. A stack's name is part of every name, and
services differ in what they take: each name is held against its service's rule before the resource is registered.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast
from weakref import WeakKeyDictionary

import pulumi

from asl.syntax.hints import nearest


@dataclass(frozen=True)
class NameRule:
    """What AWS takes as the name of one kind of resource, by the page `source`.

    `holds` is in words the characters that `pattern` is of. `own` are the characters that something else than the
    physical name takes of `limit`, before or behind it; `ending` is what AWS wants at its end.
    """

    kind: str
    pattern: str
    holds: str
    limit: int
    source: str
    own: int = 0
    ending: str = ""

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
API = NameRule(*("an API", r"[A-Za-z0-9._-]+", _DOTS, 128), _PAGES + "apigatewayv2/latest/api-reference/apis.html")
BUCKET = NameRule(
    *("a bucket", r"[a-z0-9][a-z0-9-]+", "lower-case letters, digits and hyphens", 63),
    _PAGES + "AmazonS3/latest/userguide/bucketnamingrules.html",
    own=len("-123456789012"),
)
"""The account's number ends it. Dots are allowed, and break TLS: the same page."""
CLUSTER = NameRule(
    *("a cluster", r"[A-Za-z0-9_-]+", _WORDS, 255), _PAGES + "AmazonECS/latest/APIReference/API_CreateCluster.html"
)
CONNECTION = NameRule(
    *("a connection", r"[A-Za-z0-9._-]+", _DOTS, 64),
    _PAGES + "eventbridge/latest/APIReference/API_CreateConnection.html",
)
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
FIFO_QUEUE = NameRule(
    *("a FIFO queue", r"[A-Za-z0-9_-]+\.fifo", f"{_WORDS}, and .fifo at its end", 80), QUEUE.source, ending=".fifo"
)
REPOSITORY = NameRule(
    *("a repository", r"[a-z0-9]+(?:[._-][a-z0-9]+)*", "lower-case letters and digits, and . _ - between", 256),
    _PAGES + "AmazonECR/latest/APIReference/API_CreateRepository.html",
)
ROLE = NameRule(
    *("a role", r"[A-Za-z0-9+=,.@_-]+", "letters, digits and +=,.@_-", 64),
    _PAGES + "IAM/latest/APIReference/API_CreateRole.html",
)
RULE = NameRule(*("a rule", r"[A-Za-z0-9._-]+", _DOTS, 64), _PAGES + "eventbridge/latest/APIReference/API_PutRule.html")
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
TASK = NameRule(
    *("a task definition", r"[A-Za-z0-9_-]+", _WORDS, 255),
    _PAGES + "AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
)
TOPIC = NameRule(*("a topic", r"[A-Za-z0-9_-]+", _WORDS, 256), _PAGES + "sns/latest/api/API_CreateTopic.html")
FIFO_TOPIC = NameRule(
    *("a FIFO topic", r"[A-Za-z0-9_-]+\.fifo", f"{_WORDS}, and .fifo at its end", 256), TOPIC.source, ending=".fifo"
)

RULES = (
    *(ALARM, API, BUCKET, CLUSTER, CONNECTION, DASHBOARD, FUNCTION, LAYER, MACHINE, PIPE, QUEUE, ROLE, RULE, SCHEDULE),
    *(REPOSITORY, SECRET, TABLE, TASK, TOPIC),
)


class NameRefusedError(ValueError, pulumi.RunError):
    """A name that AWS would refuse, which Pulumi shows as what the user has to mend."""


_POLICY = re.compile(r"arn:[a-z-]+:iam::(\d{12}|aws):policy/.")


class BoundaryRefusedError(ValueError, pulumi.RunError):
    """A boundary that IAM would refuse, which Pulumi shows as what the user has to mend."""


PATTERN = "{project}-{stack}-{purpose}"
"""How names are formed unless `name_by` says otherwise."""
_FIELDS = ("project", "stack", "purpose")
_TAKEN = "_names_taken"
"""Where the stack's resource keeps which component a name was given to, by the kind, the name and who provides it. It
would outlive its stack in a mapping with weak keys, since components refer to their stack."""
_patterns: WeakKeyDictionary[pulumi.Resource, str] = WeakKeyDictionary()
"""By the stack's resource: a process may run programs one after the other, each with names of its own."""


class PatternRefusedError(ValueError, pulumi.RunError):
    """A pattern that forms no names, which Pulumi shows as what the user has to mend."""


def name_by(pattern: str) -> None:
    """Form every name in AWS by `pattern`, such as `acme-{purpose}-{stack}`, in place of `{project}-{stack}-{purpose}`.

    Call it before the first component is made. `purpose` is the component's name, or what is said in its place;
    without the stack's name two stacks of one account would take each other's names. Names that exist change with the
    pattern, and AWS renames nothing: what has another name is replaced.

    Raises:
        PatternRefusedError: for a field that there is none of, one that is missing, or when names were formed already.
    """
    try:
        parts = [part for part in string.Formatter().parse(pattern) if part[1] is not None]
    except ValueError as error:
        raise PatternRefusedError(f"name_by({pattern!r}): {error}; a field is {{stack}} or {{purpose}}") from None
    found = [field or "" for _, field, _, _ in parts]
    if any(form or conversion for _, _, form, conversion in parts):
        raise PatternRefusedError(f"name_by({pattern!r}): a field stands as it is, as {{stack}}, without ! or :")
    for field in found:
        if field not in _FIELDS:
            raise PatternRefusedError(
                f"name_by({pattern!r}): there is no {{{field}}}{nearest(field, _FIELDS)}; fields are {_listed(_FIELDS)}"
            )
    if missing := [field for field in ("stack", "purpose") if field not in found]:
        raise PatternRefusedError(f"name_by({pattern!r}) lacks {_listed(missing)}: two resources would have one name")
    root = pulumi.runtime.get_root_resource()
    if root is None or _patterns.setdefault(root, pattern) != pattern:
        raise PatternRefusedError(f"name_by({pattern!r}) comes late: call it before the first component is made")


def name_of(purpose: str) -> str:
    """A name by the program's pattern, which no service has judged. That of `*` stands for all names of the stack."""
    root = pulumi.runtime.get_root_resource()
    pattern = PATTERN if root is None else _patterns.setdefault(root, PATTERN)
    return pattern.format(project=pulumi.get_project(), stack=pulumi.get_stack(), purpose=purpose)


def _listed(fields: Iterable[str]) -> str:
    return ", ".join(f"{{{field}}}" for field in fields)


def own_namespace() -> str:
    """The namespace of the metrics that the stack's functions write."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}"


def physical_name(purpose: str, rule: NameRule, of: pulumi.Resource | None = None) -> str:
    """The name that AWS shows, by the program's pattern: `project-stack-purpose` unless `name_by` says otherwise.

    With `of`, the component that the resource is made for, no other one gets it: of two resources of one name AWS
    refuses the second, or lets each deployment write over the other.

    Raises:
        NameRefusedError: naming the resource, what AWS takes for its kind, and how to come by such a name.
    """
    name = f"{name_of(purpose)}{rule.ending}"
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
    if of is not None:
        _take(name, rule, of)
    return name


def _take(name: str, rule: NameRule, of: pulumi.Resource) -> None:
    taken: dict[tuple[str, str, object], pulumi.Resource]
    taken = vars(pulumi.runtime.get_root_resource() or of).setdefault(_TAKEN, {})
    first = taken.setdefault((rule.kind, name, of.get_provider("aws:index:Provider")), of)
    if first is not of:
        one, other = (
            f"{each.pulumi_resource_type.rpartition(':')[2]} '{each.pulumi_resource_name}'" for each in (first, of)
        )
        raise NameRefusedError(
            f"'{name}' would be the name of {rule.kind} of {one} and of {other}, and AWS knows one: call one otherwise"
        )


def refused_stack_names() -> Iterator[str]:
    """For each kind of resource that cannot be called after this stack, what it takes."""
    for rule in RULES:
        if not re.fullmatch(rule.pattern, f"{name_of('any')}{rule.ending}"):
            yield f"{rule.kind} takes {rule.holds}"


def fitting_stack_name() -> str:
    """The stack's name in the characters that every service takes."""
    return re.sub(r"[^a-z0-9]+", "-", pulumi.get_stack().lower()).strip("-") or "dev"


def _mend(rule: NameRule) -> str:
    if re.fullmatch(rule.pattern, f"{name_of('any')}{rule.ending}"):
        return ": call it otherwise in the program"
    return f": call the stack otherwise, for example: pulumi stack rename {fitting_stack_name()}"


def tag_and_bound(tags: Mapping[str, str], boundary: str = "") -> None:
    """Put `tags` on every resource of the program that can carry tags, and on every role the permissions `boundary`, a
    policy's ARN. What a resource has of its own wins.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

    Raises:
        BoundaryRefusedError: for a boundary that is no policy's ARN.
    """
    if boundary and not _POLICY.match(boundary):
        raise BoundaryRefusedError(f"the boundary of roles is a policy's ARN, not {boundary!r}")

    def with_tags(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        props = dict(args.props)
        if "tags" not in props:
            return None
        own = cast(Mapping[str, str], props["tags"] or {})
        return pulumi.ResourceTransformationResult({**props, "tags": {**tags, **own}}, args.opts)

    pulumi.runtime.register_stack_transformation(with_tags)
    if boundary:
        pulumi.runtime.register_stack_transformation(bounded_by(boundary))


def bounded_by(boundary: str) -> pulumi.ResourceTransformation:
    """Puts the permissions `boundary` on each role that has none of its own."""

    def bounded(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "aws:iam/role:Role" or args.props.get("permissions_boundary"):
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissions_boundary": boundary}, args.opts)

    return bounded
