"""What a preview writes for those who review a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from asl.cli.descriptions import stacks
from asl.review.description import FOLDER
from asl.review.markdown import review
from asl.review.masking import Masks
from emulator.describe import describe
from tests.broken import broken_program
from tests.infra.conftest import Run
from tests.infra.test_allow import PROGRAM, SCANNERS


def test_a_preview_describes_each_machine_with_what_its_stack_is_set_to(tmp_path: Path) -> None:
    assert describe(["dev", "prod"], tmp_path) == {}
    found = stacks(tmp_path, None, Masks())
    for name in ("dev", "prod"):
        orders, events = (found[name].machines[machine] for machine in ("order-fulfillment", "order-events"))
        assert (orders.type, events.type) == ("STANDARD", "EXPRESS")
        assert orders.errors == events.errors == ()
        assert orders.assumed.shares["IsDelivered"]["OrderComplete"] < 1
        assert "${charge-payment.arn}:*" in str(orders.permissions)
        assert "xray:PutTraceSegments" in str(orders.permissions), "what it needs beside its calls is there, too"
    # Log records are paid for where there are any: dev logs all, prod errors only.
    assert found["dev"].machines["order-events"].assumed.log_event_kb > 0
    assert found["prod"].machines["order-events"].assumed.log_event_kb == 0
    text = review(found, found, volume=1_000_000, room=100_000)
    assert text.startswith("### State machines: no changes")
    assert "no price" not in text


def test_nothing_is_written_but_in_a_preview_that_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    roles = 'asl.Allow("Scan", role, "role of the scanners", parameter="TaskRoles")'
    program = PROGRAM.replace("ALLOW", f"{SCANNERS}, {roles}")
    monkeypatch.setenv(FOLDER, str(tmp_path / "deployment"))
    run(program)
    assert not (tmp_path / "deployment").exists()
    monkeypatch.setenv(FOLDER, "")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run(program, preview=True)
    assert [*(tmp_path / "here").iterdir()] == []
    monkeypatch.setenv(FOLDER, str(tmp_path / "deployment"))
    run(program, preview=True)
    assert (tmp_path / "deployment" / "scan.json").is_file()


def test_a_program_that_stops_has_described_the_machine_it_stopped_at(tmp_path: Path) -> None:
    program = broken_program(tmp_path, 'then="CountPoll"', 'then="CuontPoll"')
    (why,) = describe(["dev"], tmp_path / "out", program=program).values()
    assert "4 errors in the definition" in why, "the name, and three promises that the way without an end breaks"
    found = stacks(tmp_path / "out", ["dev"], Masks())["dev"]
    assert found.stopped == why
    assert list(found.machines) == ["order-fulfillment"], "the program never got to the other"
    assert "did you mean 'CountPoll'?" in found.machines["order-fulfillment"].errors[0]


def test_permissions_that_cannot_be_derived_are_described(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.replace("ALLOW", SCANNERS))
    assert list(describe(["dev"], tmp_path / "out", program=tmp_path / "program.py")) == ["dev"]
    scan = stacks(tmp_path / "out", None, Masks())["dev"].machines["scan"]
    assert scan.permissions is None
    assert "TaskRoles of ecs:runTask is not in the definition" in scan.errors[0]


def test_an_exception_is_told_with_the_line_of_the_program_that_raised_it(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.replace("scan = {", 'scan = {"Comment": {}["weight"],'))
    (why,) = describe(["dev"], tmp_path / "out", program=tmp_path / "program.py").values()
    assert why == "program.py:7: KeyError: 'weight'"
    inside = PROGRAM.replace("scan = {", 'scan = {"Comment": asl.Assumptions(map_items=-1),')
    (tmp_path / "program.py").write_text(inside)
    (why,) = describe(["dev"], tmp_path / "again", program=tmp_path / "program.py").values()
    assert why.startswith("program.py:7: "), "what asl raises is told where the program called it"


def test_settings_that_are_wrong_are_said_and_old_descriptions_never_pass_for_new(tmp_path: Path) -> None:
    assert "Pulumi.qa.yaml does not exist" in describe(["qa"], tmp_path)["qa"]
    with pytest.raises(FileExistsError):
        describe(["qa"], tmp_path)
