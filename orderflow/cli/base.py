"""What all commands have in common: the stack that is meant, and how they end when something does not work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

from orderflow.arns import read_arn
from orderflow.cli.output import complain, write_json
from orderflow.client import OrderflowClient
from orderflow.errors import NoStack, OrderflowError, UnknownMachine
from orderflow.machines import Machine, find_machine
from orderflow.order_executions import OrderExecutions
from orderflow.outputs import ORDER_MACHINE, Deployment, find_deployment

FAILED, USAGE = 1, 2
"""Exit codes: something was rejected or did not work; the command was not understood."""


COMMANDS: Mapping[str, Sequence[str]] = {
    "machines": ("machines", "definition"),
    "executions": ("start", "status", "list", "history", "stop"),
    "showing": ("show",),
    "stuck": ("why", "redrive"),
    "returns": ("return", "inspect"),
    "rescue": ("decisions", "approve", "reject", "settle", "retry", "issues", "accept", "reconcile", "repair"),
    "intake": ("intake",),
    "reviewing": ("review",),
    "releases": ("releases", "rollback"),
    "doctor": ("doctor",),
    "beginning": ("new",),
    "importing": ("import",),
    "previewing": ("preview",),
}
"""Which module beside this one has which commands. A command loads that module and no other."""


class Commands(TyperGroup):
    """All commands end the same way when something does not work: one line on standard error, and an exit code.

    With --json the same stands on standard output, as the only document or the last line:
    `{"error": {"type": "OrderNotFound", "message": "…", "exitCode": 1}}`.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        self._load(COMMANDS)  # whoever lists them tells of each: all at once, since each time costs as much
        return [command for commands in COMMANDS.values() for command in commands]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            homes = [module for module, commands in COMMANDS.items() if cmd_name in commands]
            self._load(homes or COMMANDS)  # all for a misspelt one, which may mean any
        return super().get_command(ctx, cmd_name)

    def _load(self, modules: Iterable[str]) -> None:
        for module in modules:
            import_module(f"orderflow.cli.{module}")
        self.commands = {**get_group(app).commands, **self.commands}

    def invoke(self, ctx: Any) -> Any:
        as_json = "--json" in ctx.args
        try:
            return super().invoke(ctx)
        except OrderflowError as error:
            complain(error)
            code = USAGE if isinstance(error, NoStack | UnknownMachine) else FAILED
            if as_json:
                _write_error(type(error).__name__, str(error), code)
            raise typer.Exit(code) from error
        except OSError as error:
            if error.filename is None:
                raise
            complain(told := f"{error.filename}: {error.strerror}")
            if as_json:
                _write_error(type(error).__name__, told, FAILED)
            raise typer.Exit(FAILED) from error
        except Exception as error:
            if as_json and (told := getattr(error, "format_message", None)):  # typer shows it, and ends with its code
                _write_error("UsageError", told(), USAGE)
            raise


def _write_error(name: str, message: str, code: int) -> None:
    write_json({"error": {"type": name, "message": message, "exitCode": code}})


@dataclass(frozen=True)
class Meant:
    """An execution or a Map Run, by its ARN; where it is; and the order that it is the latest execution of, if so."""

    deployment: Deployment
    arn: str
    order_id: str | None = None


def is_order(reference: str) -> bool:
    """Whether it is an order's id, and not MACHINE/NAME or an ARN: ids have neither slashes nor colons."""
    return "/" not in reference and read_arn(reference) is None


@dataclass(frozen=True)
class Target:
    """What the global options say about the stack that is meant."""

    stack: str | None
    state_machine_arn: str | None
    region: str | None

    def find(self) -> Deployment:
        return find_deployment(stack=self.stack, state_machine_arn=self.state_machine_arn, region=self.region)

    def machine(self, reference: str) -> tuple[Deployment, Machine]:
        """The machine that is meant, and where it is. An ARN says where by itself, unless a stack is named."""
        arn = read_arn(reference)
        if arn is None or self.stack:
            deployment = self.find()
            return deployment, find_machine(deployment, reference)
        with suppress(NoStack, UnknownMachine):
            deployment = self.find()
            return deployment, find_machine(deployment, reference)
        alone = Deployment({}, self.region or arn.region)
        return alone, find_machine(alone, reference)

    def execution(self, reference: str) -> Meant:
        """The execution that is meant: by its ARN, as MACHINE/NAME, or the latest one of an order."""
        arn = read_arn(reference)
        if arn and arn.kind != "stateMachine":
            deployment, _ = self.machine(arn.machine_arn)
            return Meant(deployment, reference)
        if is_order(reference):
            deployment = self.find()
            orders = OrderExecutions(deployment.machine(ORDER_MACHINE), deployment.connect("stepfunctions"))
            return Meant(deployment, orders.latest(reference).execution["executionArn"], order_id=reference)
        machine, _, name = reference.rpartition("/")
        deployment, found = self.machine(machine)
        return Meant(deployment, str(found.read.execution(name)))

    def client(self) -> OrderflowClient:
        deployment = self.find()
        return OrderflowClient(deployment.machine(ORDER_MACHINE), deployment.connect("stepfunctions"))


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"max_content_width": 120},
    add_completion=False,
    rich_markup_mode=None,  # what draws boxes around the help takes as long to load as all else together
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document, and nothing else, to standard output.")]
AsJsonLines = Annotated[
    bool, typer.Option("--json", help="Write JSON Lines, an object on each, and nothing else, to standard output.")
]
MachineReference = Annotated[
    str,
    typer.Argument(metavar="MACHINE", help="As the stack or AWS calls it, or the ARN of it, a version or an alias."),
]
Reference = Annotated[
    str,
    typer.Argument(metavar="EXECUTION", help="An order's id, MACHINE/NAME, or the ARN of an execution or Map Run."),
]
Seconds = Annotated[
    float, typer.Option("--timeout", min=0, metavar="SECONDS", help="Wait or follow for so long at most.")
]
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
OrderOrReturn = Annotated[
    str, typer.Argument(metavar="ORDER", help="The order's id; of a return, return/ and the return's id.")
]
Why = Annotated[str, typer.Option(metavar="TEXT", help="The reason, for whoever reads of the decision later.")]
By = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who decides, in the embedded cloud; on AWS the credentials say so.")
]


@app.callback()
def options(
    context: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option(
            envvar="ORDERFLOW_STACK",
            metavar="NAME",
            help="The stack; by default the one of .orderflow/, if it is alone.",
        ),
    ] = None,
    state_machine_arn: Annotated[
        str | None, typer.Option(metavar="ARN", help="The order machine or its alias, instead of a stack.")
    ] = None,
    region: Annotated[str | None, typer.Option(metavar="REGION", help="Instead of the stack's or the ARN's.")] = None,
) -> None:
    """Start orders on a deployed Orderflow stack and follow them.

    Exit codes: 0 done, 1 something was rejected or did not work, 2 the command was not understood.
    """
    context.obj = Target(stack, state_machine_arn, region)


def target(context: typer.Context) -> Target:
    return cast(Target, context.obj)
