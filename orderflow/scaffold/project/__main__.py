"""What a stack holds: functions, machines, and what other projects may refer to."""

import pulumi
from orderflow import components

logs = components.Logs(retention_days=30)
parts: list[pulumi.Resource] = []

components.export(logs, {}, *parts)
