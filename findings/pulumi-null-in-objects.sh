#!/usr/bin/env bash
# pulumi 3.270.0: a null inside an object that is an argument of a resource reaches the provider from a TypeScript program,
# and is gone, with its key, from a Python one. In a list it stays in both. One would guess that the same object arrives
# the same, for it is of JSON's types alone, and that None is left out only where it stands for an argument not given.
# Why it matters: a state machine's definition handed over as an object, as aws-native's StateMachine takes it, loses
# "ResultPath": null. Without it the default is $: the state's result takes the place of its input, which was to be kept.
# https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html
# A definition handed over as a text of JSON is not touched.
# Seen on 2026-11-30 with Python 3.11 and Node 20:
#   python {"List": [null], "Type": "Pass"}
#   node {"List": [null], "ResultPath": null, "Type": "Pass"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pulumi==3.270.0"
cat > "$folder/see.py" <<'PY'
import json

import pulumi


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        print("python", json.dumps(args.inputs["state"], sort_keys=True))
        return args.name, args.inputs

    def call(self, args):
        return {}


@pulumi.runtime.test
def register():
    state = {"Type": "Pass", "ResultPath": None, "List": [None]}
    pulumi.CustomResource("any:index:Machine", "one", {"state": state})


pulumi.runtime.set_mocks(Mocks())
register()
PY
mkdir "$folder/node"
cd "$folder/node"
npm init --yes > npm.log
npm install --silent --no-audit --no-fund "@pulumi/pulumi@3.270.0" >> npm.log
cat > see.js <<'JS'
const pulumi = require("@pulumi/pulumi");

pulumi.runtime.setMocks({
  newResource: (args) => {
    const sorted = Object.entries(args.inputs.state).sort(([a], [b]) => (a < b ? -1 : 1));
    console.log("node", `{${sorted.map(([name, one]) => `"${name}": ${JSON.stringify(one)}`).join(", ")}}`);
    return { id: args.name, state: args.inputs };
  },
  call: () => ({}),
});
new pulumi.CustomResource("any:index:Machine", "one", { state: { Type: "Pass", ResultPath: null, List: [null] } });
JS
seen=$("$folder/venv/bin/python" "$folder/see.py"; node see.js)
echo "$seen"
expected='python {"List": [null], "Type": "Pass"}
node {"List": [null], "ResultPath": null, "Type": "Pass"}'
[ "$seen" = "$expected" ] || { echo "changed" >&2; exit 1; }
echo "as described"
