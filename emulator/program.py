"""Running the Pulumi program without Pulumi's command line: the SDK's mocks play the engine."""

from __future__ import annotations

import asyncio
import contextvars
import json
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import rpc, settings, stack
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, Mocks

from emulator import bridge

ROOT = Path(__file__).resolve().parent.parent
STACK_TYPE = "pulumi:pulumi:Stack"


class Engine(Mocks):
    """What plays Pulumi's engine for a program; subclasses say what a new resource is."""

    def registering(self, request: Any) -> None:
        """Called with each resource's request, which holds what mocks are not told: protection and dependencies."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return bridge.invoke(args.token), []


class _Monitor(MockMonitor):
    """The SDK's monitor, which also keeps the stack's outputs."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.engine = engine
        self.outputs: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 the SDK's name
        self.engine.registering(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 the SDK's name
        if request.urn.split("::")[2] == STACK_TYPE:
            self.outputs = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)


def stack_config(name: str) -> dict[str, str]:
    """The configuration that `pulumi` would hand to the program: the project's defaults, then the stack's values.

    Raises:
        FileNotFoundError: when there is no such stack, naming those that there are.
    """
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    file = ROOT / f"Pulumi.{name}.yaml"
    if not file.is_file():
        stacks = ", ".join(sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")))
        raise FileNotFoundError(f"{file.name} does not exist; there are the stacks {stacks}")
    defaults = {f"{project['name']}:{key}": spec["default"] for key, spec in project["config"].items()}
    values = {**defaults, **(yaml.safe_load(file.read_text()) or {}).get("config", {})}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def run_program(
    engine: Engine,
    stack_name: str,
    *,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    program: Path = ROOT / "__main__.py",
) -> dict[str, Any]:
    """Run the program as `pulumi preview` or `pulumi up` would and return the stack's outputs.

    `config` replaces single values of the stack's configuration. Whatever the program raises comes out unchanged.
    """
    pulumi.runtime.set_all_config({**stack_config(stack_name), **(config or {})})
    monitor = _Monitor(engine)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    settings.SETTINGS.rpc_manager.clear()  # type: ignore[attr-defined] # what a program that failed left behind belongs to a loop that is closed
    settings.SETTINGS.outputs.clear()  # type: ignore[attr-defined]
    # A Runner, because of Ctrl-C: raised in the middle of a callback it would be lost among Pulumi's tasks.
    with asyncio.Runner() as runner:
        # What set_mocks makes belongs to this loop. Why a program fails comes out of run_in_stack; the same error in
        # each Output that hangs on it is nobody's, and would be told whenever Python happens to collect it.
        runner.get_loop().set_exception_handler(_pass_over_what_nobody_awaits)
        pulumi.runtime.set_mocks(engine, "orderflow", stack_name, preview, monitor=monitor)
        # set_mocks leaves a root stack behind, for programs that do not bring one of their own as this one does.
        settings.set_root_resource(None)  # type: ignore[arg-type]
        runner.run(stack.run_in_stack(lambda: _execute(program)), context=contextvars.copy_context())
    return monitor.outputs


def _pass_over_what_nobody_awaits(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if "never retrieved" not in context["message"]:
        loop.default_exception_handler(context)


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")
