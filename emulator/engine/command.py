"""Pulumi's own command line: the one on PATH, or one that is installed or built once and kept outside the tree."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import PulumiCommand
from rich.console import Console
from semver import VersionInfo

from emulator import lifeline

VERSION = "3.259.0"
"""What is installed or built; the one that `cli/go.mod` pins."""
MINIMUM = VersionInfo.parse("3.250.0")
"""The oldest that will do when it is there already: the SDK's own lower bound in pyproject.toml."""
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
YAML_HOST = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
STAMP = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
MODULE = Path(__file__).with_name("cli")
INSTALL_SECONDS, BUILD_SECONDS = 20, 1800
SAID_EVERY_SECONDS = 15.0

console = Console(stderr=True, highlight=False)


class NoEngineError(RuntimeError):
    """There is no Pulumi on this machine, and no way to get one."""


def pulumi_command() -> PulumiCommand:
    """The command line to run stacks with.

    The one on PATH if it is new enough, else one that the Automation API downloads, else one built from a pinned Go
    module. The last two are kept by version in the user's cache, with a checksum, and found there the next time. Who
    asks while another process gets it waits for that one.

    Raises:
        NoEngineError: when all three are out of reach, with what to install.
    """
    if on_path := _existing("pulumi", shutil.which("pulumi")):
        return on_path
    root = cache() / "pulumi" / VERSION
    problems: list[str] = []
    with alone(root.parent):
        if _is_whole(root / "bin" / "pulumi") and (kept := _existing("the one kept", root / "bin" / "pulumi")):
            return kept
        for way in (_download, _build):
            try:
                way(root)
                _note(root / "bin" / "pulumi")
                return PulumiCommand(str(root))
            except (OSError, subprocess.SubprocessError, NoEngineError) as error:
                problems.append(f"  {str(error).strip() or type(error).__name__}")
    raise NoEngineError(
        "\n".join(
            (
                f"Pulumi {MINIMUM} or newer is not on PATH, and could not be had otherwise:",
                *problems,
                "Install it (https://www.pulumi.com/docs/install/), or Go 1.25 or newer (https://go.dev/dl/).",
            )
        )
    )


def yaml_host() -> Path:
    """The folder of what runs programs in YAML: the one on PATH, the one that came with Pulumi, or one that is built.

    Raises:
        NoEngineError: when it is nowhere and cannot be built.
    """
    name = YAML_HOST.rpartition("/")[2]
    command = pulumi_command().command
    beside = Path(shutil.which(command) or command).resolve().with_name(name)
    if on_path := shutil.which(name):
        return Path(on_path).parent
    built = cache() / "pulumi" / VERSION / "bin" / name
    with alone(cache() / "pulumi"):
        if beside.is_file() and not _sum_of(beside).is_file():
            return beside.parent
        if not _is_whole(built):
            _compile(YAML_HOST, built, "-s -w", f"building {name} with Go: half a minute, and only once")
            _note(built)
    return built.parent


def cache() -> Path:
    """Where this project keeps what takes long to get: outside the tree, shared by all clones."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orderflow"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While inside, no other process of this user is."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_whole(binary: Path) -> bool:
    """Whether what is kept is what was put there: a disk that was full, or a cache cut short, would leave less."""
    noted = _sum_of(binary)
    return binary.is_file() and noted.is_file() and noted.read_text() == _checksum(binary)


def _note(binary: Path) -> None:
    _sum_of(binary).write_text(_checksum(binary))


def _sum_of(binary: Path) -> Path:
    return binary.parent.parent / f"{binary.name}.sha256"


def _checksum(file: Path) -> str:
    seen = file.stat()
    return _checksum_of(file, seen.st_mtime_ns, seen.st_size)


@functools.cache
def _checksum_of(file: Path, changed: int, size: int) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _existing(what: str, path: str | Path | None) -> PulumiCommand | None:
    if path is None or not Path(path).is_file():
        return None
    seen = Path(path).stat()
    command = _asked_for_its_version(Path(path).resolve(), seen.st_mtime_ns, seen.st_size)
    if command.version is None or command.version < MINIMUM:
        console.print(f"{what} is Pulumi {command.version}, older than {MINIMUM}: another one is used")
        return None
    return command


@functools.cache
def _asked_for_its_version(binary: Path, changed: int, size: int) -> PulumiCommand:
    root = binary.parent.parent
    return PulumiCommand(str(root) if (root / "bin" / "pulumi").is_file() else None, skip_version_check=True)


def _download(root: Path) -> None:
    with _saying(f"downloading Pulumi {VERSION}"), _impatient():
        PulumiCommand.install(str(root), VersionInfo.parse(VERSION))


@contextmanager
def _saying(what: str) -> Iterator[None]:
    """Say what takes long; where there is no terminal to show that on, say again and again that it goes on."""
    if console.is_terminal:
        with console.status(what):
            yield
        return
    console.print(what, soft_wrap=True)
    over, began = threading.Event(), time.monotonic()

    def go_on() -> None:
        while not over.wait(SAID_EVERY_SECONDS):
            console.print(f"still {what.partition(':')[0]}, for {time.monotonic() - began:.0f} s now", soft_wrap=True)

    teller = threading.Thread(target=go_on, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


@contextmanager
def _impatient() -> Iterator[None]:
    """A network that swallows packets would have the download wait for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(INSTALL_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _build(root: Path) -> None:
    said = f"building Pulumi {VERSION} with Go: about three minutes on two cores, and only once"
    _compile(PACKAGE, root / "bin" / "pulumi", f"-s -w -X {STAMP}=v{VERSION}", said)


def _compile(package: str, target: Path, linking: str, said: str) -> None:
    if shutil.which("go") is None:
        raise NoEngineError("there is no Go to build it with")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache() / "pulumi", prefix="building-") as unfinished:
        binary, log = Path(unfinished) / target.name, Path(unfinished) / "log"
        command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags", linking, "-o", str(binary), package]
        with _saying(said):
            with log.open("wb") as output:
                building = lifeline.start(command, output=output, cwd=MODULE)
            try:
                building.wait(BUILD_SECONDS)
            finally:
                lifeline.stop(building)
        if building.returncode:
            raise NoEngineError(f"go build failed: {log.read_text(errors='replace').strip()[-1500:]}")
        binary.replace(target)
