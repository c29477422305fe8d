"""What all commands have in common: the stack that is meant, and how they end when something does not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from orderflow.cli.output import complain
from orderflow.client import OrderflowClient
from orderflow.errors import NoStack, OrderflowError
from orderflow.outputs import ORDER_MACHINE, Deployment, find_deployment

FAILED, USAGE = 1, 2
"""Exit codes: something was rejected or did not work; the command was not understood."""


class Commands(TyperGroup):
    """All commands end the same way when something does not work: one line, and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OrderflowError as error:
            complain(error)
            raise typer.Exit(USAGE if isinstance(error, NoStack) else FAILED) from error


@dataclass(frozen=True)
class Target:
    """What the global options say about the stack that is meant."""

    stack: str | None
    state_machine_arn: str | None
    region: str | None

    def find(self) -> Deployment:
        return find_deployment(stack=self.stack, state_machine_arn=self.state_machine_arn, region=self.region)

    def client(self) -> OrderflowClient:
        deployment = self.find()
        return OrderflowClient(deployment.machine(ORDER_MACHINE), deployment.connect("stepfunctions"))


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, and nothing else, to standard output.")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]


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
