#!/usr/bin/env bash
# cfn-lint 1.58.0 (E3601) refuses state machines that AWS takes: JSONata in TimeoutSeconds, HeartbeatSeconds and
# MaxConcurrency, and InputPath and OutputPath of a Succeed state. It takes JSONata in Seconds of a Wait, and the paths of
# every other state that has them, so that one would guess that both are known to it.
# Why it matters: a timeout that follows from the input cannot be linted; who trusts the linter writes a constant.
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (fields that take JSONata)
# https://states-language.net/spec.html#state-type-table (fields of a Succeed state)
# Seen on 2026-11-30 with Python 3.11:
#   Seconds: taken
#   TimeoutSeconds: E3601 '{% $states.input.seconds %}' is not of type 'number'
#   HeartbeatSeconds: E3601 '{% $states.input.seconds %}' is not of type 'number'
#   MaxConcurrency: E3601 '{% $states.input.seconds %}' is not of type 'number'
#   OutputPath of Pass: taken
#   OutputPath of Succeed: E3601 Additional properties are not allowed ('OutputPath' was unexpected)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "cfn-lint==1.58.0"
cat > "$folder/see.py" <<'PY'
import json
import subprocess
import sys
from pathlib import Path

template = Path(sys.argv[1]) / "template.json"
cfn_lint = Path(sys.argv[1]) / "venv" / "bin" / "cfn-lint"
SECONDS = "{% $states.input.seconds %}"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
INNER = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}
STATES = {
    "Seconds": {"Type": "Wait", "Seconds": SECONDS, "End": True},
    "TimeoutSeconds": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": SECONDS, "End": True},
    "HeartbeatSeconds": {"Type": "Task", "Resource": FUNCTION, "HeartbeatSeconds": SECONDS, "End": True},
    "MaxConcurrency": {"Type": "Map", "MaxConcurrency": SECONDS, "ItemProcessor": INNER, "End": True},
    "OutputPath of Pass": {"Type": "Pass", "OutputPath": "$.order", "End": True},
    "OutputPath of Succeed": {"Type": "Succeed", "OutputPath": "$.order"},
}
for name, state in STATES.items():
    language = "JSONata" if SECONDS in state.values() else "JSONPath"
    definition = {"QueryLanguage": language, "StartAt": "Only", "States": {"Only": state}}
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/machine", "Definition": definition}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    template.write_text(json.dumps({"Resources": {"Machine": machine}}))
    said = subprocess.run([cfn_lint, template], capture_output=True, text=True).stdout
    print(f"{name}: {said.splitlines()[0] if said else 'taken'}")
PY
seen=$("$folder/venv/bin/python" "$folder/see.py" "$folder")
echo "$seen"
expected=$(sed -n 's/^#   //p' "$0")
[ "$seen" = "$expected" ] || { echo "changed" >&2; exit 1; }
echo "as described"
