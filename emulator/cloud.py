"""The embedded cloud: one ministack process on a free port of the loopback interface."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator import lifeline

REGION = "us-east-1"
ACCOUNT = "000000000000"
CALLS_OF_A_FUNCTION = 8
"""For each that finds no process free one is started, which asks ten times a second for work as long as the cloud is
there: with 64, sixty orders cost ministack more than twice the computing, and a seventh of a core once they ended."""
START_SECONDS = 300
ANSWER_SECONDS = 300
SAVE = "/_orderflow/save"
MINISTACK = Path(__file__).with_name("ministack_as_aws.py")
FUNCTION_HOST = Path(__file__).with_name("function_host.py")
MACHINE_ROLES = Path(__file__).with_name("machine_roles.py")


@dataclass(frozen=True)
class Cloud:
    """A running cloud. Its own messages go to the file `log`; the socket `function_host` starts functions."""

    endpoint: str
    log: Path
    function_host: Path
    _processes: _Processes = field(repr=False)

    def client(self, service: str) -> Any:
        """A boto3 client of `service` that can reach nothing but this cloud."""
        return client_of(self.endpoint, service)

    def call_url(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """POST to the URL of a function or an API, also to the one it would have on AWS; the status and the answer."""
        host, path = urlsplit(url).netloc, urlsplit(url)._replace(scheme="", netloc="").geturl()
        request = urllib.request.Request(self.endpoint + path, body, {**(headers or {}), "Host": host})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def stand_in(self, host: str, address: str) -> None:
        """Have HTTP Tasks that call https://`host` call the server at `address`, on the loopback interface."""
        file = _stand_ins(self.log.parent)
        known = json.loads(file.read_text()) if file.is_file() else {}
        (new := file.with_suffix(".new")).write_text(json.dumps({**known, host: address}))
        new.replace(file)

    def wait_until_ready(self) -> None:
        """Wait for a cloud that was started with `wait=False`.

        Raises:
            CloudError: with the end of its log, when it does not answer in time.
        """
        self._processes.wait_until_ready()

    def save(self) -> None:
        """Write down all that is in a durable cloud now; see `emulator.durability` for what a crash leaves of it."""
        urllib.request.urlopen(f"{self.endpoint}{SAVE}", b"", ANSWER_SECONDS).close()  # noqa: S310 loopback

    def crash(self) -> None:
        """Kill the cloud and all its functions in the middle of what they do."""
        self._processes.stop()

    def restart(self) -> None:
        """Start a durable cloud again after it crashed.

        Raises:
            CloudError: with the end of its log, when it does not answer in time.
        """
        self.function_host.unlink()
        self._processes.start()
        self._processes.wait_until_ready()


_making_a_client = threading.Lock()


@functools.cache
def client_of(endpoint: str, service: str) -> Any:
    """Clients can be shared between threads; making them with the default session cannot."""
    import boto3  # previews have no use for it
    from botocore.config import Config

    with _making_a_client:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 any will do
            config=Config(inject_host_prefix=False, max_pool_connections=64, retries={"mode": "standard"}),
        )


@dataclass(frozen=True)
class Faults:
    """What makes functions fail: in the process of each, `install(address)` of `module` is called before its code."""

    address: str
    module: str = "emulator.chaos.faults"


class CloudError(RuntimeError):
    """The cloud did not start, or went away."""


@contextlib.contextmanager
def cloud(
    *,
    wait_scale: float = 1.0,
    enforce_permissions: bool = False,
    faults: Faults | None = None,
    durable: bool = False,
    stubs: Path | None = None,
    calls_of_a_function: int = CALLS_OF_A_FUNCTION,
    wait: bool = True,
) -> Iterator[Cloud]:
    """Start a cloud with nothing in it; stop it and all it started on leaving, whatever happened.

    `wait_scale` shortens the Wait states of executions: 0 skips them. With `enforce_permissions` the policies of
    functions' and machines' roles hold. `faults` are installed in every function. A `durable` cloud can be saved,
    crash and start again. The file `stubs` says what tasks come to that it cannot call; see `emulator.stubs`. Tasks
    make `calls_of_a_function` at a time: for each call that finds no process free one is started, and kept. Without
    `wait` the cloud may not answer yet; see `Cloud.wait_until_ready`.

    Raises:
        CloudError: with the end of its log, when it does not answer in time.
    """
    home = Path(tempfile.mkdtemp(prefix="orderflow-cloud-"))
    log, function_host = home / "cloud.log", home / "functions.sock"
    port = _free_port()
    environment = {**_environment(port, home, wait_scale), "AUTH": str(enforce_permissions).lower()}
    environment["ORDERFLOW_CALLS_OF_A_FUNCTION"] = str(calls_of_a_function)
    if stubs:
        environment["ORDERFLOW_STUBS"] = str(stubs.resolve())
    if durable:
        environment |= {"PERSIST_STATE": "1", "S3_PERSIST": "1", "ORDERFLOW_JOURNAL": str(home / "journal")}
    ministack = MACHINE_ROLES if enforce_permissions else MINISTACK
    installed = (faults.module, faults.address) if faults else ()
    programs = ([str(ministack)], [str(FUNCTION_HOST), str(function_host), *installed])
    endpoint = f"http://127.0.0.1:{port}"
    processes = _Processes(programs, environment, log, lambda: _answers(endpoint) and function_host.exists())
    try:
        processes.start()
        if wait:
            processes.wait_until_ready()
        yield Cloud(endpoint, log, function_host, processes)
    finally:
        processes.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class _Processes:
    """The Python programs of a cloud. They and what they start end with this process, whatever ends it."""

    programs: Sequence[Sequence[str]]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    def start(self) -> None:
        with self.log.open("ab") as output:
            for program in self.programs:
                process = lifeline.start(
                    program,
                    options=("-P",),
                    output=output,
                    env=self.environment,
                    cwd=self.environment["TMPDIR"],
                )
                self.running.append(process)

    def wait_until_ready(self) -> None:
        """Raises CloudError, with the end of the log, when they are not ready in time."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self.running):
                raise CloudError(f"the embedded cloud stopped at once; its last words:\n{self._tail()}")
            if self.ready():
                return
            time.sleep(0.05)
        raise CloudError(f"the embedded cloud did not answer within {START_SECONDS} s; its last words:\n{self._tail()}")

    def stop(self) -> None:
        """By SIGKILL: nothing of the cloud is wanted any more, and functions in a call do not heed SIGTERM."""
        for process in self.running:
            lifeline.stop(process)
        self.running.clear()

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def _environment(port: int, home: Path, wait_scale: float) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    return {
        **inherited,
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SFN_WAIT_SCALE": str(wait_scale),
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "0",
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        "TMPDIR": str(home),
        "ORDERFLOW_STAND_INS": str(_stand_ins(home)),
        # Else it opens a port to everyone, and spends most of its start on a certificate for it.
        "IOT_MTLS_ENABLED": "0",
        # Its containers are looked for on start; there are none, and asking Docker takes seconds.
        "DOCKER_HOST": f"unix://{home}/no-docker.sock",
    }


def _stand_ins(home: Path) -> Path:
    return home / "stand-ins.json"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).close()  # noqa: S310 loopback
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True
