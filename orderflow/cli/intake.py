"""The command that has a file of orders taken in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from orderflow.cli.base import FAILED, AsJson, app, target
from orderflow.cli.output import err, out, print_table, write_json
from orderflow.intake import awaited_report, put_file


@app.command()
def intake(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON lines.", exists=True, dir_okay=False)
    ],
    timeout: Annotated[float, typer.Option(help="How many seconds to wait for the report.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Put a file of orders where the stack takes files in, and wait for the report on it."""
    deployment = target(context).find()
    put = put_file(deployment, file)
    err.print(f"put there as s3://{put.bucket}/{put.key}", markup=False, soft_wrap=True)
    report = awaited_report(deployment, put, timeout)
    if as_json:
        write_json(report)
    else:
        _show(put.bucket, report)
    if report["outcome"] not in ("TAKEN_IN", "TAKEN_BEFORE") or report["refused"] or report["notStarted"]:
        raise typer.Exit(FAILED)


def _show(bucket: str, report: Mapping[str, Any]) -> None:
    first = report.get("firstRefused", [])
    print_table(("line", "order", "why"), [(str(one["line"]), one["orderId"], one["why"]) for one in first])
    out.print(report["summary"], markup=False, soft_wrap=True)
    if report["refused"] > len(first):
        out.print(f"all refused lines: s3://{bucket}/{report['refusedLines']}", markup=False, soft_wrap=True)
