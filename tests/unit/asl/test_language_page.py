"""Every sample of docs/language.md is what the command prints; `make golden` writes them anew."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import asl
from tests.unit.asl.command_line import run
from tests.unit.asl.drawn import order, order_v2, sixty

PAGE = Path(__file__).parents[3] / "docs" / "language.md"
SAMPLE = re.compile(r"```console\n\$ (?P<command>(?:.*\\\n)*.*)\n(?P<printed>(?:.*\n)*?)```\n")
"""A command, over several lines where they end with a backslash, and what it prints."""


def charge() -> dict[str, Any]:
    return {
        "StartAt": "ChargePayment",
        "TimeoutSeconds": 172_800,
        "States": {
            "ChargePayment": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "charge-payment", "Payload.$": "$"},
                "TimeoutSeconds": 30,
                "Retry": [asl.retry_lambda()[0] | {"JitterStrategy": "NONE"}],
                "OutputPath": "$.Payload",
                "Next": "Ship",
            },
            "Ship": {"Type": "Wait", "Seconds": 86_400, "Next": "Done"},
            "Done": {"Type": "Succeed"},
        },
    }


def mocks() -> dict[str, Any]:
    """As the page shows them."""
    (shown,) = re.findall(r"```json\n(\{\"ChargePayment.*?)```", PAGE.read_text(), re.DOTALL)
    return json.loads(shown)


FILES: Mapping[str, Callable[[], Any]] = {
    "order.asl.json": order,
    "order-v2.asl.json": order_v2,
    "sixty.asl.json": sixty,
    "charge.asl.json": charge,
    "mocks.json": mocks,
}


WRITTEN = re.compile(r"```yaml\n# (?P<name>\S+)\n(?P<text>(?:.*\n)*?)```\n")
"""A file that the page shows, its name in the first line."""


def samples() -> list[re.Match[str]]:
    return list(SAMPLE.finditer(PAGE.read_text()))


def printed(command: str) -> str:
    """What `command` prints: `python -m asl …`, with the text of an `echo` before it as its input.

    Tables are filled with blanks to their right; the page has none. How long a case took differs each time.
    """
    words = shlex.split(command.replace("\\\n", " "))
    given, asked = (words[1], words[3:]) if words[0] == "echo" else ("", words)
    assert asked[:3] == ["python", "-m", "asl"], command
    output = run(*asked[3:], input=given).output
    return re.sub(r"\d+\.\d ms", "1.0 ms", re.sub(r" +$", "", output, flags=re.MULTILINE))


@pytest.mark.parametrize("number", range(len(samples())))
def test_a_generated_sample_is_what_the_command_prints(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, definition in FILES.items():
        (tmp_path / name).write_text(json.dumps(definition(), indent=2))
    for shown in WRITTEN.finditer(PAGE.read_text()):
        (tmp_path / shown["name"]).write_text(f"# {shown['name']}\n{shown['text']}")
    monkeypatch.chdir(tmp_path)
    sample = samples()[number]
    now = printed(sample["command"])
    if os.environ.get("UPDATE_GOLDEN"):
        page = PAGE.read_text()
        PAGE.write_text(page[: sample.start("printed")] + now + page[sample.end("printed") :])
    assert samples()[number]["printed"] == now, "`make golden`, then read its diff"
