"""Metrics that a function writes into its log, which needs no permission: CloudWatch makes them of what it reads there.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
"""

from __future__ import annotations

import os
from datetime import datetime

NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"
"""The environment variable with the stack's own namespace. Without one, outside of a stack, nothing is written."""


def count(metric: str, value: int = 1, at: datetime | None = None, **dimensions: str) -> None:
    """Write `value` of `metric`, with the function's name as the dimension `service` beside the others.

    It counts for the moment `at`: now, unless that is given.
    """
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    if os.environ.get(NAMESPACE):
        with single_metric(name=metric, unit=MetricUnit.Count, value=value) as written:
            if at:
                written.set_timestamp(at)
            for name, text in dimensions.items():
                written.add_dimension(name, text)
