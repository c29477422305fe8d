"""The pictures that are no page of the viewer: `orderflow why` in a terminal, and what a pull request is told.

Both are taken with this machine's fonts: letters of a terminal are all as wide, and the browser brings none such.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
from botocore.stub import Stubber
from markdown_it import MarkdownIt
from rich.terminal_theme import MONOKAI

import asl
from asl.review.markdown import review
from asl.syntax.shapes import Object
from asl.testing.cases import Case
from asl.testing.outcomes import Raises
from orderflow.books import OrderBooks
from orderflow.cli import diagnosis, output
from orderflow.console import PlainConsole
from orderflow.decisions import Question
from orderflow.logs import LogLine
from orderflow.next_steps import ASKS_FOR_HELP, WAITING, next_steps
from orderflow.standing import Standing, look
from orderflow.way import way
from orderflow.why import Diagnosis
from tests.browser.tools import npm
from tests.unit.asl.test_review import machine, stack
from tests.unit.orderflow.conftest import CREDENTIALS, MACHINE
from tests.unit.workflows.shipped import order

COLUMNS = 118
TERMINAL = """<!DOCTYPE html><html data-ready="yes"><meta charset="utf-8"><style>
{stylesheet}
body {{ margin: 0; padding: 14px 18px; width: max-content; color: {foreground}; background: {background}; }}
pre {{ margin: 0; font: 13px/1.35 "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
</style><pre>{code}</pre>
"""
COMMENT = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0 auto; padding: 16px 24px; max-width: 900px; font: 14px/1.5 "DejaVu Sans", system-ui, sans-serif; }
table { border-collapse: collapse; margin: 12px 0; } td, th { border: 1px solid #d1d9e0; padding: 5px 11px; }
code { background: #818b981f; border-radius: 5px; padding: 2px 5px; font: 12px "DejaVu Sans Mono", monospace; }
blockquote { margin: 12px 0; padding: 2px 14px; border-left: 4px solid #cf222e; }
</style>
"""
MERMAID = "mermaid@11.12.0"
DRAWN = "mermaid.run().then(() => (document.documentElement.dataset.ready = 'yes'))"


def why(case: Case) -> str:
    """`orderflow why` of an order whose refund keeps failing, as a page: it has asked a person for help."""
    cause = json.dumps({"errorMessage": "the provider does not answer within 3 s", "errorType": "TechnicalError"})
    ran = asl.run(order(), case.input, {**case.mocks, "RefundPayment": Raises("TechnicalError", cause)})
    events: list[dict[str, Any]] = [event.as_aws() for event in ran.events]
    asked = next(number for number, event in enumerate(events) if _entered(event) == ASKS_FOR_HELP)
    submitted = next(number for number in range(asked, len(events)) if events[number]["type"] == "TaskSubmitted")
    now = events[submitted]["timestamp"] + timedelta(minutes=7)
    found = _diagnosis(events[: submitted + 1], now)
    console = PlainConsole(record=True, file=StringIO(), force_terminal=True, width=COLUMNS, highlight=False)
    output.out = console
    diagnosis.show(found, "orderflow --stack prod", now)
    return console.export_html(theme=MONOKAI, code_format=TERMINAL)


def _entered(event: dict[str, Any]) -> str:
    return event.get("stateEnteredEventDetails", {}).get("name", "")


def _diagnosis(events: list[dict[str, Any]], now: datetime) -> Diagnosis:
    """What the books, the logs and the history say."""
    client: Any = boto3.client("stepfunctions", **CREDENTIALS)
    began, failed = events[0]["timestamp"], events[-1]["timestamp"] - timedelta(seconds=1)
    execution: Any = {
        "executionArn": f"{MACHINE}:order-1001".replace("stateMachine", "execution"),
        "name": "order-1001",
    }
    execution |= {"stateMachineArn": MACHINE, "status": "RUNNING", "startDate": began}
    with Stubber(client) as aws:
        aws.add_response("get_execution_history", {"events": [_without_data(event) for event in events]})
        aws.add_response("get_execution_history", {"events": events[::-1]})
        standing, seen = look(client, execution, expected=WAITING, asks_for_help=ASKS_FOR_HELP)
    standing = replace(standing, way=way(seen.history, now))
    known: dict[str, Any] = {name: getattr(standing, name) for name in Standing.__dataclass_fields__}
    error, cause, moment = standing.error or "", standing.cause, failed.isoformat()
    line = LogLine(failed, "orderflow-prod-refund-payment", "ERROR", "failed", f"{error}: {cause}")
    text = f"Undoing the order keeps failing: {cause}. Settle it, or have it tried again."
    return Diagnosis(
        **known,
        order_id="order-1001",
        log=(line,) * 4,
        books=OrderBooks("UNDOING", moment, 1298, 1298, 1298, "HELD", "pay-1001", "RELEASED", 2, None, None, None),
        question=Question("order-1001", "STUCK", text, 1298, "OPEN", moment, (now + timedelta(hours=48)).isoformat()),
        next_steps=next_steps("order-1001", status="RUNNING", state=standing.state, ended_in=None, error=error),
    )


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    """The event as AWS gives it to who asks for no data."""
    kept: dict[str, Any] = {}
    for key, part in event.items():
        is_details = key.endswith("EventDetails")
        kept[key] = {name: one for name, one in part.items() if name not in ("input", "output")} if is_details else part
    return kept


def comment(before: Object, after: Object, folder: Path) -> str:
    """What a pull request is told of a change, drawn as the place draws it that shows Markdown with Mermaid in it."""
    old, new = machine(before, "order-fulfillment"), machine(after, "order-fulfillment")
    text = review({"prod": stack(old)}, {"prod": stack(new)}, volume=1_000_000, room=24_000)
    drawn = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    drawn = drawn.replace("[!CAUTION]", "<strong>Caution</strong>")
    drawn = re.sub(
        r'<pre><code class="language-mermaid">(.*?)</code></pre>', r'<pre class="mermaid">\1</pre>', drawn, flags=re.S
    )
    npm(f"install --prefix {folder} {MERMAID}", folder)
    script = (folder / "node_modules" / "mermaid" / "dist" / "mermaid.min.js").as_uri()
    return f'{COMMENT}{drawn}<script src="{script}"></script><script>{DRAWN}</script>'
