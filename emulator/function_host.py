"""Starting functions quickly: each is forked from one process that has all they import loaded already.

Importing boto3 takes half a second of processor time, and the embedded cloud starts a process for each call that finds
none free: a burst of orders would spend a minute on imports alone. So a function's bootstrap is a client of this host:
it hands over its environment and its standard streams, and lives and dies with the process that was forked for it.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from emulator import forking

ROOT = Path(__file__).resolve().parent.parent


def serve(address: str, faults: tuple[str, str] | None = None) -> None:
    """Fork a process for each client that connects to the Unix socket `address`; never returns.

    `faults` is a module of this project and what its `install` is called with in each of these processes, before the
    function's own code is loaded.
    """
    _load_what_functions_import()
    install = _faults(*faults) if faults else lambda: None
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the system
    forking.serve(address, lambda connection: _become_function(connection, install))


def _faults(module: str, address: str) -> Callable[[], None]:
    sys.path.insert(0, str(ROOT))
    install = importlib.import_module(module).install
    return lambda: install(address)


def _load_what_functions_import() -> None:
    """Modules, and in boto3's own session the models of the service that nearly every function calls.

    Of the session's credentials nothing is known yet: each function's process finds its own in its environment.
    """
    powertools = ("aws_lambda_powertools.tracing", "aws_lambda_powertools.utilities.idempotency", "aws_xray_sdk.core")
    for name in (*powertools, "boto3.dynamodb.transform", "botocore.retries.standard", "simplejson"):
        importlib.import_module(name)
    boto3 = importlib.import_module("boto3")
    boto3.setup_default_session(region_name=os.environ["MINISTACK_REGION"])
    boto3.resource("dynamodb", aws_access_key_id="nobody", aws_secret_access_key="nothing")  # noqa: S106


def _become_function(connection: socket.socket, install_faults: Callable[[], None]) -> None:
    request = forking.taken_over(connection)
    os.environ.clear()
    # How much ministack logs is its own matter, and would be taken for the function's log level.
    os.environ.update({name: text for name, text in request["environment"].items() if name != "LOG_LEVEL"})
    root = request["environment"]["LAMBDA_TASK_ROOT"]
    os.chdir(root)
    # Of this project a function finds what is in its zip, and nothing else.
    sys.path[:] = [root, *(entry for entry in sys.path if entry not in (str(ROOT), str(ROOT / "emulator")))]
    try:
        install_faults()
        # Only now: its native part takes the address to ask for work from the environment it is loaded in.
        from awslambdaric.__main__ import main

        main(["awslambdaric", request["environment"]["_HANDLER"]])
    except Exception:
        traceback.print_exc()


if __name__ == "__main__":
    socket_address, *faults_of = sys.argv[1:]
    serve(socket_address, (faults_of[0], faults_of[1]) if faults_of else None)
