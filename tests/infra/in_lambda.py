"""Call handlers as Lambda does: each finds its own package, the layer and Lambda's own libraries, and nothing else.

Runs in a Python without this project and its packages. Reads {"path": where to find all but the package, "calls":
[{"package", "handler", "environment", "event"}]} and writes for each call what came of it.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import sys
import traceback
import zipfile
from typing import Any


class Context:
    function_name = "a-function"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:a-function"
    aws_request_id = "a-request"

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


def call(package: str, handler: str, environment: dict[str, str], event: dict[str, Any]) -> str:
    """What the handler returned or raised, or what in its package cannot be imported."""
    sys.path.insert(0, package)
    os.environ.update(environment)
    module, _, name = handler.rpartition(".")
    try:
        outcome = repr(getattr(importlib.import_module(module), name)(event, Context()))
    except Exception:
        outcome = traceback.format_exc()
    return "\n".join([outcome, *late_imports(package)])


def late_imports(package: str) -> list[str]:
    """Run what the functions of a package import when they are called; what cannot be imported."""
    failed: list[str] = []
    with zipfile.ZipFile(package) as archive:
        for file in archive.namelist():
            functions = [one for one in ast.walk(ast.parse(archive.read(file))) if isinstance(one, ast.FunctionDef)]
            late = [one for function in functions for one in ast.walk(function)]
            for statement in late:
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    try:
                        exec(compile(ast.unparse(statement), file, "exec"), {})
                    except Exception as error:
                        failed.append(f"LATE {file}:{statement.lineno}: {error!r}")
    return failed


def main() -> None:
    request = json.load(sys.stdin)
    sys.path += request["path"]
    for name in ("boto3", "aws_lambda_powertools.utilities.idempotency", "aws_xray_sdk.core", "stripe"):
        importlib.import_module(name)  # once, for all calls
    importlib.import_module("boto3").resource("dynamodb")  # reads the models that nearly every call needs
    outcomes: list[str] = []
    for one in request["calls"]:
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.dup2(2, 1)  # what the handler logs is no outcome
            os.write(writing, call(**one).encode()[-60_000:])
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as told:
            outcomes.append(told.read())
        os.wait()
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
