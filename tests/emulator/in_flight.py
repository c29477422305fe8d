"""A command with calls in flight, as the demo with its orders, and nothing else that would take time to deploy."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn

from emulator.cloud import cloud
from emulator.running import LOOK_SECONDS
from orderflow.console import PlainConsole
from tests.functions import function

NAPS = """
import time
def handler(event, context):
    time.sleep(600)
"""
CALLS = 4


def main() -> int:
    """Call a function that does not answer, and look again and again whether it is there; never returns."""
    columns = (TextColumn("orders"), BarColumn())
    with tempfile.TemporaryDirectory() as folder, cloud() as running:
        functions = running.client("lambda")
        function(running, Path(folder), "naps", NAPS)
        for _ in range(CALLS):
            functions.invoke(FunctionName="naps", InvocationType="Event", Payload=b"{}")
        with Progress(*columns, console=PlainConsole(highlight=False)) as progress:
            progress.add_task("")
            while True:
                time.sleep(LOOK_SECONDS)
                functions.get_function(FunctionName="naps")
