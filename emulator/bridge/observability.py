"""Log groups and alarms."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, differs, dropped
from emulator.cloud import Cloud


class LogGroup(Resource):
    replaced_by = frozenset({"name"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client = cloud.client("logs")
        client.create_log_group(logGroupName=inputs["name"], tags=dict(inputs.get("tags") or {}))
        client.put_retention_policy(logGroupName=inputs["name"], retentionInDays=int(inputs["retentionInDays"]))
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("logs")
        groups = client.describe_log_groups(logGroupNamePrefix=id)["logGroups"]
        group = next((group for group in groups if group["logGroupName"] == id), None)
        if group is None:
            return None
        arn = group["arn"].removesuffix(":*")
        tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
        return Found({"name": id, "retentionInDays": group.get("retentionInDays", 0), "tags": tags}, {"arn": arn})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("logs")
        if differs(old, new, "retentionInDays"):
            client.put_retention_policy(logGroupName=id, retentionInDays=int(new["retentionInDays"]))
        if differs(old, new, "tags"):
            arn = client.describe_log_groups(logGroupNamePrefix=id)["logGroups"][0]["arn"].removesuffix(":*")
            client.untag_resource(resourceArn=arn, tagKeys=dropped(old, new))
            client.tag_resource(resourceArn=arn, tags=dict(new.get("tags") or {}))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("logs")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_log_group(logGroupName=id)


class MetricAlarm(Resource):
    replaced_by = frozenset({"name"})
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=inputs["name"],
            Namespace=inputs["namespace"],
            MetricName=inputs["metricName"],
            Dimensions=[{"Name": key, "Value": value} for key, value in inputs["dimensions"].items()],
            Statistic=inputs["statistic"],
            Period=int(inputs["period"]),
            EvaluationPeriods=int(inputs["evaluationPeriods"]),
            ComparisonOperator=inputs["comparisonOperator"],
            Threshold=float(inputs["threshold"]),
            TreatMissingData=inputs["treatMissingData"],
            AlarmActions=inputs["alarmActions"],
            OKActions=inputs["okActions"],
        )
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[id])["MetricAlarms"]
        if not found:
            return None
        alarm = found[0]
        inputs: dict[str, Any] = {
            "name": id,
            "namespace": alarm["Namespace"],
            "metricName": alarm["MetricName"],
            "statistic": alarm["Statistic"],
            "period": alarm["Period"],
            "threshold": alarm["Threshold"],
            "comparisonOperator": alarm["ComparisonOperator"],
        }
        return Found(inputs, {"arn": alarm["AlarmArn"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self.create(cloud, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[id])


RESOURCES: Mapping[str, Resource] = {
    "aws:cloudwatch/logGroup:LogGroup": LogGroup(),
    "aws:cloudwatch/metricAlarm:MetricAlarm": MetricAlarm(),
}
