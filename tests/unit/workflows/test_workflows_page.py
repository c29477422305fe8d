"""The pictures of docs/workflows.md are those of the workflows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import asl
from tests.pages import ROOT
from tests.unit.workflows import shipped

PAGE = Path(ROOT) / "docs" / "workflows.md"
SECTIONS = {"Bulk intake": shipped.bulk, "Quote": shipped.quoted, "Returns": shipped.sent_back}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_shows_its_workflow_as_it_is(section: str) -> None:
    text = PAGE.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    shown = re.search(r"```mermaid\n(.*?)```", text, re.DOTALL)
    assert shown, f"{section} has no picture"
    assert shown[1].rstrip() == asl.mermaid(SECTIONS[section]()).rstrip()
