"""The page of components keeps its word: it is in step with them, and tells of each."""

from __future__ import annotations

import inspect

import pulumi

import components
from tests.components_page import EXAMPLE, components_page, documented, paragraphs

PAGE = EXAMPLE.parents[2] / "docs" / "components.md"


def test_the_page_is_made_of_the_components_and_the_example() -> None:
    assert PAGE.read_text() == components_page(), "`make docs` writes it anew"


def test_every_component_is_told_of() -> None:
    exported = {name: getattr(components, name) for name in components.__all__}
    theirs = {name for name, one in exported.items() if inspect.isclass(one) and issubclass(one, pulumi.Resource)}
    assert len(theirs) > 15
    assert theirs <= documented(components_page())


def test_the_example_tells_of_names_that_there_are() -> None:
    named = {name for one in paragraphs(EXAMPLE.read_text()) for name in one.names}
    assert named <= set(components.__all__)
    assert {"Function", "Connection", "Task", "ExistingFunction", "name_by"} <= named


def test_a_type_is_told_with_what_it_abbreviates() -> None:
    page = components_page()
    assert "| `stream_view` | `Literal['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']` | " in page
    assert r"| `credentials` | `ApiKey \| Basic \| OAuth` | required |" in page
