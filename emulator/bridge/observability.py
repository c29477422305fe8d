"""Log groups and alarms."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.bridge.types import Create, Created, Inputs
from emulator.cloud import Cloud


def _log_group(cloud: Cloud, inputs: Inputs) -> Created:
    client = cloud.client("logs")
    client.create_log_group(logGroupName=inputs["name"], tags=dict(inputs.get("tags", {})))
    client.put_retention_policy(logGroupName=inputs["name"], retentionInDays=int(inputs["retentionInDays"]))
    arn = client.describe_log_groups(logGroupNamePrefix=inputs["name"])["logGroups"][0]["arn"].removesuffix(":*")
    return inputs["name"], {**inputs, "arn": arn}


def _alarm(cloud: Cloud, inputs: Inputs) -> Created:
    client = cloud.client("cloudwatch")
    client.put_metric_alarm(
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
    arn = client.describe_alarms(AlarmNames=[inputs["name"]])["MetricAlarms"][0]["AlarmArn"]
    return inputs["name"], {**inputs, "arn": arn}


CREATE: Mapping[str, Create] = {
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
}
