"""What runs a Python program for Pulumi's own command line, from the SDK's own parts.

Pulumi ships the real one, `pulumi-language-python`, with its command line; it is not among the Go modules that the
engine can be built from.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2


class LanguageHost(LanguageServer):
    """The Automation API's host for programs within its own process, given the program in the project's folder."""

    def __init__(self, engine: str) -> None:
        super().__init__(_execute)
        self.engine = engine

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="3.0.0")

    def Run(self, request: Any, context: Any) -> Any:
        os.chdir(request.info.program_directory)
        sys.path.insert(0, request.info.program_directory)
        # The Automation API tells its host where the engine is among the program's arguments.
        request.args[:] = [self.engine]
        return super().Run(request, context)


def _execute() -> None:
    runpy.run_path("__main__.py", run_name="__main__")


def install(folder: Path, python: str = sys.executable) -> None:
    """Put it into `folder`, which goes on PATH; programs are run by the interpreter `python`."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "pulumi-language-python"
    script.write_text(f'#!/bin/sh\nexec "{python}" -P "{__file__}" "$@"\n')
    script.chmod(0o755)


if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", 2**28)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(sys.argv[-1]), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    threading.Event().wait()
