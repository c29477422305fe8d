"""What functions run in."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from emulator.cloud import Cloud, Faults, cloud
from tests.functions import function

TELLS = """
import importlib.util, os
MARK = os.environ.get("MARKED_BY")
def handler(event, context):
    return {"mark": MARK, "finds": [name for name in ("asl", "seed", "tests") if importlib.util.find_spec(name)]}
"""
MARKING = "tests.emulator.marking"


def ask(running: Cloud, folder: Path) -> Any:
    function(running, folder, "tells", TELLS)
    answer = running.client("lambda").invoke(FunctionName="tells", Payload=b"{}")
    return json.loads(answer["Payload"].read())


def test_a_function_finds_nothing_of_this_project_but_what_is_in_its_zip(tmp_path: Path) -> None:
    with cloud() as running:
        assert ask(running, tmp_path) == {"mark": None, "finds": []}


def test_faults_are_installed_before_a_functions_code(tmp_path: Path) -> None:
    with cloud(faults=Faults("a socket", MARKING)) as running:
        assert ask(running, tmp_path)["mark"] == "a socket"


def test_faults_that_cannot_be_installed_fail_the_function_and_say_why(tmp_path: Path) -> None:
    with cloud(faults=Faults("nowhere", MARKING)) as running:
        assert "there are no faults to install" in ask(running, tmp_path)["errorMessage"]


WRITES = """
def handler(event, context):
    for number in range(20):
        print(event["call"], number)
"""


def test_what_a_function_writes_is_told_with_the_call_that_it_wrote_it_in(tmp_path: Path) -> None:
    with cloud() as running:
        function(running, tmp_path, "writes", WRITES)
        for call in range(30):
            asked = json.dumps({"call": call}).encode()
            answer = running.client("lambda").invoke(FunctionName="writes", Payload=asked, LogType="Tail")
            lines = base64.b64decode(answer["LogResult"]).decode().split("\n")
            assert [line for line in lines if line] == [f"{call} {number}" for number in range(20)]
