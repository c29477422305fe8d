"""What tells people: logs that are kept, alarms that ring, and someone who hears them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orderflow.doctor.lines import DEPLOY, Connect, Seen, Told
from orderflow.documents import at, is_list

ALARMS_AT_ONCE = 100
"""As many names a call takes; an answer may hold fewer, and leads on to the next:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""


def keeps_its_lines(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html"""
    days = told.number()
    pages = connect("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=told.name)
    group = next((one for page in pages for one in page["logGroups"] if one["logGroupName"] == told.name), None)
    kept = group and group.get("retentionInDays")
    if group is None:
        yield Seen("wrong", "is not there", DEPLOY)
    elif kept != days:
        kept = f"for {kept} days" if kept else "for ever"
        yield Seen("wrong", f"keeps its lines {kept}; the stack says {days} days", DEPLOY)
    else:
        yield Seen("ok", f"kept for {days} days")


def is_heard(connect: Connect, told: Told) -> Iterator[Seen]:
    """An alarm's subscription that nobody confirms within two days is gone.

    https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html
    """
    found = connect("sns").get_subscription_attributes(SubscriptionArn=told.text("subscriptionArn"))
    if at(found, "Attributes", "PendingConfirmation") == "true":
        do = "have the owner of alarmEmail follow the link in AWS's message; until then alarms reach nobody"
        yield Seen("wrong", "PendingConfirmation", do)
    else:
        yield Seen("ok", "confirmed")


def ring(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""
    topic, names = told.text("topicArn"), at(told.value, "names")
    if not is_list(names):
        raise told.lacking("names")
    found: dict[str, Mapping[str, Any]] = {}
    paginate = connect("cloudwatch").get_paginator("describe_alarms").paginate
    for first in range(0, len(names), ALARMS_AT_ONCE):
        some = names[first : first + ALARMS_AT_ONCE]
        for page in paginate(AlarmNames=some, AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
            alarms = (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
            found |= {alarm["AlarmName"]: alarm for alarm in alarms}
    silent = [f"{name} {why}" for name in names if (why := _silent(found.get(name), topic))]
    for one in silent:
        yield Seen("wrong", one, DEPLOY)
    if not silent:
        yield Seen("ok", f"{len(names)}, all of which tell {topic}")


def _silent(alarm: Mapping[str, Any] | None, topic: str) -> str:
    """Why an alarm reaches nobody; empty where it does."""
    if alarm is None:
        return "is not there"
    if not alarm["ActionsEnabled"]:
        return "has its actions disabled"
    return "" if topic in alarm["AlarmActions"] else f"does not tell {topic}"
