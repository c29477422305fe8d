"""Returns on the deployed stack: its people decide, the provider gives back parts, and every book agrees afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.cloud import cloud
from emulator.demos.frame import print_page
from emulator.demos.returns import CASES, SHOWN, run
from emulator.deploy import up
from emulator.flow import cases_page

NAMES = ("one-tea", "decided-twice", "lost-coming-back", "undelivered", "nothing")
CONFIG = {"orderflow:workflows": "returns", "orderflow:decisionSeconds": "60"}


def test_orders_come_back_in_part_with_the_permissions_that_the_stack_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [case for case in CASES if case.name in NAMES]
    # A parcel is lost once two deadlines are over, by the clock: as many polls have to take as long.
    with cloud(enforce_permissions=True) as running:
        outputs = up(running, config=CONFIG)
        came = run(running, outputs, few)
        drawn = cases_page(running, outputs["machines"]["returns"]["aliasArn"], SHOWN)
    assert came.problems == []
    assert [one.title for one in came.books if not one.ok] == []
    assert {one.case: one.outcome for one in came.ended} == {
        "one-tea": "RETURN_REFUNDED",
        "decided-twice": "RETURN_REFUSED",
        "lost-coming-back": "RETURN_REFUNDED",
        "undelivered": "RETURN_REJECTED",
        "nothing": "RETURN_REJECTED",
    }
    assert drawn is not None
    assert drawn.views[0].flow is not None
    ways = {one.name: one for one in drawn.views[0].flow.ways}
    assert {one.case: one.outcome for one in came.ended}.items() <= {n: way.outcome for n, way in ways.items()}.items()
    straight = ("States.WhereIsIt", "States.RefundReturn")
    assert straight in ways["lost-coming-back"].taken, "nobody is asked to look at it"
    monkeypatch.chdir(tmp_path)
    print_page("returns", drawn)
    assert "lost-coming-back" in (tmp_path / ".orderflow" / "demo-returns.html").read_text()
    assert "open .orderflow/demo-returns.html in a browser" in capsys.readouterr().out
