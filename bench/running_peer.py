"""ministack's engine for Step Functions in this process: reads definitions with inputs, prints each one's seconds."""

from __future__ import annotations

import json
import sys
import time

from ministack.services import stepfunctions

PAUSE = 0.15
"""Seconds that ministack waits before each execution's first state; they are not counted."""
LONGEST = 300


def main() -> None:
    """Run what standard input holds: an array of names, definitions and inputs."""
    print(json.dumps([seconds(*one) for one in json.load(sys.stdin)]))


def seconds(name: str, definition: object, input: object) -> float:
    """How long an execution takes, to a hundredth."""
    role = "arn:aws:iam::000000000000:role/machine"
    machine = {"name": name, "definition": json.dumps(definition), "roleArn": role}
    arn = json.loads(stepfunctions._create_state_machine(machine)[2])["stateMachineArn"]
    start = time.perf_counter()
    started = stepfunctions._start_execution({"stateMachineArn": arn, "name": "one", "input": json.dumps(input)})
    execution = stepfunctions._executions[json.loads(started[2])["executionArn"]]
    while execution["status"] == "RUNNING":
        if time.perf_counter() - start > LONGEST:
            raise TimeoutError(f"{name} runs for more than {LONGEST} s")
        time.sleep(0.01)
    if execution["status"] != "SUCCEEDED":
        raise RuntimeError(f"{name} ended as {execution['status']}: {execution.get('error')} {execution.get('cause')}")
    return time.perf_counter() - start - PAUSE


if __name__ == "__main__":
    main()
