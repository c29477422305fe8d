"""The commands of `python -m emulator`: the demo, a stack that stays, and what a review wants to know.

Each loads what it needs when it is called: the cloud starts while the program's modules are still being loaded.
"""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emulator.ending import INTERRUPTED
from orderflow.console import PlainConsole

if TYPE_CHECKING:
    from emulator.demos.frame import Deploy

OUTPUTS = Path(".orderflow") / "local.json"

console = PlainConsole(highlight=False)
app = typer.Typer(add_completion=False, no_args_is_help=True, help="The stack `local` in an embedded cloud.")


@app.command("demo")
def demo_command(
    orders: str = typer.Option("", envvar="ORDERS", help="A file of orders to run, one JSON object a line."),
    report: str = typer.Option("", envvar="DEMO_REPORT", help="Write counts and sums to this file as JSON."),
    workflow: str = typer.Option("", envvar="WORKFLOW", help="The cases of another workflow instead of orders."),
    real_engine: bool = typer.Option(False, "--engine", envvar="ENGINE", help="Deploy through Pulumi's own engine."),
) -> None:
    """Run real baskets, or your own orders, through the stack `local`."""
    if orders and not Path(orders).is_file():
        raise typer.BadParameter(f"{orders} is no file", param_hint="ORDERS")
    from emulator import demos
    from emulator.demo import demo
    from emulator.demos import frame

    if workflow and workflow not in demos.DEMOS:
        raise typer.BadParameter(f"{workflow} is none of {', '.join(demos.DEMOS)}", param_hint="WORKFLOW")
    config = {**DEMO_CONFIG, "orderflow:workflows": workflow, **demos.config_of(workflow)}
    prepare = partial(_with_engine if real_engine else _with_mocks, config)
    if workflow:
        file = Path(report) if report else None
        run, how, shown = demos.of(workflow), demos.cloud_of(workflow), demos.shown_of(workflow)
        raise typer.Exit(frame.show(workflow, prepare, run, file, shown, how))
    raise typer.Exit(demo(Path(orders) if orders else None, Path(report) if report else None, prepare))


DEMO_CONFIG = {"orderflow:decisionSeconds": "5"}
"""Nobody is there to be asked, and the stack's own two days are not spent on finding that out."""


def _with_mocks(config: Mapping[str, str]) -> Deploy:
    from emulator.deploy import preview, up

    preview(config=config)
    return partial(up, config=config)


def _with_engine(config: Mapping[str, str]) -> Deploy:
    from emulator.engine import deploy

    return partial(deploy, config=config)


@app.command()
def up(
    workflows: str = typer.Option("", envvar="WORKFLOW", help="The stack's other workflows, with commas between."),
    stubs: str = typer.Option("", envvar="STUBS", help="A file that says what stands for what the cloud lacks."),
) -> None:
    """Deploy the stack `local` with the demo's catalogue, and keep it running."""
    from emulator import bridge, demos
    from emulator.baskets import basket_market, market_of
    from emulator.cloud import cloud
    from emulator.demo import BASKETS
    from emulator.demos.frame import COMMAND, DELIVERED, EXAMPLES
    from emulator.deploy import deploy
    from emulator.seed import seed
    from emulator.stubs import read_stubs
    from orderflow import Order, read_orders

    file = Path(stubs) if stubs else None
    if file:
        bridge.stubs.update(read_stubs(file).resources)
    with cloud(stubs=file) as running, ExitStack() as beside:
        outputs = deploy(running, config={"orderflow:workflows": workflows})
        examples = [order.document for order in read_orders(EXAMPLES.read_bytes()) if isinstance(order, Order)]
        seed(running, outputs["tables"], [*basket_market(BASKETS).products, *market_of(examples).products])
        by_hand = [f"orders: five are started, and one is followed to its end\n{DELIVERED}"]
        for workflow in filter(None, workflows.replace(" ", "").split(",")):
            by_hand.append(f"{workflow}: {beside.enter_context(demos.by_hand(workflow, running, outputs))}")
        OUTPUTS.parent.mkdir(exist_ok=True)
        OUTPUTS.write_text(json.dumps(outputs, indent=2) + "\n")
        try:
            # Lines that can be pasted: none is broken where the terminal ends.
            show = partial(console.print, markup=False, soft_wrap=True)
            show(f"the stack local runs at {running.endpoint}; in another terminal, as {COMMAND} --help says, or:")
            show("\n".join(by_hand))
            show("Ctrl-C stops it")
            threading.Event().wait()
        finally:
            OUTPUTS.unlink(missing_ok=True)


@app.command("preview")
def preview_command(
    stack: str = typer.Option("local", envvar="STACK", help="A stack, as in Pulumi.STACK.yaml."),
    watch: bool = typer.Option(False, "--watch", envvar="WATCH", help="Again whenever a file has changed."),
) -> None:
    """Say what of the program AWS or our own checks would refuse, without a cloud; exit with 1 where anything is."""
    from emulator import preview

    if watch:
        preview.watch(stack)
    gc.disable()  # of what one preview makes nothing is garbage before it ends
    raise typer.Exit(0 if preview.preview(stack) else 1)


@app.command("describe")
def describe_command(
    stacks: Annotated[list[str], typer.Argument(metavar="STACK", help="Stacks, as in Pulumi.STACK.yaml.")],
    into: Annotated[Path, typer.Option(help="A folder, which gets a folder for each stack.")],
) -> None:
    """Write what the machines would be, for `python -m asl review`; exit with 1 where the program stops."""
    from emulator.describe import describe

    stopped = describe(stacks, into)
    for stack, why in stopped.items():
        console.print(f"{stack}: {why}", style="red", markup=False)
    raise typer.Exit(1 if stopped else 0)


def main() -> int:
    """Run the command and return its exit code; what a user can mend is told in words, without a traceback."""
    try:
        return app(standalone_mode=False) or 0
    except typer.Abort:
        return INTERRUPTED
    except typer.BadParameter as error:
        console.print(error.format_message(), style="red", markup=False)
        return 2
    except Exception as error:
        if not isinstance(error, _told()):
            raise
        console.print(str(error), style="red", markup=False)
        return 1


def _told() -> tuple[type[Exception], ...]:
    """What a user can mend."""
    from asl import DefinitionError
    from components.orders import SettingsError
    from emulator.bridge import UnknownResourceTypeError
    from emulator.cloud import CloudError
    from emulator.engine import DeploymentError, NoEngineError
    from emulator.stubs import StubsError

    engines = (DeploymentError, NoEngineError)
    return (DefinitionError, SettingsError, CloudError, *engines, StubsError, UnknownResourceTypeError, OSError)
