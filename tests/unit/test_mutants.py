"""The sampler of small breaks: what it breaks, what it leaves alone, and how it tells what no test noticed."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants import result
from tests.mutants.breaks import Break, breaks, sample
from tests.mutants.result import BEGIN, END, Result

ROOT = Path(__file__).resolve().parents[2]
FILE = Path("asl/made_up.py")
SOURCE = '''"""Made up."""
LIMIT = 3  # é, which is two bytes


def within(x: int | None, y: bool = False) -> int | None:
    if x is None or not y:
        return None
    return x + 1 if x < LIMIT else 0
'''


def changes(source: str) -> list[str]:
    return [f"{one.old} → {one.new}" for one in breaks(FILE, source)]


def test_each_kind_of_break_is_found_and_what_is_for_readers_is_left_alone() -> None:
    assert sorted(changes(SOURCE)) == sorted(
        [
            "3 → 4",
            "False → True",
            "x is None or not y → (x is None and (not y))",
            "x is None → (x is not None)",
            "not y → (y)",
            "return x + 1 if x < LIMIT else 0 → return None",
            "x + 1 if x < LIMIT else 0 → (x + 1)",
            "x + 1 if x < LIMIT else 0 → (0)",
            "x + 1 → (x - 1)",
            "1 → 2",
            "x < LIMIT → (x <= LIMIT)",
            "0 → 1",
        ]
    )
    quiet = (
        'raise ValueError(f"{1 + 2}")',
        "assert 1 < 2",
        "logger.info(1)",
        "x: int | None",
        "By = Annotated[str | None, Option(min=1)]",
        'if __name__ == "__main__": main()',
        "self.register_outputs({})",
    )
    for line in quiet:
        assert changes(line) in ([], ["main() → pass"]), line


def test_every_break_of_what_ships_is_another_program_that_python_reads() -> None:
    for file in sorted((ROOT / "components").glob("*.py")):
        source = file.read_text()
        as_it_is = ast.dump(ast.parse(source))
        for one in breaks(file.relative_to(ROOT), source):
            assert ast.dump(ast.parse(one.applied(source))) != as_it_is, str(one)


def test_a_change_elsewhere_leaves_the_sample_as_it_is() -> None:
    every = list(breaks(FILE, SOURCE))
    drawn = {one.place for one in sample(every, 1, 6)}
    assert len(drawn) == 6
    moved = SOURCE.replace("\n\n\ndef", "\n\n\n# another line\n\n\ndef")
    assert {one.place for one in sample(breaks(FILE, moved), 1, 6)} == drawn
    others = [one for one in every if one.place not in drawn]
    assert {one.place for one in sample([one for one in every if one != others[0]], 1, 6)} == drawn
    assert {one.place for one in sample(every, 2, 6)} != drawn
    elsewhere = sample(breaks(Path("asl/parts") / FILE.name, SOURCE), 1, 6)
    assert {one.change for one in elsewhere} == {one.change for one in sample(every, 1, 6)}


def test_what_survives_is_told_by_folder_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *others = breaks(FILE, SOURCE)
    third = Break(Path("handlers/made_up.py"), 1, 0, 1, 1, "1", "2", "wait = 1  # seconds")
    accepted = tmp_path / "accepted.txt"
    accepted.write_text(f"{first.place}  # nobody sees it\n{third.place}  # how long it waits\n")
    monkeypatch.setattr(result, "ACCEPTED", accepted)
    found = Result(1, [first, second, *others, third], [first, second, third])
    assert (found.accepted, found.open) == ([first, third], [second])
    assert found.share == 1 - 1 / (len(others) + 3)
    told = json.loads(found.json())
    assert (told["survivors"], told["accepted"]) == ([str(second)], [str(first), str(third)])
    assert told["noticed"] == sorted(one.name for one in others)
    assert "breaks, 4 of them noticed in an earlier run and not tried again:" in replace(found, taken_over=4).markdown()
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}old\n{END}after\n")
    found.write_into(page)
    text = page.read_text()
    assert f"| `asl` | {len(others) + 2} | {len(others)} | 1 | 1 |\n| `handlers` | 1 | 0 | 1 | 0 |\n" in text
    assert f"``{third.change}``: how long it waits\n" in text
    assert (text.startswith(f"before\n{BEGIN}"), text.endswith(f"{END}after\n"), "old" in text) == (True, True, False)
