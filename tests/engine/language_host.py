"""A language host that runs nothing: `pulumi import` starts one though it generates no code.

Pulumi ships the real one, `pulumi-language-python`, with its command line; it is not among the Go modules that the
engine can be built from.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers what the engine asks before it does anything."""

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="3.0.0")

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPackagesResponse()


def install(folder: Path) -> None:
    """Put it into `folder`, which goes on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "pulumi-language-python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}"\n')
    script.chmod(0o755)


if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor(4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    threading.Event().wait()
