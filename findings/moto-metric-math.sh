#!/usr/bin/env bash
# moto 5.2.5 answers CloudWatch's GetMetricData for an expression such as `a + b` or `FILL(a, 0)` with the status Complete
# and no values at all. One would guess the sum, or an error that says that metric math is not there.
# Why it matters: a test of an alarm with metric math sees "no data", which many alarms treat as fine; it passes whatever
# the expression says. AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
# Seen on 2026-11-28 with moto 5.2.5, boto3 1.43.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[cloudwatch]==5.2.5" "boto3>=1.43,<1.44"
cat > "$folder/see.py" <<'PY'
import os
from datetime import datetime, timedelta, timezone

import boto3
from moto import mock_aws

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
now = datetime.now(timezone.utc).replace(second=0, microsecond=0)


def stat(id):
    metric = {"Namespace": "Shop", "MetricName": id}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": True}


with mock_aws():
    client = boto3.client("cloudwatch")
    for name, value in (("a", 3), ("b", 4)):
        client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": name, "Value": value, "Timestamp": now}])
    queries = [stat("a"), stat("b"), *({"Id": f"e{n}", "Expression": e} for n, e in enumerate(("a", "a + b", "FILL(a, 0)")))]
    answer = client.get_metric_data(
        MetricDataQueries=queries, StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=5)
    )
    found = {one["Id"]: (one["StatusCode"], one["Values"]) for one in answer["MetricDataResults"]}
for id, (status, values) in found.items():
    print(id, status, values)
assert found["a"] == ("Complete", [3.0]) and found["b"] == ("Complete", [4.0]), "the metrics themselves are there"
assert found["e0"] == ("Complete", [3.0]), "an expression that is just another query's id is evaluated"
assert found["e1"] == ("Complete", []) and found["e2"] == ("Complete", []), "changed: metric math gives something now"
print("as described: complete, and without values")
PY
"$folder/venv/bin/python" "$folder/see.py"
