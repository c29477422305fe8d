"""Running a Pulumi program without Pulumi's command line: the SDK's mocks play the engine.

Needs Pulumi; load it only where a program is run.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
import runpy
import sys
from abc import abstractmethod
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pulumi
from pulumi.runtime import resource, rpc, settings, stack
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import source_pb2

from asl.syntax.collector import collector_resting
from orderflow.testing.project import Configuration, Project

STACK_TYPE = "pulumi:pulumi:Stack"


class Engine(Mocks):
    """What plays Pulumi's engine for a program; subclasses say what a new resource is, and what a function answers."""

    def registering(self, request: Any, urn: str) -> None:
        """Called with each resource's request, which holds what mocks are not told: protection and dependencies."""

    @abstractmethod
    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]: ...

    @abstractmethod
    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]: ...


class _Monitor(MockMonitor):
    """The SDK's monitor, which also keeps the stack's outputs, and names resources as the real engine does."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.engine = engine
        self.outputs: dict[str, Any] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """With the types of all parents, not only of the nearest, and without the stack's.

        https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
        """
        above = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if above == STACK_TYPE else f"{above}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 the SDK's name
        if request.type != STACK_TYPE:  # which mocks are not asked for; and set_mocks has made one already
            self.engine.registering(request, self.make_urn(request.parent, request.type, request.name))
        return cast(Any, super()).RegisterResource(request)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 the SDK's name
        self.engine.registering(request, self.make_urn(request.parent, request.type, request.name))
        return cast(Any, super()).ReadResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 the SDK's name
        if request.urn.split("::")[2] == STACK_TYPE:
            self.outputs = cast(dict[str, Any], rpc.deserialize_properties(request.outputs))
        return cast(Any, super()).RegisterResourceOutputs(request)


def run_program(
    engine: Engine,
    project: Project,
    stack_name: str,
    *,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    configured_as: str | None = None,
    program: Path | None = None,
) -> dict[str, Any]:
    """Run the project's program as `pulumi preview` or `pulumi up` would and return the stack's outputs.

    `config` replaces single values of the stack's configuration, and `configured_as` names the stack whose file is
    read instead of its own; `program` is another file than the project's own program. Whatever the program raises comes
    out unchanged.
    """
    configuration = project.configuration(configured_as or stack_name, config or {})
    with collector_resting(), _as_pulumi_starts_it(project.program), _modules_of_its_own(project.program.parent):
        # What is set for the program, by itself too, is set in a context of its own.
        return contextvars.copy_context().run(
            lambda: _run(engine, project, stack_name, preview, configuration, program or project.program)
        )


def _run(
    engine: Engine,
    project: Project,
    stack_name: str,
    preview: bool,
    configuration: Configuration,
    program: Path,
) -> dict[str, Any]:
    pulumi.runtime.set_all_config({**configuration.values}, [*configuration.secret_keys])
    monitor = _Monitor(engine)
    known: Any = settings.SETTINGS
    known.rpc_manager.clear()  # what a program that failed left behind belongs to a loop that is closed
    known.outputs.clear()
    # A Runner, because of Ctrl-C: raised in the middle of a callback it would be lost among Pulumi's tasks.
    with asyncio.Runner() as runner:
        # What set_mocks makes belongs to this loop. Why a program fails comes out of run_in_stack; the same error in
        # each Output that hangs on it is nobody's, and would be told whenever Python happens to collect it.
        runner.get_loop().set_exception_handler(_pass_over_what_nobody_awaits)
        pulumi.runtime.set_mocks(engine, project.name, stack_name, preview, monitor=monitor)
        known.root_directory = str(project.folder)
        # set_mocks leaves a root stack behind, for programs that do not bring one of their own as this one does.
        settings.set_root_resource(cast(Any, None))
        # Nobody shows here where in the program each resource is made, and all calls above: a seventh of a run.
        with mock.patch.object(resource, "_get_stack_trace", source_pb2.StackTrace, create=True):
            runner.run(stack.run_in_stack(lambda: _execute(program)), context=contextvars.copy_context())
    return monitor.outputs


def revealed(value: Any) -> Any:
    """Inputs or outputs without the wrapping of those that are secret."""
    if rpc.is_rpc_secret(value):
        return revealed(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {name: revealed(inner) for name, inner in cast(dict[str, Any], value).items()}
    return [revealed(inner) for inner in cast(list[Any], value)] if isinstance(value, list) else value


def _pass_over_what_nobody_awaits(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if "never retrieved" not in context["message"]:
        loop.default_exception_handler(context)


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


@contextlib.contextmanager
def _as_pulumi_starts_it(program: Path) -> Generator[None]:
    """In the program's folder, whose modules it finds first, and without the arguments of whoever runs it here."""
    path, arguments = [*sys.path], sys.argv
    with contextlib.chdir(program.parent):
        sys.path.insert(0, str(program.parent))
        sys.argv = [str(program)]
        try:
            yield
        finally:
            sys.path[:], sys.argv = path, arguments


@contextlib.contextmanager
def _modules_of_its_own(folder: Path) -> Generator[None]:
    """Forget the modules of `folder` that are loaded meanwhile, or a second run would not make what they make.

    What was loaded before, say by a test, stays, so that the classes of its errors are the same; so do packages that
    are only installed there, as Pulumi's own in `sdks/`, which refuse to be loaded twice.
    """
    before = {name.partition(".")[0] for name in sys.modules}
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name, module in [*sys.modules.items()]:
            file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
            if name.partition(".")[0] in before or not file or not Path(file).is_relative_to(folder):
                continue
            if not {"site-packages", "sdks"} & {*Path(file).relative_to(folder).parts}:
                del sys.modules[name]
