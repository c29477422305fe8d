"""Stacks of Pulumi's engine whose state, plugins and secrets live in a folder of their own."""

from __future__ import annotations

import contextlib
import os
import runpy
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from unittest import mock

import pulumi
import pulumi.automation as auto
from pulumi.runtime import _grpc_settings

from emulator.cloud import REGION, Cloud
from emulator.engine.command import pulumi_command
from emulator.engine.provider import Before, serve
from emulator.engine.stack import Stack
from emulator.program import ROOT
from orderflow.testing.project import Project

PACKAGES = ("asl", "workflows", "components")
"""What a program imports of its own project. Each imports none of those that follow it."""
UNCOLLECTED = {"GOGC": "800"}
"""A process of Pulumi lives for a second: looking for garbage is a sixth of what it takes to start.
https://go.dev/doc/gc-guide#GOGC"""
RUN_PROGRAMS = ("preview", "up", "refresh", "destroy")
"""What of a stack's operations runs its program, in this process."""
OWN_CONNECTIONS = ("grpc.use_local_subchannel_pool", 1)
"""gRPC shares connections of one process by address, lost ones included. Each run of a program has an engine with a
port of its own; where the system gives a port again, the new engine would be called unavailable for the old one."""


@dataclass(frozen=True)
class Engine:
    """An engine whose provider makes resources in one cloud; `home` holds its state, plugins and settings.

    The secrets among those are encrypted by `key`, one of the cloud's KMS: from a passphrase each process of Pulumi
    would derive a key by a million hashes, which takes as long as all else of its start.
    """

    home: Path
    command: auto.PulumiCommand
    cloud: Cloud
    key: str
    port: int
    checkpoints: bool

    def stack(self, name: str, project: Path = ROOT) -> auto.Stack:
        """The stack `name` of the project in the folder `project`, made if it is not there yet.

        The settings are the project's own, `Pulumi.yaml` and `Pulumi.<name>.yaml`, copied: what is set on this stack
        stays out of the tree.
        """
        work = self.home / "work" / Project(project).name / name
        work.mkdir(parents=True, exist_ok=True)
        for file in (project / "Pulumi.yaml", project / f"Pulumi.{name}.yaml"):
            if file.is_file() and not (work / file.name).exists():
                shutil.copy(file, work)
        workspace = self._workspace(work, self._environment(), lambda: _execute(project))
        stack = Stack(name, Project(project).name, workspace, self._state)
        for operation in RUN_PROGRAMS:
            setattr(stack, operation, _own_modules()(getattr(stack, operation)))
        return stack

    def hosted(
        self, name: str, project: Path, hosts: Sequence[Path], packages: Mapping[str, int] | None = None
    ) -> auto.Stack:
        """The stack `name` of the project in the folder `project`, made if it is not there yet.

        Its program, in whatever language, is run by the language host of Pulumi's in one of the folders `hosts`.
        `packages` are providers that are served already, beside the one of AWS: each one's port by its name.
        """
        attached = {"aws": self.port, **(packages or {})}
        environment = {
            **self._environment(),
            "PATH": os.pathsep.join([*map(str, hosts), os.environ["PATH"]]),
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package, port in attached.items()),
        }
        return Stack(name, Project(project).name, self._workspace(project, environment), self._state)

    @property
    def _state(self) -> Path:
        return self.home / "state"

    def _workspace(
        self, work: Path, environment: dict[str, str], program: auto.PulumiFn | None = None
    ) -> auto.LocalWorkspace:
        return auto.LocalWorkspace(
            work_dir=str(work),
            pulumi_home=str(self.home / "pulumi"),
            program=program,
            pulumi_command=self.command,
            secrets_provider=f"awskms://{self.key}?region={REGION}",
            env_vars=environment,
        )

    def _environment(self) -> dict[str, str]:
        self._state.mkdir(parents=True, exist_ok=True)
        return {
            "PULUMI_BACKEND_URL": self._state.as_uri(),
            # A stack's state says which key that is; another folder's settings of the stack need not.
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
            # Whatever account the shell is logged in to.
            "AWS_PROFILE": "",
            "AWS_ENDPOINT_URL_KMS": self.cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{self.port}",
            # On every run of a stack that exists the engine would look for the plugin on the internet.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **UNCOLLECTED,
            # Else the state is written whole after every step, which takes as long as all the rest of a deployment.
            "PULUMI_SKIP_CHECKPOINTS": str(not self.checkpoints).lower(),
            # And nobody will want its earlier forms back.
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        }


@contextlib.contextmanager
def engine(
    cloud: Cloud, home: Path, before: Before = lambda operation, urn: None, *, checkpoints: bool = False
) -> Iterator[Engine]:
    """An engine for `cloud` that keeps everything in `home`.

    A stack's state is written when a run ends, also one that fails; with `checkpoints` after each step, so that it
    outlives an engine that is killed, as everywhere else.

    Raises:
        NoEngineError: when there is no Pulumi on this machine and no way to get one.
    """
    command = pulumi_command()
    key = cloud.client("kms").create_key(Description="secrets of Pulumi's state")["KeyMetadata"]["KeyId"]
    if OWN_CONNECTIONS not in _grpc_settings._GRPC_CHANNEL_OPTIONS:
        _grpc_settings._GRPC_CHANNEL_OPTIONS.append(OWN_CONNECTIONS)
    with serve(cloud, before) as port, mock.patch.object(pulumi.log, "debug", _unsaid):
        yield Engine(home, command, cloud, key, port, checkpoints)


def _unsaid(msg: str, *_: object, **__: object) -> None:
    """In place of what tells the engine each step of the SDK: five calls for a resource, a third of a program's time,
    which the engine shows to nobody unless it is started with `--debug`."""


def _execute(project: Path) -> None:
    """Run the program as a fresh process of its project would: with the project's own packages, read anew, and what
    imports those.

    Those of this tree are loaded already, and take half of the time that a program takes.
    """
    own = [place for place, package in enumerate(PACKAGES) if (project / package).is_dir()]
    if project != ROOT and own:
        _forget(PACKAGES[own[0] :])
    sys.path.insert(0, str(project))
    runpy.run_path(str(project / "__main__.py"), run_name="__main__")


_before: list[tuple[dict[str, ModuleType], list[str]]] = []
"""For each program that runs, the same: the modules and the path that were there before the first of them."""


@contextlib.contextmanager
def _own_modules() -> Iterator[None]:
    """Bring back the packages that were there before a program's, which Pulumi needs until its operation has ended.

    Of several operations at a time the last one brings them back, in whatever order they end.
    """
    now = {name: module for name, module in sys.modules.items() if _is_of(name, PACKAGES)}, sys.path.copy()
    _before.append(_before[0] if _before else now)
    try:
        yield
    finally:
        modules, path = _before.pop()
        if not _before:
            _forget()
            sys.modules.update(modules)
            sys.path[:] = path


def _forget(packages: Sequence[str] = PACKAGES) -> None:
    for name in list(sys.modules):
        if _is_of(name, packages):
            del sys.modules[name]


def _is_of(module: str, packages: Sequence[str]) -> bool:
    return module.partition(".")[0] in packages
