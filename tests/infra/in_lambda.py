"""Call handlers as Lambda does: each finds its own package, the layer and Lambda's own libraries, and nothing else.

Runs in a Python without this project and its packages. Reads {"path": where to find all but the package, "folder":
where packages are unpacked, "calls": [{"package", "handler", "environment", "event"}]}, and writes for each call what
came of it.
"""

from __future__ import annotations

import ast
import gc
import importlib
import json
import os
import py_compile
import shutil
import sys
import tempfile
import traceback
import zipfile
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any


class Context:
    function_name = "a-function"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:a-function"
    aws_request_id = "a-request"

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


@cache
def unpacked(package: str, folder: str) -> Path:
    """The folder with all that is in a package, compiled: most files are in many packages."""
    into = Path(tempfile.mkdtemp(dir=folder))
    with zipfile.ZipFile(package) as archive:
        archive.extractall(into)
    for file in into.rglob("*.py"):
        compiled = Path(cache_from_source(str(file)))
        compiled.parent.mkdir(exist_ok=True)
        shutil.copyfile(code_of(file.read_bytes(), folder), compiled)
    return into


@cache
def code_of(source: bytes, folder: str) -> str:
    handle, name = tempfile.mkstemp(".py", dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(source)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    return str(py_compile.compile(name, f"{name}c", doraise=True, invalidation_mode=mode))


@cache
def late_imports(source: bytes) -> list[tuple[int, CodeType]]:
    """What the functions in a file import when they are called, with its lines."""
    functions = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)]
    late = [one for function in functions for one in ast.walk(function)]
    statements = [one for one in late if isinstance(one, ast.Import | ast.ImportFrom)]
    return [(one.lineno, compile(ast.unparse(one), "an import", "exec")) for one in statements]


def call(package: Path, handler: str, environment: dict[str, str], event: dict[str, Any]) -> str:
    """What the handler returned or raised, or what in its package cannot be imported."""
    sys.path.insert(0, str(package))
    os.environ.update(environment)
    module, _, name = handler.rpartition(".")
    try:
        outcome = repr(getattr(importlib.import_module(module), name)(event, Context()))
    except Exception:
        outcome = traceback.format_exc()
    return "\n".join([outcome, *cannot_import(package)])


def cannot_import(package: Path) -> list[str]:
    """Run what the functions of a package import when they are called; what fails."""
    failed: list[str] = []
    for file in package.rglob("*.py"):
        for line, statement in late_imports(file.read_bytes()):
            try:
                exec(statement, {})
            except Exception as error:
                failed.append(f"LATE {file.relative_to(package)}:{line}: {error!r}")
    return failed


def main() -> None:
    request = json.load(sys.stdin)
    sys.path += request["path"]
    for name in ("boto3", "aws_lambda_powertools.utilities.idempotency", "aws_xray_sdk.core", "stripe"):
        importlib.import_module(name)  # once, for all calls
    importlib.import_module("boto3").resource("dynamodb")  # reads the models that nearly every call needs
    outcomes: list[str] = []
    gc.disable()  # calls that share what is loaded would each look through it, and copy it
    for one in request["calls"]:
        one["package"] = unpacked(one["package"], request["folder"])
        for file in one["package"].rglob("*.py"):
            late_imports(file.read_bytes())  # here, for all calls
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
