"""What a resource itself says of who may use it: nobody without TLS, and a key for just its uses."""

from __future__ import annotations

from asl.integrations.arns import Account


def tls_only(actions: str, *arns: str, allowing: tuple[dict[str, object], ...] = ()) -> dict[str, object]:
    """Refuses `actions` on `arns` to whoever comes without TLS, and allows no more than `allowing`.

    What a role of the same account may do stands in the role's own policy, which a Deny for others leaves alone:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
    """
    refused: dict[str, object] = {
        "Sid": "NothingWithoutTLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(arns),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [*allowing, refused]}


def alarms_publish(topic_arn: str, account: Account, names: str) -> dict[str, object]:
    """Lets the account's alarms called `names`, which may hold `*`, tell a topic.

    A topic without a policy of its own would let every service of the account do so, and one with a policy nobody:
    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    return {
        "Sid": "OwnAlarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": _alarms(account, names),
    }


def topic_sends(queue_arn: str, topic_arn: str) -> dict[str, object]:
    """Lets a topic put its messages into a queue: https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"""
    return {
        "Sid": f"MessagesOf{topic_arn.rpartition(':')[2].title()}".translate(_NO_SIGNS),
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }


_NO_SIGNS = str.maketrans("", "", "-_.")


def rules_send(queue_arn: str, account: Account, names: str) -> dict[str, object]:
    """Lets the account's rules called `names`, which may hold `*`, on whatever bus, put what they could not deliver.

    They do so as the service, not by the role that they start their target with:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms
    """
    rules = [account.arn("events", f"rule/{bus}{names}") for bus in ("", "*/")]
    return {
        "Sid": "OwnRules",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account.id}, "ArnLike": {"aws:SourceArn": rules}},
    }


def key_policy(account: Account, names: str) -> dict[str, object]:
    """Of a key for the topics and the log groups called `names`, which may hold `*`.

    - The account's own policies decide about everyone in it, as with any key; else nobody could change the key:
      https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    - CloudWatch may use it for the stack's alarms. With AWS's own key of SNS it may not, and an alarm tells nobody:
      https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
    - CloudWatch Logs may use it for the stack's log groups:
      https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    groups = [account.arn("logs", f"log-group:{folder}{names}") for folder in LOG_FOLDERS]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "PoliciesOfTheAccount",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{account.partition}:iam::{account.id}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "OwnAlarms",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": _alarms(account, names),
            },
            {
                "Sid": "OwnLogGroups",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{account.region}.amazonaws.com"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                "Resource": "*",
                "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            },
        ],
    }


LOG_FOLDERS = ("/aws/ecs/", "/aws/lambda/", "/aws/vendedlogs/apis/", "/aws/vendedlogs/states/")
"""Where tasks of ECS, functions and machines log."""


def _alarms(account: Account, names: str) -> dict[str, object]:
    """Who CloudWatch acts for: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""
    return {
        "StringEquals": {"aws:SourceAccount": account.id},
        "ArnLike": {"aws:SourceArn": account.arn("cloudwatch", f"alarm:{names}")},
    }
