"""Log groups and the metrics drawn from them, alarms, dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, pascal
from emulator.cloud import Cloud


class LogGroup(Resource):
    replaced_by = frozenset({"name", "logGroupClass"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client = cloud.client("logs")
        key = chosen(inputs, "kmsKeyId")
        client.create_log_group(logGroupName=inputs["name"], tags=dict(inputs.get("tags") or {}), **key)
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
        inputs = {"name": id, "retentionInDays": group.get("retentionInDays", 0), "tags": tags}
        return Found({**inputs, "kmsKeyId": group.get("kmsKeyId", "")}, {"arn": arn})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("logs")
        if differs(old, new, "kmsKeyId") and new.get("kmsKeyId"):
            client.associate_kms_key(logGroupName=id, kmsKeyId=new["kmsKeyId"])
        elif differs(old, new, "kmsKeyId"):
            client.disassociate_kms_key(logGroupName=id)
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


class LogMetricFilter(Resource):
    """Stored only: the embedded cloud draws no metrics from logs."""

    replaced_by = frozenset({"name", "logGroupName"})
    outputs = ()

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        drawn = inputs["metricTransformation"]
        cloud.client("logs").put_metric_filter(
            logGroupName=inputs["logGroupName"],
            filterName=inputs["name"],
            filterPattern=inputs["pattern"],
            metricTransformations=[
                {
                    "metricName": drawn["name"],
                    "metricNamespace": drawn["namespace"],
                    "metricValue": drawn["value"],
                    **chosen(drawn, "dimensions", "unit"),
                    **({"defaultValue": float(drawn["defaultValue"])} if "defaultValue" in drawn else {}),
                }
            ],
        )
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("logs")
        try:
            filters = client.describe_metric_filters(logGroupName=known["logGroupName"], filterNamePrefix=id)
        except client.exceptions.ResourceNotFoundException:
            return None
        found = next((one for one in filters["metricFilters"] if one["filterName"] == id), None)
        return found and Found({"name": id, "pattern": found["filterPattern"]}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self.create(cloud, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("logs")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_metric_filter(logGroupName=known["logGroupName"], filterName=id)


_ALARM = ("alarmDescription", "actionsEnabled", "alarmActions", "okActions", "insufficientDataActions")
_RENAMED = {"OkActions": "OKActions"}


class MetricAlarm(Resource):
    """On one metric, or on an expression over several: of that the embedded cloud keeps nothing, it never fires."""

    replaced_by = frozenset({"name"})
    watched = (
        "namespace",
        "metricName",
        "statistic",
        "extendedStatistic",
        "unit",
        "period",
        "evaluationPeriods",
        "datapointsToAlarm",
        "comparisonOperator",
        "threshold",
        "thresholdMetricId",
        "treatMissingData",
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=inputs["name"],
            **_on(inputs),
            Tags=pairs(inputs.get("tags")),
            **pascal(chosen(inputs, *_ALARM, *self.watched), _RENAMED),
        )
        return inputs["name"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not found:
            return None
        told = ("Namespace", "MetricName", "Statistic", "Period", "Threshold", "ComparisonOperator")
        inputs = {name[0].lower() + name[1:]: found[0][name] for name in told if name in found[0]}
        return Found({"name": id, **inputs}, {"arn": found[0]["AlarmArn"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self.create(cloud, new)
        _retag(cloud, id, self, old, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[id])


def _on(inputs: Inputs) -> dict[str, Any]:
    """What it is on, either or: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    if queries := inputs.get("metricQueries"):
        return {"Metrics": [metric_query(query) for query in queries]}
    return {"Dimensions": _dimensions(inputs)}


def _dimensions(inputs: Inputs) -> list[dict[str, str]]:
    return pairs(inputs.get("dimensions"), key="Name")


def metric_query(query: Inputs) -> dict[str, Any]:
    """A metric or an expression of an alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
    simple = pascal(chosen(query, "id", "expression", "label", "period", "returnData"))
    if "metric" not in query:
        return simple
    metric = query["metric"]
    named = {**pascal(chosen(metric, "namespace", "metricName")), "Dimensions": _dimensions(metric)}
    return {**simple, "MetricStat": {"Metric": named, **pascal(chosen(metric, "period", "stat", "unit"))}}


class CompositeAlarm(Resource):
    replaced_by = frozenset({"alarmName", "actionsEnabled"})
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("cloudwatch").put_composite_alarm(
            Tags=pairs(inputs.get("tags")), **pascal(chosen(inputs, "alarmName", "alarmRule", *_ALARM), _RENAMED)
        )
        return inputs["alarmName"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[id], AlarmTypes=["CompositeAlarm"])
        for alarm in found["CompositeAlarms"]:
            return Found({"alarmName": id, "alarmRule": alarm["AlarmRule"]}, {"arn": alarm["AlarmArn"]})
        return None

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self.create(cloud, new)
        _retag(cloud, id, self, old, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[id])


def _retag(cloud: Cloud, id: str, alarm: Resource, old: Inputs, new: Inputs) -> None:
    """Tags given to an alarm that is there already are ignored."""
    found = alarm.read(cloud, id, new)
    if found and differs(old, new, "tags"):
        client, arn = cloud.client("cloudwatch"), found.outputs["arn"]
        client.untag_resource(ResourceARN=arn, TagKeys=dropped(old, new))
        client.tag_resource(ResourceARN=arn, Tags=pairs(new.get("tags")))


class Dashboard(Resource):
    replaced_by = frozenset({"dashboardName"})
    outputs = ("dashboardArn",)
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("cloudwatch").put_dashboard(**pascal(chosen(inputs, "dashboardName", "dashboardBody")))
        return inputs["dashboardName"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("cloudwatch")
        try:
            is_ = client.get_dashboard(DashboardName=id)
        except client.exceptions.ResourceNotFound:
            return None
        inputs = {"dashboardName": id, "dashboardBody": is_["DashboardBody"]}
        return Found(inputs, {"dashboardArn": is_["DashboardArn"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self.create(cloud, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("cloudwatch")
        with suppress(client.exceptions.ResourceNotFound):
            client.delete_dashboards(DashboardNames=[id])


RESOURCES: Mapping[str, Resource] = {
    "aws:cloudwatch/logGroup:LogGroup": LogGroup(),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": LogMetricFilter(),
    "aws:cloudwatch/metricAlarm:MetricAlarm": MetricAlarm(),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": CompositeAlarm(),
    "aws:cloudwatch/dashboard:Dashboard": Dashboard(),
}
