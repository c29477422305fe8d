"""The pages lead where they say, and count right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asl import RULES
from tests.pages import ROOT, pages, prose

LINK = re.compile(r"\]\((?!https?:)(?P<file>[^)#\s]*)(?:#(?P<place>[^)\s]+))?\)")


def places(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", pages())
def test_every_link_within_the_repository_leads_somewhere(page: str) -> None:
    lost: list[str] = []
    for link in LINK.finditer(prose(page)):
        target = (ROOT / page).parent / link["file"] if link["file"] else ROOT / page
        if not target.exists() or (link["place"] and link["place"] not in places(target)):
            lost.append(link[0])
    assert lost == []


def test_rules_are_counted_right() -> None:
    assert f"[{len(RULES)} rules](rules.md)" in (ROOT / "docs" / "comparison.md").read_text()
