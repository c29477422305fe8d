"""The checkers from PyPI over the same definitions as ours: python pypi.py DEFINITIONS RUNS SECONDS

Runs in an environment of its own, and prints one object: for each checker the names of the definitions that it finds an
error in, and the median of its milliseconds a definition, warm, without the reading of the text.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cfnlint.config import ConfigMixIn  # pyright: ignore[reportMissingImports]
from cfnlint.decode.decode import decode_str  # pyright: ignore[reportMissingImports]
from cfnlint.runner import Runner  # pyright: ignore[reportMissingImports]
from statelint.linter import Linter  # pyright: ignore[reportMissingImports]

ROLE = "arn:aws:iam::123456789012:role/machine"


def main() -> None:
    """Measure."""
    definitions = json.loads(Path(sys.argv[1]).read_text())
    runs, seconds = int(sys.argv[2]), float(sys.argv[3])
    found = {name: measured(*checker, definitions, runs, seconds) for name, checker in checkers().items()}
    print(json.dumps(found))


def checkers() -> dict[str, tuple[Callable[[str], Any], Callable[[Any], bool]]]:
    """How each reads a text, and whether it finds an error in what was read."""
    runner = Runner(ConfigMixIn(regions=["us-east-1"]))

    def refused_by_cfn_lint(decoded: tuple[Any, list[Any]]) -> bool:
        template, errors = decoded
        return bool(errors) or any(match.rule.id.startswith("E") for match in runner.validate_template(template))

    return {
        "cfn-lint": (lambda text: decode_str(template(text)), refused_by_cfn_lint),
        "statelint": (json.loads, lambda definition: bool(Linter.validate(definition))),
    }


def template(text: str) -> str:
    """A CloudFormation template with the definition in it, and with a value for each `${name}`."""
    properties = {"RoleArn": ROLE, "Definition": json.loads(text)}
    if names := re.findall(r"\$\{(\w+)\}", text):
        properties["DefinitionSubstitutions"] = dict.fromkeys(names, "value")
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    whole = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}}
    return json.dumps(whole, ensure_ascii=False)


def measured(
    read: Callable[[str], Any],
    refuses: Callable[[Any], bool],
    definitions: list[dict[str, str]],
    runs: int,
    seconds: float,
) -> dict[str, Any]:
    """Go over all definitions: once for the verdicts and to warm up, then `runs` times or until `seconds` are over."""
    known = [(one["name"], read(one["text"])) for one in definitions]
    refused = [name for name, definition in known if _refuses(refuses, definition)]
    taken: list[float] = []
    start = time.perf_counter()
    while len(taken) < runs and (not taken or time.perf_counter() - start < seconds):
        before = time.perf_counter()
        for _, definition in known:
            _refuses(refuses, definition)
        taken.append((time.perf_counter() - before) * 1000 / len(known))
    return {"refused": refused, "ms": statistics.median(taken)}


def _refuses(refuses: Callable[[Any], bool], definition: Any) -> bool:
    try:
        return refuses(definition)
    except Exception:  # whatever makes it break down it does not accept
        return True


if __name__ == "__main__":
    main()
