"""Kinds of resources, and how to tell from a text which of them it names.

The forms of ARNs are those of the service authorization reference, under "Resource types" of each service:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

ARNS: Mapping[str, str] = MappingProxyType({
    "access point": r"s3(?:-object-lambda|-outposts)?:.*:accesspoint/.+|s3-outposts:.*/accesspoint/.+",
    "activity": r"states:.*:activity:[^:]+",
    "agent": r"bedrock:.*:agent/.+",
    "application": r"emr-serverless:.*:/applications/[^/]+",
    "bucket": r"s3:::[^/]+|s3express:.*:bucket/[^/]+|s3-outposts:.*/bucket/[^/]+",
    "build project": r"codebuild:.*:project/.+",
    "cluster": r"ecs:.*:cluster/.+",
    "connection": r"events:.*:connection/.+",
    "database cluster": r"rds:.*:cluster:.+",
    "database instance": r"rds:.*:db:.+",
    "delivery stream": r"firehose:.*:deliverystream/.+",
    "EKS cluster": r"eks:.*:cluster/.+",
    "EMR cluster": r"elasticmapreduce:.*:cluster/.+",
    "event bus": r"events:.*:event-bus/.+",
    "file system": r"elasticfilesystem:.*:file-system/.+",
    "function": r"lambda:.*:function:.+",
    "job": r"glue:.*:job/.+",
    "crawler": r"glue:.*:crawler/.+",
    "job definition": r"batch:.*:job-definition/.+",
    "job queue": r"batch:.*:job-queue/.+",
    "key": r"kms:.*:key/.+",
    "key alias": r"kms:.*:alias/.+",
    "knowledge base": r"bedrock:.*:knowledge-base/.+",
    "log group": r"logs:.*:log-group:[^:]+(?::\*)?",
    "parameter": r"ssm:.*:parameter/.+",
    "pipeline": r"codepipeline:[^:]*:[^:]*:[^:/]+",
    "queue": r"sqs:[^:]*:[^:]*:[^:/]+",
    "Redshift cluster": r"redshift:.*:cluster:.+",
    "Redshift workgroup": r"redshift-serverless:.*:workgroup/.+",
    "repository": r"ecr:.*:repository/.+",
    "role": r"iam::[^:]*:role/.+",
    "secret": r"secretsmanager:.*:secret:.+",
    "security group": r"ec2:.*:security-group/.+",
    "state machine": r"states:.*:stateMachine:.+",
    "execution": r"states:.*:(?:execution|express):.+",
    "stream": r"kinesis:.*:stream/.+",
    "subnet": r"ec2:.*:subnet/.+",
    "table": r"dynamodb:[^:]*:[^:]*:table/[^/]+",
    "table's index": r"dynamodb:.*:table/[^/]+/index/.+",
    "table's stream": r"dynamodb:.*:table/[^/]+/stream/.+",
    "task definition": r"ecs:.*:task-definition/.+",
    "topic": r"sns:[^:]*:[^:]*:[^:/]+",
    "user pool": r"cognito-idp:.*:userpool/.+",
    "VPC": r"ec2:.*:vpc/.+",
    "workgroup": r"athena:.*:workgroup/.+",
})  # fmt: skip
"""What stands in an ARN behind its partition."""

IDS: Mapping[str, str] = MappingProxyType({
    "EMR cluster": r"j-[0-9A-Z]+",
    "file system": r"fs-[0-9a-f]+",
    "instance": r"i-[0-9a-f]+",
    "image": r"ami-[0-9a-f]+",
    "security group": r"sg-[0-9a-f]+",
    "subnet": r"subnet-[0-9a-f]+",
    "VPC": r"vpc-[0-9a-f]+",
})  # fmt: skip
"""Ids that tell by themselves what they are of:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
https://docs.aws.amazon.com/emr/latest/APIReference/API_DescribeCluster.html"""

URLS: Mapping[str, str] = MappingProxyType({
    "queue": r"https?://[^/]+/(?:queue/[^/]+/)?[^/]+/[^/]+/?",
})  # fmt: skip
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html"""

_ARN = re.compile(r"arn:[^:]*:(?P<rest>(?P<service>[^:]*):[^:]*:(?P<account>[^:]*):.*)", re.DOTALL)
_QUEUE_OWNER = re.compile(r"https?://[^/]*sqs[^/]*\.amazonaws\.com[^/]*/(?P<account>[^/]+)/")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the tables above. There are many, of which a check needs few."""
    return re.compile(pattern, re.DOTALL)


def is_arn(text: str) -> bool:
    """Whether `text` begins as an ARN does: of what, and whether it is a right one, is another question."""
    return text.startswith("arn:")


def is_url(text: str) -> bool:
    """Whether `text` begins as a URL does."""
    return "://" in text


def is_arn_of(kind: str, text: str) -> bool:
    """Whether `text` is an ARN of `kind`; of a kind that no pattern is known of, whether it is an ARN."""
    found = _ARN.fullmatch(text)
    return found is not None and (kind not in ARNS or _compiled(ARNS[kind]).fullmatch(found["rest"]) is not None)


def is_url_of(kind: str, text: str) -> bool:
    """Whether `text` may be the URL of something of `kind`."""
    return kind in URLS and _compiled(URLS[kind]).fullmatch(text) is not None


def may_be_id_of(kind: str, text: str) -> bool:
    """Whether `text` may be an id of `kind`: not where it tells by itself that it is of another."""
    others = [other for other, pattern in IDS.items() if _compiled(pattern).fullmatch(text)]
    return not others or kind in others


def told(text: str) -> str:
    """What `text` names by its form, for messages: `the ARN of a queue`."""
    return next(_told(text), "a name")


def _told(text: str) -> Iterator[str]:
    if is_arn(text):
        yield from (f"the ARN of {with_article(kind)}" for kind in ARNS if is_arn_of(kind, text))
        service = _ARN.fullmatch(text)
        yield f"an ARN of {service['service']}" if service and service["service"] else "no whole ARN"
    if is_url(text):
        yield from (f"the URL of {with_article(kind)}" for kind in URLS if _QUEUE_OWNER.match(text))
        yield "a URL"
    yield from (
        f"the id of {with_article(kind)}" for kind, pattern in IDS.items() if _compiled(pattern).fullmatch(text)
    )


def with_article(kind: str) -> str:
    """`a queue`, `an EKS cluster`."""
    return f"an {kind}" if kind[0] in "aeioAEIO" else f"a {kind}"


def account_of(text: str) -> str:
    """The account that an ARN or a queue's URL names; empty where it names none."""
    found = _ARN.fullmatch(text) or _QUEUE_OWNER.match(text)
    return found["account"] if found else ""


def is_no_account(account: str) -> bool:
    """Whether `account` is a number, and of other than twelve digits.

    https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
    """
    return account.isdigit() and len(account) != 12
